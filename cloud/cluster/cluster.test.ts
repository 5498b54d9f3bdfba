// Clusters: hosts of one hypervisor in one pod.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '#kernel/sql.ts';
import { runKeeper } from '#test/keepers.ts';
import { inCloud, type User } from '#test/cloud.ts';

async function makePod(admin: User): Promise<{ zoneid: string; podid: string }> {
  const { zone } = await admin.call('createZone', {
    name: 'zone1',
    dns1: '8.8.8.8',
    internaldns1: '10.0.0.1',
    networktype: 'Advanced',
  });
  const { pod } = await admin.call('createPod', {
    name: 'p',
    zoneid: zone.id,
    gateway: '10.1.0.1',
    netmask: '255.255.255.0',
    startip: '10.1.0.10',
    endip: '10.1.0.20',
  });
  return { zoneid: zone.id, podid: pod.id };
}
const kvm = { clustername: 'c1', clustertype: 'CloudManaged', hypervisor: 'kvm' };

test(
  'a cluster is added as a list, found, changed and deleted',
  inCloud(async ({ admin }) => {
    const place = await makePod(admin);
    const {
      cluster: [made],
      count,
    } = await admin.call('addCluster', { ...kvm, ...place });
    assert.deepEqual(
      [
        count,
        made.hypervisortype,
        made.clustertype,
        made.managedstate,
        made.allocationstate,
        made.cpuovercommitratio,
        made.arch,
      ],
      [1, 'KVM', 'CloudManaged', 'Managed', 'Enabled', '1.0', 'x86_64'],
    );
    const { cluster: changed } = await admin.call('updateCluster', {
      id: made.id,
      clustername: 'c2',
      managedstate: 'Unmanaged',
      hypervisor: 'Simulator',
    });
    assert.deepEqual([changed.name, changed.managedstate, changed.hypervisortype], ['c2', 'Unmanaged', 'Simulator']);
    assert.equal((await admin.call('listClusters', { hypervisor: 'simulator', podid: place.podid }))['count'], 1);
    assert.deepEqual(await admin.call('deleteCluster', { id: made.id }), { success: true });
    assert.deepEqual(await admin.call('listClusters'), {});
  }),
);

test(
  'what does not fit is refused by name',
  inCloud(async ({ admin, db }) => {
    const place = await makePod(admin);
    const {
      cluster: [made],
    } = await admin.call('addCluster', { ...kvm, ...place });
    const refused = async (params: object) =>
      (await admin.refused('addCluster', { ...kvm, ...place, ...params })).errortext;
    assert.match(await refused({ clustername: 'C1' }), /there is a cluster C1 in the pod already/);
    assert.match(
      await refused({ hypervisor: 'VMware' }),
      /hypervisor is 'VMware'; hosts of this cloud run: KVM, Simulator/,
    );
    assert.match(
      await refused({ clustername: 'x', clustertype: 'ExternalManaged' }),
      /clusters of this cloud are CloudManaged/,
    );
    const { zone } = await admin.call('createZone', {
      name: 'zone2',
      dns1: '8.8.8.8',
      internaldns1: '10.0.0.1',
      networktype: 'Advanced',
    });
    assert.match(await refused({ clustername: 'x', zoneid: zone.id }), /podid names a pod of another zone/);
    await db.read.run(
      sql`insert into host(zone_id, pod_id, cluster_id, name, hypervisor, guid, private_ip) select zone_id, pod_id, id, 'h', 'KVM', gen_random_uuid(), '10.0.0.9' from cluster where uuid = ${made.id}`,
    );
    assert.equal(
      (await admin.refused('deleteCluster', { id: made.id })).errortext,
      'The cluster cannot be deleted, it still has: 1 host',
    );
    assert.match(
      (await admin.refused('updateCluster', { id: made.id, arch: 'aarch64' })).errortext,
      /the cluster has 1 host of x86_64/,
    );
  }),
);

test(
  'over-commitment follows the settings of the cluster',
  inCloud(async ({ admin, server, world, db }) => {
    const place = await makePod(admin);
    const {
      cluster: [made],
    } = await admin.call('addCluster', { ...kvm, ...place });
    const { id } = await db.read.one<{ id: number }>(sql`select id from cluster where uuid = ${made.id}`);
    await db.tx((tx) =>
      server.settings.write(tx, { name: 'cpu.overprovisioning.factor', value: '2.5', at: { scope: 'Cluster', id } }),
    );
    await runKeeper(world, 'clusters.factors');
    assert.equal((await admin.call('listClusters', { id: made.id }))['cluster'][0].cpuovercommitratio, '2.5');
  }),
);
