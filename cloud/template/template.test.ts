// Templates and ISOs: registered, fetched, shown to whom they are for, shared, changed and deleted, on a real database and fake stores.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '#api/errors.ts';
import { sql } from '#kernel/sql.ts';
import { inCloud, type Params, type TestCloud, type User } from '#test/cloud.ts';
import { fakeStorage, type FakeStorage } from '#test/fake-storage.ts';
import { settle } from '#test/jobs.ts';
import { makeAccount, makeDomain } from '#test/tenants.ts';
import { makeZoneRows, type ZoneRows } from '#test/zone-rows.ts';
import { evictKeeper } from '../volume/pool-copy.ts';
import { downloadKeeper } from './keeper.ts';

const MIB = 2 ** 20;
const alive = new AbortController().signal;
interface Scene extends TestCloud {
  zone: ZoneRows;
  fake: FakeStorage;
  run(): Promise<void>;
  keep(): Promise<void>;
  retryNow(): Promise<number>;
}

const withZone = (work: (scene: Scene) => Promise<void>) =>
  inCloud(async (cloud) => {
    const zone = await makeZoneRows(cloud.db);
    const fake = fakeStorage();
    Object.assign(cloud.world.drivers, fake.drivers);
    const run = (): Promise<void> => settle(cloud.server);
    await work({
      ...cloud,
      zone,
      fake,
      run,
      keep: async () => {
        await downloadKeeper(cloud.world).run(alive);
        await run();
      },
      retryNow: () => cloud.db.read.run(sql`update template_store set retry_at = now() where retry_at is not null`),
    });
  });

const wanted = ({ zone }: Pick<Scene, 'zone'>, more: Params = {}): Params => ({
  name: 'debian',
  displaytext: 'Debian 12',
  format: 'qcow2',
  hypervisor: 'simulator',
  url: 'https://images.example/debian.qcow2',
  zoneid: zone.zoneUuid,
  ...more,
});
type Shown = Record<string, unknown>;
const shown = async (user: User, params: Params = {}): Promise<Shown[]> =>
  (await user.call('listTemplates', { templatefilter: 'self', ...params }))['template'] ?? [];
const names = async (user: User, params: Params = {}): Promise<string[]> =>
  (await shown(user, params)).map((one) => String(one['name'])).sort();
const counted = async ({ db }: Scene, accountId: number): Promise<Record<number, number>> =>
  Object.fromEntries(
    (
      await db.read.rows<{ type: number; used: number }>(
        sql`select type, used from resource_count where owner_type = 'a' and owner_id = ${accountId} and used > 0`,
      )
    ).map((row) => [row.type, row.used]),
  );

test(
  'a template is registered, fetched and ready, and counted for its owner',
  withZone(async (scene) => {
    const owner = await makeAccount(scene, { name: 'owner' });
    const answer = await owner.user.call(
      'registerTemplate',
      wanted(scene, {
        checksum: '{MD5}d41d8cd98f00b204e9800998ecf8427e',
        'details[0].rootDiskController': 'virtio',
        ostypeid: await osType(scene),
        passwordenabled: true,
      }),
    );
    const [made] = answer['template'];
    assert.deepEqual(
      [
        answer['count'],
        made.isready,
        made.status,
        made.zonename,
        made.hypervisor,
        made.format,
        made.ispublic,
        made.passwordenabled,
      ],
      [1, false, 'Processing', 'zone1', 'Simulator', 'QCOW2', false, true],
    );
    assert.deepEqual(
      [made.details, made.checksum, made.url],
      [
        { rootDiskController: 'virtio' },
        '{MD5}d41d8cd98f00b204e9800998ecf8427e',
        'https://images.example/debian.qcow2',
      ],
    );
    let midway: unknown;
    scene.fake.during('download', async () => {
      midway = (await shown(owner.user))[0]?.['status'];
    });
    await scene.run();
    assert.equal(midway, '40% Downloaded');
    const [ready] = await shown(owner.user, { id: made.id });
    assert.deepEqual(
      [ready!['isready'], ready!['status'], ready!['size'], ready!['physicalsize']],
      [true, 'Download Complete', 50 * MIB, 20 * MIB],
    );
    assert.deepEqual(
      ready!['downloaddetails'],
      [{ downloadPercent: '100', downloadState: 'DOWNLOADED' }],
      'names of stores are the operator’s',
    );
    assert.deepEqual(await counted(scene, owner.accountId), { 4: 1, 11: 20 * MIB });
    const [download] = scene.fake.downloads;
    assert.deepEqual(
      [download!.maxBytes, download!.checksum, download!.allowedPaths, download!.storePath],
      [50 * 2 ** 30, '{MD5}d41d8cd98f00b204e9800998ecf8427e', [], scene.zone.storePath],
    );
    const events = await scene.db.read.rows<{ type: string }>(
      sql`select type from event where resource_uuid = ${made.id} order by id`,
    );
    assert.deepEqual(
      events.map((event) => event.type),
      ['TEMPLATE.CREATE', 'TEMPLATE.DOWNLOAD.SUCCESS'],
    );
  }),
);

