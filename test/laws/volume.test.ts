// The jobs of volumes under the five laws: attached, made, grown, detached, gone, or as before, with rows, room, limits and files of
// one mind.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callerOf } from '#server/authenticate.ts';
import type { Server } from '#server/dispatch.ts';
import { findIdentity } from '#cloud/identity/session.store.ts';
import { attachVolumeJob } from '#cloud/volume/attach.ts';
import { makeVolume } from '#cloud/volume/create.ts';
import { expungeKeeper, expungeVolume } from '#cloud/volume/destroy.ts';
import { detachVolumeJob } from '#cloud/volume/detach.ts';
import { prepareOnPool } from '#cloud/volume/pool-copy.ts';
import { resizeVolumeJob } from '#cloud/volume/resize.ts';
import type { Db } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';
import { testServer, userOf, type Params, type User } from '#test/cloud.ts';
import { rolledBack } from '#test/database.ts';
import { fakeStorage, type FakeStorage } from '#test/fake-storage.ts';
import { makeGuest, type GuestRows } from '#test/guest-rows.ts';
import { settle } from '#test/jobs.ts';
import { checkLaws } from '#test/laws.ts';
import { makeZoneRows, type ZoneRows } from '#test/zone-rows.ts';

const GIB = 2 ** 30;
interface Scene {
  db: Db;
  server: Server;
  zone: ZoneRows;
  fake: FakeStorage;
  admin: User;
  guest: GuestRows;
  id: number;
  uuid: string;
}

/** A running guest of root's, and a volume of 4 GiB that lies nowhere. */
const onScene = (work: (scene: Scene) => Promise<void>): Promise<void> =>
  rolledBack(async (db) => {
    const { server, world, close } = await testServer(db);
    try {
      const zone = await makeZoneRows(db);
      const fake = fakeStorage();
      Object.assign(world.drivers, fake.drivers);
      const identity = (await findIdentity(db.read, 2))!;
      const admin = userOf(server, { caller: callerOf(identity), identity });
      const guest = await makeGuest(db, { zone, fake, accountId: 2, state: 'Running' });
      const {
        diskoffering: [custom],
      } = await admin.call('listDiskOfferings', { name: 'Custom' });
      const { volume } = await admin.job('createVolume', {
        name: 'data',
        zoneid: zone.zoneUuid,
        diskofferingid: custom.id,
        size: 4,
      });
      const { id } = await db.read.one<{ id: number }>(sql`select id from volume where uuid = ${volume.id}`);
      await work({ db, server, zone, fake, admin, guest, id, uuid: volume.id });
    } finally {
      close();
    }
  });

const attach = ({ admin, uuid, guest }: Scene): Promise<unknown> =>
  admin.job('attachVolume', { id: uuid, virtualmachineid: guest.uuid });

/** The input of the job that a command would put in line; the law runs it itself. */
async function inputOf<I>({ db, admin }: Scene, command: string, params: Params): Promise<I> {
  const { jobid } = await admin.call(command, params);
  const { id, input } = await db.read.one<{ id: number; input: I }>(
    sql`select id, input from job where uuid = ${jobid}`,
  );
  await db.read.run(sql`delete from job where id = ${id}`);
  await db.read.run(sql`delete from lane`);
  return input;
}

/** All that the volume is and holds. */
async function held({ db, fake, zone, guest, uuid, id }: Scene): Promise<Record<string, unknown>> {
  const row = await db.read
    .one<object>(sql`select state, vm_id is not null as attached, size_bytes / ${GIB}::bigint as gib, removed is not null as gone, (select allocated_bytes / ${GIB}::bigint from storage_pool) as room,
    (select used / ${GIB}::bigint from resource_count where owner_type = 'a' and owner_id = 2 and type = 10) as counted from volume where id = ${id}`);
  assert.deepEqual(await db.read.rows(sql`select 1 from lane where key <> 'law'`), []);
  return {
    ...row,
    file: (fake.volumes.get(zone.poolUuid)?.get(uuid) ?? 0) / GIB,
    plugged: fake.plugged.get(guest.instanceName)!.has(uuid),
  };
}
const loose = {
  state: 'Allocated',
  attached: false,
  gib: 4,
  gone: false,
  room: 0,
  counted: 4,
  file: 0,
  plugged: false,
};
const inUse = { state: 'Ready', attached: true, gib: 4, gone: false, room: 4, counted: 4, file: 4, plugged: true };

test('a first attach: made and plugged in, or nothing taken', async () => {
  await checkLaws(attachVolumeJob, (work) =>
    onScene(async (scene) => {
      const input = await inputOf<{ id: number; vmId: number }>(scene, 'attachVolume', {
        id: scene.uuid,
        virtualmachineid: scene.guest.uuid,
      });
      await work({
        db: scene.db,
        world: scene.server.world,
        input,
        verify: async (outcome) => assert.deepEqual(await held(scene), outcome === 'done' ? inUse : loose),
      });
    }),
  );
});

