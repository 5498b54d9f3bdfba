// Hosts that are not heard of, their instances, and the row that says how far fencing is.
import type { Tx } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';
import type { PoolPlace } from '../volume/driver.ts';

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
  zoneId: number;
  podId: number;
  clusterId: number;
  pill: string;
  state: string;
  /** How long it has been in this state. */
  forS: number;
  /** Shared storage that instances on it use, or used when fencing began. */
  pools: FencedPool[];
}

const poolsOf = sql`coalesce((select json_agg(json_build_object('id', p.id, 'place', json_build_object('id', p.uuid, 'kind', p.type, 'path', p.path)) order by p.id) from storage_pool p
  where p.scope <> 'HOST' and (p.id = any(f.pool_ids) or exists (select 1 from vm v join volume d on d.vm_id = v.id and d.removed is null where v.host_id = h.id and v.removed is null and d.pool_id = p.id))), '[]')`;
const columns = sql`h.id, h.uuid, h.guid, h.name, h.status, h.zone_id as "zoneId", h.pod_id as "podId", h.cluster_id as "clusterId", f.pill, f.state,
  extract(epoch from clock_timestamp() - f.since)::float8 as "forS", ${poolsOf} as pools`;

/** A row for every host that is silent and has instances. */
export const noteLost = (tx: Tx): Promise<number> =>
  tx.run(sql`
  insert into host_fence(host_id) select h.id from host h where h.removed is null and h.type = 'Routing' and h.status = 'Alert'
    and exists (select 1 from vm v where v.host_id = h.id and v.removed is null) on conflict do nothing`);

export const lostHosts = (tx: Tx): Promise<LostHost[]> =>
  tx.rows(
    sql`select ${columns} from host_fence f join host h on h.id = f.host_id where h.removed is null and h.status in ('Alert', 'Down') order by h.id limit 500`,
  );
/** Heard again, or gone for good. */
export const returnedHosts = (tx: Tx): Promise<LostHost[]> =>
  tx.rows(
    sql`select ${columns} from host_fence f join host h on h.id = f.host_id where h.status = 'Up' and h.removed is null order by h.id limit 500`,
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
export const changeFence = (
  tx: Tx,
  hostId: number,
  { state, poolIds }: { state: string; poolIds?: readonly number[] },
): Promise<number> =>
  tx.run(
    sql`update host_fence set since = case when state = ${state} then since else clock_timestamp() end, state = ${state}, pool_ids = coalesce(${poolIds ?? null}::bigint[], pool_ids),
      asked = case when ${state} = 'Fencing' then coalesce(asked, clock_timestamp()) else asked end where host_id = ${hostId}`,
  );

/** Instances by our word on the host, that no job works on, whose disks all lie on shared storage. */
export const deadGuests = (tx: Tx, hostId: number): Promise<{ id: number; haEnabled: boolean }[]> =>
  tx.rows(sql`
  select v.id, v.ha_enabled as "haEnabled" from vm v where v.host_id = ${hostId} and v.removed is null and v.state = 'Running'
    and (v.power_state is distinct from 'Running' or v.power_host_id is not distinct from ${hostId}::bigint)
    and not exists (select 1 from job j where j.resource_uuid = v.uuid and j.finished is null)
    and not exists (select 1 from volume d join storage_pool p on p.id = d.pool_id where d.vm_id = v.id and d.removed is null and p.scope = 'HOST') order by v.id limit 1000`);

const MAX_STARTS = 5;
const PAUSE_S = 10;
/** Those that are still to be started anew: nobody is at them, and not everything was tried. */
export const stillWanted = (tx: Tx): Promise<{ id: number; uuid: string; accountId: number; domainId: number }[]> =>
  tx.rows(sql`
  select v.id, v.uuid, v.account_id as "accountId", v.domain_id as "domainId" from vm v
    cross join lateral (select count(*) filter (where kind = 'vm.start' and state = 'failed') as failed, bool_or(finished is null) as busy, max(finished) as last from job j where j.resource_uuid = v.uuid and j.created >= v.ha_wanted) j
  where v.ha_wanted is not null and v.removed is null and v.state = 'Stopped' and not coalesce(j.busy, false) and j.failed < ${MAX_STARTS}
    and coalesce(j.last, v.ha_wanted) < clock_timestamp() - ${PAUSE_S} * interval '1 second' order by v.id limit 200`);
/** What runs again, or was put to another use, is not wanted any more. */
export const forgetWanted = (tx: Tx): Promise<number> =>
  tx.run(sql`update vm set ha_wanted = null where ha_wanted is not null and state not in ('Stopped', 'Starting')`);
