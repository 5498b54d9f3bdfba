// Capacities and loads: what there is, what is given out, and what passes a threshold.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '#kernel/sql.ts';
import type { StorageDriver } from '../volume/driver.ts';
import { inCloud, type TestCloud } from '#test/cloud.ts';
import { addHost, factsOf, makeZone, testHosts, type TestHosts, type TestZone } from '#test/hosts.ts';
import { runKeeper } from '#test/keepers.ts';
import { makeAccount } from '#test/tenants.ts';

const GIB = 2 ** 30;
async function withHosts(cloud: TestCloud): Promise<{ hosts: TestHosts; place: TestZone }> {
  const hosts = testHosts();
  cloud.world.drivers.hosts = hosts;
  cloud.world.drivers.storage = {
    stat: async () => ({ totalBytes: 100 * GIB, usedBytes: 90 * GIB }),
  } as unknown as StorageDriver;
  const place = await makeZone(cloud);
  await addHost(cloud, hosts, { place, facts: factsOf('host1') });
  await addHost(cloud, hosts, { place, facts: factsOf('host2') });
  await cloud.db.read.run(
    sql`update host set cpu_reserved_mhz = 8000, memory_reserved_mib = 4096, tags = '{gpu}' where name = 'host1'`,
  );
  return { hosts, place };
}
interface Entry {
  type: number;
  name: string;
  capacityused: number;
  capacitytotal: number;
  percentused: string;
  zonename: string;
  podname?: string;
  clustername?: string;
}
const entries = async ({ admin }: TestCloud, params = {}): Promise<Entry[]> =>
  (await admin.call('listCapacity', params))['capacity'] ?? [];

test(
  'capacities of a zone are sums of its hosts, over-committed as the cluster says',
  inCloud(async (cloud) => {
    const { place } = await withHosts(cloud);
    const of = async (type: number) => {
      const [one] = await entries(cloud, { type, zoneid: place.zoneid });
      return [one!.name, one!.capacityused, one!.capacitytotal, one!.percentused];
    };
    assert.deepEqual(await of(1), ['CPU', 8_000, 32_000, '25']);
    assert.deepEqual(await of(0), ['MEMORY', 4_096 * 2 ** 20, 32_768 * 2 ** 20, '12.5']);
    assert.deepEqual(await of(90), ['CPU_CORE', 0, 16, '0']);
    await cloud.db.read.run(sql`update cluster set cpu_overcommit = 2`);
    assert.deepEqual(await of(1), ['CPU', 8_000, 64_000, '12.5']);
    await cloud.db.read.run(sql`update host set resource_state = 'Disabled' where name = 'host2'`);
    assert.deepEqual(await of(1), ['CPU', 8_000, 32_000, '25']);
    assert.equal((await entries(cloud, { zoneid: place.zoneid })).length, 11);
    assert.deepEqual(
      (await entries(cloud, { tag: 'gpu', type: 1 })).map((one) => one.capacitytotal),
      [32_000],
    );
  }),
);

test(
  'by pod and cluster, and the fullest first',
  inCloud(async (cloud) => {
    const { hosts, place } = await withHosts(cloud);
    const second = await makeZone(cloud, { name: 'zone2' });
    await addHost(cloud, hosts, { place: second, facts: factsOf('host3') });
    await cloud.db.read.run(sql`update host set cpu_reserved_mhz = 15000 where name = 'host3'`);
    assert.deepEqual(
      (await entries(cloud, { type: 1, sortby: 'usage' })).map((one) => [one.zonename, one.percentused]),
      [
        ['zone2', '93.75'],
        ['zone1', '25'],
      ],
    );
    const [pod] = await entries(cloud, { type: 1, podid: place.podid });
    assert.deepEqual([pod!.podname, pod!.clustername, pod!.capacitytotal], ['pod1', undefined, 32_000]);
    assert.deepEqual(
      (await entries(cloud, { type: 1, podid: place.podid, sortby: 'usage' })).map((one) => one.clustername),
      ['cluster1'],
    );
    assert.equal((await entries(cloud, { clusterid: place.clusterid })).length, 6);
    assert.equal((await cloud.admin.call('listCapacity', { page: 2, pagesize: 3 }))['count'], 22);
    assert.equal((await cloud.admin.refused('listCapacity', { type: 77 })).errorcode, 431);
    assert.equal((await cloud.admin.refused('listCapacity', { sortby: 'name' })).errorcode, 431);
  }),
);

