// Volumes: made, attached, grown, detached, destroyed and expunged, on a real database and fake storage.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '#kernel/sql.ts';
import { inCloud, type Params, type TestCloud, type User } from '#test/cloud.ts';
import { fakeStorage, type FakeStorage } from '#test/fake-storage.ts';
import { makeGuest, type GuestRows } from '#test/guest-rows.ts';
import { settle } from '#test/jobs.ts';
import { makeAccount, type TestAccount } from '#test/tenants.ts';
import { makeZoneRows, type ZoneRows } from '#test/zone-rows.ts';
import { expungeKeeper } from './destroy.ts';

const GIB = 2 ** 30;
interface Scene extends TestCloud {
  zone: ZoneRows;
  fake: FakeStorage;
  owner: TestAccount;
  /** Of disk offerings, by name. */
  offerings: Record<string, string>;
  guest(
    state: 'Running' | 'Stopped',
    options?: { name?: string; root?: boolean; owner?: TestAccount },
  ): Promise<GuestRows>;
}

const onScene = (work: (scene: Scene) => Promise<void>) =>
  inCloud(async (cloud) => {
    const zone = await makeZoneRows(cloud.db);
    const fake = fakeStorage();
    Object.assign(cloud.world.drivers, fake.drivers);
    const owner = await makeAccount(cloud, { name: 'owner' });
    const offerings = Object.fromEntries(
      (await cloud.admin.call('listDiskOfferings'))['diskoffering'].map((one: { name: string; id: string }) => [
        one.name,
        one.id,
      ]),
    );
    await work({
      ...cloud,
      zone,
      fake,
      owner,
      offerings,
      guest: (state, options = {}) =>
        makeGuest(cloud.db, { zone, fake, accountId: (options.owner ?? owner).accountId, state, ...options }),
    });
  });

type Shown = Record<string, unknown>;
const create = async ({ owner, zone, offerings }: Scene, more: Params = {}): Promise<Shown & { id: string }> =>
  (
    await owner.user.job('createVolume', {
      name: 'data',
      zoneid: zone.zoneUuid,
      diskofferingid: offerings['Small']!,
      ...more,
    })
  )['volume'];
const find = async (user: User, params: Params): Promise<Shown[]> =>
  (await user.call('listVolumes', params))['volume'] ?? [];
const one = async (scene: Scene, id: string): Promise<Shown> => (await find(scene.admin, { id, listall: true }))[0]!;
/** Everything volumes hold: limits of the account, room of the pools, files. */
const held = async ({
  db,
  owner,
  fake,
}: Scene): Promise<{ volumes: number; gib: number; room: number; files: number }> => {
  const row = await db.read.one<{ volumes: number; gib: number; room: number }>(sql`select
    (select coalesce(sum(used), 0)::int from resource_count where owner_type = 'a' and owner_id = ${owner.accountId} and type = 2) as volumes,
    (select coalesce(sum(used), 0)::bigint / ${GIB}::bigint from resource_count where owner_type = 'a' and owner_id = ${owner.accountId} and type = 10) as gib,
    (select sum(allocated_bytes)::bigint / ${GIB}::bigint from storage_pool) as room`);
  return { ...row, files: fake.files() };
};
const nothing = { volumes: 0, gib: 0, room: 0, files: 0 };

