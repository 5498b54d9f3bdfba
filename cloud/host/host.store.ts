// Rows of hosts.
import { fail } from '#api/errors.ts';
import { hostResourceMachine } from '#api/states/host.ts';
import type { EventOf } from '#api/machine.ts';
import { databaseNow } from '#kernel/clock.ts';
import type { Tx } from '#kernel/db.ts';
import { inOrder, listIds, type ListOf, type Page } from '#kernel/list.ts';
import { move } from '#kernel/move.ts';
import { sql } from '#kernel/sql.ts';
import type { ControllerColumns } from '../out-of-band/show.ts';
import type { HostFacts } from './driver.ts';
import { haJoins, haState, type HostHa } from './ha.store.ts';
import { factColumns } from './status.store.ts';

export const clusterForHost = (
  tx: Tx,
  id: number,
): Promise<{ id: number; name: string; zoneId: number; podId: number; hypervisor: string; arch: string }> =>
  tx.one(sql`select id, name, zone_id as "zoneId", pod_id as "podId", hypervisor, arch from cluster where id = ${id}`);
export const podForHost = (tx: Tx, id: number): Promise<{ name: string; zoneId: number }> =>
  tx.one(sql`select name, zone_id as "zoneId" from pod where id = ${id}`);

export interface NewHost {
  facts: HostFacts;
  zoneId: number;
  podId: number;
  clusterId: number;
  url: string;
  tags: readonly string[];
  enabled: boolean;
}

export async function insertHost(
  tx: Tx,
  { facts, zoneId, podId, clusterId, url, tags, enabled }: NewHost,
): Promise<{ id: number; uuid: string }> {
  const same = await tx.first<{ name: string }>(
    sql`select name from host where removed is null and (guid = ${facts.guid} or (zone_id = ${zoneId} and lower(name) = ${facts.hostname.toLowerCase()}))`,
  );
  if (same) fail('invalidParameter', `url: the host ${same.name} is in the cloud already`, { parameter: 'url' });
  return tx.one(
    sql`insert into host ${sql.row({
      zone_id: zoneId,
      pod_id: podId,
      cluster_id: clusterId,
      name: facts.hostname,
      hypervisor: facts.hypervisor,
      guid: facts.guid,
      url,
      tags,
      status: 'Connecting',
      resource_state: enabled ? 'Enabled' : 'Disabled',
      last_ping: databaseNow(),
      ...factColumns(facts),
    })} returning id, uuid`,
  );
}

export const moveResource = (tx: Tx, id: number, event: EventOf<typeof hostResourceMachine>): Promise<string> =>
  move(
    tx,
    { entity: 'host', table: 'host', ownerless: true, machine: hostResourceMachine, column: 'resource_state' },
    id,
    event,
  );
export const changeHost = (tx: Tx, id: number, values: Readonly<Record<string, unknown>>): Promise<number> =>
  Object.values(values).some((value) => value !== undefined)
    ? tx.run(sql`update host set ${sql.set(values)} where id = ${id}`)
    : Promise.resolve(0);
export const hostNameTaken = async (
  tx: Tx,
  { zoneUuid, name, except }: { zoneUuid: string; name: string; except: number },
): Promise<boolean> =>
  (await tx.first(
    sql`select 1 from host h join zone z on z.id = h.zone_id where z.uuid = ${zoneUuid} and lower(h.name) = ${name.toLowerCase()} and h.removed is null and h.id <> ${except}`,
  )) !== undefined;
export const annotate = (
  tx: Tx,
  { uuid, text, userId }: { uuid: string; text: string; userId: number },
): Promise<number> =>
  tx.run(
    sql`insert into annotation(entity_type, entity_uuid, text, user_id, admins_only) values ('HOST', ${uuid}, ${text}, ${userId}, true)`,
  );

export interface HostDetail {
  id: number;
  uuid: string;
  name: string;
  type: string;
  hypervisor: string;
  hypervisorVersion: string | null;
  status: string;
  resourceState: string;
  privateIp: string;
  version: string | null;
  arch: string | null;
  cpus: number;
  cpuSockets: number;
  cpuMhz: number;
  memoryMib: number;
  cpuReservedMhz: number;
  memoryReservedMib: number;
  cpuUsedPercent: number | null;
  memoryUsedMib: number | null;
  cpuOvercommit: number;
  memoryOvercommit: number;
  tags: string[];
  details: Record<string, string>;
  accelerator: string | null;
  lastPing: Date | null;
  disconnected: Date | null;
  created: Date;
  removed: Date | null;
  zone: string;
  zoneUuid: string;
  pod: string;
  podUuid: string;
  cluster: string;
  clusterId: number;
  clusterUuid: string;
  clusterType: string;
  localPools: number;
  instances: number;
  runningInstances: number;
  osCategory: string | null;
  osCategoryUuid: string | null;
  annotation: { text: string; created: string; username: string } | null;
  /** That holds its link; null while it has none. */
  managementServer: string | null;
  managementServerUuid: string | null;
  powerState: string;
  controller: ControllerColumns | null;
  ha: HostHa;
  /** What was found when it was looked for last, where it is lost. */
  evidence: string | null;
}

