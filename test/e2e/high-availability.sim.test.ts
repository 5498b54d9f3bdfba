// Hosts that crash, hang, are cut off, flap, or vanish together, with two servers of which one is killed in the middle: instances are
// started elsewhere when it is certain that they run nowhere, once, and never before. The simulator counts a guest that ran on two
// hosts at any moment; simulated hosts keep no owners of volumes, so that a server's mistake would show.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openDb, type Db } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';
import { violations } from '#test/invariants/check.ts';
import type { Thing } from '#tools/cloud/api.ts';
import { until } from './environment.ts';
import { must, startServersCloud, type ServersCloud } from './servers.ts';

const HOSTS = 6;
/** What takes a minute and more by itself, in seconds: silence, patience, and the time after which storage is certain. */
const SETTINGS = {
  'host.ping.interval': 1,
  'kvm.ha.degraded.max.period': 2,
  'kvm.ha.activity.check.interval': 1,
  'ha.restart.pause': 0,
  'max.retries': 2,
} as const;

let cloud: ServersCloud;
let db: Db;
before(async () => {
  cloud = await startServersCloud({
    names: ['s1', 's2'],
    hosts: HOSTS,
    clusters: 2,
    simulated: { lease: { killAfterS: 0.5, expiredAfterS: 1.5 } },
  });
  db = openDb({ url: cloud.databaseUrl, max: 2, application: 'scenario' });
  for (const [name, value] of Object.entries(SETTINGS)) await cloud.api.make('updateConfiguration', { name, value });
});
after(async () => {
  await db?.close();
  await cloud?.stop();
});

const deploy = (name: string, on: string, haenable: boolean): Promise<Thing> =>
  (async () => {
    const [host] = await cloud.api.list('listHosts', { name: on });
    const guest = await cloud.api.make('deployVirtualMachine', {
      zoneid: cloud.zone.id,
      templateid: cloud.template.id,
      serviceofferingid: cloud.offering.id,
      name,
      hostid: must(host).id,
    });
    return haenable ? cloud.api.make('updateVirtualMachine', { id: guest.id, haenable: true }) : guest;
  })();
const guestNamed = async (name: string): Promise<Thing> =>
  must((await cloud.api.list('listVirtualMachines', { listall: true, name })).find((guest) => guest.name === name));
const stands = async (...names: string[]): Promise<unknown[]> =>
  Promise.all(names.map(async (name) => (await guestNamed(name)).state));
const host = async (name: string): Promise<Thing> => must((await cloud.api.list('listHosts', { name }))[0]);
const hastate = async (name: string): Promise<unknown> => ((await host(name))['hostha'] as Thing)['hastate'];
/** By the hosts themselves. */
const runsOn = async (name: string): Promise<string[]> => {
  const instance = String((await guestNamed(name))['instancename']);
  return (await cloud.knobs.guests()).filter((guest) => guest.name === instance).map((guest) => guest.host);
};
const starts = async (name: string): Promise<number> =>
  (
    await db.read.one<{ n: number }>(
      sql`select count(*)::int as n from job j join vm v on v.uuid = j.resource_uuid where v.name = ${name} and j.kind = 'vm.start'`,
    )
  ).n;
const alerts = async (): Promise<string> =>
  (await cloud.api.list('listAlerts', { type: 30 })).map((alert) => String(alert['description'])).join('\n');

/** Waits, with standing duties hurried: nobody learns more of a pause between two looks. */
const soon = (what: string, attempt: () => Promise<boolean>): Promise<boolean> =>
  until(what, async () => {
    await db.read.run(sql`update keeper set next = clock_timestamp() where next > clock_timestamp()`);
    return attempt();
  });
const runsElsewhere = (name: string, than: readonly string[]): Promise<boolean> =>
  soon(`${name} runs elsewhere`, async () => {
    const [state] = await stands(name);
    const on = await runsOn(name);
    return state === 'Running' && on.length === 1 && !than.includes(on[0]!);
  });
