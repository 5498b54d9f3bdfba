// Hosts measured against what a guest needs, in one pass over a zone's hosts.
import type { Tx } from '#kernel/db.ts';
import { sql, type Sql } from '#kernel/sql.ts';
import { affinityVerdict, unfulfilled, type Affinity } from './affinity.store.ts';

export interface Need {
  zoneId: number;
  podId?: number | null;
  clusterId?: number | null;
  hostId?: number | null;
  /** Hosts that failed with it a moment ago. */
  exceptHostIds?: readonly number[];
  hypervisor: string;
  cpus: number;
  cpuMhz: number;
  memoryMib: number;
  hostTags: readonly string[];
  /** Room wanted on primary storage with these tags; 0 where all disks exist. */
  storageBytes: number;
  storageTags: readonly string[];
  /** Pools that disks of the guest lie on already: the host must reach them. */
  poolIds: readonly number[];
  /** Room its disks need on storage of the host's own, where they lie on such. */
  local?: { bytes: number; overcommit: number };
  /** Preferred when it fits: where the guest ran last. */
  lastHostId: number | null;
  /** Groups it is in. */
  affinity?: Affinity;
  /** What the operator has set; without it only room counts, and chance decides. */
  rules?: Rules;
}
export interface Rules {
  /** Shares given out from which on a cluster takes nothing more; clusters may have their own. Undefined: not heeded. */
  fullFrom?: { cpu: number; memory: number } | undefined;
  algorithm: 'random' | 'firstfit' | 'userdispersing' | 'firstfitleastconsumed';
  accountId: number;
}
export interface Refusal {
  why: string;
  hosts: number;
  names: string[];
}

const reach = (pool: Sql): Sql =>
  sql`(${pool}.scope = 'ZONE' or (${pool}.scope = 'CLUSTER' and ${pool}.cluster_id = h.cluster_id) or (${pool}.scope = 'HOST' and ${pool}.host_id = h.id))`;
const p = sql.raw('p');

/** The nearest value of a setting: the one of the cluster of `x`, else the one that holds everywhere. */
const ofCluster = (name: string, global: number): Sql =>
  sql`coalesce((select s.value::float8 from setting s where s.name = ${name} and s.scope = 'Cluster' and s.scope_id = x.cluster_id), ${global}::float8)`;

/** Branches of the verdict: the guest would take its cluster `l` past what may be given out. */
const fullClusters = ({ rules, cpus, cpuMhz, memoryMib }: Need): Sql =>
  rules?.fullFrom === undefined
    ? sql.empty
    : sql`
  when l.cpu_held + ${cpus * cpuMhz}::int > l.cpu_mhz * l.cpu_full_from then 'belongs to a cluster that gives out no more CPU'
  when l.memory_held + ${memoryMib}::int > l.memory_mib * l.memory_full_from then 'belongs to a cluster that gives out no more memory'`;

/** What the usable hosts of each cluster have and hold together, and how full it may be: read once, however the rest is planned. */
const clusterLoads = ({ rules, zoneId }: Need, part: Part): Sql =>
  rules?.fullFrom === undefined
    ? sql.empty
    : sql`loads as materialized (select x.cluster_id, sum(x.cpus::bigint * x.cpu_mhz * y.cpu_overcommit) as cpu_mhz, sum(x.cpu_reserved_mhz) as cpu_held,
      sum(x.memory_mib * y.memory_overcommit) as memory_mib, sum(x.memory_reserved_mib) as memory_held,
      ${ofCluster('cluster.cpu.allocated.capacity.disablethreshold', rules.fullFrom.cpu)} as cpu_full_from,
      ${ofCluster('cluster.memory.allocated.capacity.disablethreshold', rules.fullFrom.memory)} as memory_full_from
      from host x join cluster y on y.id = x.cluster_id where x.zone_id = ${zoneId} and x.removed is null and x.type = 'Routing' and x.resource_state = 'Enabled'
        ${part === 'some' ? sql`and x.cluster_id = any(array(select distinct cluster_id from few))` : sql.empty}
      group by x.cluster_id),`;