const osType = async ({ admin }: Pick<Scene, 'admin'>): Promise<string> =>
  (await admin.call('listOsTypes', { keyword: 'Debian GNU/Linux 12' }))['ostype'][0].id;

test(
  'bad words are refused by name',
  withZone(async (scene) => {
    const { user } = await makeAccount(scene, { name: 'user' });
    const refused = async (more: Params, who: User = user): Promise<string> =>
      (await who.refused('registerTemplate', wanted(scene, more))).errortext;
    assert.match(await refused({ format: 'ova' }), /^format is 'ova'; accepted for templates: QCOW2, RAW, VMDK, VHD/);
    assert.match(await refused({ hypervisor: 'Hal' }), /hypervisor is 'Hal'/);
    assert.match(await refused({ url: 'ftp://images.example/x' }), /url is not understood/);
    assert.match(await refused({ url: 'nonsense' }), /url is not understood/);
    assert.match(await refused({ url: 'file:///etc/passwd' }), /root administrators/);
    assert.match(await refused({ url: 'https://me:secret@images.example/x' }), /^url holds a user name or password/);
    assert.match(await refused({ checksum: 'abc' }), /checksum is not understood/);
    assert.match(await refused({ checksum: '{SHA-256}abcdef' }), /\{SHA-256\} and 64 hexadecimal digits/);
    assert.match(await refused({ bits: 16 }), /bits is 16/);
    assert.match(await refused({ zoneid: -1 }), /-1 \(all zones\), which is for images of root/);
    assert.match(await refused({ zoneids: scene.zone.zoneUuid }), /zoneid and zoneids exclude each other/);
    assert.match(await refused({ zoneid: '' }), /missing parameter zoneid/);
    assert.match(await refused({ directdownload: true }), /^directdownload is not done/);
    assert.match(await refused({ templatetag: 'x' }), /templatetag may be given by root/);
    assert.match(await refused({ templatetype: 'SYSTEM' }), /templatetype is 'SYSTEM'; accepted: USER$/);
    assert.equal(
      (await user.refused('registerTemplate', wanted(scene, { ostypeid: '00000000-0000-4000-8000-0000000000aa' })))
        .errorcode,
      431,
    );
    await scene.db.read.run(sql`update zone set allocation_state = 'Disabled'`);
    assert.match(await refused({}), /zone1 is disabled/);
  }),
);

