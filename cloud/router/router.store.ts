// Rows of routers: one per network, in the state machine of instances, as listRouters shows them.
import { virtualMachineMachine } from '#api/states/vm.ts';
import type { EventOf } from '#api/machine.ts';
import type { Tx } from '#kernel/db.ts';
import { move } from '#kernel/move.ts';
import { sql, type Sql } from '#kernel/sql.ts';

export interface RouterRow {
  id: number;
  uuid: string;
  name: string;
  accountId: number;
  domainId: number;
  zoneId: number;
  networkId: number;
  hostId: number | null;
  state: string;
  generation: number;
  appliedGeneration: number;
  networkState: string;
  vni: number | null;
}
const columns = sql`r.id, r.uuid, r.name, r.account_id as "accountId", r.domain_id as "domainId", r.zone_id as "zoneId", r.network_id as "networkId", r.host_id as "hostId", r.state, w.generation,
  r.applied_generation as "appliedGeneration", w.state as "networkState", w.vni`;
const joined = sql`from router r join network w on w.id = r.network_id`;

export const routerOf = (tx: Tx, networkId: number): Promise<RouterRow | undefined> =>
  tx.first(sql`select ${columns} ${joined} where r.network_id = ${networkId} and r.removed is null`);
export const routerById = (tx: Tx, id: number): Promise<RouterRow> =>
  tx.one(sql`select ${columns} ${joined} where r.id = ${id}`);

export const moveRouter = (tx: Tx, id: number, event: EventOf<typeof virtualMachineMachine>): Promise<string> =>
  move(tx, { entity: 'router', table: 'router', machine: virtualMachineMachine }, id, event);

/** The network's row must be locked: one network has one router. */
export const insertRouter = (
  tx: Tx,
  { networkId, hostId, mac }: { networkId: number; hostId: number; mac: string },
): Promise<{ id: number }> =>
  tx.one(sql`
  with made as (select nextval(pg_get_serial_sequence('router', 'id')) as id)
  insert into router(id, account_id, domain_id, zone_id, pod_id, network_id, host_id, name, state, guest_mac, version) overriding system value
  select made.id, w.account_id, w.domain_id, w.zone_id, (select pod_id from host where id = ${hostId}), w.id, ${hostId}, 'r-' || made.id || '-VM', 'Stopped', ${mac}, h.version
  from made, network w join host h on h.id = ${hostId} where w.id = ${networkId} returning id`);

export const changeRouter = (tx: Tx, id: number, values: Readonly<Record<string, unknown>>): Promise<number> =>
  tx.run(sql`update router set ${sql.set(values)} where id = ${id}`);

/** Of two who applied, the newer one stands. */
export const noteApplied = (
  tx: Tx,
  { id, hostId, generation }: { id: number; hostId: number; generation: number },
): Promise<number> =>
  tx.run(sql`
  update router set applied_generation = greatest(applied_generation, ${generation}), last_error = null where id = ${id} and host_id = ${hostId} and removed is null`);

export const generationOf = async (tx: Tx, networkId: number): Promise<number> =>
  (await tx.one<{ generation: number }>(sql`select generation from network where id = ${networkId}`)).generation;

/** To be called in every transaction that changes what the routers of these networks should be. Locks the networks' rows, in order;
 * who only refers to them is not held up. */
export const raiseGeneration = (tx: Tx, networkIds: readonly number[]): Promise<number> =>
  networkIds.length === 0
    ? Promise.resolve(0)
    : tx.run(sql`
  with locked as (select id from network where id = any(${networkIds}) order by id for no key update)
  update network set generation = generation + 1 from locked where network.id = locked.id`);

/** Is the host gone for longer than a hiccup? */
export const hostIsLost = async (tx: Tx, hostId: number, afterS: number): Promise<boolean> =>
  (await tx.first(sql`select 1 from host h where h.id = ${hostId} and ${notLost(afterS)}`)) === undefined;
/** Of a host `h`. */
export const notLost = (afterS: number): Sql => sql`h.removed is null
  and (h.status in ('Up', 'Connecting') or (h.status in ('Disconnected', 'Alert', 'Rebalancing') and coalesce(h.disconnected, now()) > now() - ${afterS} * interval '1 second'))`;

/** The wished host if it will do, else any that is Up and has the bridge of public traffic (`bridge` null: none needed). */
export const routerHost = (
  tx: Tx,
  { zoneId, wished, bridge }: { zoneId: number; wished: number; bridge: string | null },
): Promise<{ id: number } | undefined> =>
  tx.first(sql`
  select h.id from host h join host g on g.id = ${wished} where h.zone_id = ${zoneId} and h.removed is null and h.type = 'Routing' and h.status = 'Up' and h.resource_state in ('Enabled', 'Disabled') and h.hypervisor = g.hypervisor
    and (${bridge}::text is null or ${bridge} = any(h.bridges)) order by (h.id = ${wished}) desc, (h.resource_state = 'Enabled') desc, random() limit 1`);

/** Another host for a router that must leave this one: beside guests of its network where there are any. */
export const otherHost = (
  tx: Tx,
  { networkId, hostId }: { networkId: number; hostId: number },
): Promise<{ id: number } | undefined> =>
  tx.first(sql`
  select h.id from host g join host h on h.zone_id = g.zone_id and h.hypervisor = g.hypervisor where g.id = ${hostId} and h.id <> g.id and h.removed is null and h.type = 'Routing' and h.status = 'Up'
    and h.resource_state in ('Enabled', 'Disabled') and h.bridges @> g.bridges
  order by exists (select 1 from nic n join vm v on v.id = n.vm_id where n.network_id = ${networkId} and n.removed is null and v.host_id = h.id) desc, (h.cluster_id = g.cluster_id) desc,
    (h.resource_state = 'Enabled') desc, random() limit 1`);

export const publicBridge = async (tx: Tx, zoneId: number): Promise<string> =>
  (
    await tx.first<{ label: string | null }>(sql`
  select t.kvm_label as label from traffic_type t join physical_network p on p.id = t.physical_network_id where p.zone_id = ${zoneId} and p.removed is null and t.type = 'Public' order by t.id limit 1`)
  )?.label ?? 'cloudbr0';
