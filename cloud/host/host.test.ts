// Hosts: from a connection to a row, what is told of them, and how they leave.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '#kernel/sql.ts';
import type { StorageDriver } from '../volume/driver.ts';
import { inCloud, type TestCloud } from '#test/cloud.ts';
import { addHost, factsOf, makeZone, testHosts, type TestHosts, type TestZone } from '#test/hosts.ts';
import { runKeeper } from '#test/keepers.ts';
import { makeAccount } from '#test/tenants.ts';
import { heardOfHosts, hostsConnected } from './status.ts';

interface Set {
  hosts: TestHosts;
  place: TestZone;
  host: { id: number; uuid: string };
}

async function withHost(cloud: TestCloud): Promise<Set> {
  const hosts = testHosts();
  cloud.world.drivers.hosts = hosts;
  const place = await makeZone(cloud);
  return { hosts, place, host: await addHost(cloud, hosts, { place, facts: factsOf('host1') }) };
}
const liveness = (cloud: TestCloud) => runKeeper(cloud.world, 'hosts.liveness');
const shown = async ({ admin }: TestCloud, id: string) => (await admin.call('listHosts', { id }))['host'][0];
const addGuest = ({ db }: TestCloud, hostId: number, state = 'Running') =>
  db.read
    .run(sql`insert into vm(account_id, domain_id, zone_id, host_id, name, display_name, instance_name, service_offering_id, hypervisor, cpus, cpu_mhz, memory_mib, state)
  select 2, 1, h.zone_id, h.id, 'v', 'v', 'i-' || random(), o.id, 'KVM', 1, 500, 512, ${state} from service_offering o, host h where o.name = 'Small Instance' and h.id = ${hostId}`);

test(
  'a connected host is added, adopted and Up, with what it says of itself',
  inCloud(async (cloud) => {
    const { hosts, place, host } = await withHost(cloud);
    assert.ok(hosts.isConnected(host.id));
    const now = await shown(cloud, host.uuid);
    assert.deepEqual(
      [
        now.state,
        now.resourcestate,
        now.type,
        now.hypervisor,
        now.cpunumber,
        now.cpuspeed,
        now.memorytotal,
        now.arch,
        now.clusterid,
        now.podid,
      ],
      ['Up', 'Enabled', 'Routing', 'KVM', 8, 2000, 16_384 * 2 ** 20, 'x86_64', place.clusterid, place.podid],
    );
    assert.deepEqual(
      [
        now.cpuallocated,
        now.cpuwithoverprovisioning,
        now.memoryallocated,
        now.hasenoughcapacity,
        now.details.accelerator,
      ],
      ['0.00%', '16000.0', 0, true, 'tcg'],
    );
    assert.equal(
      (await cloud.admin.call('listHosts', { type: 'routing', state: 'up', clusterid: place.clusterid }))['count'],
      1,
    );
    const { capacity } = await cloud.admin.call('listCapacity', { clusterid: place.clusterid });
    assert.deepEqual(
      capacity.map((one: { name: string; capacitytotal: number }) => [one.name, one.capacitytotal]).slice(0, 2),
      [
        ['MEMORY', 16_384 * 2 ** 20],
        ['CPU', 16_000],
      ],
    );
  }),
);

test(
  'what does not fit is refused by name, and an unknown host is told how to join',
  inCloud(async (cloud) => {
    const { admin } = cloud;
    const { hosts, place } = await withHost(cloud);
    const refused = async (params: object) =>
      (await admin.refused('addHost', { ...place, hypervisor: 'KVM', url: 'http://host2', ...params })).errortext;
    assert.match(await refused({}), /No agent of a host host2 is connected\. Run «npm run agent -- join»/);
    hosts.connect(factsOf('host2', { bridges: [] }));
    assert.match(await refused({ url: 'http://host3' }), /connected and waiting: host2/);
    assert.match(await refused({ hypervisor: 'Simulator' }), /hypervisor is Simulator, the host runs KVM/);
    assert.match(await refused({ hypervisor: 'Xen' }), /hosts of this cloud run: KVM, Simulator/);
    assert.match(await refused({ clusterid: '' }), /missing parameter clusterid/);
    assert.match(await refused({ allocationstate: 'maybe' }), /allocationstate is 'maybe'/);
    const other = await makeZone(cloud, { name: 'zone2' });
    assert.match(await refused({ podid: other.podid }), /the pod pod1 is in another zone/);
    assert.match(await refused({ clusterid: other.clusterid }), /the cluster cluster1 is in another pod or zone/);
    const { physicalnetwork } = await admin.job('createPhysicalNetwork', { name: 'pn', zoneid: place.zoneid });
    await admin.job('addTrafficType', { physicalnetworkid: physicalnetwork.id, traffictype: 'Public' });
    assert.match(await refused({}), /has no bridge pub, which public traffic of the zone runs on; it has: none/);
    hosts.connect(factsOf('HOST1'));
    assert.match(await refused({ url: 'http://HOST1' }), /the host host1 is in the cloud already/);
    const { guid } = await cloud.db.read.one<{ guid: string }>(sql`select guid from host`);
    hosts.connect(factsOf('renamed', { guid }));
    const elsewhere = { zoneid: other.zoneid, podid: other.podid, clusterid: other.clusterid, url: 'renamed' };
    assert.match(await refused(elsewhere), /the host host1 is in the cloud already/);
    hosts.connect(factsOf('arm', { arch: 'aarch64' }));
    assert.match(await refused({ url: 'arm' }), /is for x86_64, the host is aarch64/);
  }),
);

