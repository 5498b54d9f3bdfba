// What the metrics of the whole cloud are counted from: sums made by the database, one statement per family of numbers. None
// reads rows of instances or volumes: those are counted in indexes made for it (schema/0170).
import type { Tx } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';

export interface ZoneName {
  id: number;
  name: string;
}
export const zoneNames = (tx: Tx): Promise<ZoneName[]> =>
  tx.rows(sql`select id, name from zone where removed is null order by id`);

export interface HostNumbers {
  zoneId: number;
  name: string;
  ip: string;
  tags: string[];
  state: 'online' | 'offline' | 'other';
  usable: boolean;
  cpuFactor: number;
  memoryFactor: number;
  cpus: number;
  cpuMhz: number;
  cpuReservedMhz: number;
  memoryMib: number;
  memoryReservedMib: number;
  vms: number;
  cores: number;
  certificateExpires: Date | null;
}
export const hostNumbers = (tx: Tx): Promise<HostNumbers[]> =>
  tx.rows(sql`
  with placed as (select host_id, count(*)::int as vms, sum(cpus)::bigint as cores from vm where removed is null and host_id is not null group by host_id)
  select h.zone_id as "zoneId", h.name, h.private_ip as ip, h.tags,
    case when h.resource_state in ('Maintenance', 'PrepareForMaintenance', 'ErrorInMaintenance', 'ErrorInPrepareForMaintenance') or h.status in ('Down', 'Disconnected') then 'offline'
      when h.status = 'Up' then 'online' else 'other' end as state,
    h.resource_state = 'Enabled' and c.allocation_state = 'Enabled' as usable, c.cpu_overcommit as "cpuFactor", c.memory_overcommit as "memoryFactor", h.cpus,
    h.cpus::bigint * h.cpu_mhz as "cpuMhz", h.cpu_reserved_mhz as "cpuReservedMhz", h.memory_mib as "memoryMib", h.memory_reserved_mib as "memoryReservedMib",
    coalesce(p.vms, 0) as vms, coalesce(p.cores, 0) as cores, h.certificate_expires as "certificateExpires"
  from host h join cluster c on c.id = h.cluster_id left join placed p on p.host_id = h.id where h.removed is null and h.type = 'Routing' order by h.id`);

export interface StateCount {
  zoneId: number;
  state: string;
  n: number;
}
/** Of one zone alone the counters of the accounts say the same, without a look at any instance. */
export const vmCounts = (tx: Tx, onlyZoneId: number | undefined): Promise<StateCount[]> =>
  onlyZoneId === undefined
    ? tx.rows(
        sql`select zone_id as "zoneId", state, count(*)::bigint as n from vm where removed is null group by zone_id, state`,
      )
    : tx.rows(
        sql`select ${onlyZoneId}::bigint as "zoneId", state, sum(n)::bigint as n from vm_count group by state having sum(n) > 0`,
      );
export const vmCountsByTag = (tx: Tx): Promise<(StateCount & { tag: string })[]> =>
  tx.rows(sql`
  select h.zone_id as "zoneId", v.state, tag, count(*)::bigint as n
  from host h cross join unnest(h.tags) tag join vm v on v.host_id = h.id and v.removed is null
  where h.removed is null and cardinality(h.tags) > 0 group by h.zone_id, v.state, tag`);
export const vmSizes = (tx: Tx): Promise<{ zoneId: number; cpus: number; memoryMib: number; n: number }[]> =>
  tx.rows(sql`
  select zone_id as "zoneId", cpus, memory_mib as "memoryMib", count(*)::bigint as n from vm where removed is null
  group by zone_id, cpus, memory_mib order by n desc, cpus, memory_mib`);
export const activeAccounts = (tx: Tx): Promise<{ zoneId: number; n: number }[]> =>
  tx.rows(
    sql`select zone_id as "zoneId", count(distinct account_id)::bigint as n from vm where removed is null and state = 'Running' group by zone_id`,
  );
export const activeDomains = async (tx: Tx): Promise<number> =>
  (
    await tx.one<{ n: number }>(
      sql`select count(distinct domain_id)::bigint as n from account where removed is null and state = 'enabled'`,
    )
  ).n;
export const volumeCounts = (tx: Tx): Promise<StateCount[]> =>
  tx.rows(
    sql`select zone_id as "zoneId", state, count(*)::bigint as n from volume where removed is null group by zone_id, state`,
  );

export interface StoreNumbers {
  id: number;
  zoneId: number;
  name: string;
  address: string;
  totalBytes: number;
  usedBytes: number;
  allocatedBytes: number;
}
export const poolNumbers = (tx: Tx): Promise<StoreNumbers[]> =>
  tx.rows(sql`
  select id, zone_id as "zoneId", name, address || ':' || path as address, total_bytes as "totalBytes", used_bytes as "usedBytes", allocated_bytes as "allocatedBytes"
  from storage_pool where removed is null order by id`);
export const imageStoreNumbers = (tx: Tx): Promise<StoreNumbers[]> =>
  tx.rows(sql`
  select id, zone_id as "zoneId", name, url as address, total_bytes as "totalBytes", used_bytes as "usedBytes", 0 as "allocatedBytes"
  from image_store where removed is null and zone_id is not null order by id`);

export interface DomainNumbers {
  id: number;
  path: string;
  level: number;
}
export const domainNumbers = (tx: Tx): Promise<DomainNumbers[]> =>
  tx.rows(sql`select id, path, level from domain where removed is null order by id`);

export interface JobNumbers {
  state: 'queued' | 'blocked' | 'running' | 'undoing';
  kind: string;
  n: number;
  oldestS: number;
}
/** What is not finished; the rest is counted where it ends. */
export const jobNumbers = (tx: Tx): Promise<JobNumbers[]> =>
  tx.rows(sql`
  select case when undoing then 'undoing' when state = 'queued' and blocked > 0 then 'blocked' else state end as state, kind, count(*)::int as n,
    max(extract(epoch from clock_timestamp() - greatest(created, run_at)))::float8 as "oldestS"
  from job where finished is null group by 1, 2 order by 1, 2`);
export interface KeeperNumbers {
  name: string;
  lastEnd: Date | null;
  lateS: number;
  failing: boolean;
  runs: number;
}
export const keeperNumbers = (tx: Tx): Promise<KeeperNumbers[]> =>
  tx.rows(sql`
  select name, last_end as "lastEnd", greatest(0, extract(epoch from clock_timestamp() - next))::float8 as "lateS", last_error is not null as failing, runs from keeper order by name`);
export const standingAlerts = (tx: Tx): Promise<{ name: string; n: number }[]> =>
  tx.rows(
    sql`select name, count(*)::int as n from alert where resolved is null and not archived group by name order by name`,
  );
export const serverStates = (tx: Tx): Promise<{ state: string; n: number }[]> =>
  tx.rows(sql`
  select case when state = 'Up' and seen < now() - interval '30 seconds' then 'Silent' else state end as state, count(*)::int as n from management_server group by 1 order by 1`);
