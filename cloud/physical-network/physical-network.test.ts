// Physical networks, their traffic types and providers: as a zone wizard sets them up, and what it is refused.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '#kernel/sql.ts';
import { inCloud, type User } from '#test/cloud.ts';
import { makeAccount } from '#test/tenants.ts';
import { readVlanRanges, writeVlanRanges } from './vlan-text.ts';

const makeZone = async (admin: User, name = 'zone1') =>
  (await admin.call('createZone', { name, dns1: '8.8.8.8', internaldns1: '10.0.0.1', networktype: 'Advanced' }))[
    'zone'
  ];
const makeNetwork = async (admin: User, zoneid: string, params = {}) =>
  (await admin.job('createPhysicalNetwork', { name: 'pn', zoneid, vlan: '1000-1009', ...params }))['physicalnetwork'];

test('ranges of identifiers are read, joined and bounded', () => {
  assert.equal(writeVlanRanges(readVlanRanges('20-30, 10-15,16,5', { vxlan: true })), '5,10-16,20-30');
  assert.throws(() => readVlanRanges('5-4', { vxlan: true }), /vlan has '5-4'; ranges within 1 to 16777215/);
  assert.throws(() => readVlanRanges('1-5000', { vxlan: false }), /1 to 4094/);
  assert.throws(() => readVlanRanges('1-600000', { vxlan: true }), /names 600000 identifiers; at most 500000/);
  assert.throws(() => readVlanRanges('0', { vxlan: true }), /vlan has '0'/);
});

test(
  'a physical network is made disabled with its identifiers and a virtual router, and enabled',
  inCloud(async ({ admin, db }) => {
    const zone = await makeZone(admin);
    const made = await makeNetwork(admin, zone.id, { isolationmethods: 'vxlan', tags: 'fast' });
    assert.deepEqual(
      [made.state, made.vlan, made.isolationmethods, made.broadcastdomainrange, made.tags, made.zonename],
      ['Disabled', '1000-1009', 'VXLAN', 'ZONE', 'fast', 'zone1'],
    );
    assert.equal((await db.read.one<{ n: number }>(sql`select count(*) as n from vni`)).n, 10);
    const {
      networkserviceprovider: [router],
    } = await admin.call('listNetworkServiceProviders', { physicalnetworkid: made.id, name: 'virtualrouter' });
    assert.deepEqual(
      [router.name, router.state, router.canenableindividualservice, router.servicelist.includes('SourceNat')],
      ['VirtualRouter', 'Disabled', true, true],
    );
    const { physicalnetwork: enabled } = await admin.job('updatePhysicalNetwork', { id: made.id, state: 'enabled' });
    assert.equal(enabled.state, 'Enabled');
    assert.equal((await admin.call('listPhysicalNetworks', { zoneid: zone.id }))['count'], 1);
  }),
);

test(
  'identifiers grow, and shrink where nobody uses them',
  inCloud(async ({ admin, db }) => {
    const zone = await makeZone(admin);
    const made = await makeNetwork(admin, zone.id);
    await db.read.run(sql`update vni set network_id = 7, taken = now() where vni = 1005`);
    assert.equal(
      (await admin.job('updatePhysicalNetwork', { id: made.id, vlan: '1005-1020,2000' }))['physicalnetwork'].vlan,
      '1005-1020,2000',
    );
    assert.equal((await db.read.one<{ n: number }>(sql`select count(*) as n from vni`)).n, 17);
    const refused = await admin.refused('updatePhysicalNetwork', { id: made.id, vlan: '1010-1020' });
    assert.deepEqual(
      [refused.errorcode, refused.errortext],
      [536, 'vlan leaves out 1005, which guest networks use; what is in use must stay'],
    );
    assert.match(
      (await admin.refused('createPhysicalNetwork', { name: 'pn2', zoneid: zone.id, vlan: '1015-1030' })).errortext,
      /vlan has 1015-1020, which the physical network pn of the zone has too/,
    );
    const {
      guestvlan: [taken],
      count,
    } = await admin.call('listGuestVlans', { physicalnetworkid: made.id, allocatedonly: true });
    assert.deepEqual([count, taken.vlan, taken.allocationstate, taken.physicalnetworkname], [1, '1005', 'Free', 'pn']);
    assert.equal((await admin.call('listGuestVlans', { id: taken.id }))['guestvlan'][0].vlan, '1005');
    assert.equal(
      (await admin.call('listGuestVlans', { zoneid: zone.id, page: 2, pagesize: 10 }))['guestvlan'].length,
      7,
    );
    const {
      capacity: [vlans],
    } = await admin.call('listCapacity', { type: 7 });
    assert.deepEqual([vlans.capacitytotal, vlans.capacityused, vlans.percentused], [17, 1, '5.88']);
  }),
);

