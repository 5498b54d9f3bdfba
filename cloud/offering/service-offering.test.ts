// Service offerings: what a fresh installation sells, sizes fixed and chosen, who sees and changes them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '#kernel/sql.ts';
import { inCloud, type User } from '#test/cloud.ts';
import { makeAccount, makeDomain } from '#test/tenants.ts';

const small = { name: 'tiny', displaytext: 'Tiny', cpunumber: 1, cpuspeed: 500, memory: 128 };
const names = async (user: User, params = {}): Promise<string[]> =>
  ((await user.call('listServiceOfferings', params))['serviceoffering'] ?? []).map((one: { name: string }) => one.name);

test(
  'a fresh installation sells two sizes and has six for system VMs',
  inCloud(async ({ admin }) => {
    assert.deepEqual(await names(admin), ['Small Instance', 'Medium Instance']);
    const {
      serviceoffering: [first],
      count,
    } = await admin.call('listServiceOfferings', { issystem: true });
    assert.equal(count, 6);
    assert.deepEqual(
      [first.name, first.systemvmtype, first.issystem, first.defaultuse, first.offerha],
      ['System Offering For Software Router', 'domainrouter', true, true, true],
    );
    assert.deepEqual(await names(admin, { issystem: true, systemvmtype: 'ConsoleProxy' }), [
      'System Offering For Console Proxy',
      'System Offering For Console Proxy - Local Storage',
    ]);
  }),
);

test(
  'a fixed size is made, found, changed and withdrawn',
  inCloud(async ({ admin }) => {
    const { serviceoffering: made } = await admin.call('createServiceOffering', {
      ...small,
      offerha: true,
      tags: 'ssd, fast',
      hosttags: 'gpu',
      rootdisksize: 8,
    });
    assert.deepEqual(
      [
        made.cpunumber,
        made.cpuspeed,
        made.memory,
        made.iscustomized,
        made.offerha,
        made.storagetags,
        made.hosttags,
        made.rootdisksize,
        made.state,
      ],
      [1, 500, 128, false, true, 'ssd,fast', 'gpu', 8, 'Active'],
    );
    assert.equal(made.networkrate, 200);
    const { serviceoffering: changed } = await admin.call('updateServiceOffering', {
      id: made.id,
      name: 'tiny2',
      storagetags: '',
      hosttags: 'a,b',
    });
    assert.deepEqual([changed.name, changed.hosttags, changed.storagetags], ['tiny2', 'a,b', 'ssd,fast']);
    assert.deepEqual(await names(admin, { keyword: 'iny2' }), ['tiny2']);
    assert.deepEqual(await admin.call('deleteServiceOffering', { id: made.id }), { success: true });
    assert.deepEqual(await admin.call('listServiceOfferings', { id: made.id }), {});
    assert.deepEqual(await names(admin, { id: made.id, state: 'inactive' }), ['tiny2']);
  }),
);

test(
  'sizes the user chooses: freely, or between bounds',
  inCloud(async ({ admin }) => {
    const free = (await admin.call('createServiceOffering', { name: 'free', displaytext: 'free', customized: true }))[
      'serviceoffering'
    ];
    assert.deepEqual(
      [free.iscustomized, free.cpunumber, free.cpuspeed, free.memory],
      [true, undefined, undefined, undefined],
    );
    const bounds = { mincpunumber: 1, maxcpunumber: 4, minmemory: 256, maxmemory: 4096, cpuspeed: 1000 };
    const bound = (await admin.call('createServiceOffering', { name: 'bound', customized: true, ...bounds }))[
      'serviceoffering'
    ];
    assert.deepEqual(bound.serviceofferingdetails, {
      mincpunumber: '1',
      maxcpunumber: '4',
      minmemory: '256',
      maxmemory: '4096',
    });
    assert.deepEqual(await names(admin, { cpunumber: 3, memory: 512 }), ['free', 'bound']);
    const { cpuspeed: _, ...noSpeed } = bounds;
    assert.match(
      (await admin.refused('createServiceOffering', { name: 'x', customized: true, ...noSpeed })).errortext,
      /cpuspeed is missing/,
    );
    assert.match(
      (await admin.refused('createServiceOffering', { name: 'x', customized: true, ...bounds, mincpunumber: 5 }))
        .errortext,
      /mincpunumber is 5; at most maxcpunumber \(4\)/,
    );
  }),
);

