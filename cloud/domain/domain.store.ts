// Rows of domains: a tree by paths, `/a/b/` below `/a/` below `/`.
import type { Tx } from '#kernel/db.ts';
import { anyOf, inOrder, listIds, type ListOf, type Page } from '#kernel/list.ts';
import { sql, type Sql } from '#kernel/sql.ts';

export interface DomainRow {
  id: number;
  uuid: string;
  name: string;
  path: string;
  level: number;
  parentId: number | null;
  parentUuid: string | null;
  parentName: string | null;
  networkDomain: string | null;
  state: string;
  created: Date;
  hasChild: boolean;
  annotated: boolean;
  tags: Record<string, string>[];
  details: Record<string, string>;
}

const columns = sql`d.id, d.uuid, d.name, d.path, d.level, d.parent_id as "parentId", p.uuid as "parentUuid", p.name as "parentName", d.network_domain as "networkDomain", d.state, d.created,
  exists (select 1 from domain c where c.parent_id = d.id and c.removed is null) as "hasChild", exists (select 1 from annotation x where x.entity_uuid = d.uuid and x.removed is null) as annotated,
  coalesce((select jsonb_agg(jsonb_strip_nulls(jsonb_build_object('key', g.key, 'value', g.value, 'resourcetype', 'Domain', 'resourceid', d.uuid, 'customer', g.customer)) order by g.id) from resource_tag g where g.resource_uuid = d.uuid), '[]') as tags,
  coalesce((select jsonb_object_agg(x.key, x.value) from resource_detail x where x.resource_uuid = d.uuid and x.display), '{}') as details`;
const joined = sql`from domain d left join domain p on p.id = d.parent_id`;

export const domainsByIds = async (tx: Tx, ids: readonly number[]): Promise<DomainRow[]> =>
  inOrder(ids, await tx.rows<DomainRow>(sql`select ${columns} ${joined} where d.id = ${anyOf(ids)}`));
export const domainById = async (tx: Tx, id: number): Promise<DomainRow> =>
  tx.one(sql`select ${columns} ${joined} where d.id = ${id}`);
/** Moves, renames and deletions in the tree come one after another. */
export const lockTree = (tx: Tx): Promise<unknown> => tx.rows(sql`select pg_advisory_xact_lock(7704)`);

export const siblingNamed = async (
  tx: Tx,
  { parentId, name, except = 0 }: { parentId: number; name: string; except?: number },
): Promise<boolean> =>
  (await tx.first(
    sql`select 1 from domain where parent_id = ${parentId} and lower(name) = ${name.toLowerCase()} and removed is null and id <> ${except}`,
  )) !== undefined;
export const uuidTaken = async (tx: Tx, uuid: string): Promise<boolean> =>
  (await tx.first(sql`select 1 from domain where uuid = ${uuid}`)) !== undefined;
export const insertDomain = (tx: Tx, values: Readonly<Record<string, unknown>>): Promise<{ id: number }> =>
  tx.one(sql`insert into domain ${sql.row(values)} returning id`);
export const changeDomain = (tx: Tx, id: number, values: Readonly<Record<string, unknown>>): Promise<number> =>
  Object.values(values).some((value) => value !== undefined)
    ? tx.run(sql`update domain set ${sql.set(values)} where id = ${id}`)
    : Promise.resolve(0);
/** Everything below `from` is below `to` now, `deeper` levels further down. */
export const movePaths = (
  tx: Tx,
  { from, to, deeper }: { from: string; to: string; deeper: number },
): Promise<number> =>
  tx.run(
    sql`update domain set path = ${to} || substr(path, ${from.length + 1}::int), level = level + ${deeper}::int where starts_with(path, ${from}) and removed is null`,
  );

export interface Contents {
  accounts: number;
  children: number;
}
export const contentsOf = (tx: Tx, id: number): Promise<Contents> =>
  tx.one(sql`
  select (select count(*)::int from account where domain_id = ${id} and removed is null) as accounts, (select count(*)::int from domain where parent_id = ${id} and removed is null) as children`);
/** Deepest first. */
export const subtree = (tx: Tx, path: string): Promise<{ id: number; uuid: string; name: string; state: string }[]> =>
  tx.rows(
    sql`select id, uuid, name, state from domain where starts_with(path, ${path}) and removed is null order by level desc, id`,
  );
/** Things that name a domain and would be left without one, by kind. */
export const boundTo = (tx: Tx, path: string): Promise<{ kind: string; n: number }[]> =>
  tx.rows(sql`
  with mine as (select id from domain where starts_with(path, ${path}) and removed is null)
  select kind, n from (
    select 'zone' as kind, count(*)::int as n from zone where domain_id in (select id from mine) and removed is null union all
    select 'address range', count(*)::int from vlan_range where domain_id in (select id from mine) and removed is null) counted where n > 0`);

export const dropSettings = (tx: Tx, id: number): Promise<number> =>
  tx.run(sql`delete from setting where scope = 'Domain' and scope_id = ${id}`);

const list: ListOf = {
  table: 'domain',
  keyword: ['name', 'path'],
  tags: 'Domain',
  owned: false,
  order: sql`t.level, t.name`,
};
interface DomainQuery {
  page: Page;
  keyword?: string;
  tags?: ReadonlyMap<string, string>;
  where: readonly (Sql | undefined | false | null | '')[];
}
export async function findDomains(tx: Tx, query: DomainQuery): Promise<{ rows: DomainRow[]; count: number }> {
  const { ids, count } = await listIds(tx, list, { ...query, scope: { kind: 'all' } });
  return { rows: await domainsByIds(tx, ids), count };
}
export const within = (path: string): Sql => sql`starts_with(t.path, ${path})`;
export const is = (column: 'id' | 'parent_id' | 'level' | 'name', value: number | string): Sql =>
  sql`t.${sql.raw(column)} = ${value}`;
export const isNot = (id: number): Sql => sql`t.id <> ${id}`;
