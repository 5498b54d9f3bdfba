// Deploy, start, stop and expunge under the five laws, on simulated hosts: done, or undone with nothing left behind.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testServer, userOf, type User } from '#test/cloud.ts';
import { rolledBack } from '#test/database.ts';
import { settle } from '#test/jobs.ts';
import { checkLaws, runUnder, type Arranged, type Fault } from '#test/laws.ts';
import { bringImage, simWorld, type SimWorld } from '#test/sim-hosts.ts';
import { makeZoneRows, type ZoneRows } from '#test/zone-rows.ts';
import { callerOf } from '#server/authenticate.ts';
import type { Server } from '#server/dispatch.ts';
import type { Db } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';
import { findIdentity } from '#cloud/identity/session.store.ts';
import { deployVm } from '#cloud/vm/deploy.ts';
import { expungeVm } from '#cloud/vm/destroy.ts';
import { startVm } from '#cloud/vm/start.ts';
import { stopVm } from '#cloud/vm/stop.ts';

interface Scene {
  db: Db;
  server: Server;
  zone: ZoneRows;
  sim: SimWorld;
  admin: User;
  vmId: () => Promise<number>;
}

const onScene = (work: (scene: Scene) => Promise<void>): Promise<void> =>
  rolledBack(async (db) => {
    const { server, world, close } = await testServer(db);
    try {
      const zone = await makeZoneRows(db);
      const sim = simWorld(zone.hostIds);
      Object.assign(world.drivers, sim.drivers);
      await bringImage(sim, zone);
      const identity = (await findIdentity(db.read, 2))!;
      const admin = userOf(server, { caller: callerOf(identity), identity });
      await work({
        db,
        server,
        zone,
        sim,
        admin,
        vmId: async () => (await db.read.one<{ id: number }>(sql`select id from vm`)).id,
      });
    } finally {
      close();
    }
  });

/** Asks for it through the API, then takes the job out of the line: the law runs it. */
async function inputOf<I>({ db, admin }: Scene, command: string, params: Record<string, string | boolean>): Promise<I> {
  const { jobid } = await admin.call(command, params);
  const { id, input } = await db.read.one<{ id: number; input: I }>(
    sql`select id, input from job where uuid = ${jobid}`,
  );
  await db.read.run(sql`delete from job where id = ${id}`);
  await db.read.run(sql`delete from lane`);
  return input;
}

const deployParams = ({ zone }: Scene) => ({
  zoneid: zone.zoneUuid,
  templateid: zone.templateUuid,
  serviceofferingid: zone.offeringUuid,
  name: 'one',
});
const uuidOf = async ({ db }: Scene): Promise<string> =>
  (await db.read.one<{ uuid: string }>(sql`select uuid from vm`)).uuid;

/** Everything an instance holds, in rows and on hosts. */
async function held({ db, sim }: Scene): Promise<Record<string, unknown>> {
  const rows = await db.read.one<Record<string, unknown>>(sql`select
    (select state from vm) as state, (select coalesce(sum(used), 0)::int from resource_count where type in (0, 2, 8, 9, 10)) as counted, (select sum(cpu_reserved_mhz)::int from host) as mhz,
    (select sum(memory_reserved_mib)::int from host) as mib, (select sum(allocated_bytes)::bigint from storage_pool) as pool, (select count(*)::int from nic where removed is null) as nics,
    (select count(*)::int from volume where removed is null) as volumes, (select count(*)::int from lane) as lanes`);
  return { ...rows, guests: sim.left().guests.length, files: sim.left().volumes.length };
}

const nothing = { counted: 0, mhz: 0, mib: 0, pool: 0, nics: 0, volumes: 0, lanes: 0, guests: 0, files: 0 };
const disk = 50 * 2 ** 20;
const everything = {
  counted: 1 + 1 + 1 + 128 + disk,
  mhz: 250,
  mib: 128,
  pool: disk,
  nics: 1,
  volumes: 1,
  lanes: 0,
  guests: 1,
  files: 1,
};
/** The domain counts beside the account. */
const counted = (n: number): number => n * 2;
const running = { ...everything, counted: counted(everything.counted), state: 'Running' };
const stopped = { ...running, mhz: 0, mib: 0, guests: 0, state: 'Stopped' };

async function arranged<I>(
  scene: Scene,
  input: I,
  verify: (outcome: 'done' | 'failed') => Promise<void>,
): Promise<Arranged<I>> {
  return { db: scene.db, world: scene.server.world, input, verify };
}

