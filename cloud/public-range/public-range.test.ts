// Ranges of addresses: laid out without overlap, one row per public address, and what is in use stays.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '#kernel/sql.ts';
import { inCloud, type User } from '#test/cloud.ts';
import { makeAccount, makeDomain } from '#test/tenants.ts';

async function makeZone(admin: User, { public: open = true } = {}): Promise<{ zoneid: string; physical: string }> {
  const { zone } = await admin.call('createZone', {
    name: 'zone1',
    dns1: '8.8.8.8',
    internaldns1: '10.0.0.1',
    networktype: 'Advanced',
  });
  const { physicalnetwork } = await admin.job('createPhysicalNetwork', {
    name: 'pn',
    zoneid: zone.id,
    vlan: '1000-1009',
  });
  if (open) await admin.job('addTrafficType', { physicalnetworkid: physicalnetwork.id, traffictype: 'Public' });
  return { zoneid: zone.id, physical: physicalnetwork.id };
}
const range = {
  gateway: '203.0.113.1',
  netmask: '255.255.255.0',
  startip: '203.0.113.10',
  endip: '203.0.113.19',
  vlan: 'untagged',
};

test(
  'a public range has one row per address, with MACs that follow from them',
  inCloud(async ({ admin, db }) => {
    const { zoneid, physical } = await makeZone(admin);
    const { vlan: made } = await admin.call('createVlanIpRange', { ...range, zoneid });
    assert.deepEqual(
      [made.vlan, made.cidr, made.forvirtualnetwork, made.physicalnetworkid, made.forsystemvms],
      ['vlan://untagged', '203.0.113.0/24', true, physical, false],
    );
    const rows = await db.read.rows<{ address: string; mac: string; state: string }>(
      sql`select host(address) as address, mac, state from public_ip order by id`,
    );
    assert.equal(rows.length, 10);
    assert.deepEqual(
      [rows[0], rows[9]!.address],
      [{ address: '203.0.113.10', mac: '1e:00:cb:00:71:0a', state: 'Free' }, '203.0.113.19'],
    );
    const { vlaniprange: listed, count } = await admin.call('listVlanIpRanges', { zoneid, vlan: 'vlan://untagged' });
    assert.deepEqual([count, listed[0].id], [1, made.id]);
    const {
      capacity: [ips],
    } = await admin.call('listCapacity', { type: 4 });
    assert.deepEqual([ips.capacitytotal, ips.capacityused], [10, 0]);
    assert.deepEqual(await admin.call('deleteVlanIpRange', { id: made.id }), { success: true });
    assert.equal((await db.read.one<{ n: number }>(sql`select count(*) as n from public_ip`)).n, 0);
    await admin.call('createVlanIpRange', { ...range, zoneid });
  }),
);

test(
  'sixty-five thousand addresses are made at once',
  inCloud(async ({ admin, db }) => {
    const { zoneid } = await makeZone(admin);
    await admin.call('createVlanIpRange', {
      zoneid,
      gateway: '198.18.0.1',
      netmask: '255.255.0.0',
      startip: '198.18.0.2',
      endip: '198.18.255.254',
    });
    assert.equal((await db.read.one<{ n: number }>(sql`select count(*) as n from public_ip`)).n, 65_533);
    assert.equal((await db.read.one<{ n: number }>(sql`select count(distinct mac) as n from public_ip`)).n, 65_533);
  }),
);

