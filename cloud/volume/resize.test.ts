// Volumes that grow, by hand or by another offering; and what is refused.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '#kernel/sql.ts';
import { inCloud, type Params, type TestCloud } from '#test/cloud.ts';
import { fakeStorage, type FakeStorage } from '#test/fake-storage.ts';
import { makeGuest, type GuestRows } from '#test/guest-rows.ts';
import { makeAccount, type TestAccount } from '#test/tenants.ts';
import { makeZoneRows, type ZoneRows } from '#test/zone-rows.ts';

const GIB = 2 ** 30;
interface Scene extends TestCloud {
  zone: ZoneRows;
  fake: FakeStorage;
  owner: TestAccount;
  guest: GuestRows;
  offerings: Record<string, string>;
  id: string;
}

/** A running guest, and a custom volume of 4 GiB that is attached to nothing. */
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
    const guest = await makeGuest(cloud.db, { zone, fake, accountId: owner.accountId, state: 'Running' });
    const { volume } = await owner.user.job('createVolume', {
      name: 'data',
      zoneid: zone.zoneUuid,
      diskofferingid: offerings['Custom']!,
      size: 4,
    });
    await work({ ...cloud, zone, fake, owner, guest, offerings, id: volume.id });
  });

const state = async ({ db, owner, zone, fake, id }: Scene): Promise<Record<string, unknown>> => ({
  ...(await db.read.one<
    Record<string, unknown>
  >(sql`select state, size_bytes / ${GIB}::bigint as gib, (select allocated_bytes / ${GIB}::bigint from storage_pool where id = ${zone.poolId}) as room,
    (select used / ${GIB}::bigint from resource_count where owner_type = 'a' and owner_id = ${owner.accountId} and type = 10) as counted from volume where uuid = ${id}`)),
  file: (fake.volumes.get(zone.poolUuid)?.get(id) ?? 0) / GIB,
});
const attached = ({ owner, guest, id }: Scene): Promise<unknown> =>
  owner.user.job('attachVolume', { id, virtualmachineid: guest.uuid });

test(
  'before it has a file it only counts more',
  onScene(async (scene) => {
    assert.equal((await scene.owner.user.job('resizeVolume', { id: scene.id, size: 6 }))['volume'].size, 6 * GIB);
    assert.deepEqual(await state(scene), { state: 'Allocated', gib: 6, room: 0, counted: 6, file: 0 });
    assert.equal(scene.fake.calls.includes('resize'), false);
  }),
);

test(
  'under a running guest it grows with its file, through the guest’s host',
  onScene(async (scene) => {
    await attached(scene);
    const asked: unknown[] = [];
    const { storage } = scene.fake.drivers;
    scene.world.drivers.storage = {
      ...storage,
      resize: (hostId, volume, call) => {
        asked.push([hostId, volume.guest]);
        return storage.resize(hostId, volume, call);
      },
    };
    const { volume } = await scene.owner.user.job('resizeVolume', { id: scene.id, size: 9 });
    assert.deepEqual([volume.size, volume.state], [9 * GIB, 'Ready']);
    assert.deepEqual(await state(scene), { state: 'Ready', gib: 9, room: 9, counted: 9, file: 9 });
    await scene.owner.user.job('detachVolume', { id: scene.id });
    await scene.owner.user.job('resizeVolume', { id: scene.id, size: 10 });
    assert.deepEqual(asked, [
      [scene.zone.hostIds[0], scene.guest.instanceName],
      [scene.zone.hostIds[0], null],
    ]);
  }),
);

