// How busy hosts are, by zone or cluster, and how many of everything there is.
import type { Tx } from '#kernel/db.ts';
import { anyOf } from '#kernel/list.ts';
import { sql } from '#kernel/sql.ts';

export interface HostLoadSum {
  id: number;
  hosts: number;
  hostsUp: number;
  cpuMhz: number;
  cpuReservedMhz: number;
  cpuUsedMhz: number;
  memoryMib: number;
  memoryReservedMib: number;
  memoryUsedMib: number;
  /** Of the busiest host, and of all on average: percent of CPU, MiB of memory. */
  maxCpuPercent: number;
  averageCpuPercent: number;
  maxMemoryMib: number;
  averageMemoryMib: number;
}

export const hostLoads = (
  tx: Tx,
  { level, ids }: { level: 'zone' | 'cluster'; ids: readonly number[] },
): Promise<HostLoadSum[]> =>
  tx.rows(sql`
  select h.${sql.raw(level)}_id as id, count(*)::int as hosts, (count(*) filter (where h.status = 'Up'))::int as "hostsUp",
    sum(h.cpus::bigint * h.cpu_mhz)::bigint as "cpuMhz", sum(h.cpu_reserved_mhz)::bigint as "cpuReservedMhz", coalesce(sum(h.cpus::bigint * h.cpu_mhz * h.cpu_used_percent / 100), 0)::float8 as "cpuUsedMhz",
    sum(h.memory_mib)::bigint as "memoryMib", sum(h.memory_reserved_mib)::bigint as "memoryReservedMib", coalesce(sum(h.memory_used_mib), 0)::bigint as "memoryUsedMib",
    coalesce(max(h.cpu_used_percent), 0) as "maxCpuPercent", coalesce(avg(h.cpu_used_percent), 0) as "averageCpuPercent",
    coalesce(max(h.memory_used_mib), 0)::bigint as "maxMemoryMib", coalesce(avg(h.memory_used_mib), 0)::float8 as "averageMemoryMib"
  from host h where h.removed is null and h.type = 'Routing' and h.${sql.raw(level)}_id = ${anyOf(ids)} group by 1`);

export const clusterCounts = (
  tx: Tx,
  zoneIds: readonly number[],
): Promise<{ id: number; clusters: number; enabled: number }[]> =>
  tx.rows(sql`
  select zone_id as id, count(*)::int as clusters, (count(*) filter (where allocation_state = 'Enabled'))::int as enabled from cluster where removed is null and zone_id = any(${zoneIds}) group by 1`);

export interface Inventory {
  zones: number;
  pods: number;
  clusters: number;
  hosts: number;
  cpusockets: number;
  storagepools: number;
  imagestores: number;
  routers: number;
  managementservers: number;
  alerts: number;
}
export const inventory = (tx: Tx): Promise<Inventory> =>
  tx.one(sql`select
  (select count(*) from zone where removed is null)::int as zones, (select count(*) from pod where removed is null)::int as pods, (select count(*) from cluster where removed is null)::int as clusters,
  (select count(*) from host where removed is null and type = 'Routing')::int as hosts, (select coalesce(sum(cpu_sockets), 0) from host where removed is null and type = 'Routing')::int as cpusockets,
  (select count(*) from storage_pool where removed is null)::int as storagepools, (select count(*) from image_store where removed is null)::int as imagestores,
  (select count(*) from router where removed is null)::int as routers, (select count(*) from management_server)::int as managementservers, (select count(*) from alert where not archived)::int as alerts`);
