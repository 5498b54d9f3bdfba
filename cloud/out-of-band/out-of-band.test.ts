// Out-of-band management through the API: configured, enabled and forbidden, what is shown of it, and what it refuses.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '#kernel/sql.ts';
import { inCloud, type Params, type TestCloud } from '#test/cloud.ts';
import { fakePower, type FakePower } from '#test/fake-power.ts';
import { addHost, factsOf, makeZone, testHosts, type TestZone } from '#test/hosts.ts';
import { runKeeper } from '#test/keepers.ts';
import { makeAccount } from '#test/tenants.ts';

interface Set {
  place: TestZone;
  host: { id: number; uuid: string };
  power: FakePower;
  config: Params;
  /** The block of it in listHosts. */
  shown: () => Promise<Record<string, unknown>>;
}

async function withHost(cloud: TestCloud): Promise<Set> {
  const hosts = testHosts();
  const power = fakePower();
  Object.assign(cloud.world.drivers, { hosts, power });
  const place = await makeZone(cloud);
  const host = await addHost(cloud, hosts, { place, facts: factsOf('host1') });
  return {
    place,
    host,
    power,
    config: { hostid: host.uuid, driver: 'fake', address: 'bmc1', port: '623', username: 'admin', password: 'secret' },
    shown: async () => (await cloud.admin.call('listHosts', { id: host.uuid }))['host'][0].outofbandmanagement,
  };
}
async function withController(cloud: TestCloud): Promise<Set> {
  const set = await withHost(cloud);
  await cloud.admin.call('configureOutOfBandManagement', set.config);
  await cloud.admin.job('enableOutOfBandManagementForHost', { hostid: set.host.uuid });
  return set;
}
const refresh = (cloud: TestCloud): Promise<void> => runKeeper(cloud.world, 'hosts.power');
/** As if the controllers had been asked long ago. */
const later = ({ db }: TestCloud) => db.read.run(sql`update out_of_band set asked = asked - interval '1 hour'`);

test(
  'a controller is configured, enabled, shown without its password, which is sealed, and asked',
  inCloud(async (cloud) => {
    const { admin, db } = cloud;
    const { host, config, shown } = await withHost(cloud);
    assert.deepEqual(await shown(), { enabled: false, powerstate: 'Disabled' });
    const { outofbandmanagement } = await admin.call('configureOutOfBandManagement', config);
    const login = { driver: 'fake', address: 'bmc1', port: '623', username: 'admin' };
    assert.deepEqual(outofbandmanagement, {
      hostid: host.uuid,
      enabled: false,
      powerstate: 'Disabled',
      ...login,
      status: true,
      description: 'Out-of-band management successfully configured for the host',
    });
    const enabled = await admin.job('enableOutOfBandManagementForHost', { hostid: host.uuid });
    assert.deepEqual(
      [enabled['outofbandmanagement'].enabled, enabled['outofbandmanagement'].hostid],
      [true, host.uuid],
    );
    assert.deepEqual(cloud.world.poked, ['hosts.power']);
    await refresh(cloud);
    assert.deepEqual(await shown(), { enabled: true, powerstate: 'On', ...login });
    const { password } = await db.read.one<{ password: string }>(sql`select password from out_of_band`);
    assert.equal(cloud.world.sealer.open(password), 'secret');
    const told = await db.read.rows<{ text: string }>(sql`select description as text from event`);
    assert.ok(
      told.some(({ text }) => text === 'Out-of-band management of the host host1 was configured: fake, bmc1:623'),
    );
    assert.ok(!JSON.stringify(told).includes('secret'));
    const kept = await db.read.rows(sql`select input, result from job`);
    assert.ok(!JSON.stringify(kept).includes('secret'));
  }),
);