const HEARD = new Set(['Disabled', 'Available']);
/** All hosts are there again and taken up, nothing is half done, and no guest ever ran twice. */
async function atRest(): Promise<void> {
  await cloud.knobs.rest();
  await soon('every host is taken up', async () => {
    const up = await cloud.api.list('listHosts', { type: 'Routing', state: 'Up' });
    return up.length === HOSTS && up.every((one) => HEARD.has(String((one['hostha'] as Thing)['hastate'])));
  });
  await soon('rows and hosts agree', async () => {
    const wrong = await violations(db, cloud.simulator.held());
    if (wrong.length > 0) throw new Error(wrong.join('; '));
    return true;
  });
  assert.deepEqual(cloud.simulator.held().twice, []);
}

test('three hosts at once, without power, hanging and cut off: instances are elsewhere when they run nowhere, and once', async () => {
  await Promise.all([
    deploy('wanted', 'sim-1', true),
    deploy('plain', 'sim-1', false),
    deploy('sleeper', 'sim-2', true),
    deploy('islander', 'sim-3', true),
  ]);
  await cloud.knobs.knob({ host: 'sim-1' }, { crashed: true });
  await cloud.knobs.knob({ host: 'sim-2' }, { dead: true });
  await cloud.knobs.knob({ host: 'sim-3' }, { partitioned: true });
  const lost = ['sim-1', 'sim-2', 'sim-3'];
  await soon('the one that is cut off is known to live', async () => (await hastate('sim-3')) === 'Degraded');
  await runsElsewhere('wanted', lost);
  await soon('the sleeper was taken over', async () => (await runsOn('sleeper')).some((on) => !lost.includes(on)));
  await runsElsewhere('islander', lost);
  await soon('what wants nothing is Stopped', async () => (await stands('plain'))[0] === 'Stopped');
  assert.deepEqual([await hastate('sim-1'), (await host('sim-1')).state], ['Fenced', 'Down']);
  // Who hung still has its guest in memory, and wakes: its guard is the first to look.
  await cloud.knobs.knob({ host: 'sim-2' }, { dead: false });
  await runsElsewhere('sleeper', lost);
  await cloud.knobs.knob({ host: 'sim-3' }, { partitioned: false });
  await atRest();
  assert.deepEqual(await Promise.all(['wanted', 'plain', 'sleeper', 'islander'].map(starts)), [1, 0, 1, 1]);
  const said = await alerts();
  assert.match(said, /sim-1 is being fenced.*none of 3 hosts of its pod reaches it/);
  assert.match(
    said,
    /sim-3 is out of reach.*it renews its heartbeat on storage; none of 3 hosts of its pod reaches it/,
  );
  assert.match(said, /wanted was lost with its host and is started on another/);
  assert.match(said, /sim-3 answers again and is taken up/);
  await cloud.api.make('startVirtualMachine', { id: (await guestNamed('plain')).id, hostid: (await host('sim-1')).id });
  assert.deepEqual(await runsOn('plain'), ['sim-1']);
});

test('a link that flaps changes nothing: nothing is started elsewhere, nothing ends', async () => {
  await cloud.api.make('updateConfiguration', { name: 'kvm.ha.activity.check.interval', value: 60 });
  await cloud.api.make('updateConfiguration', { name: 'kvm.ha.degraded.max.period', value: 60 });
  await deploy('steady', 'sim-4', true);
  for (let times = 0; times < 3; times += 1) {
    await cloud.knobs.knob({ host: 'sim-4' }, { partitioned: true });
    if (times === 1) await soon('it is missed', async () => (await host('sim-4')).state === 'Alert');
    await cloud.knobs.knob({ host: 'sim-4' }, { partitioned: false });
    await cloud.knobs.cut({ host: 'sim-4' });
  }
  await soon('it is there again', async () => (await host('sim-4')).state === 'Up');
  await atRest();
  assert.deepEqual([await runsOn('steady'), await starts('steady')], [['sim-4'], 0]);
});

