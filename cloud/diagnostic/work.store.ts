// What the checks of jobs, states and standing duties read. Each statement follows an index of what is not finished.
import type { Tx } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';

export interface LateJob {
  id: number;
  uuid: string;
  kind: string;
  command: string | null;
  state: string;
  undoing: boolean;
  blocked: number;
  attempts: number;
  doing: string | null;
  doingSince: Date | null;
  since: Date;
  ageS: number;
  account: string | null;
  worker: string | null;
}

/** Not finished and older than its deadline, oldest first. */
export const lateJobs = (tx: Tx, afterS: number, limit: number): Promise<LateJob[]> =>
  tx.rows(sql`
  select j.id, j.uuid, j.kind, j.command, j.state, j.undoing, j.blocked, j.attempts, j.doing, j.doing_since as "doingSince", greatest(j.created, j.run_at) as since,
    extract(epoch from clock_timestamp() - greatest(j.created, j.run_at))::float8 as "ageS", a.name as account, w.name as worker
  from job j left join account a on a.id = j.account_id left join worker w on w.id = j.owner
  where j.finished is null and greatest(j.created, j.run_at) < clock_timestamp() - ${afterS} * interval '1 second' order by j.created, j.id limit ${limit}`);

/** Waiting jobs that none of the living servers can run: of a newer release, or of one that knew another kind. `known` is the
 * newest version that any of them runs, null where none knows the kind. Servers that do not say what they run may know all. */
export const unknownJobs = (
  tx: Tx,
): Promise<{ kind: string; version: number; known: number | null; n: number; since: Date; ageS: number }[]> =>
  tx.rows(sql`
  with runs as (select k.key as kind, max(k.value::int) as version from worker, jsonb_each_text(kinds) k group by 1)
  select j.kind, j.version, r.version as known, count(*)::int as n, min(j.created) as since,
    extract(epoch from clock_timestamp() - min(j.created))::float8 as "ageS"
  from job j left join runs r on r.kind = j.kind
  where j.state = 'queued' and (r.version is null or r.version < j.version)
    and exists (select 1 from worker) and not exists (select 1 from worker where kinds is null)
  group by j.kind, j.version, r.version order by j.kind, j.version`);

/** Ready to run, and no server takes them. */
export const unclaimed = (tx: Tx, afterS: number): Promise<{ kind: string; n: number; since: Date; ageS: number }[]> =>
  tx.rows(sql`
  select kind, count(*)::int as n, min(run_at) as since, extract(epoch from clock_timestamp() - min(run_at))::float8 as "ageS" from job
  where state = 'queued' and blocked = 0 and run_at < clock_timestamp() - ${afterS} * interval '1 second' group by kind order by kind`);

export interface Ahead {
  jobId: number;
  lane: string;
  aheadUuid: string;
  aheadCommand: string | null;
  aheadState: string;
}
/** For each lane of these jobs, the job that has it now. */
export const aheadOf = (tx: Tx, jobIds: readonly number[]): Promise<Ahead[]> =>
  tx.rows(sql`
  select mine.job_id as "jobId", mine.key as lane, j.uuid as "aheadUuid", coalesce(j.command, j.kind) as "aheadCommand", j.state as "aheadState"
  from job_lane mine join lateral (select job_id from job_lane l where l.key = mine.key order by place limit 1) head on head.job_id <> mine.job_id
  join job j on j.id = head.job_id where mine.job_id = any(${jobIds}) order by mine.job_id, mine.key`);

export interface GivenUp {
  uuid: string;
  command: string;
  step: string;
  error: string;
  at: Date;
}
export const givenUpUndos = (tx: Tx, limit: number): Promise<GivenUp[]> =>
  tx.rows(sql`
  select j.uuid, coalesce(j.command, j.kind) as command, s.name as step, s.undo_error as error, s.undo_ended as at
  from job_step s join job j on j.id = s.job_id where s.undo_error is not null order by s.undo_ended desc limit ${limit}`);

export interface KeeperRow {
  name: string;
  lateS: number;
  running: boolean;
  runningS: number;
  lastStart: Date | null;
  lastEnd: Date | null;
  lastError: string | null;
}
export const keepersNow = (tx: Tx): Promise<KeeperRow[]> =>
  tx.rows(sql`
  select name, extract(epoch from clock_timestamp() - next)::float8 as "lateS", until is not null and until > clock_timestamp() as running,
    coalesce(extract(epoch from clock_timestamp() - last_start), 0)::float8 as "runningS", last_start as "lastStart", last_end as "lastEnd", last_error as "lastError"
  from keeper order by name`);

/** Jobs that run under a worker that is not there: its lease ended and nobody took them over. */
export const ownerless = (tx: Tx): Promise<{ n: number }> =>
  tx.one(sql`select count(*)::int as n from job where state = 'running' and owner not in (select id from worker)`);
export const staleWorkers = (tx: Tx, afterS: number): Promise<{ name: string; beat: Date; silentS: number }[]> =>
  tx.rows(sql`
  select name, beat, extract(epoch from clock_timestamp() - beat)::float8 as "silentS" from worker where beat < clock_timestamp() - ${afterS} * interval '1 second' order by name`);
export const workerCount = async (tx: Tx): Promise<number> =>
  (await tx.one<{ n: number }>(sql`select count(*)::int as n from worker`)).n;
