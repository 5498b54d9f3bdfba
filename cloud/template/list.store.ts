// Which images a list shows, as offers: an image in a zone. Whose they are and who else may see them is said by `seen`.
import type { Tx } from '#kernel/db.ts';
import { listIds, pathBelow, scopeCondition, type ListOf, type Page, type Scope } from '#kernel/list.ts';
import { sql, type Sql } from '#kernel/sql.ts';

export type ImageFilter =
  | 'featured'
  | 'self'
  | 'selfexecutable'
  | 'sharedexecutable'
  | 'executable'
  | 'community'
  | 'all';

/** Who looks. `path`: of the domain below which an administrator sees everything. */
export interface Looker {
  accountId: number;
  isRoot: boolean;
  path: string | undefined;
}

export interface ImageQuery {
  isIso: boolean;
  scope: Scope;
  page: Page;
  looker: Looker;
  filter: ImageFilter;
  /** The caller named whose images are meant. */
  narrowed: boolean;
  keyword?: string;
  tags?: ReadonlyMap<string, string>;
  ids?: readonly number[];
  name?: string;
  hypervisor?: string;
  type?: string;
  zoneId?: number;
  arch?: string;
  bootable?: boolean;
  isPublic?: boolean;
  isReady?: boolean;
  osCategoryId?: number;
  imageStoreId?: number;
  storageId?: number;
  parentId?: number;
  showRemoved?: boolean;
  showUnique?: boolean;
  ascending: boolean;
}

/** Ids of offers. */
export function findOffers(tx: Tx, query: ImageQuery): Promise<{ ids: number[]; count: number }> {
  const list: ListOf = {
    table: 'template_in_zone',
    keyword: ['name', 'display_text'],
    tags: query.isIso ? 'ISO' : 'Template',
    order: query.ascending ? sql`t.sort_key, t.template_id` : sql`t.sort_key desc, t.template_id`,
    owned: false,
    removable: !query.showRemoved,
  };
  const { scope, page, keyword, tags } = query;
  return listIds(tx, list, { scope, page, keyword, tags, where: conditions(query) });
}

function conditions(query: ImageQuery): (Sql | undefined | false)[] {
  const equal = (column: string, value: unknown): Sql | false =>
    value !== undefined && sql`t.${sql.raw(column)} = ${value}`;
  const readyHere = sql`exists (select 1 from template_store r join image_store s on s.id = r.image_store_id where r.template_id = t.template_id and r.state = 'Ready'
    and s.removed is null and (s.zone_id = t.zone_id or s.zone_id is null))`;
  return [
    sql`t.is_iso = ${query.isIso}`,
    !query.showRemoved && sql`t.state = 'Active'`,
    ...seen(query),
    onlyReady(query) && readyHere,
    query.isReady !== undefined && (query.isReady ? readyHere : sql`not ${readyHere}`),
    query.ids && sql`t.template_id = any(${query.ids})`,
    equal('name', query.name),
    equal('zone_id', query.zoneId),
    equal('arch', query.arch),
    equal('bootable', query.bootable),
    equal('is_public', query.isPublic),
    equal('source_template_id', query.parentId),
    query.hypervisor !== undefined && sql`lower(t.hypervisor) = ${query.hypervisor.toLowerCase()}`,
    query.type !== undefined && sql`upper(t.type) = ${query.type.toUpperCase()}`,
    query.osCategoryId !== undefined &&
      sql`exists (select 1 from guest_os g where g.id = t.guest_os_id and g.category_id = ${query.osCategoryId})`,
    query.imageStoreId !== undefined &&
      sql`exists (select 1 from template_store r where r.template_id = t.template_id and r.image_store_id = ${query.imageStoreId})`,
    query.storageId !== undefined &&
      sql`exists (select 1 from template_pool r where r.template_id = t.template_id and r.pool_id = ${query.storageId} and r.state = 'Ready')`,
    query.showUnique === true &&
      sql`t.id = (select min(z.id) from template_zone z where z.template_id = t.template_id and z.removed is null)`,
  ];
}

/** What is named by its id is shown as it is; these filters are for choosing what to boot. */
const onlyReady = ({ ids, filter }: ImageQuery): boolean =>
  ids === undefined && ['featured', 'community', 'selfexecutable', 'sharedexecutable'].includes(filter);

/** The rule of who sees which image, once. */
function seen(query: ImageQuery): Sql[] {
  const { looker, filter, scope } = query;
  if (query.ids !== undefined) return looker.isRoot ? [] : [visibleTo(looker)];
  const own = scopeCondition(scope);
  const ownOnes = own.length > 0 ? sql.join(own, ' and ') : sql`true`;
  switch (filter) {
    case 'featured':
      return [sql`t.is_public and t.featured`];
    case 'community':
      return [sql`t.is_public and not t.featured`];
    case 'self':
    case 'selfexecutable':
      return own;
    case 'sharedexecutable':
      return [sql`not t.is_public and ${sharedWith(query)}`];
    case 'executable':
      return [sql`(t.is_public or ${ownOnes} or ${sharedWith(query)})`];
    case 'all':
      return query.narrowed ? own : looker.isRoot ? [] : [visibleTo(looker)];
  }
}

/** Permitted by their owner to the account that is asked about. */
const sharedWith = ({ looker, scope }: ImageQuery): Sql =>
  sql`exists (select 1 from template_permission p where p.template_id = t.template_id and p.account_id = ${scope.kind === 'account' ? scope.accountId : looker.accountId})`;

const visibleTo = ({ accountId, path }: Looker): Sql => sql`(t.is_public or t.account_id = ${accountId}
  or exists (select 1 from template_permission p where p.template_id = t.template_id and p.account_id = ${accountId})
  ${path === undefined ? sql.empty : sql`or t.domain_id in (select d.id from domain d where ${pathBelow(path, sql.raw('d.path'))} and d.removed is null)`})`;
