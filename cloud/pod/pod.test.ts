// Pods: their networks and ranges do not overlap, empty ones can go.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inCloud, type User } from '#test/cloud.ts';
import { makeAccount } from '#test/tenants.ts';

const makeZone = async (admin: User, name = 'zone1') =>
  (await admin.call('createZone', { name, dns1: '8.8.8.8', internaldns1: '10.0.0.1', networktype: 'Advanced' }))[
    'zone'
  ];
const rack = { name: 'rack1', gateway: '10.1.0.1', netmask: '255.255.255.0', startip: '10.1.0.10', endip: '10.1.0.20' };

test(
  'a pod is made, found, changed and deleted',
  inCloud(async ({ admin }) => {
    const zone = await makeZone(admin);
    const { pod: made } = await admin.call('createPod', { ...rack, zoneid: zone.id });
    assert.deepEqual(
      [made.netmask, made.startip, made.endip, made.vlanid, made.forsystemvms, made.allocationstate, made.zonename],
      ['255.255.255.0', ['10.1.0.10'], ['10.1.0.20'], ['untagged'], ['0'], 'Enabled', 'zone1'],
    );
    assert.deepEqual(made.ipranges, [
      {
        startip: '10.1.0.10',
        endip: '10.1.0.20',
        forsystemvms: '0',
        vlanid: 'untagged',
        gateway: '10.1.0.1',
        cidr: '10.1.0.0/24',
      },
    ]);
    const { pod: changed } = await admin.call('updatePod', {
      id: made.id,
      name: 'rack-1',
      endip: '10.1.0.30',
      allocationstate: 'Disabled',
    });
    assert.deepEqual([changed.name, changed.endip, changed.allocationstate], ['rack-1', ['10.1.0.30'], 'Disabled']);
    assert.equal((await admin.call('listPods', { zoneid: zone.id, allocationstate: 'disabled' }))['count'], 1);
    assert.deepEqual(await admin.call('deletePod', { id: made.id }), { success: true });
    assert.deepEqual(await admin.call('listPods'), {});
  }),
);

test(
  'networks and ranges that overlap are refused, gateways stay out',
  inCloud(async ({ admin }) => {
    const zone = await makeZone(admin);
    const elsewhere = await makeZone(admin, 'zone2');
    await admin.call('createPod', { ...rack, zoneid: zone.id });
    const refused = async (params: object) =>
      (await admin.refused('createPod', { ...rack, name: 'rack2', zoneid: zone.id, ...params })).errortext;
    assert.match(await refused({}), /overlaps 10\.1\.0\.0\/24 of pod rack1/);
    assert.match(await refused({ netmask: '255.255.0.0' }), /10\.1\.0\.0\/16, which overlaps/);
    assert.match(await refused({ name: 'RACK1' }), /there is a pod RACK1/);
    assert.match(
      await refused({ gateway: '10.2.0.1', startip: '10.3.0.1', endip: '10.3.0.9' }),
      /is not inside 10\.2\.0\.0\/24/,
    );
    assert.match(
      await refused({ gateway: '10.2.0.1', startip: '10.2.0.1', endip: '10.2.0.9' }),
      /contains the gateway 10\.2\.0\.1/,
    );
    assert.match(await refused({ netmask: '255.0.255.0' }), /netmask is '255\.0\.255\.0'/);
    assert.match(await refused({ gateway: '' }), /gateway is missing/);
    assert.equal((await admin.call('createPod', { ...rack, zoneid: elsewhere.id }))['pod'].name, 'rack1');
  }),
);

