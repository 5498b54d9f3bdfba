// Rows of a cloud that was restored from a backup: what its load must change, and what is found on hosts that moved on.
import type { Tx } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';

export interface Restored {
  at: Date;
  begun: Date | null;
}

export const unsettled = (tx: Tx): Promise<Restored | undefined> =>
  tx.first(sql`select at, begun from restored where settled is null order by id desc limit 1`);
export const begin = (tx: Tx): Promise<number> =>
  tx.run(sql`update restored set begun = clock_timestamp() where begun is null`);
export const settle = (tx: Tx): Promise<number> =>
  tx.run(sql`update restored set settled = clock_timestamp() where settled is null`);

const idle = sql`not exists (select 1 from job j where j.resource_uuid = v.uuid and j.finished is null)`;

/** Run by their host's word, and otherwise by the backup's; nobody has touched them since. */
export const foundRunning = (tx: Tx, { at }: Restored): Promise<{ id: number; hostId: number }[]> =>
  tx.rows(sql`
  select v.id, v.power_host_id as "hostId" from vm v join host h on h.id = v.power_host_id
  where v.removed is null and v.power_state = 'Running' and v.updated < ${at} and ${idle}
    and (v.state in ('Stopped', 'Starting', 'Stopping', 'Migrating', 'Destroyed') or v.state = 'Running' and v.host_id is distinct from v.power_host_id)`);

/** Left in the middle of something by jobs that the backup has and nobody continues. */
export const leftMidway = (tx: Tx, { at }: Restored): Promise<{ id: number }[]> =>
  tx.rows(
    sql`select v.id from vm v where v.removed is null and v.state in ('Starting', 'Stopping', 'Migrating') and v.updated < ${at} and ${idle}`,
  );

/** Hosts that should be there have all been heard since, or nobody can wait for them any longer. */
export const hostsHeard = async (
  tx: Tx,
  { atLeastS, atMostS }: { atLeastS: number; atMostS: number },
): Promise<boolean> =>
  (
    await tx.one<{ heard: boolean }>(sql`
    select r.begun < clock_timestamp() - ${atLeastS} * interval '1 second' and (r.begun < clock_timestamp() - ${atMostS} * interval '1 second'
      or not exists (select 1 from host h where h.removed is null and h.status = 'Up' and (h.last_ping is null or h.last_ping < r.begun))) as heard
    from restored r where r.settled is null order by r.id desc limit 1`)
  ).heard;

/** Numbers given since the backup are not given again: a host may know things by them. */
const GAP = 100_000;

/**
 * What a backup must not bring back: jobs in the middle of work that has long gone on, numbers and generations that hosts have
 * seen, and deadlines that have passed meanwhile.
 */
export async function unwindTime(tx: Tx, { made, why }: { made: string; why: string }): Promise<void> {
  await tx.run(sql`insert into restored(backup_of) values (${made})`);
  await tx.run(sql`update job set state = 'failed', owner = null, undoing = false, blocked = 0, doing = null, finished = clock_timestamp(),
    error = ${JSON.stringify({ code: 'restored', text: why })}::jsonb where finished is null`);
  await tx.run(sql`delete from job_lane`);
  await tx.run(sql`delete from lane`);
  await tx.run(sql`update keeper set owner = null, until = null`);
  await tx.run(sql`update management_server set state = 'Down'`);
  await tx.run(sql`update network set generation = generation + ${GAP}, peers_generation = peers_generation + ${GAP}`);
  await tx.run(sql`update vm set destroyed = now() where destroyed is not null and removed is null`);
  await tx.run(sql`update volume set destroyed = now() where destroyed is not null and removed is null`);
  await tx.rows(sql`select setval(format('%I.%I', schemaname, sequencename)::regclass, coalesce(last_value, start_value) + ${GAP}::bigint)
    from pg_sequences where schemaname = 'public' and data_type = 'bigint'::regtype`);
}
