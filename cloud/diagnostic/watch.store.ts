// The table `overdue`: what is in a state that somebody works to leave, and since when. Kept by one keeper alone.
import type { Tx } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';

export interface Watched {
  entity: string;
  table: string;
  column: string;
  states: readonly string[];
}

/** Writes down what is in such a state now and forgets what is not any more; returns the alerts of what was forgotten. */
export async function noteChanging(tx: Tx, { entity, table, column, states }: Watched): Promise<string[]> {
  const now = sql`select t.id, t.uuid, t.name, t.${sql.raw(column)} as state from ${sql.raw(table)} t
    where t.removed is null and t.${sql.raw(column)} in (${sql.raw(states.map((state) => `'${state}'`).join(', '))})`;
  await tx.run(
    sql`insert into overdue (entity, id, state, uuid, name) select ${entity}, id, state, uuid, name from (${now}) n on conflict do nothing`,
  );
  const gone = await tx.rows<{ alert: string | null }>(
    sql`delete from overdue o where o.entity = ${entity} and not exists (select 1 from (${now}) n where n.id = o.id and n.state = o.state) returning o.alert`,
  );
  return gone.flatMap(({ alert }) => alert ?? []);
}

/** The same for jobs that are late. */
export async function noteLateJobs(
  tx: Tx,
  jobs: readonly { id: number; uuid: string; name: string; since: Date }[],
): Promise<string[]> {
  for (const { id, uuid, name, since } of jobs)
    await tx.run(
      sql`insert into overdue ${sql.row({ entity: 'asyncjob', id, state: 'late', uuid, name, since })} on conflict do nothing`,
    );
  const gone = await tx.rows<{ alert: string | null }>(
    sql`delete from overdue where entity = 'asyncjob' and not (id = any(${jobs.map(({ id }) => id)})) returning alert`,
  );
  return gone.flatMap(({ alert }) => alert ?? []);
}

export interface Overdue {
  entity: string;
  id: number;
  uuid: string;
  name: string;
  state: string;
  since: Date;
  ageS: number;
  alert: string | null;
  /** The job that works on it, where there is one. */
  jobId: number | null;
  jobUuid: string | null;
}

/** Longer than its deadline; a shorter one holds where no job works on it. */
export const overdueNow = (
  tx: Tx,
  { deadlineS, orphanS, limit }: { deadlineS: number; orphanS: number; limit: number },
): Promise<Overdue[]> =>
  tx.rows(sql`
  select o.entity, o.id, o.uuid, o.name, o.state, o.since, extract(epoch from now() - o.since)::float8 as "ageS", o.alert, j.id as "jobId", j.uuid as "jobUuid"
  from overdue o left join lateral (select id, uuid from job where resource_uuid = o.uuid and finished is null order by id limit 1) j on o.entity <> 'asyncjob'
  where o.entity = 'asyncjob' or o.since < now() - case when j.id is null then ${orphanS}::int else ${deadlineS}::int end * interval '1 second'
  order by o.since, o.entity, o.id limit ${limit}`);
export const noteAlert = (tx: Tx, { entity, id, state }: Overdue, alert: string): Promise<number> =>
  tx.run(sql`update overdue set alert = ${alert} where entity = ${entity} and id = ${id} and state = ${state}`);