test(
  'a volume is made of an offering, counted, and lies nowhere yet',
  onScene(async (scene) => {
    const { owner, offerings, zone } = scene;
    const made = await create(scene);
    assert.deepEqual(
      [
        made['state'],
        made['size'],
        made['type'],
        made['diskofferingname'],
        made['zonename'],
        made['storageid'],
        made['virtualmachineid'],
      ],
      ['Allocated', 5 * GIB, 'DATADISK', 'Small', 'zone1', undefined, undefined],
    );
    const custom = await create(scene, { name: 'custom', diskofferingid: offerings['Custom']!, size: 7 });
    assert.equal(custom['size'], 7 * GIB);
    assert.deepEqual(await held(scene), { volumes: 2, gib: 12, room: 0, files: 0 });
    const refused = async (params: Params): Promise<string> =>
      (
        await owner.user.refused('createVolume', {
          zoneid: zone.zoneUuid,
          diskofferingid: offerings['Custom']!,
          ...params,
        })
      ).errortext;
    assert.match(await refused({}), /size is missing/);
    assert.match(await refused({ size: 2000 }), /size is 2000; 1 to 1024 GiB/);
    assert.match(await refused({ size: 0 }), /size is 0/);
    assert.match(await refused({ diskofferingid: offerings['Small']!, size: 3 }), /has a fixed size of 5 GiB/);
    assert.match(await refused({ diskofferingid: '' }), /missing parameter diskofferingid/);
    assert.match(await refused({ zoneid: '', size: 1 }), /missing parameter zoneid/);
    assert.match(await refused({ size: 1, miniops: 5 }), /miniops is given/);
    assert.match(await refused({ size: 1, customid: 'x' }), /customid may be given by root/);
    await scene.db.read.run(
      sql`insert into resource_limit(owner_type, owner_id, type, tag, max) values ('a', ${owner.accountId}, 10, '', ${13 * GIB})`,
    );
    assert.equal(
      (await owner.user.refused('createVolume', { zoneid: zone.zoneUuid, diskofferingid: offerings['Small']! }))
        .errorcode,
      535,
    );
    assert.deepEqual(await held(scene), { volumes: 2, gib: 12, room: 0, files: 0 });
  }),
);

test(
  'attached to a running guest: placed, made, plugged in; detached and attached again without a new file',
  onScene(async (scene) => {
    const { owner, fake } = scene;
    const guest = await scene.guest('Running');
    const { id } = await create(scene);
    const { volume: attached } = await owner.user.job('attachVolume', { id, virtualmachineid: guest.uuid });
    assert.deepEqual(
      [attached.state, attached.deviceid, attached.vmname, attached.vmstate, attached.storage],
      ['Ready', 1, 'web', 'Running', undefined],
    );
    assert.deepEqual((await one(scene, id))['storage'], 'primary1', 'where it lies is the operator’s');
    assert.ok(fake.plugged.get(guest.instanceName)!.has(id));
    assert.deepEqual(await held(scene), { volumes: 1, gib: 5, room: 5, files: 2 });
    assert.match(
      (await owner.user.refused('attachVolume', { id, virtualmachineid: guest.uuid })).errortext,
      /attached to an instance already/,
    );
    const { volume: detached } = await owner.user.job('detachVolume', { virtualmachineid: guest.uuid, deviceid: 1 });
    assert.deepEqual(
      [detached.state, detached.deviceid, detached.virtualmachineid, fake.plugged.get(guest.instanceName)!.has(id)],
      ['Ready', undefined, undefined, false],
    );
    await owner.user.job('attachVolume', { id, virtualmachineid: guest.uuid, deviceid: 5 });
    assert.deepEqual(
      [(await one(scene, id))['deviceid'], fake.calls.filter((call) => call === 'create').length],
      [5, 1],
    );
  }),
);

test(
  'attached to a stopped guest: made now where its disks lie, or with them at its first start',
  onScene(async (scene) => {
    const { owner, fake } = scene;
    const [placed, fresh] = [
      await scene.guest('Stopped', { name: 'placed' }),
      await scene.guest('Stopped', { name: 'fresh', root: false }),
    ];
    const [first, second] = [await create(scene), await create(scene)];
    assert.equal(
      (await owner.user.job('attachVolume', { id: first.id, virtualmachineid: placed.uuid }))['volume'].state,
      'Ready',
    );
    assert.equal(
      (await owner.user.job('attachVolume', { id: second.id, virtualmachineid: fresh.uuid }))['volume'].state,
      'Allocated',
    );
    assert.deepEqual([fake.calls, (await held(scene)).room], [['create'], 5]);
    const { volume: again } = await owner.user.job('detachVolume', { id: second.id });
    assert.deepEqual([again.state, again.virtualmachineid], ['Allocated', undefined]);
  }),
);

