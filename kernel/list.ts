// Lists: which rows a caller may see, cut to a page before anything else is read. The scoping rule stands here once.
// A list statement reads ids only; what an answer shows of them is fetched by id afterwards, in batches.
import type { Tx } from './db.ts';
import { sql, type Sql } from './sql.ts';

/** Whose rows: everything, one account's, one domain's, or those of a domain and all below it. */
export type Scope =
  | { readonly kind: 'all' }
  | { readonly kind: 'account'; readonly accountId: number }
  | { readonly kind: 'domain'; readonly domainId: number }
  | { readonly kind: 'tree'; readonly path: string }
  | { readonly kind: 'none' };

export interface Page {
  readonly offset: number;
  readonly limit: number;
}

export interface ListOf {
  /** Table with the alias `t`. */
  readonly table: string;
  /** Columns searched by `keyword`. */
  readonly keyword: readonly string[];
  /** Resource type of its tags; absent: it has none. */
  readonly tags?: string;
  /** Order of the answer; the id comes last so that pages never overlap. */
  readonly order?: Sql;
  /** false: rows have no owner, everybody who may call the list sees them. */
  readonly owned?: boolean;
  /** false: the table keeps no removed rows. */
  readonly removable?: boolean;
}

export interface ListQuery {
  readonly scope: Scope;
  readonly page: Page;
  readonly keyword?: string;
  readonly tags?: ReadonlyMap<string, string>;
  /** Further conditions on `t`. */
  readonly where?: readonly (Sql | undefined | false | null | '')[];
  /** A scalar that is the total without counting, where there is one. */
  readonly total?: Sql;
}

/** Ids of one page in order, and how many there are in all. */
export async function listIds(tx: Tx, list: ListOf, query: ListQuery): Promise<{ ids: number[]; count: number }> {
  if (query.scope.kind === 'none') return { ids: [], count: 0 };
  const where = conditions(list, query);
  const filter = where.length > 0 ? sql`where ${sql.join(where, ' and ')}` : sql.empty;
  const table = sql.raw(list.table);
  const order = list.order ? sql`${list.order}, t.id` : sql`t.id`;
  const total = query.total ? sql`, ${query.total} as total` : sql.empty;
  const rows = await tx.rows<{ id: number; total?: number }>(
    sql`select t.id ${total} from ${table} t ${filter} order by ${order} ${cut(query.page)}`,
  );
  const ids = rows.map((row) => row.id);
  if (ids.length < query.page.limit && (ids.length > 0 || query.page.offset === 0))
    return { ids, count: query.page.offset + ids.length };
  if (rows[0]?.total !== undefined) return { ids, count: rows[0].total };
  const { n } = await tx.one<{ n: number }>(
    query.total ? sql`select ${query.total} as n` : sql`select count(*) as n from ${table} t ${filter}`,
  );
  return { ids, count: n };
}

/** Sizes that people ask for. The first page of such a size is a statement of its own: with a limit that the planner knows it
 * is planned once, with one in a parameter anew for each call. Few, so that there are few statements. */
const USUAL_SIZES = new Set([10, 20, 25, 50, 100, 200, 500]);
const cut = ({ limit, offset }: Page): Sql =>
  offset === 0 && USUAL_SIZES.has(limit) ? sql`limit ${sql.raw(String(limit))}` : sql`limit ${limit} offset ${offset}`;

function conditions(list: ListOf, { scope, keyword, tags, where = [] }: ListQuery): Sql[] {
  const found: Sql[] = list.removable === false ? [] : [sql`t.removed is null`];
  if (list.owned !== false) found.push(...scopeCondition(scope));
  if (keyword) {
    const pattern = `%${keyword.replace(/[\\%_]/g, '\\$&')}%`;
    found.push(
      sql`(${sql.join(
        list.keyword.map((column) => sql`t.${sql.raw(column)} ilike ${pattern}`),
        ' or ',
      )})`,
    );
  }
  for (const [key, value] of tags ?? []) {
    found.push(
      sql`exists (select 1 from resource_tag g where g.resource_uuid = t.uuid and g.resource_type = ${list.tags ?? ''} and g.key = ${key} and g.value = ${value})`,
    );
  }
  found.push(...where.filter((part): part is Sql => Boolean(part)));
  return found;
}

/** The rows of `t` (with account_id and domain_id) that the scope covers. */
export function scopeCondition(scope: Scope): Sql[] {
  switch (scope.kind) {
    case 'all':
      return [];
    case 'none':
      return [sql`false`];
    case 'account':
      return [sql`t.account_id = ${scope.accountId}`];
    case 'domain':
      return [sql`t.domain_id = ${scope.domainId}`];
    case 'tree':
      return [
        sql`t.domain_id in (select d.id from domain d where ${pathBelow(scope.path, sql.raw('d.path'))} and d.removed is null)`,
      ];
  }
}

/** Every path that starts so: two bounds, which an index answers whatever the path is, where a pattern in a parameter would
 * read the whole table. */
export const pathBelow = (path: string, column: Sql = sql.raw('path')): Sql =>
  sql`(${column} ~>=~ ${path} and ${column} ~<~ ${`${path.slice(0, -1)}${String.fromCharCode(path.charCodeAt(path.length - 1) + 1)}`})`;

/** A list whose length the planner does not look at: for each length it would plan the whole statement anew. */
export const anyOf = (ids: readonly number[]): Sql => sql`any((select ${ids}::bigint[])::bigint[])`;

/** Rows in the order of their ids. */
export function inOrder<T extends { id: number }>(ids: readonly number[], rows: readonly T[]): T[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => byId.get(id)).filter((row): row is T => row !== undefined);
}
