// Rows of primary storage pools.
import { storagePoolMachine } from '#api/states/storage.ts';
import type { EventOf } from '#api/machine.ts';
import type { Tx } from '#kernel/db.ts';
import { inOrder, listIds, type ListOf, type Page } from '#kernel/list.ts';
import { move } from '#kernel/move.ts';
import { sql, type Sql } from '#kernel/sql.ts';
import type { PoolPlace } from '../volume/driver.ts';

export interface PoolDetail {
  id: number;
  uuid: string;
  zoneId: number;
  name: string;
  type: PoolPlace['kind'];
  scope: 'ZONE' | 'CLUSTER' | 'HOST';
  provider: string;
  path: string;
  address: string;
  state: string;
  totalBytes: number;
  usedBytes: number;
  allocatedBytes: number;
  limitBytes: number | null;
  capacityIops: number | null;
  tags: string[];
  details: Record<string, string>;
  hypervisor: string | null;
  created: Date;
  zone: string;
  zoneUuid: string;
  pod: string | null;
  podUuid: string | null;
  cluster: string | null;
  clusterUuid: string | null;
  annotated: boolean;
}
export const poolDetails = async (tx: Tx, ids: readonly number[]): Promise<PoolDetail[]> =>
  inOrder(
    ids,
    await tx.rows<PoolDetail>(sql`
  select s.id, s.uuid, s.zone_id as "zoneId", s.name, s.type, s.scope, s.provider, s.path, s.address, s.state, s.total_bytes as "totalBytes", s.used_bytes as "usedBytes", s.allocated_bytes as "allocatedBytes", s.limit_bytes as "limitBytes",
    s.capacity_iops as "capacityIops", s.tags, s.details, s.hypervisor, s.created, z.name as zone, z.uuid as "zoneUuid", p.name as pod, p.uuid as "podUuid", c.name as cluster, c.uuid as "clusterUuid",
    exists (select 1 from annotation a where a.entity_uuid = s.uuid and a.removed is null) as annotated
  from storage_pool s join zone z on z.id = s.zone_id left join pod p on p.id = s.pod_id left join cluster c on c.id = s.cluster_id where s.id = any(${ids})`),
  );

/** Hosts `h` that reach the pool `s`. */
const reaches = sql`(s.scope = 'ZONE' or s.scope = 'CLUSTER' and s.cluster_id = h.cluster_id or s.scope = 'HOST' and s.host_id = h.id)`;

const list: ListOf = {
  table: 'storage_pool',
  keyword: ['name', 'path'],
  order: sql`t.name`,
  owned: false,
};
export interface PoolQuery {
  page: Page;
  keyword?: string;
  id?: number;
  name?: string;
  zoneId?: number;
  podId?: number;
  clusterId?: number;
  hostId?: number;
  path?: string;
  address?: string;
  scope?: string;
  status?: string;
}
export const findPools = (tx: Tx, query: PoolQuery): Promise<{ ids: number[]; count: number }> =>
  listIds(tx, list, {
    page: query.page,
    keyword: query.keyword,
    scope: { kind: 'all' },
    where: [
      query.id !== undefined && sql`t.id = ${query.id}`,
      query.name && sql`t.name = ${query.name}`,
      query.zoneId !== undefined && sql`t.zone_id = ${query.zoneId}`,
      query.podId !== undefined && sql`t.pod_id = ${query.podId}`,
      query.clusterId !== undefined && sql`t.cluster_id = ${query.clusterId}`,
      query.path && sql`t.path = ${query.path}`,
      query.address && sql`t.address = ${query.address}`,
      query.scope && sql`t.scope = ${query.scope.toUpperCase()}`,
      query.status && sql`lower(t.state) = ${query.status.toLowerCase()}`,
      query.hostId !== undefined &&
        sql`exists (select 1 from storage_pool s join host h on h.id = ${query.hostId} and h.zone_id = s.zone_id where s.id = t.id and ${reaches})`,
    ],
  });

export const insertPool = (tx: Tx, values: Readonly<Record<string, unknown>>): Promise<{ id: number; uuid: string }> =>
  tx.one(sql`insert into storage_pool ${sql.row(values)} returning id, uuid`);
export const changePool = (tx: Tx, id: number, values: Readonly<Record<string, unknown>>): Promise<number> =>
  Object.values(values).some((value) => value !== undefined)
    ? tx.run(sql`update storage_pool set ${sql.set(values)} where id = ${id}`)
    : Promise.resolve(0);
export const movePool = (tx: Tx, id: number, event: EventOf<typeof storagePoolMachine>): Promise<string> =>
  move(tx, { entity: 'storagepool', table: 'storage_pool', ownerless: true, machine: storagePoolMachine }, id, event);

/** Waits for whoever changes the pool now; its state. */
export const lockPool = async (tx: Tx, id: number): Promise<string> =>
  (await tx.one<{ state: string }>(sql`select state from storage_pool where id = ${id} for update`)).state;

/** Whoever has the folder already: the same one of a server, of all hosts, or of the same host. */
export const poolWithPath = (
  tx: Tx,
  { zoneId, path, address, hostId }: { zoneId: number; path: string; address: string; hostId: number | undefined },
): Promise<{ name: string } | undefined> =>
  tx.first(
    sql`select name from storage_pool where zone_id = ${zoneId} and path = ${path} and address = ${address} and removed is null and (host_id is null or ${hostId ?? null}::bigint is null or host_id = ${hostId ?? null})`,
  );

