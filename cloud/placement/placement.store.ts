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
}
export interface Refusal {
  why: string;
  hosts: number;
  names: string[];
}

const reach = (pool: Sql): Sql =>
  sql`(${pool}.scope = 'ZONE' or (${pool}.scope = 'CLUSTER' and ${pool}.cluster_id = h.cluster_id) or (${pool}.scope = 'HOST' and ${pool}.host_id = h.id))`;
const p = sql.raw('p');

/** Why a host `h` (with its cluster `c` and pod `o`) cannot take the guest; null where it can. */
const verdict = (need: Need): Sql => sql`case
  when h.hypervisor <> ${need.hypervisor} then 'runs ' || h.hypervisor || ', the image is for ' || ${need.hypervisor}
  when h.status <> 'Up' then 'is ' || lower(h.status)
  when h.resource_state <> 'Enabled' then 'is ' || case when h.resource_state like '%aintenance%' then 'in maintenance' else 'disabled' end
  when c.allocation_state <> 'Enabled' or c.managed_state <> 'Managed' or o.allocation_state <> 'Enabled' then 'belongs to a disabled cluster or pod'
  when not (h.tags @> ${need.hostTags}::text[]) then 'lacks the tag ' || array_to_string(array(select unnest(${need.hostTags}::text[]) except select unnest(h.tags)), ', ')
  when h.cpus < ${need.cpus} then 'has too few CPU cores'
  when h.cpus::bigint * h.cpu_mhz * c.cpu_overcommit - h.cpu_reserved_mhz < ${need.cpus * need.cpuMhz} then 'has too little free CPU'
  when h.memory_mib * c.memory_overcommit - h.memory_reserved_mib < ${need.memoryMib} then 'has too little free memory'
  when exists (select 1 from storage_pool p where p.id = any(${need.poolIds}::bigint[]) and not ${reach(p)}) then 'reaches not all storage the disks are on'
  when ${need.local?.bytes ?? 0} > 0 and not exists (select 1 from storage_pool p where p.scope = 'HOST' and p.host_id = h.id and p.removed is null and p.state = 'Up'
    and p.allocated_bytes + ${need.local?.bytes ?? 0}::bigint <= p.total_bytes * ${need.local?.overcommit ?? 1}::float8) then 'has no storage of its own with room for the disks'
  when ${need.storageBytes} > 0 and not exists (select 1 from storage_pool p where p.zone_id = h.zone_id and p.removed is null and p.state = 'Up' and ${reach(p)}
    and p.tags @> ${need.storageTags}::text[] and p.total_bytes > 0) then 'reaches no suitable primary storage'
  ${affinityVerdict(need.affinity)}
  end`;

const measured = (
  need: Need,
): Sql => sql`select h.id, h.uuid, h.name, ${unfulfilled(need.affinity)} as unfulfilled, ${verdict(need)} as why
  from host h join cluster c on c.id = h.cluster_id join pod o on o.id = h.pod_id
  where h.zone_id = ${need.zoneId} and h.removed is null and h.type = 'Routing'
    ${need.podId ? sql`and h.pod_id = ${need.podId}` : sql.empty} ${need.clusterId ? sql`and h.cluster_id = ${need.clusterId}` : sql.empty} ${need.hostId ? sql`and h.id = ${need.hostId}` : sql.empty}
    ${need.exceptHostIds?.length ? sql`and h.id <> all(${need.exceptHostIds}::bigint[])` : sql.empty}`;

const TRIES = 8;

/** A few hosts that fit, in the order they are tried: the last one first, then by chance, so that guests spread. */
export const candidates = (
  tx: Tx,
  need: Need,
): Promise<{ id: number; uuid: string; name: string; fitting: number }[]> =>
  tx.rows(sql`
  with measured as materialized (${measured(need)})
  select id, uuid, name, (count(*) over ())::int as fitting from measured where why is null order by unfulfilled, (id = ${need.lastHostId ?? 0}) desc, random() limit ${TRIES}`);

/** The others, by what they lack; a few names of each for administrators. */
export const refusals = (tx: Tx, need: Need): Promise<Refusal[]> =>
  tx.rows(sql`
  with measured as materialized (${measured(need)})
  select why, count(*)::int as hosts, (array_agg(name order by id))[1:20] as names from measured where why is not null group by why order by hosts desc, why`);

/** Each host by itself, those that fit first; `why` is null for them. A page of them. */
export const verdicts = (
  tx: Tx,
  need: Need,
  { limit, offset }: { limit: number; offset: number },
): Promise<{ id: number; why: string | null; count: number }[]> =>
  tx.rows(sql`
  with measured as materialized (${measured(need)})
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
