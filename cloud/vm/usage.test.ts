// What guests use: from counters to samples, and what lists show of them to whom.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '#kernel/sql.ts';
import { inCloud, type TestCloud } from '#test/cloud.ts';
import { makeGuest, makePlace } from '#test/guests.ts';
import { runKeeper } from '#test/keepers.ts';
import { makeAccount, type TestAccount } from '#test/tenants.ts';
import { makeZoneRows } from '#test/zone-rows.ts';
import { keepUsage, UsageMeter, type GuestCounters } from './usage.ts';

const KIB = 1024;
const guest = (name: string, more: Partial<GuestCounters> = {}): GuestCounters => ({
  name,
  power: 'Running',
  cpuSeconds: 10,
  memoryKib: 131_072,
  diskReadBytes: 1_000 * KIB,
  diskWriteBytes: 500 * KIB,
  diskReadOps: 100,
  diskWriteOps: 50,
  nics: [
    { rxBytes: 300 * KIB, txBytes: 30 * KIB },
    { rxBytes: 100 * KIB, txBytes: 10 * KIB },
  ],
  ...more,
});

test('each interval one sample of what grew meanwhile; a new process begins anew', () => {
  const meter = new UsageMeter(() => 60_000);
  assert.deepEqual(meter.heard(1, [guest('a')], 0), []);
  assert.deepEqual(meter.heard(1, [guest('a', { cpuSeconds: 12 })], 59_000), []);
  const grown = {
    cpuSeconds: 40,
    diskReadBytes: 1_100 * KIB,
    diskReadOps: 110,
    nics: [{ rxBytes: 500 * KIB, txBytes: 40 * KIB }],
  };
  const [sample, ...more] = meter.heard(1, [guest('a', grown), guest('late')], 60_000);
  assert.equal(more.length, 0);
  assert.deepEqual(
    [
      sample!.seconds,
      sample!.cpuSeconds,
      sample!.networkRead,
      sample!.networkWrite,
      sample!.diskRead,
      sample!.diskWrite,
      sample!.diskReads,
    ],
    [60, 30, 100 * KIB, 0, 100 * KIB, 0, 10],
  );
  assert.equal(sample!.networkReadTotal, 500 * KIB);
  const [again] = meter.heard(1, [guest('a', { cpuSeconds: 6 })], 120_000);
  assert.deepEqual([again!.cpuSeconds, again!.networkRead, again!.diskReads], [6, 400 * KIB, 100]);
  assert.deepEqual(meter.heard(1, [guest('a', { power: 'Stopped' })], 180_000), []);
  assert.deepEqual(meter.heard(1, [guest('a')], 240_000), [], 'it was not running before');
  meter.heard(2, [guest('b')], 0);
  meter.forget(2);
  assert.deepEqual(meter.heard(2, [guest('b')], 90_000), []);
});

interface Scene {
  one: TestAccount;
  other: TestAccount;
  web: { id: number; uuid: string };
  measure: (grown: Partial<GuestCounters>, hostId?: number) => Promise<void>;
}

async function scene(cloud: TestCloud): Promise<Scene> {
  const [one, other] = [await makeAccount(cloud, { name: 'one' }), await makeAccount(cloud, { name: 'other' })];
  const place = await makePlace(cloud.db, one);
  const { hostIds } = await makeZoneRows(cloud.db, { hosts: 2 });
  const web = await makeGuest(cloud.db, place, { ...one, name: 'web', state: 'Running' });
  await cloud.db.read.run(sql`update vm set cpus = 2, host_id = ${hostIds[0]} where id = ${web.id}`);
  const { name } = await cloud.db.read.one<{ name: string }>(
    sql`select instance_name as name from vm where id = ${web.id}`,
  );
  const measure = async (grown: Partial<GuestCounters>, hostId = hostIds[0]!): Promise<void> => {
    const meter = new UsageMeter(() => 60_000);
    meter.heard(hostId, [guest(name)], 0);
    await keepUsage(cloud.db, cloud.server.settings, meter.heard(hostId, [guest(name, grown)], 60_000));
  };
  return { one, other, web, measure };
}
const GROWN = {
  cpuSeconds: 40,
  diskWriteBytes: 700 * KIB,
  diskWriteOps: 60,
  nics: [{ rxBytes: 500 * KIB, txBytes: 2_088 * KIB }],
};

