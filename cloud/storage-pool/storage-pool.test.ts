// Primary storage: tried before it is recorded, shared or of one host, measured, in maintenance, gone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '#kernel/sql.ts';
import type { PoolPlace, StorageDriver } from '../volume/driver.ts';
import { inCloud, type TestCloud } from '#test/cloud.ts';
import { addHost, factsOf, makeZone, testHosts, type TestZone } from '#test/hosts.ts';
import { runKeeper } from '#test/keepers.ts';
import { makeAccount } from '#test/tenants.ts';
import { readPoolUrl } from './url.ts';

const GIB = 2 ** 30;
interface Asked {
  hostId: number;
  pool: PoolPlace;
}

async function withHost(cloud: TestCloud, { hypervisor = 'KVM' }: { hypervisor?: 'KVM' | 'Simulator' } = {}) {
  const hosts = testHosts();
  const asked: Asked[] = [];
  const evicted: string[] = [];
  cloud.world.drivers.hosts = hosts;
  const room = { totalBytes: 100 * GIB, usedBytes: 10 * GIB };
  cloud.world.drivers.storage = {
    stat: async (hostId: number, pool: PoolPlace) => {
      asked.push({ hostId, pool });
      return { ...room };
    },
    evictTemplate: async (_hostId: number, { templateId }: { templateId: string }) => void evicted.push(templateId),
  } as unknown as StorageDriver;
  const place = await makeZone(cloud, { hypervisor });
  const host = await addHost(cloud, hosts, { place, facts: factsOf('host1', { hypervisor }) });
  return { hosts, asked, evicted, room, place, host };
}
const shared = (place: TestZone) => ({
  name: 'primary1',
  url: 'SharedMountPoint://localhost/srv/primary',
  zoneid: place.zoneid,
});

test('folders are read from URLs, and nothing that points elsewhere', () => {
  const plain = { mountpoint: undefined, simulated: false };
  assert.deepEqual(readPoolUrl('SharedMountPoint://localhost/srv/a/', plain), {
    kind: 'SharedMountPoint',
    address: 'localhost',
    path: '/srv/a',
  });
  assert.deepEqual(readPoolUrl('nfs://10.0.0.9/export', { mountpoint: '/mnt/x', simulated: false }), {
    kind: 'NetworkFilesystem',
    address: '10.0.0.9',
    path: '/mnt/x',
  });
  assert.deepEqual(readPoolUrl('nfs://10.0.0.9/export', { mountpoint: undefined, simulated: true }).path, '/export');
  assert.throws(() => readPoolUrl('nfs://10.0.0.9/export', plain), /do not mount NFS by themselves/);
  assert.throws(() => readPoolUrl('SharedMountPoint://localhost/srv/../etc', plain), /accepted: SharedMountPoint/);
  assert.throws(() => readPoolUrl('rbd://mon/pool', plain), /scheme 'rbd'/);
});

test(
  'a shared folder is tried by a host and is Up with what the host found',
  inCloud(async (cloud) => {
    const { admin } = cloud;
    const { asked, place, host } = await withHost(cloud);
    const { storagepool: pool } = await admin.call('createStoragePool', {
      ...shared(place),
      tags: 'ssd, fast',
      'details[0].a': 'b',
    });
    assert.deepEqual(
      [
        pool.state,
        pool.scope,
        pool.type,
        pool.path,
        pool.ipaddress,
        pool.disksizetotal,
        pool.disksizeused,
        pool.disksizeallocated,
        pool.tags,
        pool.provider,
        pool.overprovisionfactor,
      ],
      [
        'Up',
        'ZONE',
        'SharedMountPoint',
        '/srv/primary',
        'localhost',
        100 * GIB,
        10 * GIB,
        0,
        'ssd,fast',
        'DefaultPrimary',
        '2.0',
      ],
    );
    assert.deepEqual(asked, [
      { hostId: host.id, pool: { id: pool.id, kind: 'SharedMountPoint', path: '/srv/primary' } },
    ]);
    assert.equal(
      (await admin.call('listStoragePools', { hostid: host.uuid, scope: 'zone', status: 'up' }))['count'],
      1,
    );
    assert.deepEqual(
      (await admin.call('listStorageTags'))['storagetag'].map((one: { name: string }) => one.name),
      ['fast', 'ssd'],
    );
    assert.match(
      (await admin.refused('createStoragePool', { ...shared(place), name: 'again' })).errortext,
      /the pool primary1 has this folder already/,
    );
  }),
);