test(
  'a cluster can be named, and is made where there is none',
  inCloud(async (cloud) => {
    const { hosts, place } = await withHost(cloud);
    hosts.connect(factsOf('host2'));
    const {
      host: [made],
    } = await cloud.admin.call('addHost', {
      zoneid: place.zoneid,
      podid: place.podid,
      hypervisor: 'kvm',
      url: 'http://host2',
      clustername: 'fresh',
      hosttags: 'gpu,ssd',
      allocationstate: 'disabled',
    });
    assert.deepEqual([made.clustername, made.hosttags, made.resourcestate], ['fresh', 'gpu,ssd', 'Disabled']);
    assert.deepEqual(
      (await cloud.admin.call('listHostTags'))['hosttag'].map((one: { name: string }) => one.name),
      ['gpu', 'ssd'],
    );
  }),
);

test(
  'name, tags, a note, and whether anything new is placed on it',
  inCloud(async (cloud) => {
    const { admin } = cloud;
    const { host } = await withHost(cloud);
    const {
      oscategory: [category],
    } = await admin.call('listOsCategories', { name: 'Debian' });
    const { host: changed } = await admin.call('updateHost', {
      id: host.uuid,
      name: 'h-one',
      hosttags: 'a,b',
      annotation: 'new fans',
      allocationstate: 'Disable',
      oscategoryid: category.id,
    });
    assert.deepEqual(
      [
        changed.name,
        changed.hosttags,
        changed.annotation,
        changed.username,
        changed.hasannotations,
        changed.resourcestate,
        changed.oscategoryname,
      ],
      ['h-one', 'a,b', 'new fans', 'admin', true, 'Disabled', 'Debian'],
    );
    assert.equal((await admin.call('listCapacity', { type: 1 }))['capacity'][0].capacitytotal, 0);
    assert.equal(
      (await admin.call('updateHost', { id: host.uuid, allocationstate: 'enable' }))['host'].resourcestate,
      'Enabled',
    );
    assert.equal((await admin.refused('updateHost', { id: host.uuid, istagarule: true })).errorcode, 432);
  }),
);

test(
  'a silent host is in Alert with an alert, and Up again once it is heard or dials in',
  inCloud(async (cloud) => {
    const { db } = cloud;
    const { host } = await withHost(cloud);
    await liveness(cloud);
    assert.equal((await shown(cloud, host.uuid)).state, 'Up');
    const silence = () => db.read.run(sql`update host set last_ping = clock_timestamp() - interval '17 seconds'`);
    await silence();
    await liveness(cloud);
    await liveness(cloud);
    const away = await shown(cloud, host.uuid);
    assert.equal(away.state, 'Alert');
    assert.ok(away.disconnected);
    assert.deepEqual(await db.read.rows(sql`select type, name, subject, zone_id is not null as placed from alert`), [
      { type: 7, name: 'ALERT.COMPUTE.HOST', subject: 'Host host1 has been silent for 16 seconds', placed: true },
    ]);
    await heardOfHosts(db.read, [
      { hostId: host.id, cpuUsedPercent: 12.5, memoryUsedMib: 1024, sequence: 4, everyS: 5 },
    ]);
    const back = await shown(cloud, host.uuid);
    assert.deepEqual(
      [back.state, back.disconnected, back.cpuused, back.memoryused],
      ['Up', undefined, '12.50%', 2 ** 30],
    );
    await silence();
    await liveness(cloud);
    const { guid } = await db.read.one<{ guid: string }>(sql`select guid from host`);
    assert.equal((await db.tx((tx) => hostsConnected(tx, [factsOf('host1', { guid, cpus: 16 })]))).get(guid), host.id);
    assert.deepEqual([(await shown(cloud, host.uuid)).state, (await shown(cloud, host.uuid)).cpunumber], ['Up', 16]);
    assert.equal((await db.tx((tx) => hostsConnected(tx, [factsOf('stranger')]))).size, 0);
  }),
);

