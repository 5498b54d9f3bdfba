// What a network's answer shows, and which networks a list shows.
import type { Tx } from '#kernel/db.ts';
import { anyOf, inOrder, listIds, scopeCondition, type ListOf, type Page, type Scope } from '#kernel/list.ts';
import { sql, type Sql } from '#kernel/sql.ts';

export interface Tag {
  key: string;
  value: string;
  account: string;
  domain: string;
  domainUuid: string;
}
export interface NetworkDetail {
  id: number;
  uuid: string;
  name: string;
  displayText: string;
  state: string;
  trafficType: string;
  guestType: string;
  cidr: string | null;
  gateway: string | null;
  netmask: string | null;
  vni: number | null;
  mtu: number;
  networkDomain: string | null;
  dns1: string | null;
  dns2: string | null;
  aclType: string;
  subdomainAccess: boolean | null;
  egressAllow: boolean;
  isSystem: boolean;
  display: boolean;
  restartRequired: boolean;
  details: Record<string, string>;
  created: Date;
  deleting: boolean;
  account: string;
  domain: string;
  domainUuid: string;
  domainPath: string;
  zone: string;
  zoneUuid: string;
  physicalNetworkUuid: string | null;
  offering: string;
  offeringUuid: string;
  offeringText: string;
  availability: string;
  conserveMode: boolean;
  isPersistent: boolean;
  specifyVlan: boolean;
  specifyIpRanges: boolean;
  isDefaultOffering: boolean;
  services: Record<string, { providers: string[]; capabilities?: Record<string, string> }>;
  tags: Tag[];
  annotated: boolean;
  jobUuid: string | null;
}

const tags = sql`coalesce((select json_agg(json_build_object('key', g.key, 'value', g.value, 'account', ga.name, 'domain', gd.name, 'domainUuid', gd.uuid) order by g.id)
  from resource_tag g join account ga on ga.id = g.account_id join domain gd on gd.id = g.domain_id where g.resource_uuid = w.uuid), '[]')`;

export const networkDetails = async (tx: Tx, ids: readonly number[]): Promise<NetworkDetail[]> =>
  inOrder(
    ids,
    await tx.rows<NetworkDetail>(sql`
  select w.id, w.uuid, w.name, w.display_text as "displayText", w.state, w.traffic_type as "trafficType", w.guest_type as "guestType", w.cidr::text as cidr, host(w.gateway) as gateway, host(netmask(w.cidr)) as netmask,
    w.vni, w.mtu, w.network_domain as "networkDomain", coalesce(w.dns1, z.dns1) as dns1, case when w.dns1 is null then z.dns2 else w.dns2 end as dns2, w.acl_type as "aclType", w.subdomain_access as "subdomainAccess",
    w.egress_allow as "egressAllow", w.is_system as "isSystem", w.display, w.restart_required as "restartRequired", w.details, w.created, w.deleting is not null as deleting,
    a.name as account, d.name as domain, d.uuid as "domainUuid", d.path as "domainPath", z.name as zone, z.uuid as "zoneUuid", p.uuid as "physicalNetworkUuid",
    o.name as offering, o.uuid as "offeringUuid", o.display_text as "offeringText", o.availability, o.conserve_mode as "conserveMode", o.is_persistent as "isPersistent", o.specify_vlan as "specifyVlan",
    o.specify_ip_ranges as "specifyIpRanges", o.is_default as "isDefaultOffering", o.services, ${tags} as tags,
    exists (select 1 from annotation n where n.entity_uuid = w.uuid and n.removed is null) as annotated,
    (select j.uuid from job j where j.resource_uuid = w.uuid and j.finished is null order by j.id desc limit 1) as "jobUuid"
  from network w join account a on a.id = w.account_id join domain d on d.id = w.domain_id join zone z on z.id = w.zone_id join network_offering o on o.id = w.offering_id
    left join physical_network p on p.id = w.physical_network_id where w.id = ${anyOf(ids)}`),
  );

export interface NetworkQuery {
  scope: Scope;
  page: Page;
  keyword?: string;
  tags?: ReadonlyMap<string, string>;
  id?: number;
  name?: string;
  aclType?: string;
  zoneId?: number;
  physicalNetworkId?: number;
  offeringId?: number;
  guestType?: string;
  trafficType?: string;
  isSystem: boolean;
  display?: boolean;
  showHidden: boolean;
  restartRequired?: boolean;
  specifyIpRanges?: boolean;
  services?: readonly string[];
  vlan?: string;
  canUseForDeploy?: boolean;
  forVpc?: boolean;
  nothing: boolean;
  /** Networks that are for a whole domain: shown to those in it who ask for them. */
  filter: { own: boolean; ofDomain: boolean };
  callerDomainId: number;
}

const list: ListOf = {
  table: 'network',
  keyword: ['name', 'display_text'],
  tags: 'Network',
  order: sql`t.id desc`,
  owned: false,
};

export async function findNetworks(tx: Tx, query: NetworkQuery): Promise<{ ids: number[]; count: number }> {
  const equal = (column: string, value: unknown): Sql | false =>
    value !== undefined && sql`t.${sql.raw(column)} = ${value}`;
  const offering = (condition: Sql): Sql =>
    sql`exists (select 1 from network_offering o where o.id = t.offering_id and ${condition})`;
  return listIds(tx, list, {
    scope: query.scope,
    page: query.page,
    keyword: query.keyword,
    tags: query.tags,
    where: [
      query.nothing && sql`false`,
      audience(query),
      equal('id', query.id),
      equal('name', query.name),
      query.aclType !== undefined && sql`lower(t.acl_type) = ${query.aclType.toLowerCase()}`,
      equal('zone_id', query.zoneId),
      equal('physical_network_id', query.physicalNetworkId),
      equal('offering_id', query.offeringId),
      query.guestType !== undefined && sql`lower(t.guest_type) = ${query.guestType.toLowerCase()}`,
      query.trafficType !== undefined && sql`lower(t.traffic_type) = ${query.trafficType.toLowerCase()}`,
      sql`t.is_system = ${query.isSystem}`,
      equal('display', query.display),
      !query.showHidden && sql`t.display`,
      equal('restart_required', query.restartRequired),
      query.specifyIpRanges !== undefined && offering(sql`o.specify_ip_ranges = ${query.specifyIpRanges}`),
      query.services && offering(sql`o.services ?& ${query.services}::text[]`),
      query.forVpc !== undefined && offering(sql`o.for_vpc = ${query.forVpc}`),
      query.vlan !== undefined && sql`t.vni::text = ${query.vlan.replace(/^vxlan:\/\//, '')}`,
      query.canUseForDeploy !== undefined &&
        sql`(t.deleting is null and t.state <> 'Destroy') = ${query.canUseForDeploy}`,
    ],
  });
}

/** The scope's own networks, and those that are for the domain of whoever asks. */
function audience({ scope, filter, callerDomainId }: NetworkQuery): Sql {
  const own = scopeCondition(scope);
  const ofDomain = sql`(t.acl_type = 'Domain' and exists (select 1 from domain mine join domain theirs on theirs.id = t.domain_id
    where mine.id = ${callerDomainId} and (mine.id = theirs.id or (t.subdomain_access and starts_with(mine.path, theirs.path)))))`;
  const wanted = [
    ...(filter.own ? [own.length > 0 ? sql.join(own, ' and ') : sql`true`] : []),
    ...(filter.ofDomain ? [ofDomain] : []),
  ];
  return wanted.length === 0 ? sql`false` : sql`(${sql.join(wanted, ' or ')})`;
}