test(
  "a pool of a cluster is in the cluster's pod, one of a host is the host's",
  inCloud(async (cloud) => {
    const { admin } = cloud;
    const { place, host } = await withHost(cloud);
    const { storagepool: ours } = await admin.call('createStoragePool', {
      ...shared(place),
      clusterid: place.clusterid,
      capacitybytes: 20 * GIB,
    });
    assert.deepEqual(
      [ours.scope, ours.podid, ours.clustername, ours.disksizetotal, ours.capacitybytes],
      ['CLUSTER', place.podid, 'cluster1', 20 * GIB, 20 * GIB],
    );
    const { storagepool: local } = await admin.call('createStoragePool', {
      name: 'local',
      url: 'file://host1/srv/local',
      zoneid: place.zoneid,
    });
    assert.deepEqual([local.scope, local.type, local.clusterid], ['HOST', 'Filesystem', place.clusterid]);
    assert.equal((await admin.call('listStoragePools', { hostid: host.uuid }))['count'], 2);
    const refused = async (params: object) =>
      (await admin.refused('createStoragePool', { ...shared(place), ...params })).errortext;
    assert.match(
      await refused({ url: 'file:///srv/x' }),
      /a folder of one host names it; accepted: file:\/\/host1\/path/,
    );
    assert.match(await refused({ url: 'file://host9/srv/x' }), /the zone has no host host9/);
    const other = await makeZone(cloud, { name: 'zone2' });
    assert.match(
      await refused({ url: 'SharedMountPoint://localhost/y', clusterid: other.clusterid }),
      /the cluster cluster1 is in another pod or zone|No host of the zone is up/,
    );
    assert.match(
      await refused({ url: 'SharedMountPoint://localhost/y', clusterid: place.clusterid, hypervisor: 'Simulator' }),
      /the cluster cluster1 is for KVM/,
    );
    assert.match(await refused({ scope: 'CLUSTER' }), /missing parameter clusterid/);
  }),
);

test(
  'what this cloud does not do is refused, and so is storage no host can try',
  inCloud(async (cloud) => {
    const { admin } = cloud;
    const { place, hosts, host } = await withHost(cloud);
    const refused = (params: object) => admin.refused('createStoragePool', { ...shared(place), ...params });
    assert.equal((await refused({ managed: true })).errorcode, 432);
    assert.equal((await refused({ provider: 'SolidFire' })).errorcode, 432);
    assert.equal((await refused({ url: 'nfs://10.0.0.1/export' })).errorcode, 432);
    assert.match((await refused({ capacitybytes: 0 })).errortext, /capacitybytes is 0/);
    cloud.world.drivers.storage = {
      stat: async () => {
        throw new Error('no such folder');
      },
    } as unknown as StorageDriver;
    assert.match((await refused({})).errortext, /no such folder/);
    assert.deepEqual(await admin.call('listStoragePools'), {});
    hosts.drop(host.id);
    assert.equal((await refused({})).errorcode, 534);
  }),
);

test(
  'simulated hosts take NFS as it is written',
  inCloud(async (cloud) => {
    const { place } = await withHost(cloud, { hypervisor: 'Simulator' });
    const { storagepool: pool } = await cloud.admin.call('createStoragePool', {
      name: 'nfs',
      url: 'nfs://10.147.28.6:/export/primary',
      zoneid: place.zoneid,
    });
    assert.deepEqual([pool.type, pool.ipaddress, pool.path], ['NetworkFilesystem', '10.147.28.6', '/export/primary']);
  }),
);

