// Verbs of zones, on a real database.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '#kernel/sql.ts';
import { inCloud } from '#test/cloud.ts';
import { makeAccount, makeDomain } from '#test/tenants.ts';

const zone1 = { name: 'zone1', dns1: '8.8.8.8', internaldns1: '10.0.0.1', networktype: 'Advanced' };

test(
  'a zone is made, found, changed and deleted',
  inCloud(async ({ admin }) => {
    const made = (await admin.call('createZone', zone1))['zone'];
    assert.equal(made.allocationstate, 'Disabled');
    const changed = (await admin.call('updateZone', { id: made.id, allocationstate: 'Enabled', name: 'zone-one' }))[
      'zone'
    ];
    assert.equal(changed.name, 'zone-one');
    assert.deepEqual((await admin.call('listZones', { id: made.id })).count, 1);
    assert.deepEqual(await admin.call('deleteZone', { id: made.id }), { success: true });
    assert.deepEqual(await admin.call('listZones'), {});
  }),
);

test(
  'a zone name is taken once, whatever its case',
  inCloud(async ({ admin }) => {
    await admin.call('createZone', zone1);
    const refused = await admin.refused('createZone', { ...zone1, name: 'ZONE1' });
    assert.equal(refused.errorcode, 431);
    assert.match(refused.errortext, /^name: there is a zone ZONE1 already/);
  }),
);

test(
  'bad values are refused by name',
  inCloud(async ({ admin }) => {
    assert.match(
      (await admin.refused('createZone', { ...zone1, dns1: 'dns.example' })).errortext,
      /dns1 is 'dns.example'; an IPv4 address is accepted/,
    );
    assert.match(
      (await admin.refused('createZone', { ...zone1, guestcidraddress: '10.1.1.1/24' })).errortext,
      /10\.1\.1\.0\/24/,
    );
    assert.match(
      (await admin.refused('deleteZone', { id: '00000000-0000-4000-8000-00000000abcd' })).errortext,
      /entity does not exist/,
    );
  }),
);

test(
  'details, capacities and tags of a zone are told to root',
  inCloud(async (cloud) => {
    const { admin, db } = cloud;
    const { zone: made } = await admin.call('createZone', { ...zone1, guestcidraddress: '10.1.1.0/24' });
    const { zone: changed } = await admin.call('updateZone', {
      id: made.id,
      'details[0].key': 'a',
      'details[0].value': 'b',
      dnssearchorder: 'x.example,y.example',
      allocationstate: 'Enabled',
    });
    assert.deepEqual(changed.resourcedetails, { a: 'b', dnsSearchOrder: 'x.example,y.example' });
    await db.read.run(
      sql`insert into resource_tag(resource_type, resource_uuid, key, value, account_id, domain_id) values ('Zone', ${made.id}, 'rack', 'north', 2, 1)`,
    );
    const {
      zone: [shown],
    } = await admin.call('listZones', { showcapacities: true, 'tags[0].key': 'rack', 'tags[0].value': 'north' });
    assert.deepEqual(
      shown.capacity.map((one: { type: number }) => one.type).sort((a: number, b: number) => a - b),
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 90],
    );
    assert.deepEqual([shown.tags[0].key, shown.tags[0].account], ['rack', 'admin']);
    const { user } = await makeAccount(cloud, { name: 'user' });
    const {
      zone: [seen],
    } = await user.call('listZones', { showcapacities: true });
    assert.deepEqual(
      [seen.name, seen.dns1, seen.capacity, seen.resourcedetails],
      ['zone1', undefined, undefined, undefined],
    );
    assert.deepEqual(await user.call('listZones', { available: false }), {});
  }),
);

test(
  'a zone of a domain is for it and below; disabled ones are for root',
  inCloud(async (cloud) => {
    const { admin, db } = cloud;
    const [ours, theirs] = [await makeDomain(db, 'a_b'), await makeDomain(db, 'axb')];
    const { zone: made } = await admin.call('createZone', { ...zone1, domainid: ours.uuid });
    const { user: mine } = await makeAccount(cloud, { name: 'mine', domainId: ours.id });
    const { user: other } = await makeAccount(cloud, { name: 'other', domainId: theirs.id });
    assert.deepEqual(await mine.call('listZones'), {});
    await admin.call('updateZone', { id: made.id, allocationstate: 'Enabled' });
    assert.equal((await mine.call('listZones'))['count'], 1);
    assert.deepEqual(await other.call('listZones'), {});
    await admin.call('updateZone', { id: made.id, ispublic: true });
    assert.equal((await other.call('listZones'))['count'], 1);
    assert.equal((await other.refused('updateZone', { id: made.id, name: 'x' })).errorcode, 432);
  }),
);

test(
  'what this cloud has not is refused, and a zone with something in it stays',
  inCloud(async ({ admin }) => {
    assert.equal((await admin.refused('createZone', { ...zone1, networktype: 'Basic' })).errorcode, 432);
    assert.match(
      (await admin.refused('createZone', { ...zone1, storageaccessgroups: 'fast' })).errortext,
      /^storageaccessgroups: this cloud has none/,
    );
    assert.equal((await admin.refused('createZone', { ...zone1, securitygroupenabled: true })).errorcode, 432);
    const { zone: made } = await admin.call('createZone', zone1);
    assert.match(
      (await admin.refused('updateZone', { id: made.id, dhcpprovider: 'ExternalDhcpServer' })).errortext,
      /accepted: VirtualRouter/,
    );
    await admin.call('createPod', {
      name: 'p',
      zoneid: made.id,
      gateway: '10.1.0.1',
      netmask: '255.255.255.0',
      startip: '10.1.0.10',
    });
    assert.match((await admin.refused('deleteZone', { id: made.id })).errortext, /still has: 1 pod/);
  }),
);

test(
  'the default zone of an account',
  inCloud(async (cloud) => {
    const { admin, db } = cloud;
    const [ours, theirs] = [await makeDomain(db, 'ours'), await makeDomain(db, 'theirs')];
    const { zone: made } = await admin.call('createZone', { ...zone1, domainid: theirs.uuid });
    await makeAccount(cloud, { name: 'acme', domainId: ours.id });
    const mark = { account: 'acme', domainid: ours.uuid, zoneid: made.id };
    assert.match((await admin.refused('markDefaultZoneForAccount', mark)).errortext, /kept for another domain/);
    await admin.call('updateZone', { id: made.id, ispublic: true });
    assert.equal((await admin.job('markDefaultZoneForAccount', mark))['account'].defaultzoneid, made.id);
  }),
);