test(
  'what this cloud does not do is refused',
  inCloud(async ({ admin }) => {
    const zone = await makeZone(admin);
    await makeNetwork(admin, zone.id);
    const refused = (params: object) =>
      admin.refused('createPhysicalNetwork', { name: 'other', zoneid: zone.id, ...params });
    assert.equal((await refused({ isolationmethods: 'VLAN' })).errorcode, 432);
    assert.match(
      (await refused({ broadcastdomainrange: 'POD' })).errortext,
      /in the Advanced zone zone1 ZONE is accepted/,
    );
    assert.match((await refused({ tags: 'a,b' })).errortext, /tags names 2 tags/);
    assert.match((await refused({ name: 'PN' })).errortext, /there is a physical network PN/);
    assert.deepEqual((await admin.call('listNetworkIsolationMethods'))['isolationmethod'], [{ name: 'VXLAN' }]);
  }),
);

test(
  'traffic types have bridges; each kind but guests runs on one physical network of a zone',
  inCloud(async ({ admin, db }) => {
    const zone = await makeZone(admin);
    const [one, two] = [
      await makeNetwork(admin, zone.id),
      await makeNetwork(admin, zone.id, { name: 'pn2', vlan: '2000-2001' }),
    ];
    const add = async (params: object) =>
      (await admin.job('addTrafficType', { physicalnetworkid: one.id, ...params }))['traffictype'];
    assert.equal((await add({ traffictype: 'Guest' })).kvmnetworklabel, undefined);
    const open = await add({ traffictype: 'Public', vmwarenetworklabel: 'vSwitch0' });
    assert.deepEqual([open.kvmnetworklabel, open.vmwarenetworklabel, open.traffictype], ['pub', 'vSwitch0', 'Public']);
    const refused = async (params: object) =>
      (await admin.refused('addTrafficType', { physicalnetworkid: two.id, ...params })).errortext;
    assert.match(await refused({ traffictype: 'Public' }), /runs on the physical network pn; it can run on one only/);
    assert.match(await refused({ traffictype: 'Management', kvmnetworklabel: 'a b' }), /kvmnetworklabel is 'a b'/);
    assert.match(
      (await admin.refused('addTrafficType', { physicalnetworkid: one.id, traffictype: 'Guest' })).errortext,
      /runs on the physical network already/,
    );
    await admin.job('addTrafficType', { physicalnetworkid: two.id, traffictype: 'Guest' });
    const zoneId = (await db.read.one<{ id: number }>(sql`select id from zone`)).id;
    await db.read.run(
      sql`insert into host(zone_id, name, hypervisor, guid, private_ip, bridges) values (${zoneId}, 'h1', 'KVM', gen_random_uuid(), '10.0.0.9', '{pub}')`,
    );
    assert.match(
      (await admin.refused('updateTrafficType', { id: open.id, kvmnetworklabel: 'cloudbr1' })).errortext,
      /these hosts of the zone do not have: h1/,
    );
    assert.equal(
      (await admin.job('updateTrafficType', { id: open.id, xennetworklabel: 'x', kvmnetworklabel: 'pub' }))[
        'traffictype'
      ].xennetworklabel,
      'x',
    );
    assert.equal((await admin.call('listTrafficTypes', { physicalnetworkid: one.id }))['count'], 2);
    assert.deepEqual(await admin.job('deleteTrafficType', { id: open.id }), { success: true });
    assert.deepEqual(
      (await admin.call('listTrafficTypeImplementors', { traffictype: 'public' }))['traffictypeimplementorresponse'],
      [{ traffictype: 'Public', traffictypeimplementor: 'PublicNetworkGuru' }],
    );
  }),
);

