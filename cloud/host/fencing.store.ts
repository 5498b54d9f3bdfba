// Hosts that are not heard of, their instances, and the row that says how far fencing is.
import type { Tx } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';
import type { PoolPlace } from '../volume/driver.ts';
import { haJoins, mayRecover, maySwitchOff } from './ha.store.ts';

export interface FencedPool {
  id: number;
  place: PoolPlace;
}
export interface LostHost {
  id: number;
  uuid: string;
  guid: string;
  name: string;
  status: string;
  resourceState: string;
  zoneId: number;
  podId: number;
  clusterId: number;
  address: string;
  pill: string;
  state: string;
  /** How long it has been in this state. */
  forS: number;
  /** What was found when it was looked for last. */
  evidence: string | null;
  /** Shared storage that instances on it use, or used when fencing began. */
  pools: FencedPool[];
  /** Its power may be taken; and given back. */
  maySwitchOff: boolean;
  mayRecover: boolean;
  /** How often it was started anew since it was heard last. */
  recoveries: number;
  /** Its controller has said that it is off, and nothing was started on it since. */
  off: boolean;
  /** How long ago its controller was asked in vain. */
  deafForS: number | null;
}

const poolsOf = sql`coalesce((select json_agg(json_build_object('id', p.id, 'place', json_build_object('id', p.uuid, 'kind', p.type, 'path', p.path)) order by p.id) from storage_pool p
  where p.scope <> 'HOST' and (p.id = any(f.pool_ids) or exists (select 1 from vm v join volume d on d.vm_id = v.id and d.removed is null where v.host_id = h.id and v.removed is null and d.pool_id = p.id))), '[]')`;
const columns = sql`h.id, h.uuid, h.guid, h.name, h.status, h.resource_state as "resourceState", h.zone_id as "zoneId", h.pod_id as "podId", h.cluster_id as "clusterId",
  coalesce(h.underlay_ip, h.private_ip) as address, f.pill, f.state, f.evidence, f.recoveries, f.off_at is not null as off, ${maySwitchOff} as "maySwitchOff", ${mayRecover} as "mayRecover",
  extract(epoch from clock_timestamp() - f.since)::float8 as "forS", extract(epoch from clock_timestamp() - f.deaf_at)::float8 as "deafForS", ${poolsOf} as pools`;
const fences = sql`host h join cluster c on c.id = h.cluster_id join zone z on z.id = h.zone_id ${haJoins}`;

/** A row for every host that is silent and has instances, or that is to be started anew; and for one that was given up. */
export const noteLost = (tx: Tx): Promise<number> =>
  tx.run(sql`
  insert into host_fence(host_id) select h.id from host h where h.removed is null and h.type = 'Routing'
    and (h.status = 'Alert' or (h.status = 'Disconnected' and h.resource_state = 'Degraded'))
    and (exists (select 1 from vm v where v.host_id = h.id and v.removed is null) or exists (select 1 from host_ha a where a.host_id = h.id and a.enabled)) on conflict do nothing`);

export const lostHosts = (tx: Tx): Promise<LostHost[]> =>
  tx.rows(
    sql`select ${columns} from ${fences} where f.host_id is not null and h.removed is null and h.status in ('Alert', 'Down', 'Disconnected') order by h.id limit 500`,
  );
/** Heard again, or gone for good. */
export const returnedHosts = (tx: Tx): Promise<LostHost[]> =>
  tx.rows(
    sql`select ${columns} from ${fences} where f.host_id is not null and h.status = 'Up' and h.removed is null order by h.id limit 500`,
  );
export const forgetRemoved = (tx: Tx): Promise<number> =>
  tx.run(sql`delete from host_fence f where (select h.removed from host h where h.id = f.host_id) is not null`);
export const forgetFence = (tx: Tx, hostId: number): Promise<number> =>
  tx.run(sql`delete from host_fence where host_id = ${hostId}`);

/** Waits for whoever writes it now; undefined where it is over. */
export const lockFence = (tx: Tx, hostId: number): Promise<{ state: string; status: string } | undefined> =>
  tx.first(
    sql`select f.state, h.status from host h join host_fence f on f.host_id = h.id where h.id = ${hostId} for update of h, f`,
  );
