// The status column of hosts: what the link tells, and how long a host has been silent.
import { hostStatusMachine } from '#api/states/host.ts';
import { sourcesOf, type EventOf } from '#api/machine.ts';
import type { Tx } from '#kernel/db.ts';
import { move, moveAll, tellChanges } from '#kernel/move.ts';
import { sql } from '#kernel/sql.ts';
import type { HostFacts } from './driver.ts';

export interface Heard {
  hostId: number;
  cpuUsedPercent: number;
  memoryUsedMib: number;
  sequence: number;
  /** How often it was asked to speak. */
  everyS: number;
}
export interface HostAway {
  id: number;
  uuid: string;
  name: string;
  status: string;
  zoneId: number;
  podId: number | null;
  clusterId: number | null;
  /** How long it has been silent at least. */
  silentS: number;
}

export const moveStatus = (tx: Tx, id: number, event: EventOf<typeof hostStatusMachine>): Promise<string> =>
  move(tx, { entity: 'host', table: 'host', ownerless: true, machine: hostStatusMachine, column: 'status' }, id, event);

export const moveStatuses = (
  tx: Tx,
  ids: readonly number[],
  event: EventOf<typeof hostStatusMachine>,
): Promise<unknown> =>
  moveAll(
    tx,
    { entity: 'host', table: 'host', ownerless: true, machine: hostStatusMachine, column: 'status' },
    ids,
    event,
  );

const tellOf = (tx: Tx, hosts: readonly { uuid: string | null }[]): Promise<void> =>
  tellChanges(
    tx,
    hosts.flatMap(({ uuid }) => (uuid === null ? [] : [{ entity: 'host', uuid, accountId: null, domainId: null }])),
  );

/** Of these hosts those that a zone has, as they were; locked till commit, so that what is heard of them and what is missed of
 * them come one after the other. */
export const lockByGuids = (
  tx: Tx,
  guids: readonly string[],
): Promise<{ id: number; uuid: string; guid: string; status: string }[]> =>
  tx.rows(
    sql`select id, uuid, guid, status from host where guid = any(${guids}::uuid[]) and removed is null order by id for update`,
  );

/** Said by hosts with their first frame, written by one statement; those whose facts changed are told of. */
export async function noteFacts(tx: Tx, hosts: readonly { id: number; facts: HostFacts }[]): Promise<void> {
  const names = Object.keys(factColumns(hosts[0]!.facts));
  const columns = (alias: string) => sql.join(names.map((name) => sql.raw(`${alias}.${name}`)));
  const rows = hosts.map(({ id, facts }) => ({ id, ...factColumns(facts) }));
  const changed = await tx.rows<{ uuid: string | null }>(sql`
    with said as (select * from jsonb_populate_recordset(null::host, ${JSON.stringify(rows)}::jsonb)),
      before as (select h.id, row(${columns('h')}) is distinct from row(${columns('s')}) as differs from host h join said s on s.id = h.id)
    update host h set ${sql.join(names.map((name) => sql.raw(`${name} = s.${name}`)))}, last_ping = clock_timestamp(), disconnected = null
    from said s join before b on b.id = s.id where h.id = s.id returning case when b.differs then h.uuid end as uuid`);
  await tellOf(tx, changed);
}

/** What a host says of itself, as columns. */
export const factColumns = (facts: HostFacts): Record<string, unknown> => ({
  private_ip: facts.privateIp,
  underlay_ip: facts.underlayIp,
  cpus: facts.cpus,
  cpu_sockets: facts.cpuSockets,
  cpu_mhz: facts.cpuMhz,
  memory_mib: facts.memoryMib,
  arch: facts.arch,
  version: facts.agentVersion,
  certificate_expires: facts.certificateExpires ?? null,
  hypervisor_version: facts.hypervisorVersion,
  bridges: facts.bridges,
  accelerator: facts.accelerator,
});

/** Pings of many hosts in one statement. One that was thought silent is up again with its first ping; watchers are told of those.
 * `told`: since when, by the database's clock, what they say of their guests is in the rows of these. */
export async function noteHeard(tx: Tx, pings: readonly Heard[], told: string | null): Promise<void> {
  const away = sourcesOf(hostStatusMachine, 'Ping').filter(
    (state) => hostStatusMachine.states[state] && state !== 'Up' && state !== 'Connecting',
  );
  const back = await tx.rows<{ uuid: string }>(sql`
    with heard as (select * from unnest(${pings.map((ping) => ping.hostId)}::bigint[], ${pings.map((ping) => ping.cpuUsedPercent)}::float8[], ${pings.map((ping) => Math.round(ping.memoryUsedMib))}::bigint[],
           ${pings.map((ping) => ping.sequence)}::bigint[], ${pings.map((ping) => ping.everyS)}::real[]) as p(id, cpu, memory, sequence, every_s)),
         locked as (select h.id, h.status = any(${away}) as away from host h join heard on heard.id = h.id where h.removed is null order by h.id for update of h)
    update host h set last_ping = clock_timestamp(), cpu_used_percent = heard.cpu, memory_used_mib = heard.memory, ping_sequence = heard.sequence, ping_every_s = heard.every_s,
      told = coalesce(${told}::timestamptz, h.told), status = case when locked.away then 'Up' else h.status end, disconnected = case when locked.away then null else h.disconnected end
    from heard join locked on locked.id = heard.id where h.id = heard.id
    returning case when locked.away then h.uuid end as uuid`);
  await tellOf(tx, back);
}

const awayColumns = sql`id, uuid, name, status, zone_id as "zoneId", pod_id as "podId", cluster_id as "clusterId"`;
/** So many of the pings it was asked for a host may miss, and at least so long it is given. */
export interface Patience {
  pings: number;
  leastS: number;
}
const seconds = ({ pings, leastS }: Patience) => sql`greatest(${leastS}::float8, ${pings}::float8 * ping_every_s)`;
const silentFor = (patience: Patience) =>
  sql`coalesce(last_ping, created) < clock_timestamp() - ${seconds(patience)} * interval '1 second'`;

/** Hosts that should be heard and are not. */
export const silentHosts = (tx: Tx, patience: Patience): Promise<HostAway[]> =>
  tx.rows(
    sql`select ${awayColumns}, ${seconds(patience)} as "silentS" from host where removed is null and status in ('Up', 'Connecting') and ${silentFor(patience)} limit 500`,
  );
/** Hosts that said goodbye and did not come back. */
export const longGone = (tx: Tx, patience: Patience): Promise<HostAway[]> =>
  tx.rows(
    sql`select ${awayColumns}, ${seconds(patience)} as "silentS" from host where removed is null and status = 'Disconnected' and ${silentFor(patience)} limit 500`,
  );

/** Waits for whoever writes it now; undefined where the host was heard meanwhile. */
export const lockSilent = (tx: Tx, id: number, patience: Patience): Promise<HostAway | undefined> =>
  tx.first(
    sql`select ${awayColumns}, ${seconds(patience)} as "silentS" from host where id = ${id} and removed is null and status in ('Up', 'Connecting', 'Disconnected') and ${silentFor(patience)} for update`,
  );
export const noteAway = (tx: Tx, id: number): Promise<number> =>
  tx.run(sql`update host set disconnected = coalesce(disconnected, clock_timestamp()) where id = ${id}`);
export const statusOf = async (tx: Tx, id: number): Promise<string | undefined> =>
  (await tx.first<{ status: string }>(sql`select status from host where id = ${id} and removed is null`))?.status;