test('deploy: runs, or gives everything back', { timeout: 120_000 }, async () => {
  await checkLaws(deployVm, (work) =>
    onScene(async (scene) => {
      const input = await inputOf<Parameters<typeof deployVm.run>[1]>(
        scene,
        'deployVirtualMachine',
        deployParams(scene),
      );
      await work(
        await arranged(scene, input, async (outcome) => {
          assert.deepEqual(await held(scene), outcome === 'done' ? running : { ...nothing, state: 'Error' });
        }),
      );
    }),
  );
});

const bootFails = (step: string): Fault => ({ point: 'step', step, kill: false });

test('deploy: on another host where the first does not boot it', { timeout: 120_000 }, async () => {
  const arrange = (work: (arranged: Arranged<Parameters<typeof deployVm.run>[1]>) => Promise<void>) =>
    onScene(async (scene) => {
      const input = await inputOf<Parameters<typeof deployVm.run>[1]>(
        scene,
        'deployVirtualMachine',
        deployParams(scene),
      );
      await work(
        await arranged(scene, input, async (outcome) => {
          assert.deepEqual(await held(scene), outcome === 'done' ? running : { ...nothing, state: 'Error' });
          const told = await scene.db.read.rows(sql`select 1 from event where description like '%tried on another%'`);
          if (outcome === 'done') assert.equal(told.length, 1);
        }),
      );
    });
  await checkLaws(deployVm, arrange, [bootFails('boot')]);
});

test('deploy: where no host boots it, each gives back what it had and its reason is kept', async () => {
  await onScene(async (scene) => {
    const input = await inputOf<Parameters<typeof deployVm.run>[1]>(scene, 'deployVirtualMachine', deployParams(scene));
    const arrangement = await arranged(scene, input, async () => {});
    const faults = [bootFails('boot'), bootFails('boot (host 2)')];
    assert.equal(await runUnder(arrangement, deployVm, faults), 'failed');
    assert.deepEqual(await held(scene), { ...nothing, state: 'Error' });
    const kept = await scene.db.read.rows<{ name: string; text: string }>(
      sql`select name, out->>'text' as text from job_step where name like 'host failed%' and undone order by name`,
    );
    assert.deepEqual(kept, [
      { name: 'host failed', text: 'refused at step boot' },
      { name: 'host failed (host 2)', text: 'refused at step boot (host 2)' },
    ]);
  });
});

test('start: runs, or is Stopped with its disk', { timeout: 120_000 }, async () => {
  await checkLaws(startVm, (work) =>
    onScene(async (scene) => {
      await scene.admin.call('deployVirtualMachine', { ...deployParams(scene) });
      await settle(scene.server);
      await scene.admin.call('stopVirtualMachine', { id: await uuidOf(scene) });
      await settle(scene.server);
      const input = await inputOf<Parameters<typeof startVm.run>[1]>(scene, 'startVirtualMachine', {
        id: await uuidOf(scene),
      });
      await work(
        await arranged(scene, input, async (outcome) => {
          assert.deepEqual(await held(scene), outcome === 'done' ? running : stopped);
        }),
      );
    }),
  );
});

test('stop: is Stopped, or is Running by our word until the host reports', { timeout: 120_000 }, async () => {
  await checkLaws(stopVm, (work) =>
    onScene(async (scene) => {
      await scene.admin.call('deployVirtualMachine', deployParams(scene));
      await settle(scene.server);
      const input = await inputOf<Parameters<typeof stopVm.run>[1]>(scene, 'stopVirtualMachine', {
        id: await uuidOf(scene),
      });
      await work(
        await arranged(scene, input, async (outcome) => {
          const { guests, ...rows } = await held(scene);
          const { guests: _, ...expected } = outcome === 'done' ? stopped : running;
          assert.deepEqual(rows, expected);
          if (outcome === 'done') assert.equal(guests, 0);
        }),
      );
    }),
  );
});

test('expunge: leaves nothing; one that failed halfway is taken up by the keeper', { timeout: 120_000 }, async () => {
  await checkLaws(expungeVm, (work) =>
    onScene(async (scene) => {
      await scene.admin.call('deployVirtualMachine', deployParams(scene));
      await settle(scene.server);
      await scene.admin.call('destroyVirtualMachine', { id: await uuidOf(scene) });
      await settle(scene.server);
      const input = await inputOf<Parameters<typeof expungeVm.run>[1]>(scene, 'expungeVirtualMachine', {
        id: await uuidOf(scene),
      });
      await work(
        await arranged(scene, input, async (outcome) => {
          if (outcome === 'failed') {
            await scene.admin.call('expungeVirtualMachine', { id: await uuidOf(scene) });
            await settle(scene.server);
          }
          const { state, ...rest } = await held(scene);
          assert.deepEqual([state, rest], ['Expunged', nothing]);
        }),
      );
    }),
  );
});
