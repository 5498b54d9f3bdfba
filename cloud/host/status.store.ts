// The status columns of hosts.
import type { Tx } from '#kernel/db.ts';
import { insertEvent } from '#kernel/event.ts';
import { tellChange } from '#kernel/move.ts';
import { sql } from '#kernel/sql.ts';
import { SYSTEM } from '../identity/system.ts';
import type { HostFacts } from './driver.ts';

export interface Heard { hostId: number; cpuUsedPercent: number; memoryUsedMib: number; sequence: number }

export const hostByGuid = async (tx: Tx, guid: string): Promise<number | undefined> => (await tx.first<{ id: number }>(sql`select id from host where guid = ${guid} and removed is null`))?.id;

export async function noteFacts(tx: Tx, hostId: number, facts: HostFacts): Promise<void> {
  const row = await tx.one<{ uuid: string }>(sql`update host set ${sql.set(factColumns(facts))}, status = 'Up', last_ping = clock_timestamp(), disconnected = null where id = ${hostId} returning uuid`);
  await tellChange(tx, { entity: 'host', uuid: row.uuid, accountId: null, domainId: null });
}

/** What a host says of itself, as columns. */
export const factColumns = (facts: HostFacts): Record<string, unknown> => ({
  private_ip: facts.privateIp, underlay_ip: facts.underlayIp, cpus: facts.cpus, cpu_sockets: facts.cpuSockets, cpu_mhz: facts.cpuMhz, memory_mib: facts.memoryMib, arch: facts.arch,
  version: facts.agentVersion, hypervisor_version: facts.hypervisorVersion, bridges: facts.bridges, details: JSON.stringify({ accelerator: facts.accelerator }),
});

/** A host that was thought silent is up again with its first ping. */
export const noteHeard = (tx: Tx, pings: readonly Heard[]): Promise<number> => tx.run(sql`
  update host h set last_ping = clock_timestamp(), status = 'Up', disconnected = null, cpu_used_percent = p.cpu, memory_used_mib = p.memory, ping_sequence = p.sequence
  from unnest(${pings.map((ping) => ping.hostId)}::bigint[], ${pings.map((ping) => ping.cpuUsedPercent)}::float8[], ${pings.map((ping) => Math.round(ping.memoryUsedMib))}::bigint[], ${pings.map((ping) => ping.sequence)}::bigint[]) as p(id, cpu, memory, sequence)
  where h.id = p.id and h.removed is null`);

export const silentHosts = (tx: Tx, afterS: number): Promise<{ id: number; uuid: string; name: string }[]> =>
  tx.rows(sql`select id, uuid, name from host where removed is null and status = 'Up' and last_ping < clock_timestamp() - ${afterS} * interval '1 second' limit 500`);

export async function markSilent(tx: Tx, { host, afterS }: { host: { id: number; uuid: string; name: string }; afterS: number }): Promise<void> {
  const changed = await tx.run(sql`update host set status = 'Disconnected', disconnected = clock_timestamp() where id = ${host.id} and status = 'Up' and last_ping < clock_timestamp() - ${afterS} * interval '1 second'`);
  if (!changed) return; // it spoke meanwhile
  await tellChange(tx, { entity: 'host', uuid: host.uuid, accountId: null, domainId: null });
  await insertEvent(tx, { type: 'HOST.RECONNECT', state: 'Completed', level: 'ERROR', description: `Host ${host.name} has been silent for ${afterS} seconds`, ...SYSTEM, startId: null, resourceType: 'Host', resourceUuid: host.uuid });
}
