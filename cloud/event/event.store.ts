// Rows of events: read, archived, deleted. They are written by whoever does something, in the same transaction.
import type { Tx } from '#kernel/db.ts';
import { anyOf, inOrder, listIds, scopeCondition, type ListOf, type Page, type Scope } from '#kernel/list.ts';
import { sql, type Sql } from '#kernel/sql.ts';

export interface EventView {
  id: number;
  uuid: string;
  type: string;
  state: string;
  level: string;
  description: string;
  username: string | null;
  account: string | null;
  domain: string | null;
  domainUuid: string | null;
  domainPath: string | null;
  parentUuid: string | null;
  resourceType: string | null;
  resourceUuid: string | null;
  resourceName: string | null;
  created: Date;
  archived: boolean;
}

const columns = sql`e.id, e.uuid, e.type, e.state, e.level, e.description, u.username, a.name as account, d.name as domain, d.uuid as "domainUuid", d.path as "domainPath", s.uuid as "parentUuid",
  e.resource_type as "resourceType", e.resource_uuid as "resourceUuid", e.resource_name as "resourceName", e.created, e.archived`;
const byIds = async (tx: Tx, ids: readonly number[]): Promise<EventView[]> =>
  inOrder(
    ids,
    await tx.rows<EventView>(sql`
  select ${columns} from event e left join cloud_user u on u.id = e.user_id left join account a on a.id = e.account_id left join domain d on d.id = e.domain_id left join event s on s.id = e.start_id where e.id = ${anyOf(ids)}`),
  );

const list: ListOf = {
  table: 'event',
  keyword: ['type', 'description', 'level'],
  order: sql`t.id desc`,
  removable: false,
};

export interface EventQuery {
  scope: Scope;
  page: Page;
  keyword?: string;
  id?: number;
  type?: string;
  level?: string;
  state?: string;
  from?: Date;
  to?: Date;
  startId?: number;
  archived: boolean | undefined;
  resourceUuid?: string;
  resourceType?: string;
}

export async function findEvents(tx: Tx, query: EventQuery): Promise<{ rows: EventView[]; count: number }> {
  const { ids, count } = await listIds(tx, list, { ...query, where: conditions(query) });
  return { rows: await byIds(tx, ids), count };
}

function conditions(query: EventQuery): (Sql | undefined | false | null | '')[] {
  return [
    sql`t.display`,
    query.id !== undefined && sql`t.id = ${query.id}`,
    query.type && sql`t.type = ${query.type.toUpperCase()}`,
    query.level && sql`t.level = ${query.level.toUpperCase()}`,
    query.state && sql`lower(t.state) = ${query.state.toLowerCase()}`,
    query.from && sql`t.created >= ${query.from}`,
    query.to && sql`t.created <= ${query.to}`,
    query.startId !== undefined && sql`(t.start_id = ${query.startId} or t.id = ${query.startId})`,
    query.archived !== undefined && sql`t.archived = ${query.archived}`,
    query.resourceUuid && sql`t.resource_uuid::text = ${query.resourceUuid.toLowerCase()}`,
    query.resourceType && sql`lower(t.resource_type) = ${query.resourceType.toLowerCase()}`,
  ];
}

export interface Chosen {
  scope: Scope;
  ids?: readonly number[];
  type?: string;
  from?: Date;
  to?: Date;
}
const chosen = ({ scope, ids, type, from, to }: Chosen): Sql =>
  sql.join(
    [
      sql`true`,
      ...scopeCondition(scope),
      ...(ids ? [sql`t.id = ${anyOf(ids)}`] : []),
      ...(type ? [sql`t.type = ${type.toUpperCase()}`] : []),
      ...(from ? [sql`t.created >= ${from}`] : []),
      ...(to ? [sql`t.created <= ${to}`] : []),
    ],
    ' and ',
  );
export const archiveChosen = (tx: Tx, which: Chosen): Promise<number> =>
  tx.run(sql`update event t set archived = true where not t.archived and ${chosen(which)}`);
export const deleteChosen = (tx: Tx, which: Chosen): Promise<number> =>
  tx.run(sql`delete from event t where ${chosen(which)}`);
/** A part at a time, so that nobody waits for long. */
export const deleteOlder = (tx: Tx, days: number): Promise<number> =>
  tx.run(
    sql`delete from event where id in (select id from event where created < now() - ${days} * interval '1 day' order by created limit 10000)`,
  );