test(
  'devices: the next free one, never the drive, never one that is taken, eight at most',
  onScene(async (scene) => {
    const { owner } = scene;
    const guest = await scene.guest('Running');
    const devices: unknown[] = [];
    for (let n = 0; n < 8; n += 1)
      devices.push(
        (await owner.user.job('attachVolume', { id: (await create(scene)).id, virtualmachineid: guest.uuid }))['volume']
          .deviceid,
      );
    assert.deepEqual(devices, [1, 2, 4, 5, 6, 7, 8, 9]);
    const { id } = await create(scene);
    const refused = async (params: Params): Promise<string> =>
      (await owner.user.refused('attachVolume', { id, virtualmachineid: guest.uuid, ...params })).errortext;
    assert.match(await refused({}), /has 8 data disks already/);
    await owner.user.job('detachVolume', { virtualmachineid: guest.uuid, deviceid: 4 });
    assert.match(await refused({ deviceid: 3 }), /deviceid is 3, which is the drive for ISOs; free are: 4$/);
    assert.match(await refused({ deviceid: 5 }), /deviceid is 5, which is taken/);
    assert.match(await refused({ deviceid: 40 }), /deviceid is 40; free are: 4/);
    assert.match(await refused({ deviceid: 0 }), /deviceid is 0, but web has a root disk/);
    assert.match(
      (await owner.user.refused('detachVolume', { virtualmachineid: guest.uuid, deviceid: 4 })).errortext,
      /deviceid is 4; the instance has no disk there/,
    );
    assert.match(
      (await owner.user.refused('detachVolume', {})).errortext,
      /missing parameter id \(or virtualmachineid and deviceid\)/,
    );
  }),
);

test(
  'what may not be attached',
  onScene(async (scene) => {
    const { owner, db, zone } = scene;
    const other = await makeAccount(scene, { name: 'other' });
    const [mine, theirs] = [
      await scene.guest('Running'),
      await scene.guest('Running', { name: 'theirs', owner: other }),
    ];
    const { id } = await create(scene);
    assert.equal((await other.user.refused('attachVolume', { id, virtualmachineid: theirs.uuid })).errorcode, 531);
    assert.match(
      (await scene.admin.refused('attachVolume', { id, virtualmachineid: theirs.uuid })).errortext,
      /belong to different accounts/,
    );
    await db.read.run(sql`update vm set state = 'Starting' where id = ${mine.id}`);
    assert.match(
      (await owner.user.refused('attachVolume', { id, virtualmachineid: mine.uuid })).errortext,
      /web is Starting; a volume is attached to one that is Running or Stopped/,
    );
    await db.read.run(sql`update vm set state = 'Running' where id = ${mine.id}`);
    const far = await db.read.one<{ id: number }>(
      sql`insert into cluster(zone_id, pod_id, name, hypervisor) select ${zone.zoneId}, pod_id, 'far', hypervisor from cluster limit 1 returning id`,
    );
    const pool = await db.read.one<{ id: number }>(
      sql`insert into storage_pool(zone_id, cluster_id, name, type, scope, path, total_bytes) values (${zone.zoneId}, ${far.id}, 'far', 'SharedMountPoint', 'CLUSTER', '/far', ${2 ** 42}) returning id`,
    );
    await db.read.run(sql`update volume set pool_id = ${pool.id}, state = 'Ready' where uuid = ${id}`);
    assert.match(
      (await owner.user.failedJob('attachVolume', { id, virtualmachineid: mine.uuid })).text,
      /lies on storage that the host of web does not reach/,
    );
  }),
);

test(
  'no room: nothing is taken',
  onScene(async (scene) => {
    const { owner, db } = scene;
    const guest = await scene.guest('Running');
    await db.read.run(sql`update storage_pool set total_bytes = ${2 * GIB}`);
    const { id } = await create(scene);
    const before = await held(scene);
    assert.match(
      (await owner.user.failedJob('attachVolume', { id, virtualmachineid: guest.uuid })).text,
      /No primary storage has room for another 5 GiB/,
    );
    assert.deepEqual(
      [await held(scene), (await one(scene, id))['state'], (await one(scene, id))['virtualmachineid']],
      [before, 'Allocated', undefined],
    );
    const tagged = (
      await scene.admin.call('createDiskOffering', { name: 'ssd', displaytext: 'ssd', disksize: 1, tags: 'ssd' })
    )['diskoffering'].id;
    const { id: fast } = await create(scene, { diskofferingid: tagged });
    assert.match(
      (await owner.user.failedJob('attachVolume', { id: fast, virtualmachineid: guest.uuid })).text,
      /tagged ssd has room/,
    );
  }),
);

