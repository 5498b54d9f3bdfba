// What instances are promised of their disks: sizes, places, files, and that all of it comes back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Call } from '#kernel/job.ts';
import { sql } from '#kernel/sql.ts';
import { inCloud, type TestCloud } from '#test/cloud.ts';
import { fakeStorage, type FakeStorage } from '#test/fake-storage.ts';
import { makeGuest, type GuestRows } from '#test/guest-rows.ts';
import { makeAccount, type TestAccount } from '#test/tenants.ts';
import { makeZoneRows, type ZoneRows } from '#test/zone-rows.ts';
import {
  destroyAttached,
  discardVolumes,
  guestDisks,
  placeVolumes,
  planVolumes,
  prepareVolumes,
  removeFreshVolumes,
  removeRootVolumes,
  sizeOf,
  volumesMade,
  volumesOfGuest,
  type PlannedVolume,
} from './volume.ts';

const GIB = 2 ** 30;
const call: Call = { job: 'test', epoch: 1, trace: null, signal: new AbortController().signal, progress: () => {} };
interface Scene extends TestCloud {
  zone: ZoneRows;
  fake: FakeStorage;
  owner: TestAccount;
  guest: GuestRows;
  offering(name: string): Promise<number>;
  plan(volumes?: PlannedVolume[]): Promise<void>;
  left(): Promise<unknown>;
}

/** A guest that was never started, and the image it boots from on the zone's store. */
const onScene = (work: (scene: Scene) => Promise<void>) =>
  inCloud(async (cloud) => {
    const { db } = cloud;
    const zone = await makeZoneRows(db);
    const fake = fakeStorage();
    Object.assign(cloud.world.drivers, fake.drivers);
    fake.images.set(zone.storePath, new Set([zone.templateUuid]));
    const owner = await makeAccount(cloud, { name: 'owner' });
    const guest = await makeGuest(db, { zone, fake, accountId: owner.accountId, state: 'Stopped', root: false });
    await work({
      ...cloud,
      zone,
      fake,
      owner,
      guest,
      offering: async (name) =>
        (await db.read.one<{ id: number }>(sql`select id from disk_offering where name = ${name}`)).id,
      plan: (
        volumes = [
          { type: 'ROOT', deviceId: 0, sizeBytes: GIB, templateId: zone.templateId },
          { type: 'DATADISK', deviceId: 1, sizeBytes: 2 * GIB },
        ],
      ) => db.tx((tx) => planVolumes(tx, { vmId: guest.id, owner, zoneId: zone.zoneId, volumes })),
      left: async () => ({
        ...(await db.read.one<object>(
          sql`select (select sum(allocated_bytes)::bigint from storage_pool) as room, (select count(*)::int from volume where removed is null) as volumes`,
        )),
        files: [...fake.volumes.values()].reduce((sum, pool) => sum + pool.size, 0),
      }),
    });
  });

const place = ({ db, guest, zone }: Scene, overcommit = 2): Promise<void> =>
  db.tx(async (tx) =>
    placeVolumes(tx, { volumes: await volumesOfGuest(tx, guest.id), hostId: zone.hostIds[0]!, overcommit }),
  );
const prepare = ({ world, guest, zone }: Scene): Promise<void> =>
  prepareVolumes(world, call, { vmId: guest.id, hostId: zone.hostIds[0]! });

test(
  'sizes: as planned, as the offering says, as the user says',
  onScene(async ({ db, offering }) => {
    const data = (diskOfferingId: number, sizeBytes = 0): Promise<PlannedVolume> =>
      sizeOf(db.read, { type: 'DATADISK', deviceId: 1, sizeBytes, diskOfferingId });
    assert.equal((await data(await offering('Small'))).sizeBytes, 5 * GIB);
    assert.equal((await data(await offering('Custom'), 3 * GIB)).sizeBytes, 3 * GIB);
    await assert.rejects(data(await offering('Custom')), /^ApiError: size: the disk offering Custom is custom/);
    const root: PlannedVolume = { type: 'ROOT', deviceId: 0, sizeBytes: 8 * GIB, templateId: 1 };
    assert.equal((await sizeOf(db.read, root)).sizeBytes, 8 * GIB);
    assert.equal((await sizeOf(db.read, { ...root, diskOfferingId: await offering('Medium') })).sizeBytes, 20 * GIB);
    await assert.rejects(
      sizeOf(db.read, { ...root, diskOfferingId: await offering('Small') }),
      /overridediskofferingid: the disk offering Small has 5 GiB, the root disk needs 8 GiB/,
    );
  }),
);

