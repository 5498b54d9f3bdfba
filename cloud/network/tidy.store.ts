// Networks nobody is in.
import type { Tx } from '#kernel/db.ts';
import { sql, type Sql } from '#kernel/sql.ts';

/** A guest of the network runs or is on its way there. */
const inUse = sql`exists (select 1 from nic n join vm v on v.id = n.vm_id where n.network_id = w.id and n.removed is null and v.removed is null
  and (v.host_id is not null or v.state in ('Starting', 'Running', 'Stopping', 'Migrating')))`;

/** Writes down since when networks are empty, or that they are not. */
export const noteEmpty = (tx: Tx): Promise<number> =>
  tx.run(sql`
  update network w set empty_since = case when ${inUse} then null else now() end
  where w.removed is null and w.state in ('Implementing', 'Implemented') and (w.empty_since is null) <> ${inUse}`);

const idsOf = (rows: readonly { id: number }[]): number[] => rows.map(({ id }) => id);
const mayEnd = sql`w.removed is null and w.deleting is null and not o.is_persistent and not w.is_system`;
const since = (emptyS: number): Sql => sql`w.empty_since <= now() - ${emptyS} * interval '1 second'`;

/** Empty for so long that they are shut down. */
export const emptyFor = async (tx: Tx, emptyS: number): Promise<number[]> =>
  idsOf(
    await tx.rows(sql`select w.id from network w join network_offering o on o.id = w.offering_id
      where ${mayEnd} and w.state = 'Implemented' and ${since(emptyS)} order by w.id limit 200`),
  );

/** Begun for guests that never came; no job is at them. */
export const unfinished = async (tx: Tx, emptyS: number): Promise<number[]> =>
  idsOf(
    await tx.rows(sql`select w.id from network w join network_offering o on o.id = w.offering_id
      where ${mayEnd} and w.state = 'Implementing' and ${since(emptyS)} and not exists (select 1 from lane l where l.key = 'network:' || w.id) order by w.id limit 200`),
  );

export const isInUse = async (tx: Tx, networkId: number): Promise<boolean> =>
  (await tx.first(sql`select 1 from network w where w.id = ${networkId} and ${inUse}`)) !== undefined;

/** Being shut down, though not to be deleted: whoever began may have died. */
export const shuttingDown = async (tx: Tx): Promise<number[]> =>
  (
    await tx.rows<{ id: number }>(sql`
  select w.id from network w where w.removed is null and w.deleting is null and w.state = 'Shutdown' order by w.id limit 200`)
  ).map(({ id }) => id);
