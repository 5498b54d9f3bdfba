// The jobs of images under the five laws: a copy is Ready, counted and there, or none of the three; a removal ends, if not now then later.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Db } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';
import { testServer } from '#test/cloud.ts';
import { rolledBack } from '#test/database.ts';
import { fakeStorage, type FakeStorage } from '#test/fake-storage.ts';
import { settle } from '#test/jobs.ts';
import { checkLaws } from '#test/laws.ts';
import { makeZoneRows, type ZoneRows } from '#test/zone-rows.ts';
import type { Server } from '#server/dispatch.ts';
import { evictFromPool, evictKeeper } from '#cloud/volume/pool-copy.ts';
import { deleteImage } from '#cloud/template/delete.ts';
import { downloadImage } from '#cloud/template/download.ts';
import { downloadKeeper } from '#cloud/template/keeper.ts';

const MIB = 2 ** 20;
interface Scene {
  db: Db;
  server: Server;
  zone: ZoneRows;
  fake: FakeStorage;
  templateId: number;
  uuid: string;
}

/** An image of root's that is offered in the zone, with a copy that is not there yet. */
const onScene = (work: (scene: Scene) => Promise<void>): Promise<void> =>
  rolledBack(async (db) => {
    const { server, world, close } = await testServer(db);
    try {
      const zone = await makeZoneRows(db);
      const fake = fakeStorage();
      Object.assign(world.drivers, fake.drivers);
      const { id, uuid } = await db.read.one<{
        id: number;
        uuid: string;
      }>(sql`insert into template(account_id, domain_id, name, display_text, format, hypervisor, url)
      values (2, 1, 'image', 'image', 'QCOW2', 'Simulator', 'https://images.example/x') returning id, uuid`);
      await db.read.run(sql`insert into template_zone(template_id, zone_id) values (${id}, ${zone.zoneId})`);
      await db.read.run(sql`insert into template_store(template_id, image_store_id) select ${id}, id from image_store`);
      await db.read.run(
        sql`insert into resource_count(owner_type, owner_id, type, used) values ('a', 2, 4, 1), ('d', 1, 4, 1)`,
      );
      await work({ db, server, zone, fake, templateId: id, uuid });
    } finally {
      close();
    }
  });

const copyOf = ({ db, templateId }: Scene): Promise<{ id: number; state: string; error: string | null } | undefined> =>
  db.read.first(sql`select id, state, error from template_store where template_id = ${templateId}`);
const counted = async ({ db }: Scene, type: number): Promise<number> =>
  (
    await db.read.first<{ used: number }>(
      sql`select used from resource_count where owner_type = 'a' and owner_id = 2 and type = ${type}`,
    )
  )?.used ?? 0;
const keep = async ({ server }: Scene): Promise<void> => {
  for (const keeper of [downloadKeeper(server.world), evictKeeper(server.world)])
    await keeper.run(new AbortController().signal);
  await settle(server);
};

test('a download is there and counted, or is neither and says why', async () => {
  await checkLaws(downloadImage, (work) =>
    onScene(async (scene) => {
      await work({
        db: scene.db,
        world: scene.server.world,
        input: { copyId: (await copyOf(scene))!.id },
        verify: async (outcome) => {
          const copy = (await copyOf(scene))!;
          const files = scene.fake.images.get(scene.zone.storePath)?.size ?? 0;
          assert.deepEqual(
            [copy.state, files, await counted(scene, 11)],
            outcome === 'done' ? ['Ready', 1, 20 * MIB] : ['Allocated', 0, 0],
          );
          if (outcome === 'failed' && copy.error !== null) assert.match(copy.error, /refused at/);
          await scene.db.read.run(sql`update template_store set retry_at = now() where retry_at is not null`);
          await keep(scene);
          assert.equal((await copyOf(scene))!.state, 'Ready', 'the keeper gets it in the end');
        },
      });
    }),
  );
});

test('a removal ends with no file, no row and no count, if not now then by the keeper', async () => {
  await checkLaws(deleteImage, (work) =>
    onScene(async (scene) => {
      const { db, templateId } = scene;
      await keep(scene);
      await db.read.run(sql`update template set state = 'Inactive' where id = ${templateId}`);
      await db.read.run(sql`update template_zone set removed = now() where template_id = ${templateId}`);
      await work({
        db,
        world: scene.server.world,
        input: { templateId },
        verify: async (outcome) => {
          if (outcome === 'failed') await keep(scene);
          assert.deepEqual(
            [await copyOf(scene), scene.fake.files(), await counted(scene, 11), await counted(scene, 4)],
            [undefined, 0, 0, 0],
          );
          assert.notEqual(
            (await db.read.one<{ removed: Date | null }>(sql`select removed from template where id = ${templateId}`))
              .removed,
            null,
          );
          await settle(scene.server);
          assert.deepEqual(await db.read.rows(sql`select 1 from lane where key <> 'law'`), []);
        },
      });
    }),
  );
});

test('a pool lets go of a deleted template, if not now then by the keeper', async () => {
  await checkLaws(evictFromPool, (work) =>
    onScene(async (scene) => {
      const { db, templateId, zone, fake } = scene;
      fake.templates.set(zone.poolUuid, new Set([scene.uuid]));
      await db.read.run(sql`update template set state = 'Inactive', removed = now() where id = ${templateId}`);
      const { id } = await db.read.one<{ id: number }>(
        sql`insert into template_pool(template_id, pool_id, state) values (${templateId}, ${zone.poolId}, 'Ready') returning id`,
      );
      await work({
        db,
        world: scene.server.world,
        input: { copyId: id },
        verify: async (outcome) => {
          if (outcome === 'failed') await keep(scene);
          assert.deepEqual(
            [fake.templates.get(zone.poolUuid)!.size, (await db.read.rows(sql`select 1 from template_pool`)).length],
            [0, 0],
          );
        },
      });
    }),
  );
});
