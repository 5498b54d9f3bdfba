// A zone on simulated hosts in the test's own process, for laws about instances: what they hold is counted in rows and on hosts.
import { testServer, userOf, type User } from './cloud.ts';
import { rolledBack } from './database.ts';
import type { Arranged } from './laws.ts';
import { bringImage, simWorld, type SimWorld } from './sim-hosts.ts';
import { makeZoneRows, type ZoneRows } from './zone-rows.ts';
import { callerOf } from '#server/authenticate.ts';
import type { Server } from '#server/dispatch.ts';
import type { Db } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';
import { findIdentity } from '#cloud/identity/session.store.ts';

export interface Scene {
  db: Db;
  server: Server;
  zone: ZoneRows;
  sim: SimWorld;
  admin: User;
  vmId: () => Promise<number>;
}

export const onScene = (work: (scene: Scene) => Promise<void>): Promise<void> =>
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
export async function inputOf<I>(
  { db, admin }: Scene,
  command: string,
  params: Record<string, string | boolean>,
): Promise<I> {
  const { jobid } = await admin.call(command, params);
  const { id, input } = await db.read.one<{ id: number; input: I }>(
    sql`select id, input from job where uuid = ${jobid}`,
  );
  await db.read.run(sql`delete from job where id = ${id}`);
  await db.read.run(sql`delete from lane`);
  return input;
}

export const deployParams = ({ zone }: Scene) => ({
  zoneid: zone.zoneUuid,
  templateid: zone.templateUuid,
  serviceofferingid: zone.offeringUuid,
  name: 'one',
});
export const uuidOf = async ({ db }: Scene): Promise<string> =>
  (await db.read.one<{ uuid: string }>(sql`select uuid from vm`)).uuid;

/** Everything an instance holds, in rows and on hosts. */
export async function held({ db, sim }: Scene): Promise<Record<string, unknown>> {
  const rows = await db.read.one<Record<string, unknown>>(sql`select
    (select state from vm) as state, (select coalesce(sum(used), 0)::int from resource_count where type in (0, 2, 8, 9, 10)) as counted, (select sum(cpu_reserved_mhz)::int from host) as mhz,
    (select sum(memory_reserved_mib)::int from host) as mib, (select sum(allocated_bytes)::bigint from storage_pool) as pool, (select count(*)::int from nic where removed is null) as nics,
    (select count(*)::int from volume where removed is null) as volumes, (select count(*)::int from lane) as lanes`);
  return { ...rows, guests: sim.left().guests.length, files: sim.left().volumes.length };
}

export async function arranged<I>(
  scene: Scene,
  input: I,
  verify: (outcome: 'done' | 'failed') => Promise<void>,
): Promise<Arranged<I>> {
  return { db: scene.db, world: scene.server.world, input, verify };
}

/** One transaction after the other, for scenes in which a job waits for jobs: all share one connection. */
export function oneAtATime(db: Db): Db {
  let last: Promise<unknown> = Promise.resolve();
  return {
    ...db,
    tx: (work) => {
      const mine = last.then(
        () => db.tx(work),
        () => db.tx(work),
      );
      last = mine.catch(() => {});
      return mine;
    },
  };
}

/** What a job puts in line for others to do is done beside it, as on a server. `done` waits for all of it. */
export function runsBeside(scene: Scene, work: (server: Server) => Promise<void>): { done(): Promise<void> } {
  const db = oneAtATime(scene.db);
  Object.assign(scene, { db });
  Object.assign(scene.server, { db });
  let running: Promise<void> = Promise.resolve();
  Object.assign(scene.server.world, {
    db,
    enqueued: () => {
      running = running.then(() => work(scene.server));
    },
  });
  return { done: () => running };
}