test(
  'file:// is root’s, below the folders of the setting, which the host is told',
  withZone(async (scene) => {
    const { admin, fake } = scene;
    const refused = async (url: string): Promise<string> =>
      (await admin.refused('registerTemplate', wanted(scene, { url }))).errortext;
    assert.match(await refused('file:///srv/images/a.qcow2'), /secstorage.allowed.paths, which is empty/);
    await scene.db.tx((tx) =>
      scene.server.settings.write(tx, { name: 'secstorage.allowed.paths', value: '/srv/images/' }),
    );
    await scene.db.tx((tx) =>
      scene.server.settings.write(tx, { name: 'secstorage.allowed.internal.sites', value: '10.1.2.3,10.9.0.0/16' }),
    );
    assert.match(await refused('file:///srv/imagesx/a.qcow2'), /below \/srv\/images/);
    assert.match(await refused('file:///srv/images/%2e%2e/secret'), /below \/srv\/images/);
    assert.match(await refused('file:///srv/images%2f..%2f..%2fetc/passwd'), /below \/srv\/images/);
    await admin.call('registerTemplate', wanted(scene, { url: 'file:///srv/images/a.qcow2' }));
    await scene.run();
    assert.deepEqual(
      [fake.downloads[0]!.allowedPaths, fake.downloads[0]!.allowedInternal],
      [['/srv/images'], ['10.1.2.3/32', '10.9.0.0/16']],
    );
  }),
);

test(
  'what the host refuses is told in its words, once; what it could not do is tried again',
  withZone(async (scene) => {
    const { fake } = scene;
    const owner = await makeAccount(scene, { name: 'owner' });
    fake.failNext('download', {
      code: 'refused',
      message:
        'the checksum is MD5 900150983cd24fb0d6963f7d28e17f72, {MD5}d41d8cd98f00b204e9800998ecf8427e was expected',
    });
    await owner.user.call('registerTemplate', wanted(scene));
    await scene.run();
    const status = async (user: User = owner.user): Promise<unknown> => (await shown(user))[0]?.['status'];
    assert.match(String(await status()), /^the checksum is MD5 900150983cd24fb0d6963f7d28e17f72/);
    assert.equal(await scene.retryNow(), 0, 'a wrong checksum stays wrong');
    await scene.keep();
    assert.equal(fake.downloads.length, 0);
    assert.deepEqual(await counted(scene, owner.accountId), { 4: 1 });

    fake.failNext('download', new ApiError('hostUnavailable', 'host kvm-7 did not answer in time'));
    await owner.user.call('registerTemplate', wanted(scene, { name: 'second' }));
    await scene.run();
    const [second] = await shown(owner.user, { name: 'second' });
    assert.deepEqual(
      [second!['status'], second!['isready']],
      ['The image could not be fetched at the moment; it is tried again by itself', false],
    );
    assert.equal(
      (await shown(scene.admin, { templatefilter: 'all', name: 'second' }))[0]!['status'],
      'host kvm-7 did not answer in time',
    );
    await scene.keep();
    assert.equal(fake.downloads.length, 0, 'not before its time');
    assert.equal(await scene.retryNow(), 1);
    await scene.keep();
    assert.equal((await shown(owner.user, { name: 'second' }))[0]!['status'], 'Download Complete');
  }),
);

test(
  'no host: it waits for one; only hosts of its own hypervisor fetch it',
  withZone(async (scene) => {
    const { fake, zone } = scene;
    for (const id of zone.hostIds) fake.disconnected.add(id);
    await scene.admin.call('registerTemplate', wanted(scene));
    await scene.run();
    assert.match(
      String((await shown(scene.admin, { name: 'debian' }))[0]!['status']),
      /No host that reaches the image store and runs Simulator is connected/,
    );
    await scene.admin.call('registerTemplate', wanted(scene, { name: 'real', hypervisor: 'KVM' }));
    fake.disconnected.clear();
    await scene.retryNow();
    await scene.keep();
    assert.deepEqual(Object.fromEntries((await shown(scene.admin)).map((one) => [one['name'], one['isready']])), {
      debian: true,
      real: false,
      tiny: true,
    });
  }),
);

