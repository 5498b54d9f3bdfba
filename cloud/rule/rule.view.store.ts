// What a rule's answer shows, and which rules a list shows.
import type { Tx } from '#kernel/db.ts';
import { anyOf, inOrder, listIds, type ListOf, type Page, type Scope } from '#kernel/list.ts';
import { sql, type Sql } from '#kernel/sql.ts';
import type { Purpose } from './rule.store.ts';

export interface RuleDetail {
  id: number;
  uuid: string;
  purpose: Purpose;
  protocol: string;
  startPort: number | null;
  endPort: number | null;
  icmpType: number | null;
  icmpCode: number | null;
  sourceCidrs: string[];
  destinationCidrs: string[];
  privateStartPort: number | null;
  privateEndPort: number | null;
  guestIp: string | null;
  state: string;
  display: boolean;
  publicIp: string | null;
  publicIpUuid: string | null;
  networkUuid: string;
  networkName: string;
  vmUuid: string | null;
  vmName: string | null;
  vmDisplayName: string | null;
  tags: { key: string; value: string; account: string; domain: string; domainUuid: string }[];
  jobUuid: string | null;
}

export const ruleDetails = async (tx: Tx, ids: readonly number[]): Promise<RuleDetail[]> =>
  inOrder(
    ids,
    await tx.rows<RuleDetail>(sql`
  select f.id, f.uuid, f.purpose, f.protocol, f.start_port as "startPort", f.end_port as "endPort", f.icmp_type as "icmpType", f.icmp_code as "icmpCode", f.source_cidrs as "sourceCidrs", f.destination_cidrs as "destinationCidrs",
    f.private_start_port as "privateStartPort", f.private_end_port as "privateEndPort", host(f.guest_ip) as "guestIp", f.state, f.display, host(p.address) as "publicIp", p.uuid as "publicIpUuid",
    w.uuid as "networkUuid", w.name as "networkName", v.uuid as "vmUuid", v.name as "vmName", v.display_name as "vmDisplayName",
    coalesce((select json_agg(json_build_object('key', g.key, 'value', g.value, 'account', ga.name, 'domain', gd.name, 'domainUuid', gd.uuid) order by g.id)
      from resource_tag g join account ga on ga.id = g.account_id join domain gd on gd.id = g.domain_id where g.resource_uuid = f.uuid), '[]') as tags,
    (select j.uuid from job j where j.resource_uuid = f.uuid and j.finished is null order by j.id desc limit 1) as "jobUuid"
  from network_rule f join network w on w.id = f.network_id left join public_ip p on p.id = f.public_ip_id left join vm v on v.id = f.vm_id where f.id = ${anyOf(ids)}`),
  );

export interface RuleQuery {
  purpose: Purpose;
  scope: Scope;
  page: Page;
  keyword?: string;
  tags?: ReadonlyMap<string, string>;
  id?: number;
  publicIpId?: number;
  networkId?: number;
  vmId?: number;
  display?: boolean;
  showHidden: boolean;
}
const TAGGED: Readonly<Record<Purpose, string>> = {
  Firewall: 'FirewallRule',
  Egress: 'FirewallRule',
  PortForwarding: 'PortForwardingRule',
  StaticNat: 'FirewallRule',
};
const listOf = (purpose: Purpose): ListOf => ({
  table: 'network_rule',
  keyword: ['protocol', 'state'],
  tags: TAGGED[purpose],
});

export async function findRules(tx: Tx, query: RuleQuery): Promise<{ rows: RuleDetail[]; count: number }> {
  const equal = (column: string, value: unknown): Sql | false =>
    value !== undefined && sql`t.${sql.raw(column)} = ${value}`;
  const { ids, count } = await listIds(tx, listOf(query.purpose), {
    scope: query.scope,
    page: query.page,
    keyword: query.keyword,
    tags: query.tags,
    where: [
      sql`t.purpose = ${query.purpose}`,
      equal('id', query.id),
      equal('public_ip_id', query.publicIpId),
      equal('network_id', query.networkId),
      equal('vm_id', query.vmId),
      equal('display', query.display),
      !query.showHidden && sql`t.display`,
    ],
  });
  return { rows: await ruleDetails(tx, ids), count };
}
