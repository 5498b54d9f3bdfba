// Routers compared with what their hosts have.
import type { Tx } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';

export interface Expected {
  id: number;
  uuid: string;
  name: string;
  networkId: number;
  hostId: number;
  state: string;
  appliedGeneration: number;
}
const columns = sql`r.id, r.uuid, r.name, r.network_id as "networkId", r.host_id as "hostId", r.state, r.applied_generation as "appliedGeneration"`;
const wanted = sql`r.removed is null and r.state in ('Starting', 'Running') and w.state in ('Implementing', 'Implemented')`;

/** Routers that should do something newer than what their host was told. */
export const behind = (tx: Tx): Promise<Expected[]> =>
  tx.rows(sql`select ${columns} from router r join network w on w.id = r.network_id join host h on h.id = r.host_id
  where ${wanted} and r.applied_generation < w.generation and h.status = 'Up' and h.removed is null order by r.id limit 500`);

/** Routers that should be on the host. */
export const expectedOn = (tx: Tx, hostId: number): Promise<Expected[]> =>
  tx.rows(
    sql`select ${columns} from router r join network w on w.id = r.network_id where ${wanted} and r.host_id = ${hostId}`,
  );
/** Of these, what somebody is at right now: being stopped by a job, or on its way to another state. */
export const busyOn = async (
  tx: Tx,
  { hostId, uuids }: { hostId: number; uuids: readonly string[] },
): Promise<string[]> =>
  (
    await tx.rows<{ uuid: string }>(sql`
  select r.uuid from router r where r.uuid = any(${uuids}::uuid[]) and r.host_id = ${hostId} and r.removed is null and r.state = 'Stopping'`)
  ).map(({ uuid }) => uuid);

const mayBeAsked = sql`h.status = 'Up' and h.removed is null and h.type = 'Routing'`;
/** Hosts that should have a router, from this one on in their order. */
export const hostsWithRouters = async (
  tx: Tx,
  { after, atMost }: { after: number; atMost: number },
): Promise<number[]> =>
  (
    await tx.rows<{ id: number }>(sql`
  select h.id from (select distinct host_id as id from router where removed is null and host_id > ${after}) r join host h on h.id = r.id
  where ${mayBeAsked} order by h.id limit ${atMost}`)
  ).map(({ id }) => id);
/** Any hosts, likewise. */
export const hostsAfter = async (tx: Tx, { after, atMost }: { after: number; atMost: number }): Promise<number[]> =>
  (
    await tx.rows<{ id: number }>(
      sql`select h.id from host h where ${mayBeAsked} and h.id > ${after} order by h.id limit ${atMost}`,
    )
  ).map(({ id }) => id);

/** Routers on hosts that are away for longer than a hiccup. */
export const onLostHosts = (tx: Tx, afterS: number): Promise<(Expected & { host: string })[]> =>
  tx.rows(sql`
  select ${columns}, h.name as host from router r join network w on w.id = r.network_id join host h on h.id = r.host_id where ${wanted}
    and (h.removed is not null or h.status in ('Down', 'Error', 'Removed') or (h.status in ('Disconnected', 'Alert', 'Rebalancing') and coalesce(h.disconnected, now()) <= now() - ${afterS} * interval '1 second')) order by r.id limit 200`);

/** Networks whose given-back addresses no router has any more. */
export const letGoNetworks = async (tx: Tx): Promise<number[]> =>
  (
    await tx.rows<{ id: number }>(sql`
  select distinct p.network_id as id from public_ip p join network w on w.id = p.network_id left join router r on r.network_id = w.id and r.removed is null
  where p.state = 'Releasing' and (r.id is null or r.state = 'Stopped' or r.applied_generation >= w.generation) limit 200`)
  ).map(({ id }) => id);