/** Connected hosts come first in the caller's eyes; here: those up in the zone (and cluster). */
export const upHosts = (
  tx: Tx,
  { zoneId, clusterId }: { zoneId: number; clusterId?: number },
): Promise<{ id: number }[]> =>
  tx.rows(
    sql`select id from host where zone_id = ${zoneId} and removed is null and type = 'Routing' and status = 'Up' ${clusterId === undefined ? sql.empty : sql`and cluster_id = ${clusterId}`} order by id limit 100`,
  );
export const hostNamed = (
  tx: Tx,
  { zoneId, name }: { zoneId: number; name: string },
): Promise<{ id: number; podId: number; clusterId: number } | undefined> =>
  tx.first(
    sql`select id, pod_id as "podId", cluster_id as "clusterId" from host where zone_id = ${zoneId} and removed is null and type = 'Routing' and (lower(name) = ${name.toLowerCase()} or private_ip = ${name}) order by id limit 1`,
  );
export const clusterPlace = (
  tx: Tx,
  id: number,
): Promise<{ name: string; zoneId: number; podId: number; hypervisor: string }> =>
  tx.one(sql`select name, zone_id as "zoneId", pod_id as "podId", hypervisor from cluster where id = ${id}`);
/** Only simulated hosts in the zone (and cluster), and at least one cluster of them. */
export const isSimulated = async (
  tx: Tx,
  { zoneId, clusterId }: { zoneId: number; clusterId?: number },
): Promise<boolean> =>
  (
    await tx.one<{ yes: boolean | null }>(sql`
  select bool_and(hypervisor = 'Simulator') as yes from cluster where zone_id = ${zoneId} and removed is null ${clusterId === undefined ? sql.empty : sql`and id = ${clusterId}`}`)
  ).yes ?? false;

export interface PoolToMeasure {
  id: number;
  place: PoolPlace;
  zoneId: number;
  /** Of pools that only these reach. */
  clusterId: number | null;
  hostId: number | null;
}
/** Pools in use, the ones that were not looked at for longest first. */
export const poolsToMeasure = (tx: Tx): Promise<PoolToMeasure[]> =>
  tx.rows(sql`
  select s.id, json_build_object('id', s.uuid, 'kind', s.type, 'path', s.path) as place, s.zone_id as "zoneId",
    case when s.scope = 'CLUSTER' then s.cluster_id end as "clusterId", case when s.scope = 'HOST' then s.host_id end as "hostId"
  from storage_pool s where s.removed is null and s.state = 'Up' order by s.measured nulls first limit 1000`);
/** Every host that is up, with where it is. */
export const hostsUp = (tx: Tx): Promise<{ id: number; zoneId: number; clusterId: number }[]> =>
  tx.rows(
    sql`select id, zone_id as "zoneId", cluster_id as "clusterId" from host where removed is null and type = 'Routing' and status = 'Up'`,
  );
export const noteMeasured = (
  tx: Tx,
  id: number,
  { totalBytes, usedBytes }: { totalBytes: number; usedBytes: number },
): Promise<number> =>
  tx.run(
    sql`update storage_pool set total_bytes = least(${totalBytes}::bigint, coalesce(limit_bytes, ${totalBytes}::bigint)), used_bytes = ${usedBytes}, measured = clock_timestamp() where id = ${id} and removed is null`,
  );

const hostsThatReach = (poolId: number): Sql =>
  sql`select h.id from storage_pool s join host h on h.zone_id = s.zone_id and h.removed is null and h.type = 'Routing' and h.status = 'Up' and ${reaches} where s.id = ${poolId} order by h.id limit 50`;
export const hostsReaching = (tx: Tx, poolId: number): Promise<{ id: number }[]> => tx.rows(hostsThatReach(poolId));

export const volumesOn = async (tx: Tx, poolId: number): Promise<number> =>
  (await tx.one<{ n: number }>(sql`select count(*) as n from volume where pool_id = ${poolId} and removed is null`)).n;
/** Instances that run with a disk on the pool. */
export const guestsUsing = async (tx: Tx, poolId: number): Promise<number> =>
  (
    await tx.one<{ n: number }>(sql`
  select count(distinct v.id) as n from volume d join vm v on v.id = d.vm_id where d.pool_id = ${poolId} and d.removed is null and v.removed is null and v.state in ('Starting', 'Running', 'Stopping', 'Migrating')`)
  ).n;
/** Takes the templates off the pool's books; returns their uuids, for their files. */
export const forgetTemplates = async (tx: Tx, poolId: number): Promise<string[]> =>
  (
    await tx.rows<{ uuid: string }>(sql`
  with gone as (delete from template_pool where pool_id = ${poolId} returning template_id) select t.uuid from gone join template t on t.id = gone.template_id`)
  ).map(({ uuid }) => uuid);
export const poolsOfHost = (tx: Tx, hostId: number): Promise<{ id: number }[]> =>
  tx.rows(sql`select id from storage_pool where host_id = ${hostId} and removed is null for update`);
export const endPool = (tx: Tx, id: number): Promise<number> =>
  tx.run(sql`update storage_pool set removed = now() where id = ${id}`);

export async function poolTags(
  tx: Tx,
  { keyword, page }: { keyword?: string; page: Page },
): Promise<{ rows: { tag: string; poolId: number }[]; count: number }> {
  const where = sql`p.removed is null ${keyword ? sql`and g.tag ilike ${`%${keyword.replace(/[\\%_]/g, '\\$&')}%`}` : sql.empty}`;
  const from = sql`from storage_pool p cross join lateral unnest(p.tags) g(tag) where ${where}`;
  const { n } = await tx.one<{ n: number }>(sql`select count(*) as n ${from}`);
  return {
    rows: await tx.rows(
      sql`select g.tag, p.id as "poolId" ${from} order by g.tag, p.id limit ${page.limit} offset ${page.offset}`,
    ),
    count: n,
  };
}
