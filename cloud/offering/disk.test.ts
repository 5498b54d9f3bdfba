// Disk offerings: what a fresh installation sells, sizes fixed and chosen, and what suits a pool, a volume, an instance.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '#kernel/sql.ts';
import { inCloud, type User } from '#test/cloud.ts';
import { makeAccount, makeDomain } from '#test/tenants.ts';

const names = async (user: User, params = {}): Promise<string[]> =>
  ((await user.call('listDiskOfferings', params))['diskoffering'] ?? []).map((one: { name: string }) => one.name);

test(
  'a fresh installation sells three sizes and one the user chooses',
  inCloud(async ({ admin }) => {
    const { diskoffering: all } = await admin.call('listDiskOfferings');
    assert.deepEqual(
      all.map((one: { name: string; disksize: number; iscustomized: boolean }) => [
        one.name,
        one.disksize,
        one.iscustomized,
      ]),
      [
        ['Small', 5, false],
        ['Medium', 20, false],
        ['Large', 100, false],
        ['Custom', 0, true],
      ],
    );
  }),
);

test(
  'a disk offering is made, changed and withdrawn',
  inCloud(async ({ admin }) => {
    const { diskoffering: made } = await admin.call('createDiskOffering', {
      name: 'fast',
      displaytext: 'Fast',
      disksize: 10,
      tags: 'ssd',
      miniops: 100,
      maxiops: 500,
      'details[0].a': 'b',
    });
    assert.deepEqual(
      [made.disksize, made.tags, made.miniops, made.maxiops, made.storagetype, made.displayoffering, made.details],
      [10, 'ssd', 100, 500, 'shared', true, { a: 'b' }],
    );
    const { diskoffering: changed } = await admin.call('updateDiskOffering', {
      id: made.id,
      displaytext: 'Faster',
      iopsreadrate: 900,
    });
    assert.deepEqual([changed.displaytext, changed.diskIopsReadRate, changed.tags], ['Faster', 900, 'ssd']);
    await admin.call('deleteDiskOffering', { id: made.id });
    assert.deepEqual(await admin.call('listDiskOfferings', { id: made.id }), {});
  }),
);

test(
  'bad sizes are refused by name',
  inCloud(async ({ admin }) => {
    const refused = async (params: object) =>
      (await admin.refused('createDiskOffering', { name: 'x', displaytext: 'x', ...params })).errortext;
    assert.match(await refused({}), /disksize is missing/);
    assert.match(await refused({ disksize: 0 }), /disksize is 0; 1 to 2000 GiB/);
    assert.match(
      await refused({ disksize: 5, customized: true }),
      /disksize is given for an offering whose size the user chooses/,
    );
    assert.match(await refused({ disksize: 5, miniops: 9, maxiops: 3 }), /miniops is 9; 0 to maxiops \(3\)/);
    assert.match(
      await refused({ disksize: 5, customizediops: true, miniops: 1, maxiops: 2 }),
      /said by the user with customizediops/,
    );
    assert.match(await refused({ disksize: 5, encrypt: true }), /does not encrypt/);
  }),
);

test(
  'hidden offerings are for root, those of a domain for the domain',
  inCloud(async (cloud) => {
    const [ours, theirs] = [await makeDomain(cloud.db, 'ours'), await makeDomain(cloud.db, 'theirs')];
    const { user: mine } = await makeAccount(cloud, { name: 'mine', domainId: ours.id });
    const { user: other } = await makeAccount(cloud, { name: 'other', domainId: theirs.id });
    await cloud.admin.call('createDiskOffering', {
      name: 'hidden',
      displaytext: 'h',
      disksize: 1,
      displayoffering: false,
    });
    await cloud.admin.call('createDiskOffering', { name: 'ours', displaytext: 'o', disksize: 1, domainid: ours.uuid });
    assert.ok((await names(cloud.admin)).includes('hidden'));
    assert.deepEqual(
      [
        (await names(mine)).includes('hidden'),
        (await names(mine)).includes('ours'),
        (await names(other)).includes('ours'),
      ],
      [false, true, false],
    );
    assert.equal(
      (await mine.refused('createDiskOffering', { name: 'x', displaytext: 'x', disksize: 1 })).errorcode,
      432,
    );
  }),
);

test(
  'offerings that a pool can hold, and instead of what a volume has',
  inCloud(async (cloud) => {
    const { db, admin } = cloud;
    const owner = await makeAccount(cloud, { name: 'owner' });
    await admin.call('createDiskOffering', { name: 'ssd', displaytext: 's', disksize: 1, tags: 'ssd' });
    await admin.call('createDiskOffering', { name: 'local', displaytext: 'l', disksize: 1, storagetype: 'local' });
    const zone = await db.read.one<{ id: number }>(
      sql`insert into zone(name, dns1, internal_dns1) values ('z', '1.1.1.1', '1.1.1.1') returning id`,
    );
    const plain = await db.read.one<{ id: number; uuid: string }>(
      sql`insert into storage_pool(zone_id, name, type, scope, path) values (${zone.id}, 'p', 'Filesystem', 'ZONE', '/p') returning id, uuid`,
    );
    const tagged = await db.read.one<{ uuid: string }>(
      sql`insert into storage_pool(zone_id, name, type, scope, path, tags) values (${zone.id}, 't', 'Filesystem', 'ZONE', '/t', '{ssd,fast}') returning uuid`,
    );
    assert.deepEqual(
      [
        (await names(admin, { storageid: plain.uuid })).includes('ssd'),
        (await names(admin, { storageid: tagged.uuid })).includes('ssd'),
      ],
      [false, true],
    );
    const volume = await db.read.one<{
      uuid: string;
    }>(sql`insert into volume(account_id, domain_id, zone_id, name, type, size_bytes, disk_offering_id)
    select ${owner.accountId}, 1, ${zone.id}, 'v', 'DATADISK', 1, id from disk_offering where name = 'Small' returning uuid`);
    assert.deepEqual(await names(owner.user, { volumeid: volume.uuid }), ['Medium', 'Large', 'Custom', 'ssd']);
    const { user: other } = await makeAccount(cloud, { name: 'other' });
    assert.equal((await other.refused('listDiskOfferings', { volumeid: volume.uuid })).errorcode, 531);
    const vm = await db.read.one<{
      uuid: string;
    }>(sql`insert into vm(account_id, domain_id, zone_id, name, display_name, instance_name, service_offering_id, hypervisor, cpus, cpu_mhz, memory_mib)
    select ${owner.accountId}, 1, ${zone.id}, 'v', 'v', 'i-1', id, 'KVM', 1, 500, 512 from service_offering where name = 'Small Instance' returning uuid`);
    const { diskoffering: all } = await owner.user.call('listDiskOfferings', { virtualmachineid: vm.uuid });
    const suits = Object.fromEntries(
      all.map((one: { name: string; suitableforvirtualmachine: boolean }) => [one.name, one.suitableforvirtualmachine]),
    );
    assert.deepEqual([suits.Small, suits.ssd, suits.local], [true, true, false]);
  }),
);