test(
  'limits: how many templates, and how much secondary storage',
  withZone(async (scene) => {
    const owner = await makeAccount(scene, { name: 'owner' });
    await limit(scene, owner.accountId, { type: 4, max: 1 });
    await limit(scene, owner.accountId, { type: 11, max: 10 * MIB });
    await owner.user.call('registerTemplate', wanted(scene));
    assert.equal((await owner.user.refused('registerTemplate', wanted(scene, { name: 'more' }))).errorcode, 535);
    await scene.run();
    assert.match(String((await shown(owner.user))[0]!['status']), /secondary_storage.*exceeded: limit 0.01 GiB/);
    assert.deepEqual(
      [scene.fake.files(), await counted(scene, owner.accountId)],
      [0, { 4: 1 }],
      'what does not fit is not kept',
    );
  }),
);

const limit = ({ db }: Scene, accountId: number, { type, max }: { type: number; max: number }): Promise<number> =>
  db.read.run(
    sql`insert into resource_limit(owner_type, owner_id, type, tag, max) values ('a', ${accountId}, ${type}, '', ${max})`,
  );

test(
  'who sees what',
  withZone(async (scene) => {
    const { db, admin } = scene;
    const [above, beside] = [await makeDomain(db, 'above'), await makeDomain(db, 'beside')];
    const below = await makeDomain(db, 'below', above);
    const owner = await makeAccount(scene, { name: 'owner', domainId: below.id });
    const neighbour = await makeAccount(scene, { name: 'neighbour', domainId: below.id });
    const stranger = await makeAccount(scene, { name: 'stranger', domainId: beside.id });
    const boss = await makeAccount(scene, { name: 'boss', domainId: above.id, role: 'DomainAdmin' });
    const {
      template: [mine],
    } = await owner.user.call('registerTemplate', wanted(scene, { name: 'private' }));
    await owner.user.call('registerTemplate', wanted(scene, { name: 'public', ispublic: true, isfeatured: true }));
    await scene.run();
    assert.deepEqual(await names(owner.user), ['private', 'public']);
    assert.deepEqual(await names(owner.user, { templatefilter: 'executable' }), ['private', 'public', 'tiny']);
    assert.deepEqual(await names(stranger.user, { templatefilter: 'featured' }), ['tiny'], 'a user cannot feature');
    assert.deepEqual(await names(stranger.user, { templatefilter: 'community' }), ['public']);
    assert.deepEqual(await names(stranger.user, { templatefilter: 'executable' }), ['public', 'tiny']);
    assert.deepEqual(await names(stranger.user, { templatefilter: 'executable', id: mine.id }), []);
    assert.equal(
      (await shown(stranger.user, { templatefilter: 'community' }))[0]!['url'],
      undefined,
      'where it comes from is its owner’s',
    );
    assert.equal((await stranger.user.refused('listTemplates', { templatefilter: 'all' })).errorcode, 531);
    assert.deepEqual(await names(boss.user, { templatefilter: 'all' }), ['private', 'public', 'tiny']);
    assert.deepEqual(await names(boss.user, { templatefilter: 'self', account: 'owner', domainid: below.uuid }), [
      'private',
      'public',
    ]);
    assert.deepEqual(await names(admin, { templatefilter: 'all' }), ['private', 'public', 'tiny']);

    await owner.user.call('updateTemplatePermissions', { id: mine.id, op: 'add', accounts: 'NEIGHBOUR' });
    assert.deepEqual(
      (await owner.user.call('listTemplatePermissions', { id: mine.id }))['templatepermission'].account,
      ['neighbour'],
    );
    assert.deepEqual(await names(neighbour.user, { templatefilter: 'sharedexecutable' }), ['private']);
    assert.deepEqual(await names(neighbour.user, { templatefilter: 'executable', id: mine.id }), ['private']);
    assert.equal(
      (await neighbour.user.refused('updateTemplatePermissions', { id: mine.id, op: 'add', accounts: 'stranger' }))
        .errorcode,
      531,
    );
    const refused = async (params: Params, user = owner.user): Promise<string> =>
      (await user.refused('updateTemplatePermissions', { id: mine.id, ...params })).errortext;
    assert.match(await refused({ op: 'add', accounts: 'stranger' }), /no account stranger in the domain of the owner/);
    assert.match(await refused({ accounts: 'neighbour' }), /^op is missing/);
    assert.match(await refused({ op: 'remove' }), /^accounts is missing/);
    assert.match(await refused({ isfeatured: true }), /isfeatured may be given by root/);
    await owner.user.call('updateTemplatePermissions', { id: mine.id, op: 'reset' });
    assert.deepEqual(await names(neighbour.user, { templatefilter: 'sharedexecutable' }), []);
    await owner.user.call('updateTemplatePermissions', { id: mine.id, ispublic: true });
    await admin.call('updateTemplatePermissions', { id: mine.id, isfeatured: true });
    assert.deepEqual(await names(stranger.user, { templatefilter: 'featured' }), ['private', 'tiny']);
  }),
);