test(
  'each parameter that does not fit is refused by name and changes nothing',
  inCloud(async (cloud) => {
    const { admin, db } = cloud;
    const { config, host } = await withHost(cloud);
    const refused = async (params: Params) =>
      (await admin.refused('configureOutOfBandManagement', { ...config, ...params })).errortext;
    assert.match(await refused({ driver: 'nestedcloudstack' }), /driver is 'nestedcloudstack'; accepted: fake/);
    assert.match(await refused({ address: '-H evil' }), /address is '-H evil'; a name or an address/);
    assert.match(await refused({ address: 'bmc/1/../2' }), /address is /);
    for (const port of ['0', '65536', '-1', '1e3', 'ssh'])
      assert.match(await refused({ port }), /port is '.*'; 1 to 65535/);
    assert.match(await refused({ username: '' }), /missing parameter username/);
    assert.match(await refused({ password: 'a\nb' }), /password: 1 to 255 characters are accepted, and no control/);
    assert.match(await refused({ hostid: crypto.randomUUID() }), /Invalid parameter hostid/);
    const hostid = host.uuid;
    for (const command of ['enableOutOfBandManagementForHost', 'disableOutOfBandManagementForHost'])
      assert.match((await admin.refused(command, { hostid })).errortext, /is not configured; configureOutOfBand/);
    assert.equal((await db.read.rows(sql`select 1 from out_of_band`)).length, 0);
  }),
);

test(
  'a power action is refused where it cannot be meant, before there is a job',
  inCloud(async (cloud) => {
    const { admin, db } = cloud;
    const { host, config } = await withHost(cloud);
    const hostid = host.uuid;
    const refused = async (params: Params) =>
      (await admin.refused('issueOutOfBandManagementPowerAction', { hostid, action: 'OFF', ...params })).errortext;
    assert.match(await refused({}), /is not configured/);
    await admin.call('configureOutOfBandManagement', config);
    assert.match(await refused({}), /is disabled for the host host1; enable it first/);
    await admin.job('enableOutOfBandManagementForHost', { hostid });
    assert.match(await refused({ action: 'EXPLODE' }), /ON, OFF, CYCLE, RESET, SOFT, STATUS/);
    for (const timeout of [0, -1, 3601]) assert.match(await refused({ timeout }), /timeout is .*; 1 to 3600 seconds/);
    assert.match(
      (await admin.refused('changeOutOfBandManagementPassword', { hostid })).errortext,
      /missing parameter password/,
    );
    assert.equal((await db.read.rows(sql`select 1 from job where kind like 'host.power%'`)).length, 0);
  }),
);

test(
  'each action does what it says, and the state is what the controller says',
  inCloud(async (cloud) => {
    const { host, power, shown } = await withController(cloud);
    const { acts } = power.at('bmc1');
    const act = async (action: string) => {
      const { outofbandmanagement: said } = await cloud.admin.job('issueOutOfBandManagementPowerAction', {
        hostid: host.uuid,
        action,
        timeout: 5,
      });
      assert.deepEqual([said.action, said.hostid, said.status], [action.toUpperCase(), host.uuid, true]);
      return [said.powerstate, (await shown())['powerstate'], ...acts.splice(0)];
    };
    assert.deepEqual(await act('status'), ['On', 'On']);
    assert.deepEqual(await act('ON'), ['On', 'On']);
    assert.deepEqual(await act('SOFT'), ['On', 'On', 'soft']);
    assert.deepEqual(await act('RESET'), ['On', 'On', 'reset']);
    assert.deepEqual(await act('CYCLE'), ['On', 'On', 'off', 'on']);
    assert.deepEqual(await act('OFF'), ['Off', 'Off', 'off']);
    assert.deepEqual(await act('OFF'), ['Off', 'Off']);
    assert.deepEqual(await act('SOFT'), ['Off', 'Off']);
    for (const action of ['CYCLE', 'RESET']) {
      const { text } = await cloud.admin.failedJob('issueOutOfBandManagementPowerAction', {
        hostid: host.uuid,
        action,
      });
      assert.equal(text, 'The host host1 is off; ON switches it on');
    }
    assert.deepEqual(await act('ON'), ['On', 'On', 'on']);
  }),
);