test(
  'what does not fit is refused by name',
  inCloud(async ({ admin }) => {
    const { zoneid } = await makeZone(admin);
    await admin.call('createVlanIpRange', { ...range, zoneid });
    const refused = async (params: object) =>
      (
        await admin.refused('createVlanIpRange', {
          ...range,
          startip: '203.0.113.30',
          endip: '203.0.113.39',
          zoneid,
          ...params,
        })
      ).errortext;
    assert.match(await refused({ startip: '203.0.113.15' }), /overlaps the range 203\.0\.113\.10 to 203\.0\.113\.19/);
    assert.match(await refused({ gateway: '203.0.113.35' }), /contains the gateway 203\.0\.113\.35/);
    assert.match(await refused({ gateway: '203.0.113.2' }), /another range of that network says 203\.0\.113\.1/);
    assert.match(await refused({ netmask: '255.255.255.192' }), /says 203\.0\.113\.1 in 203\.0\.113\.0\/24/);
    assert.match(await refused({ endip: '203.0.113.255' }), /contains the broadcast address 203\.0\.113\.255/);
    assert.match(await refused({ endip: '203.0.114.9' }), /is not inside 203\.0\.113\.0\/24/);
    assert.match(await refused({ endip: '203.0.113.20' }), /comes before/);
    assert.match(await refused({ vlan: '5000' }), /vlan is '5000'; untagged or a number/);
    assert.match(await refused({ netmask: '255.255.255.254' }), /from 255\.0\.0\.0 to 255\.255\.255\.252/);
    assert.equal(
      (await admin.refused('createVlanIpRange', { ...range, zoneid, startipv6: '2001:db8::1' })).errorcode,
      432,
    );
    assert.match((await admin.refused('createVlanIpRange', { zoneid })).errortext, /missing parameter gateway/);
    await admin.call('createPod', {
      name: 'p',
      zoneid,
      gateway: '10.1.0.1',
      netmask: '255.255.255.0',
      startip: '10.1.0.10',
      endip: '10.1.0.20',
    });
    assert.match(
      await refused({ gateway: '10.1.0.1', startip: '10.1.0.20', endip: '10.1.0.30' }),
      /overlaps management addresses of the pod p/,
    );
    assert.match(
      (
        await admin.refused('createPod', {
          name: 'q',
          zoneid,
          gateway: '203.0.113.1',
          netmask: '255.255.255.0',
          startip: '203.0.113.12',
        })
      ).errortext,
      /overlaps the address range 203\.0\.113\.10/,
    );
  }),
);

test(
  'a zone without public traffic has no public range; KVM carries none that is tagged',
  inCloud(async ({ admin }) => {
    const { zoneid, physical } = await makeZone(admin, { public: false });
    assert.match(
      (await admin.refused('createVlanIpRange', { ...range, zoneid })).errortext,
      /no physical network of the zone carries public traffic/,
    );
    await admin.job('addTrafficType', { physicalnetworkid: physical, traffictype: 'Public' });
    const { vlan: made } = await admin.call('createVlanIpRange', { ...range, zoneid, vlan: 'vlan://50' });
    assert.equal(made.vlan, 'vlan://50');
    const { pod } = await admin.call('createPod', {
      name: 'p',
      zoneid,
      gateway: '10.1.0.1',
      netmask: '255.255.255.0',
      startip: '10.1.0.10',
    });
    const cluster = { clustername: 'c', clustertype: 'CloudManaged', zoneid, podid: pod.id };
    assert.match(
      (await admin.refused('addCluster', { ...cluster, hypervisor: 'KVM' })).errortext,
      /on VLAN 50, but KVM hosts carry public traffic untagged/,
    );
    await admin.call('deleteVlanIpRange', { id: made.id });
    await admin.call('addCluster', { ...cluster, hypervisor: 'KVM' });
    assert.equal((await admin.refused('createVlanIpRange', { ...range, zoneid, vlan: '50' })).errorcode, 432);
  }),
);

test(
  'a range grows and shrinks around what is in use, and stays while anything is',
  inCloud(async ({ admin, db }) => {
    const { zoneid } = await makeZone(admin);
    const { vlan: made } = await admin.call('createVlanIpRange', { ...range, zoneid });
    await db.read.run(
      sql`update public_ip set state = 'Allocated', account_id = 2, domain_id = 1 where address = '203.0.113.15'`,
    );
    const { vlan: changed } = await admin.call('updateVlanIpRange', {
      id: made.id,
      startip: '203.0.113.12',
      endip: '203.0.113.25',
    });
    assert.deepEqual([changed.startip, changed.endip], ['203.0.113.12', '203.0.113.25']);
    assert.equal((await db.read.one<{ n: number }>(sql`select count(*) as n from public_ip`)).n, 14);
    const refused = await admin.refused('updateVlanIpRange', { id: made.id, startip: '203.0.113.16' });
    assert.deepEqual(
      [refused.errorcode, refused.errortext],
      [536, '1 address of the range is in use (203.0.113.15) and must stay as it is'],
    );
    assert.equal((await admin.refused('updateVlanIpRange', { id: made.id, gateway: '203.0.113.2' })).errorcode, 536);
    assert.match((await admin.refused('deleteVlanIpRange', { id: made.id })).errortext, /1 address of it is in use/);
    await db.read.run(sql`update public_ip set state = 'Free', account_id = null, domain_id = null`);
    assert.equal(
      (await admin.call('updateVlanIpRange', { id: made.id, gateway: '203.0.113.2' }))['vlan'].gateway,
      '203.0.113.2',
    );
  }),
);