export interface FenceChange {
  state: string;
  poolIds?: readonly number[];
  off?: boolean;
  recoveries?: number;
}
export const changeFence = (
  tx: Tx,
  hostId: number,
  { state, poolIds, off, recoveries }: FenceChange,
): Promise<number> =>
  tx.run(
    sql`update host_fence set since = case when state = ${state} then since else clock_timestamp() end, state = ${state}, pool_ids = coalesce(${poolIds ?? null}::bigint[], pool_ids),
      off_at = case ${off ?? null}::boolean when true then clock_timestamp() when false then null else off_at end, recoveries = coalesce(${recoveries ?? null}::int, recoveries),
      asked = case when ${state} = 'Fencing' then coalesce(asked, clock_timestamp()) else asked end where host_id = ${hostId}`,
  );
export const noteEvidence = (tx: Tx, hostId: number, evidence: string): Promise<number> =>
  tx.run(
    sql`update host_fence set evidence = ${evidence} where host_id = ${hostId} and evidence is distinct from ${evidence}`,
  );
export const noteDeaf = (tx: Tx, hostId: number): Promise<number> =>
  tx.run(sql`update host_fence set deaf_at = clock_timestamp() where host_id = ${hostId}`);

/** Hosts to ask about it, those of its cluster first, then those of its pod. */
export const neighboursOf = (
  tx: Tx,
  { id, clusterId, podId }: Pick<LostHost, 'id' | 'clusterId' | 'podId'>,
): Promise<{ id: number; inCluster: boolean }[]> =>
  tx.rows(sql`
  select id, cluster_id = ${clusterId} as "inCluster" from host where pod_id = ${podId} and id <> ${id} and removed is null and type = 'Routing' and status = 'Up'
    order by (cluster_id = ${clusterId}) desc, id limit 20`);

const onlyThere = sql`exists (select 1 from volume d join storage_pool p on p.id = d.pool_id where d.vm_id = v.id and d.removed is null and p.scope = 'HOST')`;
export interface DeadGuest {
  id: number;
  haEnabled: boolean;
  /** A disk of it is on storage of the host itself. */
  onlyThere: boolean;
}
/** Instances by our word on the host, that no job works on: all where it is without power, else those whose disks all lie on shared
 * storage. */
export const deadGuests = (tx: Tx, hostId: number, { off }: { off: boolean }): Promise<DeadGuest[]> =>
  tx.rows(sql`
  select v.id, v.ha_enabled as "haEnabled", ${onlyThere} as "onlyThere" from vm v where v.host_id = ${hostId} and v.removed is null and v.state = 'Running'
    and (v.power_state is distinct from 'Running' or v.power_host_id is not distinct from ${hostId}::bigint)
    and not exists (select 1 from job j where j.resource_uuid = v.uuid and j.finished is null)
    and (${off} or not ${onlyThere}) order by v.id limit 1000`);

export interface Wanted {
  id: number;
  uuid: string;
  name: string;
  zoneId: number;
  accountId: number;
  domainId: number;
  failed: number;
}
/** Those that are still to be started anew and that nobody is at; not while storage that only one host reaches is out of reach. */
export const stillWanted = (tx: Tx, { pauseS }: { pauseS: number }): Promise<Wanted[]> =>
  tx.rows(sql`
  select v.id, v.uuid, v.name, v.zone_id as "zoneId", v.account_id as "accountId", v.domain_id as "domainId", j.failed from vm v
    cross join lateral (select count(*) filter (where kind = 'vm.start' and state = 'failed')::int as failed, bool_or(finished is null) as busy, max(finished) as last from job j where j.resource_uuid = v.uuid and j.created >= v.ha_wanted) j
  where v.ha_wanted is not null and v.removed is null and v.state = 'Stopped' and not coalesce(j.busy, false)
    and coalesce(j.last, v.ha_wanted) < clock_timestamp() - ${pauseS} * interval '1 second'
    and not exists (select 1 from volume d join storage_pool p on p.id = d.pool_id and p.scope = 'HOST' join host h on h.id = p.host_id where d.vm_id = v.id and d.removed is null and h.status <> 'Up')
  order by v.id limit 200`);
/** What runs again, or was put to another use, is not wanted any more. */
export const forgetWanted = (tx: Tx): Promise<number> =>
  tx.run(sql`update vm set ha_wanted = null where ha_wanted is not null and state not in ('Stopped', 'Starting')`);
