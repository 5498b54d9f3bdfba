// The rows behind jobs: putting one in line, claiming, giving back, finishing. Lanes are counted, not searched: a job
// knows in how many lanes it waits (`blocked`), so that claiming never looks at a job that may not run.
import { currentTraceText } from '#base/trace.ts';
import type { Tx } from './db.ts';
import { eventInsert, type EventRow } from './event.ts';
import type { JobError, JobRow, Workflow } from './job.ts';
import { sql, type Sql } from './sql.ts';

export interface Enqueue {
  /** One job per lane at a time, in order; for instance `vm:17`. */
  lanes: readonly string[];
  uuid?: string;
  runAt?: Date;
  command?: string;
  userId?: number;
  accountId?: number;
  domainId?: number;
  resourceType?: string;
  resourceUuid?: string | null;
  /** Written with it: what the events that follow refer to. */
  startEvent?: EventRow;
  trace?: string | null;
}

export interface Enqueued {
  id: number;
  uuid: string;
}

/** Puts a job in line, in the caller's transaction: it exists if and only if that commits. One statement, whose parts follow
 * from each other: the lanes it waits in, the event that began it, the job, its places. */
export async function enqueue<I>(
  tx: Tx,
  flow: Pick<Workflow<I, unknown, never>, 'kind' | 'version'>,
  input: I,
  options: Enqueue,
): Promise<Enqueued> {
  const lanes = [...new Set(options.lanes)].sort();
  const { startEvent } = options;
  const job = sql`made as (insert into job ${sql.row({
    uuid: options.uuid,
    kind: flow.kind,
    version: flow.version,
    input: JSON.stringify(input),
    blocked: lanes.length === 0 ? 0 : sql`(select count(*)::int from entered where waiting > 1)`,
    run_at: options.runAt,
    command: options.command,
    user_id: options.userId,
    account_id: options.accountId,
    domain_id: options.domainId,
    resource_type: options.resourceType,
    resource_uuid: options.resourceUuid ?? null,
    start_event: startEvent ? sql`(select id from event_made)` : null,
    trace: options.trace ?? currentTraceText(),
  })} returning id, uuid)`;
  const parts = [
    ...(lanes.length === 0 ? [] : [entering(lanes)]),
    ...(startEvent ? [sql`event_made as (${eventInsert(startEvent)})`] : []),
    job,
    ...(lanes.length === 0
      ? []
      : [sql`placed as (insert into job_lane(key, job_id) select unnest(${lanes}::text[]), id from made)`]),
  ];
  return tx.one<Enqueued>(sql`with ${sql.join(parts)} select id, uuid from made`);
}

/** Counts the job into its lanes, holding each lane's row till commit, in sorted order so that nobody waits in a circle. */
const entering = (lanes: readonly string[]): Sql => sql`entered as (
    insert into lane(key, waiting) select key, 1 from unnest(${lanes}::text[]) key order by key
    on conflict (key) do update set waiting = lane.waiting + 1 returning waiting)`;

/** Takes up to `limit` jobs that may run, under a new epoch each. */
export const claim = (
  tx: Tx,
  { owner, kinds, limit }: { owner: number; kinds: ReadonlyMap<string, number>; limit: number },
): Promise<JobRow[]> =>
  tx.rows<JobRow>(sql`
    with known as (select * from unnest(${[...kinds.keys()]}::text[], ${[...kinds.values()]}::int[]) as k(kind, version)),
         next as (select j.id from job j where j.state = 'queued' and j.blocked = 0 and j.run_at <= now()
                    and exists (select 1 from known where known.kind = j.kind and known.version >= j.version)
                  order by j.run_at, j.id limit ${limit} for update skip locked)
    update job set state = 'running', owner = ${owner}, epoch = epoch + 1, attempts = attempts + 1, started = coalesce(started, clock_timestamp())
    from next where job.id = next.id
    returning job.id, job.uuid, kind, input, owner, epoch, attempts, broken, cancel, undoing, error, command, user_id, account_id, domain_id,
      resource_type, resource_uuid, start_event, trace`);