test('another attach: plugged in, or loose with its file', async () => {
  await checkLaws(attachVolumeJob, (work) =>
    onScene(async (scene) => {
      await attach(scene);
      await scene.admin.job('detachVolume', { id: scene.uuid });
      const input = await inputOf<{ id: number; vmId: number }>(scene, 'attachVolume', {
        id: scene.uuid,
        virtualmachineid: scene.guest.uuid,
      });
      await work({
        db: scene.db,
        world: scene.server.world,
        input,
        verify: async (outcome) =>
          assert.deepEqual(
            await held(scene),
            outcome === 'done' ? inUse : { ...inUse, attached: false, plugged: false },
          ),
      });
    }),
  );
});

test('detach: unplugged, or plugged in as before', async () => {
  await checkLaws(detachVolumeJob, (work) =>
    onScene(async (scene) => {
      await attach(scene);
      const input = await inputOf<{ id: number; vmId: number }>(scene, 'detachVolume', { id: scene.uuid });
      await work({
        db: scene.db,
        world: scene.server.world,
        input,
        verify: async (outcome) =>
          assert.deepEqual(
            await held(scene),
            outcome === 'done' ? { ...inUse, attached: false, plugged: false } : inUse,
          ),
      });
    }),
  );
});

test('resize: larger everywhere, or the old size by our word, and it can be tried again', async () => {
  await checkLaws(resizeVolumeJob, (work) =>
    onScene(async (scene) => {
      await attach(scene);
      const input = await inputOf<{ id: number }>(scene, 'resizeVolume', { id: scene.uuid, size: 6 });
      await work({
        db: scene.db,
        world: scene.server.world,
        input,
        verify: async (outcome) => {
          const grown = { ...inUse, gib: 6, room: 6, counted: 6, file: 6 };
          const { file, ...rest } = await held(scene);
          const { file: _, ...before } = inUse;
          if (outcome === 'done') assert.deepEqual({ ...rest, file }, grown);
          else assert.deepEqual(rest, before);
          if (outcome === 'failed') await scene.admin.job('resizeVolume', { id: scene.uuid, size: 6 });
          assert.deepEqual(await held(scene), grown);
        },
      });
    }),
  );
});

test('made on a named pool: there, or not kept', async () => {
  await checkLaws(makeVolume, (work) =>
    onScene(async (scene) => {
      const { db, admin, zone, fake, uuid } = scene;
      await admin.job('destroyVolume', { id: uuid, expunge: true });
      const offering = await db.read.one<{ uuid: string }>(sql`select uuid from disk_offering where name = 'Small'`);
      const input = await inputOf<{ id: number }>(scene, 'createVolume', {
        name: 'there',
        diskofferingid: offering.uuid,
        storageid: zone.poolUuid,
      });
      const made = await db.read.one<{ uuid: string }>(sql`select uuid from volume where id = ${input.id}`);
      await work({
        db,
        world: scene.server.world,
        input,
        verify: async (outcome) => {
          const { state, gone, room, counted, file } = await held({ ...scene, id: input.id, uuid: made.uuid });
          assert.deepEqual(
            [state, gone, room, counted, file],
            outcome === 'done' ? ['Ready', false, 5, 5, 5] : ['Expunged', true, 0, 0, 0],
          );
          assert.equal(fake.plugged.get(scene.guest.instanceName)!.size, 0);
        },
      });
    }),
  );
});

test('expunge: nothing is left, if not now then by the keeper', async () => {
  await checkLaws(expungeVolume, (work) =>
    onScene(async (scene) => {
      await attach(scene);
      await scene.admin.job('detachVolume', { id: scene.uuid });
      const input = await inputOf<{ id: number }>(scene, 'destroyVolume', { id: scene.uuid, expunge: true });
      await work({
        db: scene.db,
        world: scene.server.world,
        input,
        verify: async (outcome) => {
          if (outcome === 'failed') {
            await scene.db.read.run(sql`update volume set destroyed = now() - interval '9 days'`);
            await expungeKeeper(scene.server.world).run(new AbortController().signal);
            await settle(scene.server);
          }
          assert.deepEqual(await held(scene), { ...loose, state: 'Expunged', gone: true, counted: 0 });
        },
      });
    }),
  );
});

test('a template is prepared on a pool, or is not, and can be prepared again', async () => {
  await checkLaws(prepareOnPool, (work) =>
    onScene(async (scene) => {
      const { db, zone, fake, admin } = scene;
      fake.images.set(zone.storePath, new Set([zone.templateUuid]));
      await work({
        db,
        world: scene.server.world,
        input: { templateId: zone.templateId, zoneId: zone.zoneId, poolId: zone.poolId },
        verify: async (outcome) => {
          if (outcome === 'failed') {
            await admin.call('prepareTemplate', { templateid: zone.templateUuid, zoneid: zone.zoneUuid });
            await settle(scene.server);
          }
          assert.deepEqual(
            [
              fake.templates.get(zone.poolUuid)!.size,
              (await db.read.one<{ state: string }>(sql`select state from template_pool`)).state,
            ],
            [1, 'Ready'],
          );
        },
      });
    }),
  );
});
