// Rows of hosts.
import type { Tx } from '#kernel/db.ts';
import { inOrder, listIds, type ListOf, type Page } from '#kernel/list.ts';
import { sql } from '#kernel/sql.ts';
import { fail } from '#api/errors.ts';
import type { HostFacts } from './driver.ts';
import { factColumns } from './status.store.ts';

export const clusterForHost = (tx: Tx, id: number): Promise<{ id: number; name: string; zoneId: number; podId: number; hypervisor: string }> =>
  tx.one(sql`select id, name, zone_id as "zoneId", pod_id as "podId", hypervisor from cluster where id = ${id}`);

export interface NewHost { facts: HostFacts; zoneId: number; podId: number; clusterId: number; url: string; tags: readonly string[]; enabled: boolean }

export async function insertHost(tx: Tx, { facts, zoneId, podId, clusterId, url, tags, enabled }: NewHost): Promise<{ id: number; uuid: string }> {
  const same = await tx.first<{ name: string }>(sql`select name from host where removed is null and (guid = ${facts.guid} or (zone_id = ${zoneId} and lower(name) = ${facts.hostname.toLowerCase()}))`);
  if (same) fail('invalidParameter', `url: the host ${same.name} is in the cloud already`, { parameter: 'url' });
  return tx.one(sql`insert into host ${sql.row({
    zone_id: zoneId, pod_id: podId, cluster_id: clusterId, name: facts.hostname, hypervisor: facts.hypervisor, guid: facts.guid, url, tags, status: 'Up', resource_state: enabled ? 'Enabled' : 'Disabled', last_ping: new Date(), ...factColumns(facts),
  })} returning id, uuid`);
}

export interface HostDetail {
  id: number; uuid: string; name: string; type: string; hypervisor: string; hypervisorVersion: string | null; status: string; resourceState: string; privateIp: string; version: string | null; arch: string | null;
  cpus: number; cpuSockets: number; cpuMhz: number; memoryMib: number; cpuReservedMhz: number; memoryReservedMib: number; cpuUsedPercent: number | null; memoryUsedMib: number | null;
  cpuOvercommit: number; memoryOvercommit: number; tags: string[]; details: Record<string, string>; lastPing: Date | null; disconnected: Date | null; created: Date; removed: Date | null;
  zone: string; zoneUuid: string; pod: string; podUuid: string; cluster: string; clusterUuid: string; clusterType: string; localPools: number;
}

export const hostDetails = async (tx: Tx, ids: readonly number[]): Promise<HostDetail[]> => inOrder(ids, await tx.rows<HostDetail>(sql`
  select h.id, h.uuid, h.name, h.type, h.hypervisor, h.hypervisor_version as "hypervisorVersion", h.status, h.resource_state as "resourceState", h.private_ip as "privateIp", h.version, h.arch, h.cpus, h.cpu_sockets as "cpuSockets", h.cpu_mhz as "cpuMhz",
    h.memory_mib as "memoryMib", h.cpu_reserved_mhz as "cpuReservedMhz", h.memory_reserved_mib as "memoryReservedMib", h.cpu_used_percent as "cpuUsedPercent", h.memory_used_mib as "memoryUsedMib",
    c.cpu_overcommit as "cpuOvercommit", c.memory_overcommit as "memoryOvercommit", h.tags, h.details, h.last_ping as "lastPing", h.disconnected, h.created, h.removed,
    z.name as zone, z.uuid as "zoneUuid", p.name as pod, p.uuid as "podUuid", c.name as cluster, c.uuid as "clusterUuid", c.cluster_type as "clusterType",
    (select count(*) from storage_pool s where s.host_id = h.id and s.removed is null)::int as "localPools"
  from host h join zone z on z.id = h.zone_id join pod p on p.id = h.pod_id join cluster c on c.id = h.cluster_id where h.id = any(${ids})`));

const list: ListOf = { table: 'host', keyword: ['name', 'private_ip'], order: sql`t.name`, owned: false };
export interface HostQuery {
  page: Page; keyword?: string; id?: number; name?: string; type?: string; state?: string; resourceState?: string; zoneId?: number; podId?: number; clusterId?: number; hypervisor?: string; arch?: string; version?: string;
}
export const findHosts = (tx: Tx, query: HostQuery): Promise<{ ids: number[]; count: number }> => listIds(tx, list, {
  page: query.page, keyword: query.keyword, scope: { kind: 'all' },
  where: [
    query.id !== undefined && sql`t.id = ${query.id}`, query.name && sql`t.name = ${query.name}`, query.type && sql`lower(t.type) = ${query.type.toLowerCase()}`, query.state && sql`lower(t.status) = ${query.state.toLowerCase()}`,
    query.resourceState && sql`lower(t.resource_state) = ${query.resourceState.toLowerCase()}`, query.zoneId !== undefined && sql`t.zone_id = ${query.zoneId}`, query.podId !== undefined && sql`t.pod_id = ${query.podId}`,
    query.clusterId !== undefined && sql`t.cluster_id = ${query.clusterId}`, query.hypervisor && sql`lower(t.hypervisor) = ${query.hypervisor.toLowerCase()}`, query.arch && sql`t.arch = ${query.arch}`, query.version && sql`t.version = ${query.version}`,
  ],
});