test(
  'placed once, made once, shown to the hypervisor; a second time changes nothing',
  onScene(async (scene) => {
    const { db, guest, zone, fake, world } = scene;
    await scene.plan();
    for (let n = 0; n < 2; n += 1) {
      await place(scene);
      await prepare(scene);
    }
    assert.deepEqual(await scene.left(), { room: 3 * GIB, volumes: 2, files: 2 });
    assert.deepEqual(fake.calls.filter((name) => name === 'fetchTemplate').length, 1, 'the template is brought once');
    await db.tx((tx) => volumesMade(tx, guest.id));
    const disks = await guestDisks(db.read, guest.id);
    assert.deepEqual(
      disks.map((disk) => [disk.device, disk.format, disk.pool.id]),
      [
        [0, 'qcow2', zone.poolUuid],
        [1, 'qcow2', zone.poolUuid],
      ],
    );
    await world.drivers.hypervisor.attachDisk(zone.hostIds[0]!, guest.instanceName, disks[0]!, call);
    assert.deepEqual(
      (await db.read.rows<{ state: string }>(sql`select state from volume`)).map((row) => row.state),
      ['Ready', 'Ready'],
    );
  }),
);

test(
  'the emptier pool that suits: tags, scope, hypervisor, kind of storage, room',
  onScene(async (scene) => {
    const { db, zone, guest } = scene;
    const pool = async (values: Record<string, unknown>): Promise<number> =>
      (
        await db.read.one<{ id: number }>(
          sql`insert into storage_pool ${sql.row({ zone_id: zone.zoneId, type: 'SharedMountPoint', scope: 'ZONE', total_bytes: 2 ** 42, path: `/p/${Math.random()}`, ...values })} returning id`,
        )
      ).id;
    await db.read.run(sql`update storage_pool set allocated_bytes = ${GIB}`);
    const local = await pool({ name: 'local', scope: 'HOST', host_id: zone.hostIds[0]! });
    await pool({ name: 'elsewhere', scope: 'HOST', host_id: zone.hostIds[1]! });
    await pool({ name: 'other hypervisor', hypervisor: 'KVM' });
    await pool({ name: 'full', total_bytes: GIB });
    await pool({ name: 'resting', state: 'Maintenance' });
    const offer = async (values: Record<string, unknown>): Promise<number> =>
      (
        await db.read.one<{ id: number }>(
          sql`insert into disk_offering ${sql.row({ name: 'x', display_text: 'x', size_gib: 4, ...values })} returning id`,
        )
      ).id;
    const placed = async (deviceId: number, diskOfferingId?: number): Promise<unknown> => {
      await scene.plan([{ type: 'DATADISK', deviceId, sizeBytes: 4 * GIB, diskOfferingId }]);
      await place(scene);
      return (
        await db.read.one<{ poolId: number }>(
          sql`select pool_id as "poolId" from volume where vm_id = ${guest.id} and device_id = ${deviceId}`,
        )
      ).poolId;
    };
    assert.equal(await placed(1), zone.poolId);
    assert.equal(await placed(2, await offer({ storage_type: 'local' })), local);
    await assert.rejects(
      placed(4, await offer({ tags: ['ssd'] })),
      /No primary storage tagged ssd has room for another 4 GiB/,
    );
    await db.read.run(sql`delete from volume where device_id = 4`);
    const fast = await pool({ name: 'fast', tags: ['ssd', 'nvme'] });
    assert.equal(await placed(5, await offer({ tags: ['ssd'] })), fast);
  }),
);