export const hostDetails = async (tx: Tx, ids: readonly number[]): Promise<HostDetail[]> =>
  inOrder(
    ids,
    await tx.rows<HostDetail>(sql`
  select h.id, h.uuid, h.name, h.type, h.hypervisor, h.hypervisor_version as "hypervisorVersion", h.status, h.resource_state as "resourceState", h.private_ip as "privateIp", h.version, h.arch, h.cpus, h.cpu_sockets as "cpuSockets", h.cpu_mhz as "cpuMhz",
    h.memory_mib as "memoryMib", h.cpu_reserved_mhz as "cpuReservedMhz", h.memory_reserved_mib as "memoryReservedMib", h.cpu_used_percent as "cpuUsedPercent", h.memory_used_mib as "memoryUsedMib",
    c.cpu_overcommit as "cpuOvercommit", c.memory_overcommit as "memoryOvercommit", h.tags, h.details, h.accelerator, h.last_ping as "lastPing", h.disconnected, h.created, h.removed,
    z.name as zone, z.uuid as "zoneUuid", p.name as pod, p.uuid as "podUuid", c.name as cluster, c.id as "clusterId", c.uuid as "clusterUuid", c.cluster_type as "clusterType",
    (select count(*) from storage_pool s where s.host_id = h.id and s.removed is null)::int as "localPools", g.all as instances, g.running as "runningInstances", o.name as "osCategory", o.uuid as "osCategoryUuid",
    (select jsonb_build_object('text', a.text, 'created', a.created, 'username', u.username) from annotation a join cloud_user u on u.id = a.user_id where a.entity_uuid = h.uuid and a.removed is null order by a.id desc limit 1) as annotation,
    ms.name as "managementServer", ms.uuid as "managementServerUuid", h.power_state as "powerState", f.evidence,
    jsonb_build_object('uuid', h.uuid, 'provider', a.provider, 'enabled', coalesce(a.enabled, false), 'state', ${haState}) as ha,
    case when b.host_id is not null then json_build_object('enabled', b.enabled, 'driver', b.driver, 'address', b.address, 'port', b.port, 'username', b.username) end as controller
  from host h join zone z on z.id = h.zone_id join pod p on p.id = h.pod_id join cluster c on c.id = h.cluster_id left join guest_os_category o on o.id = h.os_category_id
    ${haJoins} left join host_link l on l.host_id = h.id left join management_server ms on ms.id = l.server_id and ms.run = l.run left join out_of_band b on b.host_id = h.id
  cross join lateral (select count(*)::int as all, (count(*) filter (where v.state = 'Running'))::int as running from vm v where v.host_id = h.id and v.removed is null) g
  where h.id = any(${ids})`),
  );

const list: ListOf = { table: 'host', keyword: ['name', 'private_ip'], order: sql`t.name`, owned: false };
export interface HostQuery {
  page: Page;
  keyword?: string;
  id?: number;
  name?: string;
  type?: string;
  state?: string;
  resourceState?: string;
  zoneId?: number;
  podId?: number;
  clusterId?: number;
  hypervisor?: string;
  arch?: string;
  version?: string;
  managementServerId?: number;
  /** Hosts that this guest could move to. */
  guestId?: number;
  /** That is enabled for the host. */
  hasController?: boolean;
  powerState?: string;
}
export const findHosts = (tx: Tx, query: HostQuery): Promise<{ ids: number[]; count: number }> =>
  listIds(tx, list, {
    page: query.page,
    keyword: query.keyword,
    scope: { kind: 'all' },
    where: [
      query.id !== undefined && sql`t.id = ${query.id}`,
      query.name && sql`t.name = ${query.name}`,
      query.type && sql`lower(t.type) = ${query.type.toLowerCase()}`,
      query.state && sql`lower(t.status) = ${query.state.toLowerCase()}`,
      query.resourceState && sql`lower(t.resource_state) = ${query.resourceState.toLowerCase()}`,
      query.zoneId !== undefined && sql`t.zone_id = ${query.zoneId}`,
      query.podId !== undefined && sql`t.pod_id = ${query.podId}`,
      query.clusterId !== undefined && sql`t.cluster_id = ${query.clusterId}`,
      query.hypervisor && sql`lower(t.hypervisor) = ${query.hypervisor.toLowerCase()}`,
      query.arch && sql`t.arch = ${query.arch}`,
      query.version && sql`t.version = ${query.version}`,
      query.managementServerId !== undefined &&
        sql`exists (select 1 from host_link l join management_server m on m.id = l.server_id and m.run = l.run where l.host_id = t.id and m.id = ${query.managementServerId})`,
      query.hasController !== undefined &&
        sql`exists (select 1 from out_of_band b where b.host_id = t.id and b.enabled) = ${query.hasController}`,
      query.powerState !== undefined && sql`t.power_state = ${query.powerState}`,
      query.guestId !== undefined &&
        sql`t.status = 'Up' and t.resource_state = 'Enabled' and exists (select 1 from vm v join host h on h.id = coalesce(v.host_id, v.last_host_id) where v.id = ${query.guestId} and h.cluster_id = t.cluster_id and h.id <> t.id)`,
    ],
  });