test(
  'how long a host may be silent is set by intervals and how many of them, and less than one and a half is refused',
  inCloud(async (cloud) => {
    const { admin, db } = cloud;
    const { host } = await withHost(cloud);
    const after = async (silentS: number): Promise<string> => {
      await db.read.run(
        sql`update host set status = 'Up', last_ping = clock_timestamp() - ${silentS} * interval '1 second'`,
      );
      await liveness(cloud);
      return (await shown(cloud, host.uuid)).state;
    };
    const set = (name: string, value: number) => admin.call('updateConfiguration', { name, value });
    await set('host.ping.timeout', 10);
    assert.deepEqual([await after(49), await after(51)], ['Up', 'Alert']);
    await db.read.run(sql`update host set ping_every_s = 2`);
    assert.deepEqual([await after(19), await after(21)], ['Up', 'Alert']);
    for (const [name, value] of [
      ['host.ping.timeout', 1],
      ['host.ping.interval', 0],
      ['host.ping.interval', 301],
    ] as const) {
      const refused = await admin.refused('updateConfiguration', { name, value });
      assert.match(refused.errortext, new RegExp(`^value is '${value}'; ${name} takes a`));
    }
  }),
);

test(
  'an empty host is in maintenance at once; one with disks of its own asks what to do with them',
  inCloud(async (cloud) => {
    const { admin, db } = cloud;
    const { host, place } = await withHost(cloud);
    await addGuest(cloud, host.id);
    await db.read
      .run(sql`with p as (insert into storage_pool(zone_id, name, type, scope, host_id, path) select id, 'own', 'Filesystem', 'HOST', ${host.id}, '/own' from zone where uuid = ${place.zoneid} returning id, zone_id)
      insert into volume(account_id, domain_id, zone_id, vm_id, pool_id, name, type, size_bytes, state) select 2, 1, p.zone_id, vm.id, p.id, 'ROOT-1', 'ROOT', 1, 'Ready' from p, vm`);
    assert.match(
      (await admin.refused('prepareHostForMaintenance', { id: host.uuid })).errortext,
      /Disks of .* are on storage of this host; stop it, or set host.maintenance.local.storage.strategy/,
    );
    await db.read.run(sql`update vm set state = 'Stopped', host_id = null`);
    assert.equal(
      (await admin.job('prepareHostForMaintenance', { id: host.uuid }))['host'].resourcestate,
      'Maintenance',
    );
    assert.equal((await admin.refused('prepareHostForMaintenance', { id: host.uuid })).errorcode, 431);
    assert.equal((await admin.job('cancelHostMaintenance', { id: host.uuid }))['host'].resourcestate, 'Enabled');
  }),
);

test(
  'a guest that began to start in between keeps the host out of maintenance',
  inCloud(async (cloud) => {
    const { admin, db } = cloud;
    const { host } = await withHost(cloud);
    await admin.call('prepareHostForMaintenance', { id: host.uuid });
    await addGuest(cloud, host.id, 'Starting');
    const { settle } = await import('#test/jobs.ts');
    await settle(cloud.server);
    assert.equal((await shown(cloud, host.uuid)).resourcestate, 'ErrorInPrepareForMaintenance');
    await db.read.run(sql`update vm set state = 'Stopped', host_id = null`);
    assert.equal(
      (await admin.job('prepareHostForMaintenance', { id: host.uuid }))['host'].resourcestate,
      'Maintenance',
    );
  }),
);