test(
  'an attach that the host refuses leaves the volume as it was',
  onScene(async (scene) => {
    const { owner, fake } = scene;
    const guest = await scene.guest('Running');
    const { id } = await create(scene);
    const before = await held(scene);
    for (const after of [false, true]) {
      fake.failNext('attachDisk', { code: 'refused', message: 'device 1 (vdb) is taken' }, { after });
      assert.match(
        (await owner.user.failedJob('attachVolume', { id, virtualmachineid: guest.uuid })).text,
        /device 1 \(vdb\) is taken/,
      );
      assert.deepEqual(
        [
          await held(scene),
          (await one(scene, id))['state'],
          (await one(scene, id))['virtualmachineid'],
          fake.plugged.get(guest.instanceName)!.has(id),
        ],
        [before, 'Allocated', undefined, false],
      );
    }
    await owner.user.job('attachVolume', { id, virtualmachineid: guest.uuid });
    fake.failNext('detachDisk', { code: 'refused', message: 'guest did not let go' });
    assert.match((await owner.user.failedJob('detachVolume', { id })).text, /did not let go/);
    assert.deepEqual(
      [(await one(scene, id))['virtualmachineid'], fake.plugged.get(guest.instanceName)!.has(id)],
      [guest.uuid, true],
    );
  }),
);

test(
  'a root disk leaves only a guest that is stopped, and can come back',
  onScene(async (scene) => {
    const { owner } = scene;
    const [running, stopped] = [await scene.guest('Running'), await scene.guest('Stopped', { name: 'stopped' })];
    assert.match(
      (await owner.user.refused('detachVolume', { id: running.rootUuid! })).errortext,
      /is the root disk of web, which runs; stop it first/,
    );
    await owner.user.job('detachVolume', { id: stopped.rootUuid! });
    assert.match(
      (await owner.user.refused('attachVolume', { id: stopped.rootUuid!, virtualmachineid: running.uuid, deviceid: 0 }))
        .errortext,
      /has a root disk/,
    );
    await owner.user.job('attachVolume', { id: stopped.rootUuid!, virtualmachineid: running.uuid });
    assert.deepEqual(
      [(await one(scene, stopped.rootUuid!))['type'], (await one(scene, stopped.rootUuid!))['deviceid']],
      ['DATADISK', 1],
    );
    await owner.user.job('detachVolume', { id: stopped.rootUuid! });
    await owner.user.job('attachVolume', { id: stopped.rootUuid!, virtualmachineid: stopped.uuid, deviceid: 0 });
    assert.deepEqual(
      [(await one(scene, stopped.rootUuid!))['type'], (await one(scene, stopped.rootUuid!))['deviceid']],
      ['ROOT', 0],
    );
  }),
);

