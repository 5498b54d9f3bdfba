// What a router's answer shows, and which routers a list shows.
import type { Tx } from '#kernel/db.ts';
import { anyOf, inOrder, listIds, type ListOf, type Page, type Scope } from '#kernel/list.ts';
import { sql, type Sql } from '#kernel/sql.ts';

export interface RouterDetail {
  id: number;
  uuid: string;
  name: string;
  state: string;
  created: Date;
  version: string | null;
  role: string;
  mac: string;
  account: string;
  domain: string;
  domainUuid: string;
  domainPath: string;
  zone: string;
  zoneUuid: string;
  dns1: string | null;
  dns2: string | null;
  pod: string | null;
  podUuid: string | null;
  host: string | null;
  hostUuid: string | null;
  hostStatus: string | null;
  hostResourceState: string | null;
  hypervisor: string | null;
  arch: string | null;
  networkUuid: string;
  networkName: string;
  gateway: string | null;
  netmask: string | null;
  networkDomain: string | null;
  vni: number | null;
  mtu: number;
  publicIp: string | null;
  publicMac: string | null;
  publicNetmask: string | null;
  publicGateway: string | null;
  offering: string | null;
  offeringUuid: string | null;
  annotated: boolean;
  current: boolean;
  lastError: string | null;
  jobUuid: string | null;
}

export const routerDetails = async (tx: Tx, ids: readonly number[]): Promise<RouterDetail[]> =>
  inOrder(
    ids,
    await tx.rows<RouterDetail>(sql`
  select r.id, r.uuid, r.name, r.state, r.created, r.version, r.role, r.guest_mac as mac, a.name as account, d.name as domain, d.uuid as "domainUuid", d.path as "domainPath", z.name as zone, z.uuid as "zoneUuid",
    coalesce(w.dns1, z.dns1) as dns1, case when w.dns1 is null then z.dns2 else w.dns2 end as dns2, o.name as pod, o.uuid as "podUuid", h.name as host, h.uuid as "hostUuid", h.status as "hostStatus",
    h.resource_state as "hostResourceState", h.hypervisor, h.arch, w.uuid as "networkUuid", w.name as "networkName", host(w.gateway) as gateway, host(netmask(w.cidr)) as netmask, w.network_domain as "networkDomain", w.vni, w.mtu,
    host(p.address) as "publicIp", p.mac as "publicMac", l.netmask as "publicNetmask", host(l.gateway) as "publicGateway", s.name as offering, s.uuid as "offeringUuid",
    exists (select 1 from annotation n where n.entity_uuid = r.uuid and n.removed is null) as annotated, r.applied_generation >= w.generation as current, r.last_error as "lastError",
    (select j.uuid from job j where j.resource_uuid = r.uuid and j.finished is null order by j.id desc limit 1) as "jobUuid"
  from router r join network w on w.id = r.network_id join network_offering f on f.id = w.offering_id join account a on a.id = r.account_id join domain d on d.id = r.domain_id join zone z on z.id = r.zone_id
    left join host h on h.id = r.host_id left join pod o on o.id = h.pod_id left join public_ip p on p.network_id = w.id and p.source_nat and p.state = 'Allocated' left join vlan_range l on l.id = p.vlan_range_id
    left join service_offering s on s.id = coalesce(f.service_offering_id, (select x.id from service_offering x where x.system_use and x.system_vm_type = 'domainrouter' and x.removed is null order by x.id limit 1))
  where r.id = ${anyOf(ids)}`),
  );

export interface RouterQuery {
  scope: Scope;
  page: Page;
  keyword?: string;
  id?: number;
  name?: string;
  zoneId?: number;
  podId?: number;
  clusterId?: number;
  hostId?: number;
  networkId?: number;
  state?: string;
  version?: string;
  arch?: string;
  nothing: boolean;
  /** true: only those that are not what they should be. */
  unhealthy?: boolean;
}
const list: ListOf = { table: 'router', keyword: ['name'], order: sql`t.id desc` };

export async function findRouters(tx: Tx, query: RouterQuery): Promise<{ rows: RouterDetail[]; count: number }> {
  const equal = (column: string, value: unknown): Sql | false =>
    value !== undefined && sql`t.${sql.raw(column)} = ${value}`;
  const onHost = (condition: Sql): Sql => sql`exists (select 1 from host h where h.id = t.host_id and ${condition})`;
  const { ids, count } = await listIds(tx, list, {
    scope: query.scope,
    page: query.page,
    keyword: query.keyword,
    where: [
      query.nothing && sql`false`,
      equal('id', query.id),
      equal('name', query.name),
      equal('zone_id', query.zoneId),
      equal('host_id', query.hostId),
      equal('network_id', query.networkId),
      equal('version', query.version),
      query.state !== undefined && sql`lower(t.state) = ${query.state.toLowerCase()}`,
      query.podId !== undefined && onHost(sql`h.pod_id = ${query.podId}`),
      query.clusterId !== undefined && onHost(sql`h.cluster_id = ${query.clusterId}`),
      query.arch !== undefined && onHost(sql`h.arch = ${query.arch}`),
      query.unhealthy !== undefined && sql`(t.last_error is not null) = ${query.unhealthy}`,
    ],
  });
  return { rows: await routerDetails(tx, ids), count };
}
