// Rows of image stores.
import type { Tx } from '#kernel/db.ts';
import { inOrder, listIds, type ListOf, type Page } from '#kernel/list.ts';
import { sql } from '#kernel/sql.ts';

export interface StoreDetail { id: number; uuid: string; name: string; url: string; provider: string; protocol: string; scope: string; readonly: boolean; totalBytes: number; usedBytes: number; created: Date; zone: string | null; zoneUuid: string | null }
export const storeDetails = async (tx: Tx, ids: readonly number[]): Promise<StoreDetail[]> => inOrder(ids, await tx.rows<StoreDetail>(sql`
  select s.id, s.uuid, s.name, s.url, s.provider, s.protocol, s.scope, s.readonly, s.total_bytes as "totalBytes", s.used_bytes as "usedBytes", s.created, z.name as zone, z.uuid as "zoneUuid"
  from image_store s left join zone z on z.id = s.zone_id where s.id = any(${ids})`));

const list: ListOf = { table: 'image_store', keyword: ['name'], order: sql`t.name`, owned: false };
export interface StoreQuery { page: Page; keyword?: string; id?: number; name?: string; zoneId?: number; provider?: string; protocol?: string; readonly?: boolean }
export const findStores = (tx: Tx, query: StoreQuery): Promise<{ ids: number[]; count: number }> => listIds(tx, list, {
  page: query.page, keyword: query.keyword, scope: { kind: 'all' },
  where: [
    query.id !== undefined && sql`t.id = ${query.id}`, query.name && sql`t.name = ${query.name}`, query.zoneId !== undefined && sql`t.zone_id = ${query.zoneId}`, query.provider && sql`t.provider = ${query.provider}`,
    query.protocol && sql`t.protocol = ${query.protocol}`, query.readonly !== undefined && sql`t.readonly = ${query.readonly}`,
  ],
});
export const insertStore = (tx: Tx, values: Readonly<Record<string, unknown>>): Promise<{ id: number; uuid: string }> => tx.one(sql`insert into image_store ${sql.row(values)} returning id, uuid`);
export const storeWithUrl = (tx: Tx, { zoneId, url }: { zoneId: number; url: string }): Promise<{ name: string } | undefined> => tx.first(sql`select name from image_store where zone_id = ${zoneId} and url = ${url} and removed is null`);