test(
  'a pool is renamed, bounded, disabled and measured',
  inCloud(async (cloud) => {
    const { admin, world } = cloud;
    const { place, room } = await withHost(cloud);
    const { storagepool: pool } = await admin.call('createStoragePool', shared(place));
    const { storagepool: changed } = await admin.call('updateStoragePool', {
      id: pool.id,
      name: 'p1',
      tags: 'a,b',
      capacitybytes: 50 * GIB,
      enabled: false,
    });
    assert.deepEqual(
      [changed.name, changed.tags, changed.disksizetotal, changed.state],
      ['p1', 'a,b', 50 * GIB, 'Disabled'],
    );
    assert.match(
      (await admin.refused('updateStoragePool', { id: pool.id, capacitybytes: GIB })).errortext,
      /at least what is used/,
    );
    assert.equal((await admin.call('updateStoragePool', { id: pool.id, enabled: true }))['storagepool'].state, 'Up');
    room.usedBytes = 30 * GIB;
    await runKeeper(world, 'storage.capacity');
    const {
      storagepool: [measured],
    } = await admin.call('listStoragePools');
    assert.deepEqual([measured.disksizeused, measured.disksizetotal], [30 * GIB, 50 * GIB]);
    const {
      capacity: [storage],
    } = await admin.call('listCapacity', { type: 2 });
    assert.deepEqual([storage.capacityused, storage.percentused], [30 * GIB, '60']);
    const {
      capacity: [allocated],
    } = await admin.call('listCapacity', { type: 3 });
    assert.equal(allocated.capacitytotal, 100 * GIB);
  }),
);

test(
  'a pool goes once its volumes are gone, and its templates with it',
  inCloud(async (cloud) => {
    const { admin, db } = cloud;
    const { place, evicted } = await withHost(cloud);
    const { storagepool: pool } = await admin.call('createStoragePool', shared(place));
    await db.read.run(
      sql`insert into volume(account_id, domain_id, zone_id, pool_id, name, type, size_bytes) select 2, 1, zone_id, id, 'v', 'DATADISK', 1 from storage_pool`,
    );
    assert.match((await admin.refused('deleteStoragePool', { id: pool.id })).errortext, /it still has 1 volume/);
    await db.read.run(sql`update volume set removed = now()`);
    const template = await db.read.one<{
      uuid: string;
    }>(sql`with t as (insert into template(account_id, domain_id, name, display_text, format, hypervisor) values (2, 1, 't', 't', 'QCOW2', 'KVM') returning id, uuid),
    p as (insert into template_pool(template_id, pool_id, state) select t.id, s.id, 'Ready' from t, storage_pool s) select uuid from t`);
    assert.deepEqual(await admin.call('deleteStoragePool', { id: pool.id }), { success: true });
    await admin.job('createPhysicalNetwork', { name: 'p', zoneid: place.zoneid }); // runs what waits
    assert.deepEqual(evicted, [template.uuid]);
    assert.deepEqual(await admin.call('listStoragePools'), {});
  }),
);

test(
  'maintenance is for pools that nobody runs on',
  inCloud(async (cloud) => {
    const { admin, db } = cloud;
    const { place } = await withHost(cloud);
    const { storagepool: pool } = await admin.call('createStoragePool', shared(place));
    await db.read
      .run(sql`with v as (insert into vm(account_id, domain_id, zone_id, name, display_name, instance_name, service_offering_id, hypervisor, cpus, cpu_mhz, memory_mib, state)
      select 2, 1, z.id, 'v', 'v', 'i-1', o.id, 'KVM', 1, 500, 512, 'Running' from service_offering o, zone z where o.name = 'Small Instance' returning id)
    insert into volume(account_id, domain_id, zone_id, pool_id, vm_id, name, type, size_bytes) select 2, 1, s.zone_id, s.id, v.id, 'v', 'ROOT', 1 from storage_pool s, v`);
    assert.match(
      (await admin.refused('enableStorageMaintenance', { id: pool.id })).errortext,
      /1 instance with disks on the pool runs; stop it first/,
    );
    await db.read.run(sql`update vm set state = 'Stopped'`);
    assert.equal((await admin.job('enableStorageMaintenance', { id: pool.id }))['storagepool'].state, 'Maintenance');
    assert.equal((await admin.refused('enableStorageMaintenance', { id: pool.id })).errorcode, 431);
    assert.equal((await admin.job('cancelStorageMaintenance', { id: pool.id }))['storagepool'].state, 'Up');
  }),
);

test(
  'providers are told by kind; users see none of it',
  inCloud(async (cloud) => {
    assert.deepEqual((await cloud.admin.call('listStorageProviders', { type: 'primary' }))['dataStoreProvider'], [
      { name: 'DefaultPrimary', type: 'PRIMARY' },
    ]);
    assert.equal((await cloud.admin.refused('listStorageProviders', { type: 'tape' })).errorcode, 431);
    const { user } = await makeAccount(cloud, { name: 'user' });
    assert.equal((await user.refused('listStoragePools')).errorcode, 432);
  }),
);
