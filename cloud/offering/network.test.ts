// Network offerings: what a fresh installation has, services and their providers, what this cloud refuses.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '#kernel/sql.ts';
import { inCloud, type User } from '#test/cloud.ts';
import { makeAccount, makeDomain } from '#test/tenants.ts';

const names = async (user: User, params = {}): Promise<string[]> =>
  ((await user.call('listNetworkOfferings', params))['networkoffering'] ?? []).map((one: { name: string }) => one.name);
const isolated = {
  name: 'isolated',
  displaytext: 'Isolated',
  guestiptype: 'Isolated',
  traffictype: 'GUEST',
  supportedservices: 'Dhcp,Dns,SourceNat,Firewall',
};

test(
  'a fresh installation has the offerings clients look for; system ones are not listed',
  inCloud(async ({ admin, db }) => {
    assert.deepEqual(await names(admin), [
      'DefaultSharedNetworkOfferingWithSGService',
      'DefaultSharedNetworkOffering',
      'DefaultIsolatedNetworkOfferingWithSourceNatService',
      'DefaultIsolatedNetworkOffering',
      'DefaultL2NetworkOffering',
      'DefaultL2NetworkOfferingVlan',
    ]);
    const system = await db.read.rows<{ name: string }>(
      sql`select name from network_offering where system_only order by id`,
    );
    assert.deepEqual(
      system.map(({ name }) => name),
      ['System-Public-Network', 'System-Management-Network', 'System-Control-Network', 'System-Storage-Network'],
    );
    const {
      networkoffering: [one],
    } = await admin.call('listNetworkOfferings', { name: 'DefaultIsolatedNetworkOfferingWithSourceNatService' });
    assert.deepEqual(
      [one.availability, one.state, one.isdefault, one.egressdefaultpolicy, one.conservemode, one.networkrate],
      ['Required', 'Enabled', true, false, true, 200],
    );
    assert.ok(!one.service.some((service: { name: string }) => service.name === 'Gateway'));
    assert.deepEqual(
      one.service.find((service: { name: string }) => service.name === 'SourceNat'),
      {
        name: 'SourceNat',
        provider: [{ name: 'VirtualRouter' }],
        capability: [
          { name: 'SupportedSourceNatTypes', canchooseservicecapability: true, value: 'peraccount' },
          { name: 'RedundantRouter', canchooseservicecapability: true, value: 'false' },
        ],
      },
    );
  }),
);

test(
  'an offering is made disabled, enabled, and deleted while unused',
  inCloud(async ({ admin }) => {
    const { networkoffering: made } = await admin.call('createNetworkOffering', {
      ...isolated,
      'serviceproviderlist[0].service': 'Dhcp',
      'serviceproviderlist[0].provider': 'virtualrouter',
      'servicecapabilitylist[0].service': 'SourceNat',
      'servicecapabilitylist[0].capabilitytype': 'SupportedSourceNatTypes',
      'servicecapabilitylist[0].capabilityvalue': 'peraccount',
    });
    assert.deepEqual(
      [made.state, made.egressdefaultpolicy, made.specifyvlan, made.guestiptype, made.traffictype, made.isdefault],
      ['Disabled', true, false, 'Isolated', 'Guest', false],
    );
    assert.deepEqual(
      made.service.map((service: { name: string; provider: { name: string }[] }) => [
        service.name,
        service.provider[0]!.name,
      ]),
      [
        ['Dns', 'VirtualRouter'],
        ['Dhcp', 'VirtualRouter'],
        ['Firewall', 'VirtualRouter'],
        ['SourceNat', 'VirtualRouter'],
      ],
    );
    const { networkoffering: enabled } = await admin.call('updateNetworkOffering', {
      id: made.id,
      state: 'enabled',
      displaytext: 'Better',
    });
    assert.deepEqual([enabled.state, enabled.displaytext], ['Enabled', 'Better']);
    assert.deepEqual(
      await names(admin, { supportedservices: 'SourceNat,Firewall', isdefault: false, state: 'Enabled' }),
      ['isolated'],
    );
    assert.deepEqual(await admin.call('deleteNetworkOffering', { id: made.id }), { success: true });
    assert.deepEqual(await admin.call('listNetworkOfferings', { id: made.id }), {});
  }),
);

test(
  'required is one offering at a time',
  inCloud(async ({ admin }) => {
    await admin.call('createNetworkOffering', { ...isolated, availability: 'Required' });
    assert.deepEqual(await names(admin, { availability: 'required' }), ['isolated']);
    const text = (
      await admin.refused('createNetworkOffering', {
        ...isolated,
        name: 'x',
        supportedservices: 'Dhcp',
        availability: 'Required',
      })
    ).errortext;
    assert.match(text, /that is for isolated networks with the service SourceNat/);
  }),
);

