// Rows of the servers among themselves: who lives, and which run of which server holds the link of which host.
import type { HostFacts } from '#cloud/host/driver.ts';
import type { Tx } from '#kernel/db.ts';
import { ALIVE } from '#kernel/migrate.ts';
import { sql } from '#kernel/sql.ts';

export type Role = 'api' | 'worker';
/** A server of the cloud as the others know it. */
export interface Member {
  readonly id: number;
  readonly uuid: string;
  readonly name: string;
  readonly run: number;
  readonly state: string;
  /** Proves its life: see kernel/engine.ts. */
  readonly living: boolean;
  readonly roles: readonly Role[];
  readonly addresses: readonly string[];
  readonly port: number | null;
  readonly draws: boolean;
}
export interface NewServer {
  name: string;
  address: string;
  version: string;
  roles: readonly Role[];
  agentAddresses: readonly string[];
  facts: unknown;
}

const stated = (server: NewServer) =>
  sql.row({
    name: server.name,
    address: server.address,
    version: server.version,
    roles: server.roles,
    agent_addresses: server.agentAddresses,
    facts: JSON.stringify(server.facts),
    run: sql`nextval('server_run')`,
  });

/** Does a server of this name run now? One that died is not; one that is paused is, until it has been silent for a while. */
export const runsAlready = async (tx: Tx, name: string): Promise<boolean> =>
  (await tx.first(sql`select 1 from management_server m where m.name = ${name} and m.seen > clock_timestamp() - interval '15 seconds'
    and exists (select 1 from pg_locks l where l.locktype = 'advisory' and l.classid = ${ALIVE} and l.objid = m.worker::int::oid
      and l.database = (select oid from pg_database where datname = current_database()))`)) !== undefined;

/** A new run of the server of this name; the links of an earlier one are gone. */
export async function register(tx: Tx, server: NewServer): Promise<{ id: number; uuid: string; run: number }> {
  const mine = await tx.one<{ id: number; uuid: string; run: number }>(sql`
    insert into management_server ${stated(server)}
    on conflict (name) do update set address = excluded.address, version = excluded.version, roles = excluded.roles,
      agent_addresses = excluded.agent_addresses, agent_port = null, facts = excluded.facts, state = 'Up', draws = true, worker = null,
      run = excluded.run, agents = 0, started = now(), seen = clock_timestamp()
    returning id, uuid, run`);
  await tx.run(
    sql`update host_link set server_id = null, changed = pg_current_xact_id() where server_id = ${mine.id} and run <> ${mine.run}`,
  );
  return mine;
}

/** Where hosts, servers and clients reach it: from now on hosts are sent here. */
export const announce = (
  tx: Tx,
  { id, run, agentPort, servicePort }: { id: number; run: number; agentPort: number | null; servicePort: number },
): Promise<number> =>
  tx.run(
    sql`update management_server set agent_port = ${agentPort}, service_port = ${servicePort} where id = ${id} and run = ${run}`,
  );

/** Says that this run lives, and under which worker's proof. False: the row is another run's, or gone. */
export const beat = async (
  tx: Tx,
  { id, run, worker, agents, facts }: { id: number; run: number; worker: number; agents: number; facts: unknown },
): Promise<boolean> =>
  (await tx.run(sql`update management_server set seen = clock_timestamp(), worker = ${worker}, agents = ${agents},
    facts = coalesce(${facts === undefined ? null : JSON.stringify(facts)}::jsonb, facts) where id = ${id} and run = ${run}`)) >
  0;
export const signOff = (tx: Tx, { id, run }: { id: number; run: number }): Promise<number> =>
  tx.run(
    sql`update management_server set state = 'Down', worker = null, agents = 0, stopped = now() where id = ${id} and run = ${run}`,
  );
/** The state as this run of the server itself moves it on; nothing where somebody else has moved it meanwhile. */
export const moveOwnState = (
  tx: Tx,
  { id, run, from, to }: { id: number; run: number; from: readonly string[]; to: string },
): Promise<number> =>
  tx.run(
    sql`update management_server set state = ${to}, state_since = now() where id = ${id} and run = ${run} and state = any(${from}::text[])`,
  );
/** Set once this server has been in its state for longer than this. */
export const windowOver = (
  tx: Tx,
  { id, run, withinMinutes }: { id: number; run: number; withinMinutes: number },
): Promise<{ forced: boolean } | undefined> =>
  tx.first(sql`select forced from management_server where id = ${id} and run = ${run}
    and state_since < clock_timestamp() - ${withinMinutes}::float8 * interval '1 minute'`);