test(
  'loads of zones, clusters, hosts and pools, with what passes a threshold',
  inCloud(async (cloud) => {
    const { admin, db } = cloud;
    const { place } = await withHosts(cloud);
    await db.read.run(
      sql`update host set cpu_used_percent = case name when 'host1' then 90 else 30 end, memory_used_mib = 8192`,
    );
    const {
      zone: [zone],
    } = await admin.call('listZonesMetrics');
    assert.deepEqual(
      [
        zone.state,
        zone.clusters,
        zone.cputotal,
        zone.cpuused,
        zone.cpuallocated,
        zone.cpumaxdeviation,
        zone.memorytotal,
        zone.memoryused,
        zone.cputhreshold,
      ],
      ['Disabled', '1 / 1', '32.00 Ghz', '60.00%', '25.00%', '50.00%', '32.00 GB', '50.00%', false],
    );
    const {
      cluster: [cluster],
    } = await admin.call('listClustersMetrics', { zoneid: place.zoneid });
    assert.deepEqual(
      [cluster.state, cluster.hosts, cluster.memoryallocated, cluster.memoryallocateddisablethreshold],
      ['Enabled', '2 / 2', '12.50%', false],
    );
    const {
      host: [host],
    } = await admin.call('listHostsMetrics', { name: 'host1' });
    assert.deepEqual(
      [
        host.cputotalghz,
        host.cpuusedghz,
        host.cpuallocatedghz,
        host.memorytotalgb,
        host.memoryusedgb,
        host.instances,
        host.cputhreshold,
        host.cpudisablethreshold,
        host.memorythreshold,
      ],
      ['16.00 Ghz (x 1)', '14.40 Ghz', '8.00 Ghz', '16.00 GB (x 1)', '8.00 GB', '0 / 0', true, true, false],
    );
    await admin.call('createStoragePool', { name: 'p', url: 'SharedMountPoint://localhost/p', zoneid: place.zoneid });
    const {
      storagepool: [pool],
    } = await admin.call('listStoragePoolsMetrics');
    assert.deepEqual(
      [
        pool.disksizetotalgb,
        pool.disksizeusedgb,
        pool.disksizeunallocatedgb,
        pool.storageusagethreshold,
        pool.storageusagedisablethreshold,
        pool.storageallocatedthreshold,
      ],
      ['100.00 GB (x 2)', '90.00 GB', '200.00 GB', true, true, false],
    );
  }),
);

test(
  'how many of everything',
  inCloud(async (cloud) => {
    await withHosts(cloud);
    const { infrastructure: all } = await cloud.admin.call('listInfrastructure');
    assert.deepEqual(
      [all.zones, all.pods, all.clusters, all.hosts, all.cpusockets, all.storagepools, all.systemvms],
      [1, 1, 1, 2, 2, 0, 0],
    );
    const { user } = await makeAccount(cloud, { name: 'user' });
    assert.equal((await user.refused('listInfrastructure')).errorcode, 432);
  }),
);

test(
  'administrators are told what is past its threshold, once, until it is below again',
  inCloud(async (cloud) => {
    const { db } = cloud;
    const { place } = await withHosts(cloud);
    const alerts = () =>
      db.read.rows<{ name: string; subject: string; count: number; resolved: boolean }>(
        sql`select name, subject, sent_count as count, resolved is not null as resolved from alert order by id`,
      );
    await runKeeper(cloud.world, 'capacity.alerts');
    assert.deepEqual(await alerts(), []);
    await db.read.run(sql`update host set memory_reserved_mib = memory_mib where name = 'host1'`);
    await db.read.run(sql`update host set memory_reserved_mib = 13000 where name = 'host2'`);
    await cloud.admin.call('createStoragePool', {
      name: 'p',
      url: 'SharedMountPoint://localhost/p',
      zoneid: place.zoneid,
    });
    await runKeeper(cloud.world, 'capacity.alerts');
    await runKeeper(cloud.world, 'capacity.alerts');
    const memory = {
      name: 'ALERT.MEMORY',
      subject: '89.67 % of the memory of cluster cluster1 of zone zone1 is given out',
      count: 2,
    };
    const storage = {
      name: 'ALERT.STORAGE',
      subject: '90 % of the primary storage of zone zone1 is given out',
      count: 2,
    };
    assert.deepEqual(await alerts(), [
      { ...memory, resolved: false },
      { ...storage, resolved: false },
    ]);
    await db.read.run(sql`update host set memory_reserved_mib = 0`);
    await runKeeper(cloud.world, 'capacity.alerts');
    assert.deepEqual(
      (await alerts()).map((one) => one.resolved),
      [true, false],
    );
  }),
);