test('every host out of reach: nothing is started, nothing is lost', async () => {
  const before = (await cloud.knobs.guests()).map(({ name, host: on }) => `${name} on ${on}`).toSorted();
  const { n } = await db.read.one<{ n: number }>(sql`select count(*)::int as n from job where kind = 'vm.start'`);
  await cloud.knobs.knob({}, { partitioned: true });
  await soon('all are missed', async () => (await cloud.api.list('listHosts', { state: 'Alert' })).length === HOSTS);
  const occupied = new Set((await cloud.knobs.guests()).map((guest) => guest.host));
  await soon('those with instances were looked for', async () => {
    const all = await cloud.api.list('listHosts', { type: 'Routing' });
    const lost = all.filter((one) => (one['hostha'] as Thing)['hastate'] === 'Suspect' && one['details'] !== undefined);
    return lost.length === occupied.size && lost.every((one) => 'investigation' in (one['details'] as Thing));
  });
  assert.equal(
    (await cloud.api.list('listVirtualMachines', { listall: true, state: 'Running' })).length,
    before.length,
  );
  await atRest();
  assert.deepEqual((await cloud.knobs.guests()).map(({ name, host: on }) => `${name} on ${on}`).toSorted(), before);
  assert.deepEqual(await db.read.one(sql`select count(*)::int as n from job where kind = 'vm.start'`), { n });
});
const hastates = async (): Promise<unknown[]> =>
  (await cloud.api.list('listHosts', { type: 'Routing' })).map((one) => (one['hostha'] as Thing)['hastate']);

test('a pod that is cut off as a whole, and the server that fences it is killed: the other one ends it, once', async () => {
  await cloud.api.make('updateConfiguration', { name: 'kvm.ha.degraded.max.period', value: 2 });
  const names = ['pod-a', 'pod-b', 'pod-c'];
  await Promise.all(names.map((name, n) => deploy(name, `sim-${n + 4}`, true)));
  const pod = ['sim-4', 'sim-5', 'sim-6'];
  await cloud.knobs.knob({ pod: 'pod-2' }, { partitioned: true });
  await soon('one is being fenced', async () =>
    (await hastates()).some((state) => state === 'Fencing' || state === 'Fenced'),
  );
  const { server } = await db.read.one<{ server: string }>(
    sql`select coalesce((select w.name from keeper k join worker w on w.id = k.owner where k.name = 'hosts.ha'), 's1') as server`,
  );
  const victim = must(cloud.servers.find(({ name }) => name === server) ?? cloud.servers[0]);
  victim.child.kill('SIGKILL');
  await victim.ended;
  for (const name of names) await runsElsewhere(name, pod);
  assert.deepEqual(
    await Promise.all(names.map((name) => starts(name))),
    names.map(() => 1),
  );
  await cloud.start(victim.name);
  await atRest();
});

test('an instance that fits nowhere else is tried as often as the setting says, and that is said', async () => {
  await deploy('stubborn', 'sim-1', true);
  const others = (await cloud.api.list('listHosts', { type: 'Routing' })).filter(({ name }) => name !== 'sim-1');
  const allow = async (allocationstate: 'Enable' | 'Disable'): Promise<void> => {
    for (const { id } of others) await cloud.api.make('updateHost', { id, allocationstate });
  };
  await allow('Disable');
  await cloud.knobs.knob({ host: 'sim-1' }, { crashed: true });
  await soon('nobody tries any more', async () =>
    /stubborn could not be started anew in 2 attempts and stays Stopped/.test(await alerts()),
  );
  assert.deepEqual([await stands('stubborn'), await starts('stubborn')], [['Stopped'], 2]);
  await allow('Enable');
  await atRest();
  assert.deepEqual(await stands('stubborn'), ['Stopped']);
});