test(
  'what this cloud has no provider for is refused',
  inCloud(async ({ admin }) => {
    const refused = async (params: object) => admin.refused('createNetworkOffering', { ...isolated, ...params });
    assert.equal((await refused({ forvpc: true })).errorcode, 432);
    assert.equal((await refused({ networkmode: 'ROUTED' })).errorcode, 432);
    assert.match((await refused({ traffictype: 'Public' })).errortext, /traffictype is 'Public'; accepted: Guest/);
    assert.match(
      (await refused({ supportedservices: 'Dhcp,Teleport' })).errortext,
      /there is no service 'Teleport' in this cloud/,
    );
    assert.match(
      (await refused({ 'serviceproviderlist[0].service': 'Dhcp', 'serviceproviderlist[0].provider': 'Netscaler' }))
        .errortext,
      /there is no provider 'Netscaler'.*VirtualRouter/,
    );
    assert.match(
      (await refused({ 'serviceproviderlist[0].service': 'Vpn', 'serviceproviderlist[0].provider': 'VirtualRouter' }))
        .errortext,
      /Vpn, which is not among supportedservices/,
    );
    const redundant = {
      'servicecapabilitylist[0].service': 'SourceNat',
      'servicecapabilitylist[0].capabilitytype': 'RedundantRouter',
      'servicecapabilitylist[0].capabilityvalue': 'true',
    };
    assert.match((await refused(redundant)).errortext, /RedundantRouter of SourceNat is 'true'; accepted here: false/);
    assert.match((await refused({ guestiptype: 'L2' })).errortext, /L2 network has no router/);
    assert.match(
      (await refused({ guestiptype: 'Shared', supportedservices: 'Dhcp', specifyipranges: false })).errortext,
      /specifyipranges is false/,
    );
    assert.match(
      (await refused({ name: 'DefaultL2NetworkOffering' })).errortext,
      /there is a network offering DefaultL2NetworkOffering already/,
    );
  }),
);

test(
  "the cloud's own and used ones are not deleted, system ones not changed",
  inCloud(async ({ admin, db }) => {
    const {
      networkoffering: [own],
    } = await admin.call('listNetworkOfferings', { name: 'DefaultL2NetworkOffering' });
    assert.match((await admin.refused('deleteNetworkOffering', { id: own.id })).errortext, /one of the cloud's own/);
    const { networkoffering: made } = await admin.call('createNetworkOffering', isolated);
    const zone = await db.read.one<{ id: number }>(
      sql`insert into zone(name, dns1, internal_dns1) values ('z', '1.1.1.1', '1.1.1.1') returning id`,
    );
    const network = await db.read.one<{
      uuid: string;
    }>(sql`insert into network(account_id, domain_id, zone_id, offering_id, name, display_text, guest_type)
    select 2, 1, ${zone.id}, id, 'n', 'n', 'Isolated' from network_offering where uuid = ${made.id} returning uuid`);
    assert.equal((await admin.refused('deleteNetworkOffering', { id: made.id })).errorcode, 536);
    assert.deepEqual(await names(admin, { networkid: network.uuid }), [
      'DefaultIsolatedNetworkOfferingWithSourceNatService',
    ]);
    const system = await db.read.one<{ uuid: string }>(
      sql`select uuid from network_offering where name = 'System-Public-Network'`,
    );
    assert.match(
      (await admin.refused('updateNetworkOffering', { id: system.uuid, name: 'x' })).errortext,
      /cannot be changed/,
    );
    assert.equal((await admin.refused('updateNetworkOffering', { name: 'x' })).errorcode, 431);
  }),
);

test(
  'a zone lists what its enabled providers provide',
  inCloud(async ({ admin, db }) => {
    const zone = await db.read.one<{ id: number; uuid: string }>(
      sql`insert into zone(name, dns1, internal_dns1) values ('z', '1.1.1.1', '1.1.1.1') returning id, uuid`,
    );
    assert.deepEqual(await names(admin, { zoneid: zone.uuid }), [
      'DefaultL2NetworkOffering',
      'DefaultL2NetworkOfferingVlan',
    ]);
    const physical = await db.read.one<{ id: number }>(
      sql`insert into physical_network(zone_id, name) values (${zone.id}, 'p') returning id`,
    );
    await db.read.run(
      sql`insert into provider(physical_network_id, name, state) values (${physical.id}, 'VirtualRouter', 'Enabled')`,
    );
    assert.deepEqual(await names(admin, { zoneid: zone.uuid, sourcenatsupported: true }), [
      'DefaultIsolatedNetworkOfferingWithSourceNatService',
    ]);
    assert.ok(!(await names(admin, { zoneid: zone.uuid })).includes('DefaultSharedNetworkOfferingWithSGService'));
  }),
);

test(
  'offerings of a domain are for it',
  inCloud(async (cloud) => {
    const [ours, theirs] = [await makeDomain(cloud.db, 'ours'), await makeDomain(cloud.db, 'theirs')];
    const { user: mine } = await makeAccount(cloud, { name: 'mine', domainId: ours.id });
    const { user: other } = await makeAccount(cloud, { name: 'other', domainId: theirs.id });
    await cloud.admin.call('createNetworkOffering', { ...isolated, domainid: ours.uuid });
    assert.deepEqual(
      [(await names(mine)).includes('isolated'), (await names(other)).includes('isolated')],
      [true, false],
    );
    assert.equal((await mine.refused('createNetworkOffering', isolated)).errorcode, 432);
    assert.equal((await mine.refused('listNetworkOfferings', { domainid: theirs.uuid })).errorcode, 531);
  }),
);

test(
  'the services of this cloud and who provides them',
  inCloud(async ({ admin }) => {
    const { networkservice: all, count } = await admin.call('listSupportedNetworkServices');
    assert.equal(count, 10);
    const lb = all.find((one: { name: string }) => one.name === 'Lb');
    assert.deepEqual(lb.provider, [{ name: 'VirtualRouter', canenableindividualservice: true }]);
    assert.ok(
      lb.capability.some(
        (one: { name: string; canchooseservicecapability: boolean }) =>
          one.name === 'SupportedLBIsolation' && one.canchooseservicecapability,
      ),
    );
    assert.equal((await admin.call('listSupportedNetworkServices', { service: 'dns' }))['count'], 1);
    assert.equal((await admin.refused('listSupportedNetworkServices', { provider: 'Nsx' })).errorcode, 431);
  }),
);