test(
  'lists show what was measured last, or since the start, and of a guest that stopped nothing',
  inCloud(async (cloud) => {
    const { one, web, measure } = await scene(cloud);
    const shown = async (command: string, params = {}) =>
      (await one.user.call(command, { id: web.uuid, ...params }))['virtualmachine'][0];
    assert.equal((await shown('listVirtualMachines')).cpuused, undefined);
    await measure(GROWN);
    const last = {
      cpuused: '25%',
      memorykbs: 131_072,
      networkkbsread: 100,
      networkkbswrite: 2_048,
      diskkbsread: 0,
      diskkbswrite: 200,
      diskioread: 0,
      diskiowrite: 10,
    };
    const pick = (vm: Record<string, unknown>) => Object.fromEntries(Object.keys(last).map((key) => [key, vm[key]]));
    assert.deepEqual(pick(await shown('listVirtualMachines')), last);
    const metrics = await shown('listVirtualMachinesMetrics');
    assert.deepEqual(pick(metrics), last);
    assert.deepEqual([metrics.networkwrite, metrics.diskwrite, metrics.diskiopstotal], ['2.00 MB', '0.20 MB', 10]);
    assert.equal((await shown('listVirtualMachines', { accumulate: true })).networkkbsread, 500);
    await cloud.admin.call('updateConfiguration', { name: 'vm.stats.increment.metrics', value: true });
    assert.equal((await shown('listVirtualMachines')).diskkbswrite, 700);
    assert.equal((await shown('listVirtualMachines', { accumulate: false })).diskkbswrite, 200);
    await cloud.db.read.run(sql`update vm_usage set at = now() - interval '5 minutes'`);
    assert.equal((await shown('listVirtualMachines')).cpuused, undefined, 'too old');
    await measure(GROWN);
    await cloud.db.read.run(sql`update vm set state = 'Stopped' where id = ${web.id}`);
    assert.equal((await shown('listVirtualMachines')).cpuused, undefined);
  }),
);

test(
  'a host tells nothing of guests that are not on it',
  inCloud(async (cloud) => {
    const { measure, web } = await scene(cloud);
    const other = await cloud.db.read.one<{ id: number }>(sql`select max(id) as id from host`);
    await measure(GROWN, other.id);
    assert.equal(await cloud.db.read.first(sql`select 1 from vm_usage where vm_id = ${web.id}`), undefined);
  }),
);

test(
  'the past is listed to its owner, within dates, and for as long as the setting says',
  inCloud(async (cloud) => {
    const { one, other, web, measure } = await scene(cloud);
    const past = async (params = {}, user = one.user) =>
      (await user.call('listVirtualMachinesUsageHistory', params))['virtualmachine'] ?? [];
    await measure(GROWN);
    await cloud.db.read.run(sql`update vm_usage_past set at = now() - interval '2 hours'`);
    await measure({ cpuSeconds: 70 });
    const [vm] = await past();
    assert.deepEqual(
      [vm.id, vm.name, vm.stats.map((one: { cpuused: string }) => one.cpuused)],
      [web.uuid, 'web', ['25%', '50%']],
    );
    assert.deepEqual(
      [vm.stats[0].networkkbsread, vm.stats[0].networkread, vm.stats[0].diskiopstotal],
      [100, '0.10 MB', 10],
    );
    assert.ok(vm.stats[0].timestamp < vm.stats[1].timestamp);
    const hourAgo = new Date(Date.now() - 3_600_000).toISOString().slice(0, 19).replace('T', ' ');
    assert.equal((await past({ startdate: hourAgo }))[0].stats.length, 1);
    assert.deepEqual(await past({}, other.user), []);
    assert.deepEqual(await past({ id: web.uuid }, other.user), []);
    assert.equal((await past({}, cloud.admin)).length, 1);
    await cloud.admin.call('updateConfiguration', { name: 'vm.stats.max.retention.time', value: 60 });
    await runKeeper(cloud.world, 'purge');
    assert.equal((await past())[0].stats.length, 1);
    await cloud.admin.call('updateConfiguration', { name: 'vm.stats.max.retention.time', value: 0 });
    await measure(GROWN);
    await runKeeper(cloud.world, 'purge');
    assert.deepEqual((await past())[0].stats ?? [], []);
  }),
);
