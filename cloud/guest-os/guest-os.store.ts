// Rows of guest operating systems and their categories.
import type { Tx } from '#kernel/db.ts';
import { ANY } from '#kernel/fresh.ts';
import { anyOf, inOrder, listIds, type ListOf, type Page } from '#kernel/list.ts';
import { sql } from '#kernel/sql.ts';
import type { MadeOf } from '../context.ts';

export interface OsTypeRow {
  id: number;
  uuid: string;
  name: string;
  userDefined: boolean;
  display: boolean;
  categoryUuid: string;
  categoryName: string;
}
const osTypesByIds = async (tx: Tx, ids: readonly number[]): Promise<OsTypeRow[]> =>
  inOrder(
    ids,
    await tx.rows<OsTypeRow>(sql`
  select g.id, g.uuid, g.name, g.user_defined as "userDefined", g.display, c.uuid as "categoryUuid", c.name as "categoryName" from guest_os g join guest_os_category c on c.id = g.category_id where g.id = ${anyOf(ids)}`),
  );

export interface OsTypeQuery {
  page: Page;
  keyword?: string;
  ids?: readonly number[];
  description?: string;
  categoryId?: number;
  display: boolean;
}
/** What types are found in and shown from. */
export const OS_TYPES_MADE_OF: MadeOf = [
  ['guest_os', ANY],
  ['guest_os_category', ANY],
];
const types: ListOf = { table: 'guest_os', keyword: ['name'], owned: false };
export async function findOsTypes(tx: Tx, query: OsTypeQuery): Promise<{ rows: OsTypeRow[]; count: number }> {
  const { ids, count } = await listIds(tx, types, {
    page: query.page,
    keyword: query.keyword,
    scope: { kind: 'all' },
    where: [
      query.ids && sql`t.id = ${anyOf(query.ids)}`,
      query.description && sql`lower(t.name) = ${query.description.toLowerCase()}`,
      query.categoryId !== undefined && sql`t.category_id = ${query.categoryId}`,
      sql`t.display = ${query.display}`,
    ],
  });
  return { rows: await osTypesByIds(tx, ids), count };
}

export interface OsCategoryRow {
  id: number;
  uuid: string;
  name: string;
  featured: boolean;
}
export interface OsCategoryQuery {
  page: Page;
  keyword?: string;
  id?: number;
  name?: string;
  featured?: boolean;
  withImages?: { isIso: boolean; arch?: string; zoneId?: number };
}
const categories: ListOf = {
  table: 'guest_os_category',
  keyword: ['name'],
  order: sql`t.sort_key`,
  owned: false,
  removable: false,
};
export async function findOsCategories(
  tx: Tx,
  query: OsCategoryQuery,
): Promise<{ rows: OsCategoryRow[]; count: number }> {
  const images = query.withImages;
  const { ids, count } = await listIds(tx, categories, {
    page: query.page,
    keyword: query.keyword,
    scope: { kind: 'all' },
    where: [
      query.id !== undefined && sql`t.id = ${query.id}`,
      query.name && sql`t.name = ${query.name}`,
      query.featured !== undefined && sql`t.featured = ${query.featured}`,
      images &&
        sql`exists (select 1 from guest_os g join template i on i.guest_os_id = g.id where g.category_id = t.id and i.removed is null and i.state = 'Active' and i.is_iso = ${images.isIso}
        and (${images.arch ?? null}::text is null or i.arch = ${images.arch ?? null}) and (${images.zoneId ?? null}::bigint is null or exists (
          select 1 from template_store r join image_store s on s.id = r.image_store_id where r.template_id = i.id and s.removed is null and (s.zone_id = ${images.zoneId ?? null} or s.zone_id is null))))`,
    ],
  });
  return {
    rows: inOrder(
      ids,
      await tx.rows<OsCategoryRow>(
        sql`select id, uuid, name, featured from guest_os_category where id = ${anyOf(ids)}`,
      ),
    ),
    count,
  };
}