const joinedLoads = ({ rules }: Need): Sql =>
  rules?.fullFrom === undefined ? sql.empty : sql`left join loads l on l.cluster_id = h.cluster_id`;

/** What hosts that fit are ordered by; of equals the one is as good as the other. */
const order = ({ rules }: Need): Sql => {
  if (rules?.algorithm === 'firstfit') return sql`h.id::float8`;
  if (rules?.algorithm === 'firstfitleastconsumed')
    return sql`h.cpu_reserved_mhz / greatest(1, h.cpus::bigint * h.cpu_mhz * c.cpu_overcommit)`;
  if (rules?.algorithm === 'userdispersing')
    return sql`(select count(*) from vm mine where mine.host_id = h.id and mine.account_id = ${rules.accountId} and mine.removed is null)::float8`;
  return sql`0::float8`;
};

/** Why a host `h` (with its cluster `c` and pod `o`) cannot take the guest; null where it can. */
const verdict = (need: Need): Sql => sql`case
  when h.hypervisor <> ${need.hypervisor} then 'runs ' || h.hypervisor || ', the image is for ' || ${need.hypervisor}
  when h.status <> 'Up' then 'is ' || lower(h.status)
  when h.resource_state <> 'Enabled' then 'is ' || case when h.resource_state like '%aintenance%' then 'in maintenance' when h.resource_state = 'Degraded' then 'degraded' else 'disabled' end
  when c.allocation_state <> 'Enabled' or c.managed_state <> 'Managed' or o.allocation_state <> 'Enabled' then 'belongs to a disabled cluster or pod'
  when not (h.tags @> ${need.hostTags}::text[]) then 'lacks the tag ' || array_to_string(array(select unnest(${need.hostTags}::text[]) except select unnest(h.tags)), ', ')
  when h.cpus < ${need.cpus} then 'has too few CPU cores'
  when h.cpus::bigint * h.cpu_mhz * c.cpu_overcommit - h.cpu_reserved_mhz < ${need.cpus * need.cpuMhz} then 'has too little free CPU'
  when h.memory_mib * c.memory_overcommit - h.memory_reserved_mib < ${need.memoryMib} then 'has too little free memory'
  ${fullClusters(need)}
  when exists (select 1 from storage_pool p where p.id = any(${need.poolIds}::bigint[]) and not ${reach(p)}) then 'reaches not all storage the disks are on'
  when ${need.local?.bytes ?? 0} > 0 and not exists (select 1 from storage_pool p where p.scope = 'HOST' and p.host_id = h.id and p.removed is null and p.state = 'Up'
    and p.allocated_bytes + ${need.local?.bytes ?? 0}::bigint <= p.total_bytes * ${need.local?.overcommit ?? 1}::float8) then 'has no storage of its own with room for the disks'
  when ${need.storageBytes} > 0 and not exists (select 1 from storage_pool p where p.zone_id = h.zone_id and p.removed is null and p.state = 'Up' and ${reach(p)}
    and p.tags @> ${need.storageTags}::text[] and p.total_bytes > 0) then 'reaches no suitable primary storage'
  ${affinityVerdict(need.affinity)}
  end`;

/** All hosts of the zone, or some of them: enough to choose among, so that a guest costs the same in a zone of any size. */
export type Part = 'some' | 'all';
const SOME = 50;

/** From somewhere on in their order, and round; with `firstfit` from the first one on. Where the guest ran last is looked at too. */
const someHosts = ({ zoneId, rules, lastHostId }: Need): Sql => {
  const ofZone = sql`zone_id = ${zoneId} and removed is null and type = 'Routing'`;
  const start =
    rules?.algorithm === 'firstfit'
      ? sql`0::bigint`
      : sql`(select min(id) + floor(random() * (max(id) - min(id) + 1))::bigint from host where ${ofZone})`;
  return sql`begin_at as materialized (select ${start} as id),
    few as materialized (
      (select * from ((select id, cluster_id from host where ${ofZone} and id >= (select id from begin_at) order by id limit ${SOME})
        union all (select id, cluster_id from host where ${ofZone} and id < (select id from begin_at) order by id limit ${SOME})) round limit ${SOME})
      union select id, cluster_id from host where ${ofZone} and id = ${lastHostId ?? 0}),`;
};