test(
  'bad sizes are refused by name',
  inCloud(async ({ admin, server }) => {
    const refused = async (params: object) =>
      (await admin.refused('createServiceOffering', { ...small, ...params })).errortext;
    assert.match(await refused({ memory: 16 }), /memory is 16; at least 32 is accepted/);
    assert.match(await refused({ cpunumber: 0 }), /cpunumber is 0; at least 1/);
    assert.match(await refused({ name: '' }), /missing parameter name/);
    assert.match(await refused({ customized: false, memory: '' }), /memory is missing/);
    assert.match(await refused({ maxmemory: 99 }), /maxmemory is for offerings whose size the user chooses/);
    assert.match(await refused({ networkrate: -1 }), /networkrate is -1/);
    assert.match(await refused({ issystem: true }), /systemvmtype is missing; accepted: domainrouter/);
    assert.match(
      await refused({ issystem: true, systemvmtype: 'consoleproxy', networkrate: 10 }),
      /networkrate is for instances and routers/,
    );
    assert.match(await refused({ miniops: 10 }), /both or not at all/);
    assert.match(await refused({ bytesreadrate: 100, bytesreadratemax: 50 }), /bytesreadratemax is 50; at least/);
    assert.match(
      await refused({ deploymentplanner: 'Dice' }),
      /deploymentplanner is 'Dice'; accepted: FirstFitPlanner/,
    );
    assert.equal((await admin.refused('createServiceOffering', { ...small, encryptroot: true })).errorcode, 432);
    await server.db.tx((tx) => server.settings.write(tx, { name: 'vm.serviceoffering.ram.size.max', value: '100' }));
    assert.match(await refused({}), /memory is 128; at most 100 is accepted here/);
  }),
);

test(
  'rates and bursts come back',
  inCloud(async ({ admin }) => {
    const { serviceoffering: made } = await admin.call('createServiceOffering', {
      ...small,
      bytesreadrate: 1000,
      bytesreadratemax: 2000,
      bytesreadratemaxlength: 10,
      iopswriterate: 50,
    });
    assert.deepEqual(
      [
        made.diskBytesReadRate,
        made.diskBytesReadRateMax,
        made.diskBytesReadRateMaxLength,
        made.diskIopsWriteRate,
        made.diskIopsReadRate,
      ],
      [1000, 2000, 10, 50, undefined],
    );
  }),
);

test(
  'offerings of a domain are for it and below, and its administrator makes them',
  inCloud(async (cloud) => {
    const [ours, theirs] = [await makeDomain(cloud.db, 'a_b'), await makeDomain(cloud.db, 'axb')];
    const child = await makeDomain(cloud.db, 'child', ours);
    const { user: boss } = await makeAccount(cloud, { name: 'boss', domainId: ours.id, role: 'DomainAdmin' });
    const { user: kid } = await makeAccount(cloud, { name: 'kid', domainId: child.id });
    const { user: stranger } = await makeAccount(cloud, { name: 'stranger', domainId: theirs.id });
    assert.match(
      (await boss.refused('createServiceOffering', small)).errortext,
      /domainid: a domain administrator offers to domains/,
    );
    assert.equal((await boss.refused('createServiceOffering', { ...small, domainid: theirs.uuid })).errorcode, 531);
    assert.match(
      (await boss.refused('createServiceOffering', { ...small, domainid: ours.uuid, tags: 'ssd' })).errortext,
      /may not put tags on offerings/,
    );
    const { serviceoffering: made } = await boss.call('createServiceOffering', {
      ...small,
      domainid: `${ours.uuid},${child.uuid}`,
    });
    assert.deepEqual([made.domainid, made.domain], [ours.uuid, 'ROOT/a_b']);
    assert.ok((await names(kid)).includes('tiny'));
    assert.ok(!(await names(stranger)).includes('tiny'));
    assert.equal((await kid.refused('deleteServiceOffering', { id: made.id })).errorcode, 432);
    const [root] = (await boss.call('listServiceOfferings', { name: 'Small Instance' }))['serviceoffering'];
    assert.equal((await boss.refused('deleteServiceOffering', { id: root.id })).errorcode, 531);
    assert.equal((await boss.refused('updateServiceOffering', { id: made.id, domainid: 'public' })).errorcode, 431);
    assert.deepEqual(await boss.call('deleteServiceOffering', { id: made.id }), { success: true });
    assert.equal((await stranger.refused('listServiceOfferings', { issystem: true })).errorcode, 531);
  }),
);