test(
  'a rule that ended does not hold its address',
  inCloud(async ({ admin, db }) => {
    const { zoneid } = await makeZone(admin);
    const { vlan: made } = await admin.call('createVlanIpRange', { ...range, zoneid });
    await db.read
      .run(sql`with n as (insert into network(account_id, domain_id, zone_id, offering_id, name, display_text, guest_type) select 2, 1, z.id, o.id, 'n', 'n', 'Isolated' from zone z, network_offering o limit 1 returning id)
    insert into network_rule(account_id, domain_id, network_id, purpose, public_ip_id, protocol, removed) select 2, 1, n.id, 'Firewall', (select min(id) from public_ip), 'tcp', now() from n`);
    assert.deepEqual(await admin.call('deleteVlanIpRange', { id: made.id }), { success: true });
  }),
);

test(
  'ranges of one account or domain',
  inCloud(async (cloud) => {
    const { admin } = cloud;
    const { zoneid } = await makeZone(admin);
    const domain = await makeDomain(cloud.db, 'd');
    await makeAccount(cloud, { name: 'acme', domainId: domain.id });
    const { vlan: mine } = await admin.call('createVlanIpRange', {
      ...range,
      zoneid,
      account: 'acme',
      domainid: domain.uuid,
    });
    assert.deepEqual([mine.account, mine.domain, mine.domainpath], ['acme', 'd', 'ROOT/d']);
    const { vlan: ours } = await admin.call('createVlanIpRange', {
      ...range,
      zoneid,
      startip: '203.0.113.30',
      endip: '203.0.113.31',
      domainid: domain.uuid,
    });
    assert.deepEqual([ours.account, ours.domain], [undefined, 'd']);
    assert.equal((await admin.call('listVlanIpRanges', { account: 'acme', domainid: domain.uuid }))['count'], 1);
    assert.match(
      (
        await admin.refused('createVlanIpRange', {
          ...range,
          zoneid,
          startip: '203.0.113.40',
          endip: '203.0.113.41',
          domainid: domain.uuid,
          forsystemvms: true,
        })
      ).errortext,
      /forsystemvms/,
    );
  }),
);

test(
  'a shared network has ranges of its own, without public addresses',
  inCloud(async ({ admin, db }) => {
    const { zoneid } = await makeZone(admin);
    const network = await db.read.one<{
      uuid: string;
    }>(sql`insert into network(account_id, domain_id, zone_id, physical_network_id, offering_id, name, display_text, guest_type, cidr, gateway, state)
    select 2, 1, p.zone_id, p.id, o.id, 'shared', 'shared', 'Shared', '172.16.5.0/24', '172.16.5.1', 'Setup' from physical_network p, network_offering o where o.name = 'DefaultSharedNetworkOffering' returning uuid`);
    const { vlan: made } = await admin.call('createVlanIpRange', {
      networkid: network.uuid,
      startip: '172.16.5.10',
      endip: '172.16.5.19',
      forvirtualnetwork: false,
    });
    assert.deepEqual(
      [made.gateway, made.netmask, made.networkid, made.forvirtualnetwork, made.zoneid],
      ['172.16.5.1', '255.255.255.0', network.uuid, false, zoneid],
    );
    assert.equal((await db.read.one<{ n: number }>(sql`select count(*) as n from public_ip`)).n, 0);
    assert.match(
      (await admin.refused('createVlanIpRange', { ...range, zoneid, forvirtualnetwork: false })).errortext,
      /missing parameter networkid/,
    );
    assert.equal((await admin.call('listVlanIpRanges', { forvirtualnetwork: false }))['count'], 1);
    const {
      capacity: [ips],
    } = await admin.call('listCapacity', { type: 8 });
    assert.equal(ips.capacitytotal, 10);
  }),
);