test(
  'a host leaves once nothing is on it; its storage leaves with it, its agent can come again',
  inCloud(async (cloud) => {
    const { admin, db, world } = cloud;
    const { hosts, place, host } = await withHost(cloud);
    world.drivers.storage = { stat: async () => ({ totalBytes: 1, usedBytes: 0 }) } as unknown as StorageDriver;
    await admin.call('createStoragePool', { name: 'local', url: 'file://host1/srv/local', zoneid: place.zoneid });
    assert.match(
      (await admin.refused('deleteHost', { id: host.uuid })).errortext,
      /is Enabled; put it in maintenance or disable it first/,
    );
    await addGuest(cloud, host.id);
    assert.equal((await admin.refused('deleteHost', { id: host.uuid, forced: true })).errorcode, 536);
    await db.read.run(sql`update vm set host_id = null`);
    const volume = await db.read.one<{ id: number }>(
      sql`insert into volume(account_id, domain_id, zone_id, pool_id, name, type, size_bytes) select 2, 1, zone_id, id, 'v', 'DATADISK', 1 from storage_pool returning id`,
    );
    assert.match(
      (await admin.refused('deleteHost', { id: host.uuid, forced: true })).errortext,
      /Storage of the host host1 holds 1 volume/,
    );
    await db.read.run(sql`update volume set removed = now() where id = ${volume.id}`);
    assert.deepEqual(await admin.call('deleteHost', { id: host.uuid, forced: true }), { success: true });
    assert.deepEqual(await admin.call('listHosts'), {});
    assert.deepEqual(await admin.call('listStoragePools'), {});
    assert.deepEqual(hosts.released, [host.id]);
    assert.equal((await addHost(cloud, hosts, { place, facts: factsOf('host1') })).id > host.id, true);
  }),
);

test(
  'the link is dropped and comes again',
  inCloud(async (cloud) => {
    const { admin, db } = cloud;
    const { hosts, host } = await withHost(cloud);
    const { guid } = await db.read.one<{ guid: string }>(sql`select guid from host`);
    hosts.reconnect = async (id) => {
      await db.tx((tx) => hostsConnected(tx, [factsOf('host1', { guid })]));
      hosts.reconnected.push(id);
    };
    assert.equal((await admin.job('reconnectHost', { id: host.uuid }))['host'].state, 'Up');
    hosts.drop(host.id);
    assert.match((await admin.refused('reconnectHost', { id: host.uuid })).errortext, /has no link to drop/);
  }),
);

test(
  'hypervisors, what they can do, and who may look',
  inCloud(async (cloud) => {
    const { admin } = cloud;
    const { place } = await withHost(cloud);
    assert.deepEqual(
      (await admin.call('listHypervisors'))['hypervisor'].map((one: { name: string }) => one.name),
      ['KVM', 'Simulator'],
    );
    assert.deepEqual((await admin.call('listHypervisors', { zoneid: place.zoneid }))['hypervisor'], [{ name: 'KVM' }]);
    const {
      hypervisorCapabilities: [kvm],
      count,
    } = await admin.call('listHypervisorCapabilities', { hypervisor: 'kvm' });
    assert.deepEqual([count, kvm.hypervisorversion, kvm.maxguestslimit], [1, 'default', 50]);
    assert.equal((await admin.call('listHypervisorCapabilities', { id: kvm.id }))['count'], 1);
    const { user } = await makeAccount(cloud, { name: 'user' });
    assert.equal((await user.refused('listHosts')).errorcode, 432);
    const { user: helper } = await makeAccount(cloud, { name: 'helper', role: 'ResourceAdmin' });
    assert.equal((await helper.call('listHosts'))['count'], 1);
  }),
);

test(
  'where a guest could move to',
  inCloud(async (cloud) => {
    const { admin, db } = cloud;
    const { hosts, place, host } = await withHost(cloud);
    await addHost(cloud, hosts, { place, facts: factsOf('host2') });
    await addHost(cloud, hosts, { place, facts: factsOf('full') });
    await db.read.run(sql`update host set memory_reserved_mib = memory_mib where name = 'full'`);
    await addGuest(cloud, host.id);
    const { uuid } = await db.read.one<{ uuid: string }>(sql`select uuid from vm`);
    const { host: found } = await admin.call('listHosts', { virtualmachineid: uuid });
    assert.deepEqual(
      found.map((one: { name: string; suitableformigration: boolean }) => [one.name, one.suitableformigration]),
      [
        ['full', false],
        ['host2', true],
      ],
    );
  }),
);

test(
  'a resource administrator adds and deletes hosts, and a domain administrator does not',
  inCloud(async (cloud) => {
    const { hosts, place } = await withHost(cloud);
    const { user } = await makeAccount(cloud, { name: 'keeper', role: 'ResourceAdmin' });
    hosts.connect(factsOf('host2'));
    const wish = { ...place, hypervisor: 'KVM', url: 'http://host2' };
    const {
      host: [host],
    } = await user.call('addHost', wish);
    assert.equal(host.name, 'host2');
    const { user: other } = await makeAccount(cloud, { name: 'other', role: 'DomainAdmin' });
    assert.equal((await other.refused('addHost', wish)).errorcode, 432);
    await user.call('deleteHost', { id: host.id, forced: true });
    assert.equal((await cloud.admin.call('listHosts', { id: host.id }))['host'], undefined);
  }),
);