type Held = Pick<JobRow, 'id' | 'owner' | 'epoch'>;
const held = ({ id, owner, epoch }: Held) =>
  sql`id = ${id} and owner = ${owner} and epoch = ${epoch} and state = 'running'`;

/** Back in line, for whoever is alive: the database was lost under it, this worker is stopping, or it could not go on (`broken`). */
export const giveBack = (
  tx: Tx,
  job: Held,
  { afterMs, broken }: { afterMs: number; broken: boolean },
): Promise<number> =>
  tx.run(
    sql`update job set state = 'queued', owner = null, run_at = now() + ${afterMs} * interval '1 millisecond', broken = broken + ${broken ? 1 : 0} where ${held(job)}`,
  );

/** Back in line, whatever a worker owns and does not run. */
export const giveBackAdrift = (
  tx: Tx,
  { owner, running }: { owner: number; running: readonly number[] },
): Promise<number> =>
  tx.run(
    sql`update job set state = 'queued', owner = null, run_at = now() where state = 'running' and owner = ${owner} and id <> all(${running}::bigint[])`,
  );

/** From here on the job only goes backwards, whoever runs it. */
export const startUndoing = (tx: Tx, job: Held, error: JobError): Promise<number> =>
  tx.run(sql`update job set undoing = true, broken = 0, error = ${JSON.stringify(error)}::jsonb where ${held(job)}`);

/** What was done last is told as what nobody undid: for whoever has to look. */
export const leaveUndone = (tx: Tx, { id }: Held, why: string): Promise<number> =>
  tx.run(sql`update job_step set undo_error = ${why} where job_id = ${id} and not undone
    and name = (select name from job_step where job_id = ${id} and not undone order by ended desc limit 1)`);

export interface Outcome {
  state: 'done' | 'failed' | 'cancelled';
  result: unknown;
  error: JobError | null;
}

export interface Finished {
  /** False: another worker has the job, and nothing was changed. */
  ours: boolean;
  /** Others waited in its lanes. */
  letGo: boolean;
}
/** Ends the job and lets the next one of each lane go. */
export async function finish(tx: Tx, job: Held, { state, result, error }: Outcome): Promise<Finished> {
  const ended = sql`update job set state = ${state}, result = ${JSON.stringify(result ?? null)}::jsonb,
    error = ${error && JSON.stringify(error)}::jsonb, finished = clock_timestamp(), doing = null where ${held(job)} returning id`;
  const { ours, waitedFor } = await tx.one<{ ours: boolean; waitedFor: string[] }>(leaving(ended));
  await letNextGo(tx, waitedFor);
  return { ours, letGo: waitedFor.length > 0 };
}

/** Takes the job of `ended` out of its lanes, whose rows are held in sorted order till commit; names the lanes that others wait
 * in. A lane's count is the one of its locked row: it is true also where an enqueue was waited for. */
const leaving = (ended: Sql): Sql => sql`
  with ended as (${ended}),
    locked as materialized (select key, waiting from lane where key in (select key from job_lane where job_id in (select id from ended)) order by key for update),
    left_behind as (delete from job_lane where job_id in (select id from ended)),
    emptied as (delete from lane using locked where lane.key = locked.key and locked.waiting = 1),
    thinned as (update lane set waiting = lane.waiting - 1 from locked where lane.key = locked.key and locked.waiting > 1)
  select exists (select 1 from ended) as ours, array(select key from locked where waiting > 1) as "waitedFor"`;

/** By a statement of its own, which sees who came while the lanes were waited for. */
async function letNextGo(tx: Tx, lanes: readonly string[]): Promise<void> {
  if (lanes.length === 0) return;
  await tx.run(sql`update job set blocked = blocked - heads.n from (
      select job_id, count(*)::int as n from (select distinct on (key) key, job_id from job_lane where key = any(${lanes}) order by key, place) head group by job_id
    ) heads where job.id = heads.job_id`);
}
