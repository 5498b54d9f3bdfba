// Jobs as their owners see them.
import type { Tx } from '#kernel/db.ts';
import { anyOf, inOrder, listIds, pathBelow, type ListOf, type Page, type Scope } from '#kernel/list.ts';
import { sql } from '#kernel/sql.ts';
import type { Caller } from '../context.ts';

export interface JobView {
  id: number;
  uuid: string;
  kind: string;
  command: string | null;
  state: string;
  undoing: boolean;
  doing: string | null;
  percent: number;
  doingSince: Date | null;
  result: Record<string, unknown> | null;
  error: { code: string; text: string; step?: { name: string; started: string; ended: string } } | null;
  resourceType: string | null;
  resourceUuid: string | null;
  created: Date;
  finished: Date | null;
  userUuid: string | null;
  accountName: string | null;
  accountUuid: string | null;
  domainUuid: string | null;
  domainPath: string | null;
  accountId: number | null;
  domainId: number | null;
}
export interface StepView {
  jobId: number;
  name: string;
  /** It was done and remembered; else this is the undo alone of one that failed, or of what was there before the job. */
  done: boolean;
  undone: boolean;
  started: Date;
  ended: Date;
  undoStarted: Date | null;
  undoEnded: Date | null;
  undoError: string | null;
}

const columns = sql`j.id, j.uuid, j.kind, j.command, j.state, j.undoing, j.doing, j.percent, j.doing_since as "doingSince", j.result, j.error,
  j.resource_type as "resourceType", j.resource_uuid as "resourceUuid", j.created, j.finished, u.uuid as "userUuid", a.name as "accountName", a.uuid as "accountUuid",
  d.uuid as "domainUuid", d.path as "domainPath", j.account_id as "accountId", j.domain_id as "domainId"`;
const joined = sql`left join cloud_user u on u.id = j.user_id left join account a on a.id = j.account_id left join domain d on d.id = j.domain_id`;

export const jobById = (tx: Tx, id: number): Promise<JobView | undefined> =>
  tx.first(sql`select ${columns} from job j ${joined} where j.id = ${id}`);
export const newestJobOf = (tx: Tx, { type, uuid }: { type: string; uuid: string }): Promise<JobView | undefined> =>
  tx.first(
    sql`select ${columns} from job j ${joined} where j.resource_uuid = ${uuid} and lower(j.resource_type) = ${type.toLowerCase()} order by j.id desc limit 1`,
  );
export const jobsByIds = async (tx: Tx, ids: readonly number[]): Promise<JobView[]> =>
  inOrder(ids, await tx.rows<JobView>(sql`select ${columns} from job j ${joined} where j.id = ${anyOf(ids)}`));
export const stepsOf = (tx: Tx, jobIds: readonly number[]): Promise<StepView[]> =>
  tx.rows(
    sql`select job_id as "jobId", name, out is not null as done, undone, started, ended, undo_started as "undoStarted", undo_ended as "undoEnded", undo_error as "undoError"
      from job_step where job_id = any(${jobIds}) order by started, name`,
  );

const list: ListOf = { table: 'job', keyword: ['command', 'kind'] };
interface JobQuery {
  scope: Scope;
  page: Page;
  keyword?: string;
  startDate?: Date;
  resourceUuid?: string;
  resourceType?: string;
}

export async function findJobs(tx: Tx, query: JobQuery): Promise<{ rows: JobView[]; count: number }> {
  const { ids, count } = await listIds(tx, list, {
    ...query,
    where: [
      sql`t.command is not null`,
      query.startDate && sql`t.created >= ${query.startDate}`,
      query.resourceUuid && sql`t.resource_uuid = ${query.resourceUuid}`,
      query.resourceType && sql`lower(t.resource_type) = ${query.resourceType.toLowerCase()}`,
    ],
  });
  return { rows: await jobsByIds(tx, ids), count };
}

/** The owner, the administrators above, root. */
export async function jobIsVisible(tx: Tx, caller: Caller, uuid: string): Promise<boolean> {
  if (caller.isRoot) return true;
  return (
    (await tx.first(sql`select 1 from job j where j.uuid = ${uuid} and (j.account_id = ${caller.accountId}
    or (${caller.isAdmin} and j.domain_id in (select id from domain where ${pathBelow(caller.domainPath)})))`)) !==
    undefined
  );
}