const measured = (
  need: Need,
  part: Part,
): Sql => sql`${part === 'some' ? someHosts(need) : sql.empty} ${clusterLoads(need, part)} measured as materialized (select h.id, h.uuid, h.name, ${unfulfilled(need.affinity)} as unfulfilled, ${order(need)} as rank, ${verdict(need)} as why
  from host h join cluster c on c.id = h.cluster_id join pod o on o.id = h.pod_id ${joinedLoads(need)}
  where h.zone_id = ${need.zoneId} and h.removed is null and h.type = 'Routing'
    ${need.podId ? sql`and h.pod_id = ${need.podId}` : sql.empty} ${need.clusterId ? sql`and h.cluster_id = ${need.clusterId}` : sql.empty} ${need.hostId ? sql`and h.id = ${need.hostId}` : sql.empty}
    ${part === 'some' ? sql`and h.id = any(array(select id from few))` : sql.empty} ${need.exceptHostIds?.length ? sql`and h.id <> all(${need.exceptHostIds}::bigint[])` : sql.empty})`;

const TRIES = 8;

export interface Survey {
  /** A few hosts that fit, in the order they are tried: the last one first, then as the operator has set, then by chance. */
  fits: { id: number; uuid: string; name: string }[];
  fitting: number;
  /** The others, by what they lack; a few names of each for administrators. */
  refused: Refusal[];
}

export const survey = (tx: Tx, need: Need, part: Part): Promise<Survey> =>
  tx.one(sql`
  with ${measured(need, part)}
  select coalesce((select json_agg(f) from (select id, uuid, name from measured where why is null
      order by unfulfilled, (id = ${need.lastHostId ?? 0}) desc, rank, random() limit ${TRIES}) f), '[]') as fits,
    (select count(*)::int from measured where why is null) as fitting,
    coalesce((select json_agg(r) from (select why, count(*)::int as hosts, (array_agg(name order by id))[1:20] as names
      from measured where why is not null group by why order by hosts desc, why) r), '[]') as refused`);

/** Each host by itself, those that fit first; `why` is null for them. A page of them. */
export const verdicts = (
  tx: Tx,
  need: Need,
  { limit, offset }: { limit: number; offset: number },
): Promise<{ id: number; why: string | null; count: number }[]> =>
  tx.rows(sql`
  with ${measured(need, 'all')}
  select id, why, (count(*) over ())::int as count from measured order by (why is not null), name, id limit ${limit} offset ${offset}`);

/** Takes the capacity if it is still there. */
export const reserveHost = async (tx: Tx, hostId: number, need: Need): Promise<boolean> =>
  (await tx.run(sql`
  update host h set cpu_reserved_mhz = cpu_reserved_mhz + ${need.cpus * need.cpuMhz}, memory_reserved_mib = memory_reserved_mib + ${need.memoryMib}
  from cluster c where h.id = ${hostId} and c.id = h.cluster_id and h.status = 'Up' and h.resource_state = 'Enabled'
    and h.cpus::bigint * h.cpu_mhz * c.cpu_overcommit - h.cpu_reserved_mhz >= ${need.cpus * need.cpuMhz}
    and h.memory_mib * c.memory_overcommit - h.memory_reserved_mib >= ${need.memoryMib}`)) === 1;

export const releaseHost = (tx: Tx, hostId: number, held: { cpuMhz: number; memoryMib: number }): Promise<number> =>
  tx.run(sql`
  update host set cpu_reserved_mhz = greatest(0, cpu_reserved_mhz - ${held.cpuMhz}), memory_reserved_mib = greatest(0, memory_reserved_mib - ${held.memoryMib}) where id = ${hostId}`);

/** For a guest that is on the host already, whether or not it has the room. */
export const holdHost = (tx: Tx, hostId: number, held: { cpuMhz: number; memoryMib: number }): Promise<number> =>
  tx.run(
    sql`update host set cpu_reserved_mhz = cpu_reserved_mhz + ${held.cpuMhz}, memory_reserved_mib = memory_reserved_mib + ${held.memoryMib} where id = ${hostId}`,
  );