test(
  'what is refused: shrinking, fixed sizes, bounds, nothing to do',
  onScene(async (scene) => {
    const { owner, offerings, id, zone } = scene;
    const refused = async (params: Params, volumeId = id): Promise<string> =>
      (await owner.user.refused('resizeVolume', { id: volumeId, ...params })).errortext;
    assert.match(await refused({ size: 2 }), /has 4 GiB and cannot shrink to 2 GiB/);
    assert.match(await refused({ size: 2, shrinkok: true }), /also not with shrinkok/);
    assert.match(await refused({ size: 5000 }), /size is 5000; 1 to 1024 GiB/);
    assert.match(await refused({}), /missing parameter size \(or another diskofferingid\)/);
    assert.match(
      await refused({ diskofferingid: offerings['Small']!, size: 9 }),
      /has a fixed size of 5 GiB; leave size out/,
    );
    const { volume: fixed } = await owner.user.job('createVolume', {
      name: 'fixed',
      zoneid: zone.zoneUuid,
      diskofferingid: offerings['Medium']!,
    });
    assert.match(
      await refused({ size: 30 }, fixed.id),
      /Medium of the volume has a fixed size of 20 GiB; give another diskofferingid/,
    );
    assert.match(await refused({ diskofferingid: offerings['Small']! }, fixed.id), /cannot shrink to 5 GiB/);
  }),
);

test(
  'another offering: its size, its tags, its strictness',
  onScene(async (scene) => {
    const { owner, admin, offerings, id } = scene;
    await attached(scene);
    const { volume } = await owner.user.job('resizeVolume', { id, diskofferingid: offerings['Small']! });
    assert.deepEqual(
      [volume.size, volume.diskofferingname, await state(scene)],
      [5 * GIB, 'Small', { state: 'Ready', gib: 5, room: 5, counted: 5, file: 5 }],
    );
    const offer = async (params: Params): Promise<string> =>
      (await admin.call('createDiskOffering', { displaytext: 'x', ...params }))['diskoffering'].id;
    const ssd = await offer({ name: 'ssd', disksize: 8, tags: 'ssd' });
    assert.match(
      (await owner.user.refused('resizeVolume', { id, diskofferingid: ssd })).errortext,
      /asks for storage tagged ssd/,
    );
    const strict = await offer({ name: 'strict', disksize: 8, disksizestrictness: true });
    assert.match(
      (await owner.user.refused('resizeVolume', { id, diskofferingid: strict })).errortext,
      /strict binds volumes to their size/,
    );
    await admin.call('updateDiskOffering', { id: offerings['Large']!, state: 'Inactive' });
    assert.match(
      (await owner.user.refused('resizeVolume', { id, diskofferingid: offerings['Large']! })).errortext,
      /Large is not sold any more/,
    );
    assert.equal(
      (await owner.user.job('resizeVolume', { id, diskofferingid: offerings['Custom']! }))['volume'].size,
      5 * GIB,
      'a custom one keeps the size',
    );
  }),
);

test(
  'a root disk grows without an offering',
  onScene(async (scene) => {
    const { volume } = await scene.owner.user.job('resizeVolume', { id: scene.guest.rootUuid!, size: 3 });
    assert.deepEqual(
      [volume.size, volume.state, scene.fake.volumes.get(scene.zone.poolUuid)!.get(scene.guest.rootUuid!)],
      [3 * GIB, 'Ready', 3 * GIB],
    );
  }),
);

test(
  'beyond the limit, the room, or what the host will do, all stays as it was',
  onScene(async (scene) => {
    const { owner, db, id, fake } = scene;
    await attached(scene);
    const before = await state(scene);
    await db.read.run(
      sql`insert into resource_limit(owner_type, owner_id, type, tag, max) values ('a', ${owner.accountId}, 10, '', ${6 * GIB})`,
    );
    assert.match(
      (await owner.user.failedJob('resizeVolume', { id, size: 7 })).text,
      /primary_storage.*limit 6 GiB, used 4 GiB, requested 3 GiB/,
    );
    assert.deepEqual(await state(scene), before);
    await db.read.run(sql`update storage_pool set total_bytes = ${2 * GIB}`);
    assert.match((await owner.user.failedJob('resizeVolume', { id, size: 6 })).text, /has no room for another 2 GiB/);
    assert.deepEqual(await state(scene), before);
    await db.read.run(sql`update storage_pool set total_bytes = ${2 ** 40}`);
    fake.failNext('resize', { code: 'failed', message: 'qemu-img: broken' });
    assert.match((await owner.user.failedJob('resizeVolume', { id, size: 6 })).text, /qemu-img: broken/);
    assert.deepEqual(await state(scene), before);
  }),
);
