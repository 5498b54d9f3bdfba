// Rows of image stores.
import type { Tx } from '#kernel/db.ts';
import { anyOf, inOrder, listIds, type ListOf, type Page } from '#kernel/list.ts';
import { sql } from '#kernel/sql.ts';

export interface StoreDetail {
  id: number;
  uuid: string;
  name: string;
  url: string;
  provider: string;
  protocol: string;
  scope: string;
  readonly: boolean;
  totalBytes: number;
  usedBytes: number;
  limitBytes: number | null;
  created: Date;
  zone: string | null;
  zoneUuid: string | null;
  annotated: boolean;
}
export const storeDetails = async (tx: Tx, ids: readonly number[]): Promise<StoreDetail[]> =>
  inOrder(
    ids,
    await tx.rows<StoreDetail>(sql`
  select s.id, s.uuid, s.name, s.url, s.provider, s.protocol, s.scope, s.readonly, s.total_bytes as "totalBytes", s.used_bytes as "usedBytes", s.limit_bytes as "limitBytes", s.created, z.name as zone, z.uuid as "zoneUuid",
    exists (select 1 from annotation a where a.entity_uuid = s.uuid and a.removed is null) as annotated
  from image_store s left join zone z on z.id = s.zone_id where s.id = ${anyOf(ids)}`),
  );

const list: ListOf = { table: 'image_store', keyword: ['name', 'provider'], order: sql`t.name`, owned: false };
export interface StoreQuery {
  page: Page;
  keyword?: string;
  id?: number;
  name?: string;
  zoneId?: number;
  provider?: string;
  protocol?: string;
  readonly?: boolean;
}
export const findStores = (tx: Tx, query: StoreQuery): Promise<{ ids: number[]; count: number }> =>
  listIds(tx, list, {
    page: query.page,
    keyword: query.keyword,
    scope: { kind: 'all' },
    where: [
      query.id !== undefined && sql`t.id = ${query.id}`,
      query.name && sql`t.name = ${query.name}`,
      query.zoneId !== undefined && sql`t.zone_id = ${query.zoneId}`,
      query.provider && sql`lower(t.provider) = ${query.provider.toLowerCase()}`,
      query.protocol && sql`lower(t.protocol) = ${query.protocol.toLowerCase()}`,
      query.readonly !== undefined && sql`t.readonly = ${query.readonly}`,
    ],
  });
export const insertStore = (tx: Tx, values: Readonly<Record<string, unknown>>): Promise<{ id: number; uuid: string }> =>
  tx.one(sql`insert into image_store ${sql.row(values)} returning id, uuid`);
export const changeStore = (tx: Tx, id: number, values: Readonly<Record<string, unknown>>): Promise<number> =>
  Object.values(values).some((value) => value !== undefined)
    ? tx.run(sql`update image_store set ${sql.set(values)} where id = ${id}`)
    : Promise.resolve(0);
export const storeWithPath = (
  tx: Tx,
  { zoneId, path }: { zoneId: number; path: string },
): Promise<{ name: string } | undefined> =>
  tx.first(sql`select name from image_store where zone_id = ${zoneId} and path = ${path} and removed is null`);
export const storeNamed = async (tx: Tx, { name, except = 0 }: { name: string; except?: number }): Promise<boolean> =>
  (await tx.first(
    sql`select 1 from image_store where lower(name) = ${name.toLowerCase()} and removed is null and id <> ${except}`,
  )) !== undefined;

export const imagesIn = async (tx: Tx, id: number): Promise<number> =>
  (
    await tx.one<{ n: number }>(sql`
  select count(*) as n from template_store s join template t on t.id = s.template_id where s.image_store_id = ${id} and t.removed is null and s.state not in ('Destroyed', 'Failed')`)
  ).n;
export async function endStore(tx: Tx, id: number): Promise<void> {
  await tx.run(sql`delete from template_store where image_store_id = ${id}`);
  await tx.run(sql`update image_store set removed = now() where id = ${id}`);
}

export interface StoreToMeasure {
  id: number;
  path: string;
  zoneId: number | null;
}
export const storesToMeasure = (tx: Tx): Promise<StoreToMeasure[]> =>
  tx.rows(
    sql`select id, path, zone_id as "zoneId" from image_store where removed is null order by measured nulls first limit 1000`,
  );
export const noteStoreMeasured = (
  tx: Tx,
  id: number,
  { totalBytes, usedBytes }: { totalBytes: number; usedBytes: number },
): Promise<number> =>
  tx.run(
    sql`update image_store set total_bytes = least(${totalBytes}::bigint, coalesce(limit_bytes, ${totalBytes}::bigint)), used_bytes = ${usedBytes}, measured = clock_timestamp() where id = ${id} and removed is null`,
  );