export const members = (tx: Tx): Promise<Member[]> =>
  tx.rows(sql`select m.id, m.uuid, m.name, m.run, m.state, m.roles, m.agent_addresses as addresses, m.agent_port as port, m.draws,
    exists (select 1 from worker w where w.id = m.worker) as living from management_server m order by m.id`);

// ---- links

export interface LinkEntry {
  readonly guid: string;
  readonly hostId: number | null;
  readonly serverId: number | null;
  readonly run: number;
  readonly generation: number;
}

export interface NewLink {
  facts: HostFacts;
  hostId: number | undefined;
}
export interface WrittenLink {
  guid: string;
  hostId: number | null;
  clusterId: number | null;
  generation: number;
}
/** The hosts are linked to this server from now on, whoever held them before. */
export const linksUp = (
  tx: Tx,
  { links, serverId, run }: { links: readonly NewLink[]; serverId: number; run: number },
): Promise<WrittenLink[]> =>
  tx.rows(sql`
    insert into host_link(guid, host_id, server_id, run, generation, facts)
      select guid, host_id, ${serverId}, ${run}, nextval('host_link_generation'), facts
      from unnest(${links.map((link) => link.facts.guid)}::uuid[], ${links.map((link) => link.hostId ?? null)}::bigint[], ${links.map((link) => JSON.stringify(link.facts))}::jsonb[]) as t(guid, host_id, facts)
      order by guid
    on conflict (guid) do update set host_id = coalesce(excluded.host_id, host_link.host_id), server_id = excluded.server_id, run = excluded.run,
      generation = excluded.generation, facts = excluded.facts, since = clock_timestamp(), changed = pg_current_xact_id()
    returning guid, host_id as "hostId", (select cluster_id from host where id = host_link.host_id) as "clusterId", generation`);

/** Links that ended here, unless the host has a newer one. */
export const linksDown = (tx: Tx, links: readonly { guid: string; generation: number }[]): Promise<number> =>
  tx.run(sql`update host_link l set server_id = null, changed = pg_current_xact_id()
    from unnest(${links.map((link) => link.guid)}::uuid[], ${links.map((link) => link.generation)}::bigint[]) gone(guid, generation)
    where l.guid = gone.guid and l.generation = gone.generation`);

/** What may have been committed since `horizon`, and the next horizon. A row may come twice, none is missed. */
export async function linksSince(tx: Tx, horizon: string): Promise<{ horizon: string; links: LinkEntry[] }> {
  const rows = await tx.rows<LinkEntry & { horizon: string }>(sql`
    select h.horizon, l.guid, l.host_id as "hostId", l.server_id as "serverId", l.run, l.generation
    from (select pg_snapshot_xmin(pg_current_snapshot())::text as horizon) h
    left join host_link l on l.changed >= ${horizon}::text::xid8`);
  return { horizon: rows[0]!.horizon, links: rows.filter((row) => row.guid !== null) };
}

/** Hosts that are linked to a living server and belong to no zone yet. */
export const pendingFacts = async (tx: Tx): Promise<HostFacts[]> =>
  (
    await tx.rows<{ facts: HostFacts }>(sql`
      select l.facts from host_link l join management_server m on m.id = l.server_id and m.run = l.run
      where l.host_id is null and exists (select 1 from worker w where w.id = m.worker) order by l.since limit 1000`)
  ).map(({ facts: { certificateExpires, ...facts } }) =>
    certificateExpires === undefined ? facts : { ...facts, certificateExpires: new Date(certificateExpires) },
  );

export const adoptLink = (tx: Tx, hostId: number, guid: string): Promise<number> =>
  tx.run(sql`update host_link set host_id = ${hostId}, changed = pg_current_xact_id() where guid = ${guid}`);
export const releaseLink = (tx: Tx, hostId: number): Promise<number> =>
  tx.run(sql`update host_link set host_id = null, changed = pg_current_xact_id() where host_id = ${hostId}`);
/** Of the host's newest link, up or not; 0 where there was none. */
export const linkGeneration = async (tx: Tx, hostId: number): Promise<number> =>
  (await tx.first<{ generation: number }>(sql`select generation from host_link where host_id = ${hostId}`))
    ?.generation ?? 0;

/** Those of these hosts whose link this run of this server holds, and the database's time. */
export async function heldHosts(
  tx: Tx,
  { serverId, run, hostIds }: { serverId: number; run: number; hostIds: readonly number[] },
): Promise<{ held: Set<number>; at: string }> {
  const { ids, at } = await tx.one<{ ids: number[]; at: string }>(
    sql`select coalesce(array_agg(host_id::int), '{}') as ids, clock_timestamp()::text as at
      from host_link where host_id = any(${hostIds}) and server_id = ${serverId} and run = ${run}`,
  );
  return { held: new Set(ids), at };
}
