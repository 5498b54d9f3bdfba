// Rows of clusters.
import type { Tx } from '#kernel/db.ts';
import { anyOf, inOrder, listIds, type ListOf, type Page } from '#kernel/list.ts';
import { sql } from '#kernel/sql.ts';

export interface ClusterRow {
  id: number;
  uuid: string;
  zoneId: number;
  zoneUuid: string;
  zoneName: string;
  podId: number;
  podUuid: string;
  podName: string;
  name: string;
  hypervisor: string;
  clusterType: string;
  allocationState: 'Enabled' | 'Disabled';
  managedState: string;
  arch: string;
  cpuOvercommit: number;
  memoryOvercommit: number;
  details: Record<string, string>;
  annotated: boolean;
}

const columns = sql`c.id, c.uuid, c.zone_id as "zoneId", z.uuid as "zoneUuid", z.name as "zoneName", c.pod_id as "podId", p.uuid as "podUuid", p.name as "podName", c.name, c.hypervisor,
  c.cluster_type as "clusterType", c.allocation_state as "allocationState", c.managed_state as "managedState", c.arch, c.cpu_overcommit as "cpuOvercommit", c.memory_overcommit as "memoryOvercommit",
  c.details, exists (select 1 from annotation a where a.entity_uuid = c.uuid and a.removed is null) as annotated`;

export const clustersByIds = async (tx: Tx, ids: readonly number[]): Promise<ClusterRow[]> =>
  inOrder(
    ids,
    await tx.rows<ClusterRow>(
      sql`select ${columns} from cluster c join zone z on z.id = c.zone_id join pod p on p.id = c.pod_id where c.id = ${anyOf(ids)}`,
    ),
  );

export const clusterByName = async (
  tx: Tx,
  { podId, name }: { podId: number; name: string },
): Promise<number | undefined> =>
  (
    await tx.first<{ id: number }>(
      sql`select id from cluster where pod_id = ${podId} and lower(name) = ${name.toLowerCase()} and removed is null`,
    )
  )?.id;

export const zoneOfPod = async (tx: Tx, podId: number): Promise<number> =>
  (await tx.one<{ zoneId: number }>(sql`select zone_id as "zoneId" from pod where id = ${podId}`)).zoneId;

export const insertCluster = (tx: Tx, values: Readonly<Record<string, unknown>>): Promise<{ id: number }> =>
  tx.one(sql`insert into cluster ${sql.row(values)} returning id`);
export const changeCluster = (tx: Tx, id: number, values: Readonly<Record<string, unknown>>): Promise<number> =>
  Object.values(values).some((value) => value !== undefined)
    ? tx.run(sql`update cluster set ${sql.set(values)} where id = ${id}`)
    : Promise.resolve(0);
export const removeCluster = (tx: Tx, id: number): Promise<number> =>
  tx.run(sql`update cluster set removed = now() where id = ${id} and removed is null`);

export const clusterContents = (tx: Tx, id: number): Promise<{ kind: string; n: number }[]> =>
  tx.rows(sql`
  select kind, n from (
    select 'host' as kind, count(*) as n from host where cluster_id = ${id} and removed is null union all
    select 'storage pool', count(*) from storage_pool where cluster_id = ${id} and removed is null) counted where n > 0`);

/** What of a cluster its settings decide. */
export const clusterFactors = (tx: Tx): Promise<{ id: number; cpu: number; memory: number }[]> =>
  tx.rows(sql`select id, cpu_overcommit as cpu, memory_overcommit as memory from cluster where removed is null`);

const list: ListOf = { table: 'cluster', keyword: ['name', 'hypervisor'], owned: false };

export interface ClusterQuery {
  page: Page;
  keyword?: string;
  id?: number;
  name?: string;
  zoneId?: number;
  podId?: number;
  hypervisor?: string;
  clusterType?: string;
  allocationState?: string;
  managedState?: string;
  arch?: string;
}

export async function findClusters(tx: Tx, query: ClusterQuery): Promise<{ rows: ClusterRow[]; count: number }> {
  const same = (column: string, value: string | undefined) =>
    value !== undefined && sql`lower(t.${sql.raw(column)}) = ${value.toLowerCase()}`;
  const { ids, count } = await listIds(tx, list, {
    page: query.page,
    keyword: query.keyword,
    scope: { kind: 'all' },
    where: [
      query.id !== undefined && sql`t.id = ${query.id}`,
      query.name && sql`t.name = ${query.name}`,
      query.zoneId !== undefined && sql`t.zone_id = ${query.zoneId}`,
      query.podId !== undefined && sql`t.pod_id = ${query.podId}`,
      same('hypervisor', query.hypervisor),
      same('cluster_type', query.clusterType),
      same('allocation_state', query.allocationState),
      same('managed_state', query.managedState),
      same('arch', query.arch),
    ],
  });
  return { rows: await clustersByIds(tx, ids), count };
}
