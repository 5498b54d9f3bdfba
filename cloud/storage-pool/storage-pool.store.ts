// Rows of primary storage pools.
import type { Tx } from '#kernel/db.ts';
import { inOrder, listIds, type ListOf, type Page } from '#kernel/list.ts';
import { sql } from '#kernel/sql.ts';

export interface PoolDetail {
  id: number; uuid: string; name: string; type: string; scope: string; provider: string; path: string; address: string; state: string; totalBytes: number; usedBytes: number; allocatedBytes: number; capacityIops: number | null;
  tags: string[]; details: Record<string, string>; hypervisor: string | null; created: Date; zone: string; zoneUuid: string; pod: string | null; podUuid: string | null; cluster: string | null; clusterUuid: string | null;
}
export const poolDetails = async (tx: Tx, ids: readonly number[]): Promise<PoolDetail[]> => inOrder(ids, await tx.rows<PoolDetail>(sql`
  select s.id, s.uuid, s.name, s.type, s.scope, s.provider, s.path, s.address, s.state, s.total_bytes as "totalBytes", s.used_bytes as "usedBytes", s.allocated_bytes as "allocatedBytes", s.capacity_iops as "capacityIops", s.tags, s.details,
    s.hypervisor, s.created, z.name as zone, z.uuid as "zoneUuid", p.name as pod, p.uuid as "podUuid", c.name as cluster, c.uuid as "clusterUuid"
  from storage_pool s join zone z on z.id = s.zone_id left join pod p on p.id = s.pod_id left join cluster c on c.id = s.cluster_id where s.id = any(${ids})`));

const list: ListOf = { table: 'storage_pool', keyword: ['name', 'path'], order: sql`t.name`, owned: false };
export interface PoolQuery { page: Page; keyword?: string; id?: number; name?: string; zoneId?: number; podId?: number; clusterId?: number; path?: string; scope?: string; status?: string }
export const findPools = (tx: Tx, query: PoolQuery): Promise<{ ids: number[]; count: number }> => listIds(tx, list, {
  page: query.page, keyword: query.keyword, scope: { kind: 'all' },
  where: [
    query.id !== undefined && sql`t.id = ${query.id}`, query.name && sql`t.name = ${query.name}`, query.zoneId !== undefined && sql`t.zone_id = ${query.zoneId}`, query.podId !== undefined && sql`t.pod_id = ${query.podId}`,
    query.clusterId !== undefined && sql`t.cluster_id = ${query.clusterId}`, query.path && sql`t.path = ${query.path}`, query.scope && sql`t.scope = ${query.scope.toUpperCase()}`, query.status && sql`lower(t.state) = ${query.status.toLowerCase()}`,
  ],
});

export const insertPool = (tx: Tx, values: Readonly<Record<string, unknown>>): Promise<{ id: number; uuid: string }> => tx.one(sql`insert into storage_pool ${sql.row(values)} returning id, uuid`);
export const poolWithPath = (tx: Tx, { zoneId, path, address }: { zoneId: number; path: string; address: string }): Promise<{ name: string } | undefined> =>
  tx.first(sql`select name from storage_pool where zone_id = ${zoneId} and path = ${path} and address = ${address} and removed is null`);

/** Connected hosts come first in the caller's eyes; here: those up in the zone (and cluster). */
export const upHosts = (tx: Tx, { zoneId, clusterId }: { zoneId: number; clusterId?: number }): Promise<{ id: number }[]> =>
  tx.rows(sql`select id from host where zone_id = ${zoneId} and removed is null and status = 'Up' ${clusterId === undefined ? sql.empty : sql`and cluster_id = ${clusterId}`} order by id limit 100`);