test(
  'ranges of management addresses are added, changed and removed',
  inCloud(async ({ admin }) => {
    const zone = await makeZone(admin);
    const { pod } = await admin.call('createPod', { ...rack, zoneid: zone.id });
    const more = {
      podid: pod.id,
      gateway: '10.1.0.1',
      netmask: '255.255.255.0',
      startip: '10.1.0.40',
      endip: '10.1.0.50',
      forsystemvms: true,
    };
    const { pod: two } = await admin.job('createManagementNetworkIpRange', more);
    assert.deepEqual(
      [two.startip, two.forsystemvms],
      [
        ['10.1.0.10', '10.1.0.40'],
        ['0', '1'],
      ],
    );
    assert.match(
      (await admin.refused('createManagementNetworkIpRange', more)).errortext,
      /overlaps 10\.1\.0\.40 to 10\.1\.0\.50 of pod rack1/,
    );
    assert.match(
      (await admin.refused('createManagementNetworkIpRange', { ...more, gateway: '10.1.0.2' })).errortext,
      /those of the pod are accepted: 10\.1\.0\.1/,
    );
    assert.match(
      (await admin.refused('updatePod', { id: pod.id, startip: '10.1.0.5' })).errortext,
      /updatePodManagementNetworkIpRange changes one of them/,
    );
    assert.match(
      (await admin.refused('updatePod', { id: pod.id, netmask: '255.255.255.224' })).errortext,
      /outside of which the pod has the range 10\.1\.0\.40/,
    );
    const change = { podid: pod.id, currentstartip: '10.1.0.40', currentendip: '10.1.0.50' };
    assert.deepEqual(await admin.job('updatePodManagementNetworkIpRange', { ...change, newendip: '10.1.0.60' }), {
      success: true,
    });
    assert.match(
      (await admin.refused('updatePodManagementNetworkIpRange', change)).errortext,
      /newstartip or newendip is missing/,
    );
    assert.match(
      (await admin.refused('updatePodManagementNetworkIpRange', { ...change, newendip: '10.1.0.70' })).errortext,
      /no range 10\.1\.0\.40 to 10\.1\.0\.50/,
    );
    assert.match(
      (
        await admin.refused('deleteManagementNetworkIpRange', {
          podid: pod.id,
          startip: '10.1.0.40',
          endip: '10.1.0.60',
          vlan: '7',
        })
      ).errortext,
      /on VLAN 7/,
    );
    await admin.job('deleteManagementNetworkIpRange', {
      podid: pod.id,
      startip: '10.1.0.40',
      endip: '10.1.0.60',
      vlan: 'untagged',
    });
    assert.deepEqual((await admin.call('listPods', { id: pod.id }))['pod'][0].startip, ['10.1.0.10']);
  }),
);

test(
  'a pod with a cluster stays; a user sees and changes none',
  inCloud(async (cloud) => {
    const { admin } = cloud;
    const zone = await makeZone(admin);
    const { pod } = await admin.call('createPod', { ...rack, zoneid: zone.id });
    await admin.call('addCluster', {
      clustername: 'c1',
      clustertype: 'CloudManaged',
      hypervisor: 'KVM',
      podid: pod.id,
      zoneid: zone.id,
    });
    const refused = await admin.refused('deletePod', { id: pod.id });
    assert.deepEqual(
      [refused.errorcode, refused.errortext],
      [536, 'The pod cannot be deleted, it still has: 1 cluster'],
    );
    const { user } = await makeAccount(cloud, { name: 'user' });
    assert.equal((await user.refused('deletePod', { id: pod.id })).errorcode, 432);
  }),
);

test(
  'capacities of a pod are shown when asked for',
  inCloud(async ({ admin }) => {
    const zone = await makeZone(admin);
    await admin.call('createPod', { ...rack, zoneid: zone.id });
    const {
      pod: [plain],
    } = await admin.call('listPods');
    assert.equal(plain.capacity, undefined);
    const {
      pod: [shown],
    } = await admin.call('listPods', { showcapacities: true });
    assert.deepEqual(
      shown.capacity.find((one: { type: number }) => one.type === 5),
      {
        name: 'PRIVATE_IP',
        capacitytotal: 11,
        capacityused: 0,
        percentused: '0',
        podid: shown.id,
        podname: 'rack1',
        type: 5,
        zoneid: zone.id,
        zonename: 'zone1',
      },
    );
  }),
);