test(
  'public is the users’ where the setting says so',
  withZone(async (scene) => {
    const { user, accountId } = await makeAccount(scene, { name: 'user' });
    await scene.db.tx((tx) =>
      scene.server.settings.write(tx, {
        name: 'allow.public.user.templates',
        value: 'false',
        at: { scope: 'Account', id: accountId },
      }),
    );
    assert.match(
      (await user.refused('registerTemplate', wanted(scene, { ispublic: true }))).errortext,
      /^ispublic: this account may not/,
    );
    await user.call('registerTemplate', wanted(scene));
  }),
);

test(
  'lists can be narrowed',
  withZone(async (scene) => {
    const { admin } = scene;
    const {
      template: [made],
    } = await admin.call('registerTemplate', wanted(scene, { arch: 'aarch64', ostypeid: await osType(scene) }));
    const all = (more: Params): Promise<string[]> => names(admin, { templatefilter: 'all', ...more });
    assert.deepEqual(await all({ isready: false }), ['debian']);
    assert.deepEqual(await all({ isready: true }), ['tiny']);
    assert.deepEqual(await all({ arch: 'aarch64' }), ['debian']);
    assert.deepEqual(await all({ keyword: 'ebian 1' }), ['debian']);
    assert.deepEqual(await all({ hypervisor: 'kvm' }), []);
    assert.deepEqual(await all({ zoneid: scene.zone.zoneUuid, showunique: true }), ['debian', 'tiny']);
    assert.deepEqual(await all({ ids: made.id }), ['debian']);
    assert.deepEqual(
      await all({ oscategoryid: (await admin.call('listOsCategories', { name: 'Debian' }))['oscategory'][0].id }),
      ['debian'],
    );
    assert.deepEqual(
      await all({ imagestoreid: (await scene.db.read.one<{ uuid: string }>(sql`select uuid from image_store`)).uuid }),
      ['debian', 'tiny'],
    );
    assert.equal((await admin.call('listTemplates', { templatefilter: 'all', page: 1, pagesize: 1 }))['count'], 2);
    await scene.db.read.run(
      sql`insert into resource_tag(resource_type, resource_uuid, key, value, account_id, domain_id) values ('Template', ${made.id}, 'tier', 'base', 2, 1)`,
    );
    assert.deepEqual(await all({ 'tags[0].key': 'tier', 'tags[0].value': 'base' }), ['debian']);
    assert.equal(((await shown(admin, { id: made.id }))[0]!['tags'] as Shown[])[0]!['value'], 'base');
  }),
);

