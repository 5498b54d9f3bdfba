// What a public address's answer shows, and which addresses a list shows.
import type { Tx } from '#kernel/db.ts';
import { anyOf, inOrder, listIds, scopeCondition, type ListOf, type Page, type Scope } from '#kernel/list.ts';
import { sql, type Sql } from '#kernel/sql.ts';

export interface AddressDetail {
  id: number;
  uuid: string;
  address: string;
  state: string;
  allocated: Date | null;
  sourceNat: boolean;
  system: boolean;
  display: boolean;
  forVirtualNetwork: boolean;
  forSystemVms: boolean;
  account: string | null;
  domain: string | null;
  domainUuid: string | null;
  domainPath: string | null;
  networkUuid: string | null;
  networkName: string | null;
  zone: string;
  zoneUuid: string;
  physicalNetworkUuid: string | null;
  rangeUuid: string;
  vlan: string;
  vmUuid: string | null;
  vmName: string | null;
  vmDisplayName: string | null;
  staticNatIp: string | null;
  hasRules: boolean;
  annotated: boolean;
  jobUuid: string | null;
  tags: { key: string; value: string; account: string; domain: string; domainUuid: string }[];
}

export const addressDetails = async (tx: Tx, ids: readonly number[]): Promise<AddressDetail[]> =>
  inOrder(
    ids,
    await tx.rows<AddressDetail>(sql`
  select p.id, p.uuid, host(p.address) as address, p.state, p.allocated, p.source_nat as "sourceNat", p.system, p.display, l.for_virtual_network as "forVirtualNetwork", l.for_system_vms as "forSystemVms",
    a.name as account, d.name as domain, d.uuid as "domainUuid", d.path as "domainPath", w.uuid as "networkUuid", w.name as "networkName", z.name as zone, z.uuid as "zoneUuid", ph.uuid as "physicalNetworkUuid",
    l.uuid as "rangeUuid", l.vlan, v.uuid as "vmUuid", v.name as "vmName", v.display_name as "vmDisplayName", host(p.static_nat_ip) as "staticNatIp",
    exists (select 1 from network_rule f where f.public_ip_id = p.id and f.removed is null) as "hasRules", exists (select 1 from annotation n where n.entity_uuid = p.uuid and n.removed is null) as annotated,
    (select j.uuid from job j where j.resource_uuid = p.uuid and j.finished is null order by j.id desc limit 1) as "jobUuid",
    coalesce((select json_agg(json_build_object('key', g.key, 'value', g.value, 'account', ga.name, 'domain', gd.name, 'domainUuid', gd.uuid) order by g.id)
      from resource_tag g join account ga on ga.id = g.account_id join domain gd on gd.id = g.domain_id where g.resource_uuid = p.uuid), '[]') as tags
  from public_ip p join vlan_range l on l.id = p.vlan_range_id join zone z on z.id = p.zone_id left join account a on a.id = p.account_id left join domain d on d.id = p.domain_id left join network w on w.id = p.network_id
    left join physical_network ph on ph.id = l.physical_network_id left join vm v on v.id = p.static_nat_vm_id where p.id = ${anyOf(ids)}`),
  );

export interface AddressQuery {
  scope: Scope;
  page: Page;
  keyword?: string;
  tags?: ReadonlyMap<string, string>;
  id?: number;
  address?: string;
  zoneId?: number;
  networkId?: number;
  physicalNetworkId?: number;
  rangeId?: number;
  state?: string;
  sourceNat?: boolean;
  staticNat?: boolean;
  forVirtualNetwork: boolean;
  forSystemVms: boolean;
  display?: boolean;
  showHidden: boolean;
  nothing: boolean;
  /** false: free ones too, those the account could have. */
  allocatedOnly: boolean;
  callerAccountId: number;
  isRoot: boolean;
}

const list: ListOf = {
  table: 'public_ip',
  keyword: [],
  tags: 'PublicIpAddress',
  order: sql`t.address`,
  owned: false,
  removable: false,
};

export async function findAddresses(tx: Tx, query: AddressQuery): Promise<{ ids: number[]; count: number }> {
  const equal = (column: string, value: unknown): Sql | false =>
    value !== undefined && sql`t.${sql.raw(column)} = ${value}`;
  return listIds(tx, list, {
    scope: query.scope,
    page: query.page,
    tags: query.tags,
    where: [
      query.nothing && sql`false`,
      owners(query),
      query.keyword && sql`host(t.address) ilike ${`%${query.keyword.replace(/[\\%_]/g, '\\$&')}%`}`,
      equal('id', query.id),
      query.address !== undefined && sql`host(t.address) = ${query.address}`,
      equal('zone_id', query.zoneId),
      equal('network_id', query.networkId),
      equal('vlan_range_id', query.rangeId),
      query.state !== undefined && sql`lower(t.state) = ${query.state.toLowerCase()}`,
      equal('source_nat', query.sourceNat),
      query.staticNat !== undefined && sql`(t.static_nat_nic_id is not null) = ${query.staticNat}`,
      equal('display', query.display),
      !query.showHidden && sql`t.display`,
      range(
        sql`l.for_virtual_network = ${query.forVirtualNetwork} and l.for_system_vms = ${query.forSystemVms} ${query.physicalNetworkId === undefined ? sql.empty : sql`and l.physical_network_id = ${query.physicalNetworkId}`}`,
      ),
    ],
  });
}

const range = (condition: Sql): Sql =>
  sql`exists (select 1 from vlan_range l where l.id = t.vlan_range_id and l.removed is null and ${condition})`;

/** Taken ones of the scope; free ones that are nobody's in particular, or the caller's. */
function owners({ scope, allocatedOnly, callerAccountId, isRoot }: AddressQuery): Sql {
  const taken = sql.join([sql`t.state <> 'Free'`, ...scopeCondition(scope)], ' and ');
  if (allocatedOnly) return taken;
  const free = isRoot
    ? sql`t.state = 'Free'`
    : sql`t.state = 'Free' and not t.system and ${range(sql`(l.account_id is null or l.account_id = ${callerAccountId})`)}`;
  return sql`((${taken}) or (${free}))`;
}