test(
  'destroyed, recovered, expunged; deleted for good',
  onScene(async (scene) => {
    const { owner, db, fake, world } = scene;
    const guest = await scene.guest('Running', { root: false });
    const { id } = await create(scene);
    assert.match((await owner.user.refused('destroyVolume', { id })).errortext, /was never made.*expunge=true/);
    await owner.user.job('attachVolume', { id, virtualmachineid: guest.uuid });
    assert.match(
      (await owner.user.refused('destroyVolume', { id })).errortext,
      /attached to an instance; detach it first/,
    );
    assert.match((await owner.user.refused('deleteVolume', { id })).errortext, /attached to an instance/);
    await owner.user.job('detachVolume', { id });
    const { volume: destroyed } = await owner.user.job('destroyVolume', { id });
    assert.deepEqual(
      [destroyed.state, destroyed.destroyed, await held(scene)],
      ['Destroy', true, { volumes: 0, gib: 0, room: 5, files: 1 }],
    );
    assert.equal((await owner.user.call('recoverVolume', { id }))['volume'].state, 'Ready');
    assert.deepEqual(await held(scene), { volumes: 1, gib: 5, room: 5, files: 1 });
    await owner.user.job('destroyVolume', { id });
    const keep = async (): Promise<void> => {
      await expungeKeeper(world).run(new AbortController().signal);
      await settle(scene.server);
    };
    await keep();
    assert.equal((await find(owner.user, { id })).length, 1, 'not before its time');
    await db.read.run(sql`update volume set destroyed = now() - interval '2 days'`);
    fake.failNext('delete', { code: 'failed', message: 'the pool is away' });
    await keep();
    assert.deepEqual([await find(owner.user, { id }), fake.files()], [[], 1]);
    await keep();
    assert.deepEqual(
      [await held(scene), await db.read.rows(sql`select 1 from volume where removed is null`)],
      [nothing, []],
    );

    const second = await create(scene);
    await owner.user.job('attachVolume', { id: second.id, virtualmachineid: guest.uuid });
    await owner.user.job('detachVolume', { id: second.id });
    assert.deepEqual(await owner.user.call('deleteVolume', { id: second.id }), { success: true });
    assert.deepEqual(await find(owner.user, { id: second.id }), []);
    await settle(scene.server);
    assert.deepEqual(await held(scene), nothing);
    const third = await create(scene);
    await owner.user.call('deleteVolume', { id: third.id });
    assert.deepEqual(await held(scene), nothing);
  }),
);

test(
  'a protected volume stays, and who may not expunge cannot',
  onScene(async (scene) => {
    const { owner, admin, db } = scene;
    const { id } = await create(scene);
    const { volume: changed } = await admin.job('updateVolume', { id, name: 'precious', deleteprotection: true });
    assert.deepEqual([changed.name, changed.deleteprotection], ['precious', true]);
    assert.match((await owner.user.refused('deleteVolume', { id })).errortext, /protected against deletion/);
    assert.match(
      (await admin.refused('updateVolume', { id, path: '/etc/passwd' })).errortext,
      /^path of a volume is what it is/,
    );
    await admin.job('updateVolume', { id, deleteprotection: false, displayvolume: false });
    assert.deepEqual(
      [(await find(owner.user, {})).length, (await find(admin, { listall: true })).length],
      [0, 1],
      'a hidden one is the operator’s to see',
    );
    await db.tx((tx) =>
      scene.server.settings.write(tx, {
        name: 'allow.user.expunge.recover.volume',
        value: 'false',
        at: { scope: 'Account', id: owner.accountId },
      }),
    );
    assert.equal((await owner.user.refused('destroyVolume', { id, expunge: true })).errorcode, 531);
    assert.equal((await owner.user.refused('recoverVolume', { id })).errorcode, 531);
    await admin.job('destroyVolume', { id, expunge: true });
    assert.deepEqual(await held(scene), nothing);
  }),
);

test(
  'an administrator may say where it lies, or which guest it is for',
  onScene(async (scene) => {
    const { admin, zone, offerings, fake, owner } = scene;
    const where = {
      name: 'there',
      diskofferingid: offerings['Small']!,
      account: 'owner',
      domainid: (await scene.db.read.one<{ uuid: string }>(sql`select uuid from domain where id = 1`)).uuid,
    };
    const { volume: made } = await admin.job('createVolume', { ...where, storageid: zone.poolUuid });
    assert.deepEqual(
      [made.state, made.storageid, made.account, fake.volumes.get(zone.poolUuid)!.has(made.id)],
      ['Ready', zone.poolUuid, 'owner', true],
    );
    fake.failNext('create', { code: 'failed', message: 'no space left on device' });
    await admin.failedJob('createVolume', { ...where, storageid: zone.poolUuid });
    assert.deepEqual(
      await held(scene),
      { volumes: 1, gib: 5, room: 5, files: 1 },
      'a volume that could not be made is not kept',
    );
    const guest = await scene.guest('Running');
    const { volume: attached } = await owner.user.job('createVolume', {
      name: 'for web',
      diskofferingid: offerings['Small']!,
      virtualmachineid: guest.uuid,
    });
    assert.deepEqual([attached.state, attached.virtualmachineid], ['Ready', guest.uuid]);
  }),
);