test(
  'what the controller refuses is what the job says, and the state is Unknown',
  inCloud(async (cloud) => {
    const { host, power, shown } = await withController(cloud);
    const failed = async () =>
      (await cloud.admin.failedJob('issueOutOfBandManagementPowerAction', { hostid: host.uuid, action: 'OFF' })).text;
    power.at('bmc1').fails = 'unreachable';
    assert.match(await failed(), /told to fail: unreachable/);
    assert.equal((await shown())['powerstate'], 'Unknown');
    delete power.at('bmc1').fails;
    power.at('bmc1').password = 'changed by hand';
    assert.match(await failed(), /refuses the user admin or its password/);
    assert.deepEqual(power.at('bmc1').acts, []);
  }),
);

test(
  'forbidden for its cluster or its zone, a host is left alone and has the state Disabled',
  inCloud(async (cloud) => {
    const { admin } = cloud;
    const { host, place, power, shown } = await withController(cloud);
    await refresh(cloud);
    for (const [kind, params, list] of [
      ['Cluster', { clusterid: place.clusterid }, 'listClusters'],
      ['Zone', { zoneid: place.zoneid }, 'listZones'],
    ] as const) {
      const disabled = (await admin.job(`disableOutOfBandManagementFor${kind}`, params))['outofbandmanagement'];
      assert.deepEqual([disabled.enabled, disabled.status], [false, true]);
      const [where] = (await admin.call(list))[kind.toLowerCase()];
      assert.equal(where.resourcedetails.outOfBandManagementEnabled, 'false');
      await refresh(cloud);
      assert.deepEqual([(await shown())['powerstate'], (await shown())['enabled']], ['Disabled', true]);
      const { errortext } = await admin.refused('issueOutOfBandManagementPowerAction', {
        hostid: host.uuid,
        action: 'STATUS',
      });
      assert.match(errortext, new RegExp(`disabled for the ${kind.toLowerCase()} of the host host1`));
      power.at('bmc1').fails = 'failed'; // nobody asks it
      await later(cloud);
      await refresh(cloud);
      assert.equal((await shown())['powerstate'], 'Disabled');
      delete power.at('bmc1').fails;
      assert.equal(
        (await admin.job(`enableOutOfBandManagementFor${kind}`, params))['outofbandmanagement'].enabled,
        true,
      );
      await refresh(cloud);
      assert.equal((await shown())['powerstate'], 'On');
    }
    const { outofbandmanagement } = await admin.job('disableOutOfBandManagementForHost', { hostid: host.uuid });
    assert.deepEqual([outofbandmanagement.enabled, outofbandmanagement.powerstate], [false, 'Disabled']);
    assert.equal((await shown())['powerstate'], 'Disabled');
  }),
);

test(
  'hosts are listed by whether they are managed and by their power',
  inCloud(async (cloud) => {
    const { host } = await withController(cloud);
    await refresh(cloud);
    const listed = async (params: Params) =>
      ((await cloud.admin.call('listHosts', params))['host'] ?? []).map((one: { id: string }) => one.id);
    assert.deepEqual(await listed({ outofbandmanagementenabled: true }), [host.uuid]);
    assert.deepEqual(await listed({ outofbandmanagementenabled: false }), []);
    assert.deepEqual(await listed({ outofbandmanagementpowerstate: 'on' }), [host.uuid]);
    assert.deepEqual(await listed({ outofbandmanagementpowerstate: 'Off' }), []);
    const { errortext } = await cloud.admin.refused('listHosts', { outofbandmanagementpowerstate: 'Purple' });
    assert.match(errortext, /On, Off, Unknown, Disabled/);
  }),
);