test(
  'a provider is enabled once its element is, and shut down while no network needs it',
  inCloud(async ({ admin, db }) => {
    const zone = await makeZone(admin);
    const physical = await makeNetwork(admin, zone.id);
    const {
      networkserviceprovider: [router],
    } = await admin.call('listNetworkServiceProviders', { physicalnetworkid: physical.id });
    assert.match(
      (await admin.refused('updateNetworkServiceProvider', { id: router.id, state: 'Enabled' })).errortext,
      /is not configured; enable its element/,
    );
    const {
      virtualrouterelement: [element],
    } = await admin.call('listVirtualRouterElements', { nspid: router.id, enabled: false });
    assert.deepEqual([element.nspid, element.enabled], [router.id, false]);
    assert.equal(
      (await admin.job('configureVirtualRouterElement', { id: element.id, enabled: true }))['virtualrouterelement']
        .enabled,
      true,
    );
    const { networkserviceprovider: on } = await admin.job('updateNetworkServiceProvider', {
      id: router.id,
      state: 'Enabled',
      servicelist: 'Dhcp,Dns,SourceNat',
    });
    assert.deepEqual([on.state, on.servicelist], ['Enabled', ['Dhcp', 'Dns', 'SourceNat']]);
    assert.match(
      (await admin.refused('configureVirtualRouterElement', { id: element.id, enabled: false })).errortext,
      /is Enabled; disable it first/,
    );
    const network = await db.read.one<{
      id: number;
    }>(sql`insert into network(account_id, domain_id, zone_id, physical_network_id, offering_id, name, display_text, guest_type)
    select 2, 1, p.zone_id, p.id, o.id, 'n', 'n', 'Isolated' from physical_network p, network_offering o where o.name = 'DefaultIsolatedNetworkOfferingWithSourceNatService' returning id`);
    assert.match(
      (await admin.refused('updateNetworkServiceProvider', { id: router.id, state: 'Shutdown' })).errortext,
      /serves 1 network/,
    );
    assert.equal((await admin.refused('deleteNetworkServiceProvider', { id: router.id })).errorcode, 536);
    assert.match((await admin.refused('deletePhysicalNetwork', { id: physical.id })).errortext, /still has: 1 network/);
    await db.read.run(sql`update network set removed = now() where id = ${network.id}`);
    assert.equal(
      (await admin.job('updateNetworkServiceProvider', { id: router.id, state: 'Shutdown' }))['networkserviceprovider']
        .state,
      'Disabled',
    );
    assert.deepEqual(await admin.job('deleteNetworkServiceProvider', { id: router.id }), { success: true });
    const { networkserviceprovider: again } = await admin.job('addNetworkServiceProvider', {
      physicalnetworkid: physical.id,
      name: 'VirtualRouter',
    });
    assert.equal(again.state, 'Disabled');
    assert.match(
      (await admin.refused('addNetworkServiceProvider', { physicalnetworkid: physical.id, name: 'Netscaler' }))
        .errortext,
      /no provider 'Netscaler' in this cloud; accepted: VirtualRouter/,
    );
    assert.match(
      (await admin.refused('createVirtualRouterElement', { nspid: again.id })).errortext,
      /has an element already/,
    );
    assert.deepEqual(await admin.job('deletePhysicalNetwork', { id: physical.id }), { success: true });
    assert.equal((await db.read.one<{ n: number }>(sql`select count(*) as n from vni`)).n, 0);
  }),
);

test(
  'a domain administrator does not touch them',
  inCloud(async (cloud) => {
    const zone = await makeZone(cloud.admin);
    await makeNetwork(cloud.admin, zone.id);
    const boss = await makeAccount(cloud, { name: 'boss', role: 'DomainAdmin' });
    const {
      virtualrouterelement: [element],
    } = await boss.user.call('listVirtualRouterElements');
    assert.equal(
      (await boss.user.refused('configureVirtualRouterElement', { id: element.id, enabled: true })).errorcode,
      531,
    );
    assert.equal((await boss.user.refused('createPhysicalNetwork', { name: 'x', zoneid: zone.id })).errorcode, 432);
  }),
);