test(
  'an offering of a zone is listed for it only',
  inCloud(async ({ admin }) => {
    const zone = { dns1: '8.8.8.8', internaldns1: '10.0.0.1', networktype: 'Advanced' };
    const [one, two] = [
      (await admin.call('createZone', { ...zone, name: 'one' }))['zone'],
      (await admin.call('createZone', { ...zone, name: 'two' }))['zone'],
    ];
    const { serviceoffering: made } = await admin.call('createServiceOffering', { ...small, zoneid: one.id });
    assert.equal(made.zone, 'one');
    assert.ok((await names(admin, { zoneid: one.id })).includes('tiny'));
    assert.ok(!(await names(admin, { zoneid: two.id })).includes('tiny'));
    assert.equal(
      (await admin.call('updateServiceOffering', { id: made.id, zoneid: 'all' }))['serviceoffering'].zone,
      undefined,
    );
    assert.match(
      (await admin.refused('updateServiceOffering', { id: made.id, zoneid: 'nowhere' })).errortext,
      /zoneid: there is no zone nowhere/,
    );
  }),
);

test(
  'instead of what a guest has: the same storage, and no less while it runs',
  inCloud(async (cloud) => {
    const { db, admin } = cloud;
    const owner = await makeAccount(cloud, { name: 'owner' });
    const { user: other } = await makeAccount(cloud, { name: 'other' });
    await admin.call('createServiceOffering', small);
    await admin.call('createServiceOffering', {
      ...small,
      name: 'local',
      storagetype: 'local',
      memory: 2048,
      cpuspeed: 2000,
    });
    const zone = await db.read.one<{ id: number }>(
      sql`insert into zone(name, dns1, internal_dns1) values ('z', '1.1.1.1', '1.1.1.1') returning id`,
    );
    const vm = await db.read.one<{
      uuid: string;
    }>(sql`insert into vm(account_id, domain_id, zone_id, name, display_name, instance_name, service_offering_id, hypervisor, cpus, cpu_mhz, memory_mib, state)
    select ${owner.accountId}, 1, ${zone.id}, 'v', 'v', 'i-1', id, 'KVM', 1, 500, 512, 'Running' from service_offering where name = 'Small Instance' returning uuid`);
    assert.deepEqual(await names(owner.user, { virtualmachineid: vm.uuid }), ['Medium Instance']);
    await db.read.run(sql`update vm set state = 'Stopped' where uuid = ${vm.uuid}`);
    assert.deepEqual(await names(owner.user, { virtualmachineid: vm.uuid }), ['Medium Instance', 'tiny']);
    assert.equal((await other.refused('listServiceOfferings', { virtualmachineid: vm.uuid })).errorcode, 531);
  }),
);

test(
  'who may put tags on offerings is told',
  inCloud(async (cloud) => {
    const domain = await makeDomain(cloud.db, 'd');
    const boss = await makeAccount(cloud, { name: 'boss', domainId: domain.id, role: 'DomainAdmin' });
    const ask = async () => cloud.admin.call('isAccountAllowedToCreateOfferingsWithTags', { id: boss.accountUuid });
    assert.deepEqual(await ask(), { isallowed: { isallowed: false } });
    await cloud.db.tx((tx) =>
      cloud.server.settings.write(tx, {
        name: 'allow.domain.admins.to.create.tagged.offerings',
        value: 'true',
        at: { scope: 'Account', id: boss.accountId },
      }),
    );
    assert.deepEqual(await ask(), { isallowed: { isallowed: true } });
    await boss.user.call('createServiceOffering', { ...small, domainid: domain.uuid, tags: 'ssd' });
  }),
);