test(
  'controllers are asked as often as the setting says, silent ones less often, and a refused login raises one alert',
  inCloud(async (cloud) => {
    const { db } = cloud;
    const { power, shown } = await withController(cloud);
    const every = (seconds: number) =>
      cloud.admin.call('updateConfiguration', {
        name: 'outofbandmanagement.background.task.execution.interval',
        value: seconds,
      });
    await every(1_800);
    await refresh(cloud);
    power.at('bmc1').power = 'Off';
    await refresh(cloud);
    assert.equal((await shown())['powerstate'], 'On', 'not asked again yet');
    await later(cloud);
    await refresh(cloud);
    assert.equal((await shown())['powerstate'], 'Off');
    await every(4);
    power.at('bmc1').password = 'other';
    for (let n = 0; n < 2; n += 1) {
      await later(cloud);
      await refresh(cloud);
    }
    assert.equal((await shown())['powerstate'], 'Unknown');
    const alerts = await db.read.rows<{ subject: string }>(sql`select subject from alert where type = 29`);
    assert.deepEqual(
      alerts.map(({ subject }) => subject),
      ['The controller of the host host1 refuses its user or password'],
    );
    power.at('bmc1').password = 'secret';
    await db.read.run(sql`update out_of_band set asked = clock_timestamp() - interval '5 seconds'`);
    await refresh(cloud);
    assert.equal(
      (await shown())['powerstate'],
      'Unknown',
      'a controller that counts tries is left in peace for a while',
    );
    await later(cloud);
    await refresh(cloud);
    assert.equal((await shown())['powerstate'], 'Off');
  }),
);

test(
  'a password is changed there and here; one that the controller refuses changes neither',
  inCloud(async (cloud) => {
    const { admin, db, world } = cloud;
    const { host, power, config } = await withController(cloud);
    const known = async () =>
      world.sealer.open((await db.read.one<{ password: string }>(sql`select password from out_of_band`)).password);
    const change = { hostid: host.uuid, password: 'new secret' };
    const { outofbandmanagement: said } = await admin.job('changeOutOfBandManagementPassword', change);
    assert.deepEqual([said.status, said.password], [true, undefined]);
    assert.deepEqual([power.at('bmc1').password, await known()], ['new secret', 'new secret']);
    power.at('bmc1').fails = 'unreachable';
    await admin.failedJob('changeOutOfBandManagementPassword', { ...change, password: 'third' });
    delete power.at('bmc1').fails;
    assert.deepEqual([power.at('bmc1').password, await known()], ['new secret', 'new secret']);
    await admin.call('changeOutOfBandManagementPassword', { ...change, password: 'third' });
    const { errortext } = await admin.refused('configureOutOfBandManagement', config);
    assert.match(errortext, /password of its controller is being changed; wait for that job/);
  }),
);

test(
  'after a change whose end nobody saw the controller opens with either password, and the right one stays',
  inCloud(async (cloud) => {
    const { db, world } = cloud;
    const { power, shown } = await withController(cloud);
    const open = () =>
      db.read.run(
        sql`update out_of_band set next_password = ${world.sealer.seal('next')}, next_password_job = gen_random_uuid()`,
      );
    const now = async () => {
      const { password, next } = await db.read.one<{ password: string; next: string | null }>(
        sql`select password, next_password as next from out_of_band`,
      );
      return [world.sealer.open(password), next && world.sealer.open(next)];
    };
    for (const known of ['secret', 'next']) {
      await open();
      power.at('bmc1').password = known;
      await later(cloud);
      await refresh(cloud);
      assert.deepEqual([(await shown())['powerstate'], ...(await now())], ['On', known, null]);
    }
  }),
);

test(
  'with the host its controller is forgotten; nobody but a root administrator may ask',
  inCloud(async (cloud) => {
    const { admin, db } = cloud;
    const { host } = await withController(cloud);
    const { user } = await makeAccount(cloud, { name: 'tenant' });
    const action = { hostid: host.uuid, action: 'OFF' };
    const { errorcode } = await user.refused('issueOutOfBandManagementPowerAction', action);
    assert.equal(errorcode, 432);
    await admin.call('deleteHost', { id: host.uuid, forced: true });
    assert.equal((await db.read.rows(sql`select 1 from out_of_band`)).length, 0);
    await refresh(cloud);
  }),
);