test(
  'lists: whose, which, and by what',
  onScene(async (scene) => {
    const { owner, admin, zone, db } = scene;
    const other = await makeAccount(scene, { name: 'other' });
    const guest = await scene.guest('Running');
    const { id } = await create(scene);
    await create(scene, { name: 'loose' });
    await owner.user.job('attachVolume', { id, virtualmachineid: guest.uuid });
    const names = async (params: Params, user = owner.user): Promise<unknown[]> =>
      (await find(user, params)).map((volume) => String(volume['name'])).sort();
    assert.deepEqual(await names({}), ['ROOT-web', 'data', 'loose']);
    assert.deepEqual(
      [await names({}, other.user), await names({ id }, other.user), (await names({ listall: true }, admin)).length],
      [[], [], 3],
    );
    assert.deepEqual(await names({ type: 'root' }), ['ROOT-web']);
    assert.deepEqual(await names({ virtualmachineid: guest.uuid }), ['ROOT-web', 'data']);
    assert.deepEqual(await names({ state: 'allocated' }), ['loose']);
    assert.deepEqual(await names({ keyword: 'oos' }), ['loose']);
    assert.deepEqual(await names({ zoneid: zone.zoneUuid, name: 'data' }), ['data']);
    assert.deepEqual(await names({ storageid: zone.poolUuid, listall: true }, admin), ['ROOT-web', 'data']);
    assert.deepEqual(
      await names(
        {
          hostid: (await db.read.one<{ uuid: string }>(sql`select uuid from host where id = ${zone.hostIds[0]!}`)).uuid,
          listall: true,
        },
        admin,
      ),
      ['ROOT-web', 'data'],
    );
    assert.deepEqual(await owner.user.call('listVolumes', { retrieveonlyresourcecount: true }), { count: 3 });
    const [root] = await find(owner.user, { type: 'ROOT' });
    assert.deepEqual(
      [root!['templatename'], root!['serviceofferingname'], root!['deviceid'], root!['vmtype']],
      ['tiny', 'Tiny', 0, 'User'],
    );
    await db.read.run(
      sql`insert into resource_tag(resource_type, resource_uuid, key, value, account_id, domain_id) values ('Volume', ${id}, 'tier', 'gold', ${owner.accountId}, 1)`,
    );
    assert.deepEqual(await names({ 'tags[0].key': 'tier', 'tags[0].value': 'gold' }), ['data']);
  }),
);

test(
  'only their owner’s hands: others may not touch them',
  onScene(async (scene) => {
    const other = await makeAccount(scene, { name: 'other' });
    const guest = await scene.guest('Running');
    const { id } = await create(scene);
    for (const [command, params] of [
      ['attachVolume', { virtualmachineid: guest.uuid }],
      ['detachVolume', {}],
      ['resizeVolume', { size: 9 }],
      ['destroyVolume', {}],
      ['recoverVolume', {}],
      ['deleteVolume', {}],
    ] as const) {
      assert.equal((await other.user.refused(command, { id, ...params })).errorcode, 531, command);
    }
  }),
);

test(
  'volumes with their size as a text are the same volumes, and tell tenants nothing of where they lie',
  onScene(async (scene) => {
    const { owner } = scene;
    const made = await create(scene);
    const { volume } = await owner.user.call('listVolumesMetrics', { id: made.id });
    assert.deepEqual(volume, [{ ...(await find(owner.user, { id: made.id }))[0], sizegb: '5.00 GiB' }]);
    const stranger = await makeAccount(scene, { name: 'stranger' });
    assert.deepEqual(await stranger.user.call('listVolumesMetrics', { id: made.id }).catch(() => ({})), {});
  }),
);