test(
  'all zones: also those made later, and those with no store yet',
  withZone(async (scene) => {
    const { admin, db } = scene;
    await admin.call('registerTemplate', wanted(scene, { zoneid: -1 }));
    await scene.run();
    const { zone: second } = await admin.call('createZone', {
      name: 'zone2',
      dns1: '8.8.8.8',
      internaldns1: '10.0.0.1',
      networktype: 'Advanced',
    });
    await scene.keep();
    const zones = async (): Promise<unknown[]> =>
      (await shown(admin, { name: 'debian' })).map((one) => [
        one['zonename'],
        one['isready'],
        one['crossZones'],
        one['status'],
      ]);
    assert.deepEqual(await zones(), [
      ['zone1', true, true, 'Download Complete'],
      ['zone2', false, true, 'Waiting for an image store in the zone'],
    ]);
    await db.read.run(
      sql`insert into image_store(zone_id, name, url, path, provider, protocol) select id, 's2', 'file:///s2', '/s2', 'NFS', 'file' from zone where name = 'zone2'`,
    );
    await db.read.run(
      sql`insert into host(zone_id, name, hypervisor, guid, private_ip, status) select id, 'h', 'Simulator', gen_random_uuid(), '10.0.0.9', 'Up' from zone where name = 'zone2'`,
    );
    await scene.keep();
    assert.deepEqual((await zones())[1], ['zone2', true, true, 'Download Complete']);
    const [{ id }] = (await shown(admin, { name: 'debian' })) as [{ id: string }];
    await admin.job('deleteTemplate', { id, zoneid: second.id });
    await scene.keep();
    assert.deepEqual(
      [await zones(), scene.fake.images.get('/s2')!.size],
      [[['zone1', true, true, 'Download Complete']], 0],
      'withdrawn from a zone it stays withdrawn',
    );
  }),
);

test(
  'a template is changed by those who may',
  withZone(async (scene) => {
    const owner = await makeAccount(scene, { name: 'owner' });
    const { user: other } = await makeAccount(scene, { name: 'other' });
    const {
      template: [made],
    } = await owner.user.call('registerTemplate', wanted(scene, { 'details[0].a': '1' }));
    const { template: changed } = await owner.user.call('updateTemplate', {
      id: made.id,
      name: 'bookworm',
      sortkey: 3,
      sshkeyenabled: true,
      'details[0].b': '2',
    });
    assert.deepEqual(
      [changed.name, changed.sshkeyenabled, changed.details, changed.zonename],
      ['bookworm', true, { b: '2' }, 'zone1'],
    );
    assert.deepEqual(
      (await owner.user.call('updateTemplate', { id: made.id, cleanupdetails: true }))['template'].details,
      {},
    );
    assert.match(
      (await owner.user.refused('updateTemplate', { id: made.id, format: 'RAW' })).errortext,
      /was registered as QCOW2/,
    );
    assert.match(
      (await owner.user.refused('updateTemplate', { id: made.id, templatetype: 'BUILTIN' })).errortext,
      /templatetype may be given by root/,
    );
    assert.equal((await other.refused('updateTemplate', { id: made.id, name: 'mine' })).errorcode, 531);
    assert.equal((await other.refused('deleteTemplate', { id: made.id })).errorcode, 531);
  }),
);

test(
  'a deleted template leaves nothing: no file, no row, no count',
  withZone(async (scene) => {
    const { db, fake } = scene;
    const owner = await makeAccount(scene, { name: 'owner' });
    const {
      template: [made],
    } = await owner.user.call('registerTemplate', wanted(scene));
    await scene.run();
    await scene.admin.call('prepareTemplate', { templateid: made.id, zoneid: scene.zone.zoneUuid });
    await scene.run();
    assert.deepEqual([...fake.templates.get(scene.zone.poolUuid)!], [made.id]);
    await owner.user.job('deleteTemplate', { id: made.id });
    assert.deepEqual(await names(owner.user), []);
    assert.deepEqual([fake.files(), await counted(scene, owner.accountId)], [0, {}]);
    assert.deepEqual(
      await db.read.rows(
        sql`select 1 from template_store where template_id = (select id from template where uuid = ${made.id}) union all select 1 from template_pool`,
      ),
      [],
    );
    assert.deepEqual(await db.read.rows(sql`select 1 from lane`), []);
    assert.equal((await owner.user.refused('deleteTemplate', { id: made.id })).errorcode, 431);
  }),
);

