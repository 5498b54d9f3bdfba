// How much there is and how much is given out, summed where it stands. Nothing is kept twice.
import type { Tx } from '#kernel/db.ts';
import { sql, type Sql } from '#kernel/sql.ts';

export type Level = 'zone' | 'pod' | 'cluster';
/** Which part of the hardware, and by what it is summed. `ids`: of these zones, pods or clusters only. */
export interface Part {
  level: Level;
  zoneId?: number;
  podId?: number;
  clusterId?: number;
  ids?: readonly number[];
  tag?: string;
}

const within = (alias: string, { level, zoneId, podId, clusterId, ids }: Part): Sql => {
  const column = (name: string): Sql => sql.raw(`${alias}.${name}`);
  return sql.join(
    [
      zoneId !== undefined && sql`${column('zone_id')} = ${zoneId}`,
      podId !== undefined && sql`${column('pod_id')} = ${podId}`,
      clusterId !== undefined && sql`${column('cluster_id')} = ${clusterId}`,
      ids && sql`${column(`${level}_id`)} = any(${ids})`,
      sql`${column(`${level}_id`)} is not null`,
    ].filter((one): one is Sql => Boolean(one)),
    ' and ',
  );
};

export interface HostSum {
  id: number;
  memoryMib: number;
  memoryUsedMib: number;
  cpuMhz: number;
  cpuUsedMhz: number;
  cores: number;
  coresUsed: number;
}

/** Only hosts that may be used: what is disabled or in maintenance offers nothing. */
export const hostSums = (tx: Tx, part: Part): Promise<HostSum[]> =>
  tx.rows(sql`
  select h.${sql.raw(part.level)}_id as id, sum(h.memory_mib * c.memory_overcommit)::bigint as "memoryMib", sum(h.memory_reserved_mib)::bigint as "memoryUsedMib",
    sum(h.cpus::bigint * h.cpu_mhz * c.cpu_overcommit)::bigint as "cpuMhz", sum(h.cpu_reserved_mhz)::bigint as "cpuUsedMhz", sum(h.cpus * c.cpu_overcommit)::bigint as cores,
    coalesce(sum(v.cpus), 0)::bigint as "coresUsed"
  from host h join cluster c on c.id = h.cluster_id left join lateral (select sum(cpus) as cpus from vm where host_id = h.id and removed is null) v on true
  where h.removed is null and h.type = 'Routing' and h.resource_state = 'Enabled' and c.allocation_state = 'Enabled' and ${within('h', part)}
    ${part.tag === undefined ? sql.empty : sql`and ${part.tag} = any(h.tags)`}
  group by 1`);

export interface PoolSize {
  id: number;
  ofId: number;
  scope: string;
  totalBytes: number;
  usedBytes: number;
  allocatedBytes: number;
}

/** Pools one by one: how much more than there is may be given out is said for each. */
export const poolSizes = (tx: Tx, part: Part): Promise<PoolSize[]> =>
  tx.rows(sql`
  select p.id, p.${sql.raw(part.level)}_id as "ofId", p.scope, p.total_bytes as "totalBytes", p.used_bytes as "usedBytes", p.allocated_bytes as "allocatedBytes"
  from storage_pool p where p.removed is null and p.state in ('Up', 'Maintenance', 'PrepareForMaintenance') and ${within('p', part)}
    ${part.tag === undefined ? sql.empty : sql`and ${part.tag} = any(p.tags)`}`);

export interface Counted {
  id: number;
  total: number;
  used: number;
}

/** Management addresses. No one is given out: system VMs are not run here. */
export const privateIps = (tx: Tx, part: Part): Promise<Counted[]> =>
  tx.rows(sql`
  select p.${sql.raw(part.level)}_id as id, coalesce(sum(r.end_ip - r.start_ip + 1), 0)::bigint as total, 0 as used
  from (select id as pod_id, zone_id from pod where removed is null) p left join pod_ip_range r on r.pod_id = p.pod_id where ${within('p', part)} group by 1`);

/** Addresses of the zone: public ones, or those of shared networks. */
export const zoneIps = (tx: Tx, part: Part, forVirtualNetwork: boolean): Promise<Counted[]> =>
  tx.rows(sql`
  select r.zone_id as id, sum(r.end_ip - r.start_ip + 1)::bigint as total, sum(taken.n)::bigint as used
  from vlan_range r cross join lateral (
    select (select count(*) from public_ip i where i.vlan_range_id = r.id and i.state <> 'Free')
      + (select count(*) from nic c where not r.for_virtual_network and c.network_id = r.network_id and c.removed is null and c.ip between r.start_ip and r.end_ip) as n) taken
  where r.removed is null and r.for_virtual_network = ${forVirtualNetwork} and ${within('r', part)} group by 1`);

export interface VniCount {
  id: number;
  vlan: string | null;
  used: number;
}
export const vniCounts = (tx: Tx, part: Part): Promise<VniCount[]> =>
  tx.rows(sql`
  select p.zone_id as id, p.vlan, (select count(*) from vni v where v.physical_network_id = p.id and v.network_id is not null) as used
  from physical_network p where p.removed is null and ${within('p', part)}`);

export const imageStoreSums = (tx: Tx, part: Part): Promise<Counted[]> =>
  tx.rows(sql`
  select s.zone_id as id, sum(s.total_bytes)::bigint as total, sum(s.used_bytes)::bigint as used from image_store s where s.removed is null and ${within('s', part)} group by 1`);

export interface Place {
  id: number;
  zoneId: number;
  podId: number | null;
  clusterId: number | null;
  zoneUuid: string;
  zoneName: string;
  podUuid: string | null;
  podName: string | null;
  clusterUuid: string | null;
  clusterName: string | null;
}

/** Names of the zones, pods or clusters that are summed by. */
export function places(tx: Tx, part: Part): Promise<Place[]> {
  const from = {
    zone: sql`(select id as zone_id, null::bigint as pod_id, null::bigint as cluster_id from zone where removed is null) t`,
    pod: sql`(select zone_id, id as pod_id, null::bigint as cluster_id from pod where removed is null) t`,
    cluster: sql`(select zone_id, pod_id, id as cluster_id from cluster where removed is null) t`,
  }[part.level];
  return tx.rows(sql`select t.${sql.raw(part.level)}_id as id, z.id as "zoneId", t.pod_id as "podId", t.cluster_id as "clusterId", z.uuid as "zoneUuid", z.name as "zoneName", p.uuid as "podUuid", p.name as "podName", c.uuid as "clusterUuid", c.name as "clusterName"
    from ${from} join zone z on z.id = t.zone_id left join pod p on p.id = t.pod_id left join cluster c on c.id = t.cluster_id where ${within('t', part)} order by t.${sql.raw(part.level)}_id`);
}