test(
  'room is never given out twice',
  onScene(async (scene) => {
    await scene.db.read.run(sql`update storage_pool set total_bytes = ${2 * GIB}`);
    await scene.plan();
    await assert.rejects(place(scene, 1), /No primary storage has room for another 2 GiB/);
    assert.deepEqual(await scene.left(), { room: 0, volumes: 2, files: 0 });
    await place(scene, 1.5);
    assert.deepEqual(await scene.left(), { room: 3 * GIB, volumes: 2, files: 0 });
  }),
);

test(
  'a deploy that failed leaves no file, no row and no room',
  onScene(async (scene) => {
    const { db, fake, guest, world } = scene;
    await scene.plan();
    await place(scene);
    fake.failNext('create', { code: 'failed', message: 'no space' }, { after: true });
    await assert.rejects(prepare(scene), /no space/);
    await discardVolumes(world, call, { vmId: guest.id, only: 'fresh' });
    assert.deepEqual(await db.tx((tx) => removeFreshVolumes(tx, guest.id)), { count: 2, bytes: 3 * GIB });
    assert.deepEqual(await scene.left(), { room: 0, volumes: 0, files: 0 });
  }),
);

test(
  'a template that cannot be brought says why, and is brought the next time',
  onScene(async (scene) => {
    const { db, fake, zone } = scene;
    await scene.plan();
    await place(scene);
    fake.failNext('fetchTemplate', { code: 'failed', message: 'the store is away' });
    await assert.rejects(prepare(scene), /the store is away/);
    assert.equal((await db.read.one<{ state: string }>(sql`select state from template_pool`)).state, 'Allocated');
    await prepare(scene);
    assert.deepEqual(
      await db.read.one(sql`select state, size_bytes as size from template_pool where pool_id = ${zone.poolId}`),
      { state: 'Ready', size: 50 * 2 ** 20 },
    );
    await db.read.run(sql`delete from template_pool`);
    await db.read.run(sql`update template_store set state = 'Allocated'`);
    await scene.plan([{ type: 'DATADISK', deviceId: 2, sizeBytes: GIB, templateId: zone.templateId }]);
    await place(scene);
    await assert.rejects(prepare(scene), /The template is not ready in this zone/);
  }),
);

test(
  'expunged: root disks go with room and counts, data disks stay with their owner',
  onScene(async (scene) => {
    const { db, guest, owner, world } = scene;
    await scene.plan([
      { type: 'ROOT', deviceId: 0, sizeBytes: GIB, templateId: scene.zone.templateId },
      { type: 'DATADISK', deviceId: 1, sizeBytes: 2 * GIB },
      { type: 'DATADISK', deviceId: 2, sizeBytes: 4 * GIB },
    ]);
    await place(scene);
    await prepare(scene);
    await db.tx((tx) => volumesMade(tx, guest.id));
    await db.read.run(
      sql`insert into resource_count(owner_type, owner_id, type, used) values ('a', ${owner.accountId}, 2, 3), ('a', ${owner.accountId}, 10, ${7 * GIB})`,
    );
    const [, , second] = await db.read.rows<{ id: number }>(sql`select id from volume order by device_id`);
    await db.tx((tx) => destroyAttached(tx, { vmId: guest.id, volumeIds: [second!.id] }));
    const counted = async (): Promise<unknown> =>
      (
        await db.read.rows<{ used: number }>(
          sql`select used from resource_count where owner_type = 'a' and owner_id = ${owner.accountId} order by type`,
        )
      ).map((row) => row.used);
    assert.deepEqual(
      [await counted(), await scene.left()],
      [[2, 3 * GIB], { room: 7 * GIB, volumes: 3, files: 3 }],
      'destroyed: not counted, not gone',
    );
    await discardVolumes(world, call, { vmId: guest.id, only: 'root' });
    await db.tx((tx) => removeRootVolumes(tx, guest.id));
    assert.deepEqual([await counted(), await scene.left()], [[1, 2 * GIB], { room: 6 * GIB, volumes: 2, files: 2 }]);
    assert.deepEqual(
      await db.read.rows(
        sql`select type, state, vm_id as vm, device_id as device from volume where removed is null order by id`,
      ),
      [
        { type: 'DATADISK', state: 'Ready', vm: null, device: null },
        { type: 'DATADISK', state: 'Destroy', vm: null, device: null },
      ],
    );
  }),
);