test(
  'a template in use stays, unless forced; its clones keep it on their pool',
  withZone(async (scene) => {
    const { db, fake, zone } = scene;
    const owner = await makeAccount(scene, { name: 'owner' });
    const {
      template: [made],
    } = await owner.user.call('registerTemplate', wanted(scene));
    await scene.run();
    await scene.admin.call('prepareTemplate', { templateid: made.id, zoneid: zone.zoneUuid, storageid: zone.poolUuid });
    await scene.run();
    await db.read
      .run(sql`insert into vm(account_id, domain_id, zone_id, name, display_name, instance_name, service_offering_id, template_id, hypervisor, cpus, cpu_mhz, memory_mib)
    select ${owner.accountId}, 1, ${zone.zoneId}, 'web', 'web', 'i-web', ${zone.offeringId}, id, 'Simulator', 1, 250, 128 from template where uuid = ${made.id}`);
    await db.read
      .run(sql`insert into volume(account_id, domain_id, zone_id, vm_id, pool_id, template_id, name, type, size_bytes, state, device_id)
    select account_id, 1, zone_id, id, ${zone.poolId}, template_id, 'ROOT', 'ROOT', 1, 'Ready', 0 from vm where name = 'web'`);
    const refused = await owner.user.refused('deleteTemplate', { id: made.id });
    assert.deepEqual([refused.errorcode, /instances use it: web; forced=true/.test(refused.errortext)], [536, true]);
    await owner.user.job('deleteTemplate', { id: made.id, forced: true });
    assert.equal(fake.templates.get(zone.poolUuid)!.size, 1);
    await db.read.run(sql`update volume set removed = now()`);
    await evictKeeper(scene.world).run(alive);
    await scene.run();
    assert.equal(fake.files(), 0);
  }),
);

test(
  'a removal that a store would not do is brought to its end later',
  withZone(async (scene) => {
    const { fake } = scene;
    const owner = await makeAccount(scene, { name: 'owner' });
    const {
      template: [made],
    } = await owner.user.call('registerTemplate', wanted(scene));
    await scene.run();
    fake.failNext('deleteImage', { code: 'failed', message: 'the store is away' });
    assert.equal((await owner.user.failedJob('deleteTemplate', { id: made.id })).text, 'the store is away');
    assert.deepEqual([await names(owner.user), fake.files()], [[], 1]);
    await scene.keep();
    assert.deepEqual([fake.files(), await counted(scene, owner.accountId)], [0, {}]);
  }),
);

test(
  'one that is fetched when it is deleted is gone in the end',
  withZone(async (scene) => {
    const { fake } = scene;
    const owner = await makeAccount(scene, { name: 'owner' });
    const {
      template: [made],
    } = await owner.user.call('registerTemplate', wanted(scene));
    fake.during('download', async () => {
      await owner.user.call('deleteTemplate', { id: made.id });
    });
    await scene.run();
    assert.deepEqual(
      [fake.files(), await counted(scene, owner.accountId), fake.calls.includes('deleteImage')],
      [0, {}, true],
    );
  }),
);

test(
  'preparing says where it cannot',
  withZone(async (scene) => {
    const { admin, zone } = scene;
    const {
      template: [made],
    } = await admin.call('registerTemplate', wanted(scene, { hypervisor: 'KVM' }));
    assert.match(
      (await admin.refused('prepareTemplate', { templateid: made.id, zoneid: zone.zoneUuid })).errortext,
      /not ready in this zone/,
    );
    await scene.db.read.run(sql`update storage_pool set state = 'Maintenance'`);
    assert.match(
      (await admin.refused('prepareTemplate', { templateid: zone.templateUuid, zoneid: zone.zoneUuid })).errortext,
      /no primary storage of that zone/,
    );
  }),
);
