// Rows of regions. A region that is removed is gone: its number may be used again.
import type { Tx } from '#kernel/db.ts';
import { anyOf, inOrder, listIds, type ListOf, type Page } from '#kernel/list.ts';
import { sql } from '#kernel/sql.ts';

export interface RegionRow {
  id: number;
  name: string;
  endpoint: string;
}

export const regionsByIds = async (tx: Tx, ids: readonly number[]): Promise<RegionRow[]> =>
  inOrder(ids, await tx.rows<RegionRow>(sql`select id, name, endpoint from region where id = ${anyOf(ids)}`));
export const regionNameTaken = async (
  tx: Tx,
  { name, except = 0 }: { name: string; except?: number },
): Promise<boolean> =>
  (await tx.first(sql`select 1 from region where lower(name) = ${name.toLowerCase()} and id <> ${except}`)) !==
  undefined;
export const insertRegion = (tx: Tx, row: RegionRow): Promise<number> =>
  tx.run(sql`insert into region(id, name, endpoint) values (${row.id}, ${row.name}, ${row.endpoint})`);
export const changeRegion = (tx: Tx, id: number, values: { name?: string; endpoint?: string }): Promise<number> =>
  Object.values(values).some((value) => value !== undefined)
    ? tx.run(sql`update region set ${sql.set(values)} where id = ${id}`)
    : Promise.resolve(0);
export const removeRegion = (tx: Tx, id: number): Promise<number> => tx.run(sql`delete from region where id = ${id}`);

const list: ListOf = { table: 'region', keyword: ['name', 'endpoint'], owned: false, removable: false };

export async function findRegions(
  tx: Tx,
  query: { page: Page; keyword?: string; id?: number; name?: string },
): Promise<{ rows: RegionRow[]; count: number }> {
  const { ids, count } = await listIds(tx, list, {
    page: query.page,
    keyword: query.keyword,
    scope: { kind: 'all' },
    where: [query.id !== undefined && sql`t.id = ${query.id}`, query.name && sql`t.name = ${query.name}`],
  });
  return { rows: await regionsByIds(tx, ids), count };
}
