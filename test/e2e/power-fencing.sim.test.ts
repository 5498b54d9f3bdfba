// A host that hangs, and whose controller may be used: its power is taken, its instances start elsewhere at once and not after the
// time storage needs, and it is given power again and comes back. The hosts and their Redfish controllers are simulated; what is
// between the API and a controller is not.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openDb, type Db } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';
import { violations } from '#test/invariants/check.ts';
import type { Thing } from '#tools/cloud/api.ts';
import { until } from './environment.ts';
import { must, startServersCloud, type ServersCloud } from './servers.ts';

const LOGIN = { username: 'cloud', password: 'let me in' };
/** What takes a minute and more by itself. */
const SETTINGS = {
  'host.ping.interval': 1,
  'kvm.ha.degraded.max.period': 1,
  'kvm.ha.activity.check.interval': 1,
  'ha.restart.pause': 0,
} as const;
let cloud: ServersCloud;
let db: Db;
before(async () => {
  cloud = await startServersCloud({
    names: ['s1'],
    hosts: 3,
    // storage alone would need longer than the scenario may last
    simulated: { controllers: { port: 0, ...LOGIN }, lease: { killAfterS: 3_000, expiredAfterS: 6_000 } },
  });
  db = openDb({ url: cloud.databaseUrl, max: 2, application: 'scenario' });
  for (const [name, value] of Object.entries(SETTINGS)) await cloud.api.make('updateConfiguration', { name, value });
});
after(async () => {
  await db?.close();
  await cloud?.stop();
});

const host = async (name: string): Promise<Thing> => must((await cloud.api.list('listHosts', { name }))[0]);
/** Waits, with standing duties hurried. */
const soon = (what: string, attempt: () => Promise<boolean>): Promise<boolean> =>
  until(what, async () => {
    await db.read.run(sql`update keeper set next = clock_timestamp() where next > clock_timestamp()`);
    return attempt();
  });

/** With a controller, and the cloud may take its power and give it back. */
async function entrust(name: string): Promise<void> {
  const { id } = await host(name);
  await cloud.api.make('configureOutOfBandManagement', {
    hostid: id,
    driver: 'redfish',
    address: `127.0.0.1/${name}`,
    port: must(cloud.simulator.controllersPort),
    ...LOGIN,
  });
  await cloud.api.make('enableOutOfBandManagementForHost', { hostid: id });
  await cloud.api.make('configureHAForHost', { hostid: id, provider: 'simulatorhaprovider' });
  await cloud.api.make('enableHAForHost', { hostid: id });
}

test('a host that hangs is switched off for certain, its instance runs elsewhere once, and it comes back', async () => {
  await entrust('sim-1');
  const guest = await cloud.api.make('deployVirtualMachine', {
    zoneid: cloud.zone.id,
    templateid: cloud.template.id,
    serviceofferingid: cloud.offering.id,
    name: 'wanted',
    hostid: (await host('sim-1')).id,
  });
  await cloud.api.make('updateVirtualMachine', { id: guest.id, haenable: true });
  await cloud.knobs.knob({ host: 'sim-1' }, { dead: true });
  const instance = String(guest['instancename']);
  await soon('it runs elsewhere', async () => {
    const [now] = await cloud.api.list('listVirtualMachines', { id: guest.id });
    const on = (await cloud.knobs.guests()).filter(({ name }) => name === instance).map((one) => one.host);
    return now?.state === 'Running' && now['hostname'] !== 'sim-1' && on.length === 1 && on[0] !== 'sim-1';
  });
  await cloud.knobs.knob({ host: 'sim-1' }, { dead: false });
  await soon('the host is back', async () => {
    const now = await host('sim-1');
    return now.state === 'Up' && (now['hostha'] as Thing)['hastate'] === 'Available';
  });
  const told = await cloud.api.list('listEvents', { listall: true, type: 'HOST.OOBM.POWERSTATE.TRANSITION' });
  const words = told.map((event) => String(event['description'])).join('\n');
  assert.match(words, /sim-1: Off, was On/);
  assert.match(words, /sim-1: On, was Off/);
  await soon('rows and hosts agree', async () => {
    const wrong = await violations(db, cloud.simulator.held());
    if (wrong.length > 0) throw new Error(wrong.join('; '));
    return true;
  });
  assert.deepEqual(cloud.simulator.held().twice, []);
});