export const guestNeeds = (tx: Tx, id: number): Promise<{ cpuMhz: number; memoryMib: number; cpus: number }> =>
  tx.one(sql`select cpus * cpu_mhz as "cpuMhz", memory_mib as "memoryMib", cpus from vm where id = ${id}`);

export interface HostLoad {
  guests: number;
  routers: number;
  localVolumes: number;
}
/** What a host that is to be emptied still has. */
export const hostLoad = (tx: Tx, id: number): Promise<HostLoad> =>
  tx.one(sql`select
  (select count(*) from vm where host_id = ${id} and removed is null and state <> 'Stopped')::int as guests,
  (select count(*) from router where host_id = ${id} and removed is null and state <> 'Stopped')::int as routers,
  (select count(*) from storage_pool s join volume v on v.pool_id = s.id and v.removed is null where s.host_id = ${id} and s.removed is null)::int as "localVolumes"`);
/** Waits for whoever changes the host now. */
export const lockHost = (
  tx: Tx,
  id: number,
): Promise<{ uuid: string; name: string; status: string; resourceState: string; hypervisor: string }> =>
  tx.one(
    sql`select uuid, name, status, resource_state as "resourceState", hypervisor from host where id = ${id} for update`,
  );
export const endHost = (tx: Tx, id: number): Promise<number> =>
  tx.run(sql`update host set removed = now(), disconnected = coalesce(disconnected, now()) where id = ${id}`);

export async function hostTags(
  tx: Tx,
  { keyword, page }: { keyword?: string; page: Page },
): Promise<{ rows: { tag: string; hostId: number }[]; count: number }> {
  const where = sql`h.removed is null ${keyword ? sql`and g.tag ilike ${`%${keyword.replace(/[\\%_]/g, '\\$&')}%`}` : sql.empty}`;
  const from = sql`from host h cross join lateral unnest(h.tags) g(tag) where ${where}`;
  const { n } = await tx.one<{ n: number }>(sql`select count(*) as n ${from}`);
  return {
    rows: await tx.rows(
      sql`select g.tag, h.id as "hostId" ${from} order by g.tag, h.id limit ${page.limit} offset ${page.offset}`,
    ),
    count: n,
  };
}

export const hypervisorsInZone = async (tx: Tx, zoneId: number): Promise<string[]> =>
  (
    await tx.rows<{ hypervisor: string }>(
      sql`select distinct hypervisor from cluster where zone_id = ${zoneId} and removed is null order by hypervisor`,
    )
  ).map((row) => row.hypervisor);

export interface HypervisorCapability {
  id: number;
  uuid: string;
  hypervisor: string;
  version: string;
  maxGuests: number | null;
  maxDataVolumes: number | null;
  maxHostsPerCluster: number | null;
  securityGroup: boolean;
  storageMotion: boolean;
  vmSnapshot: boolean;
}
const capabilities: ListOf = {
  table: 'hypervisor_capability',
  keyword: ['hypervisor', 'version'],
  owned: false,
  removable: false,
};
export async function findCapabilities(
  tx: Tx,
  query: { page: Page; keyword?: string; id?: number; hypervisor?: string },
): Promise<{ rows: HypervisorCapability[]; count: number }> {
  const { ids, count } = await listIds(tx, capabilities, {
    page: query.page,
    keyword: query.keyword,
    scope: { kind: 'all' },
    where: [
      query.id !== undefined && sql`t.id = ${query.id}`,
      query.hypervisor && sql`lower(t.hypervisor) = ${query.hypervisor.toLowerCase()}`,
    ],
  });
  return {
    rows: inOrder(
      ids,
      await tx.rows<HypervisorCapability>(sql`select id, uuid, hypervisor, version, max_guests as "maxGuests", max_data_volumes as "maxDataVolumes", max_hosts_per_cluster as "maxHostsPerCluster",
    security_group as "securityGroup", storage_motion as "storageMotion", vm_snapshot as "vmSnapshot" from hypervisor_capability where id = any(${ids})`),
    ),
    count,
  };
}
