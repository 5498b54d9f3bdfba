// Rows of address ranges (public ones, and those of shared networks) and the public addresses in them.
import type { Tx } from '#kernel/db.ts';
import { anyOf, inOrder, listIds, type ListOf, type Page } from '#kernel/list.ts';
import { sql } from '#kernel/sql.ts';

export interface RangeRow {
  id: number;
  uuid: string;
  zoneId: number;
  zoneUuid: string;
  physicalNetworkId: number | null;
  physicalNetworkUuid: string | null;
  networkId: number | null;
  networkUuid: string | null;
  podUuid: string | null;
  podName: string | null;
  vlan: string;
  gateway: string;
  netmask: string;
  cidr: string;
  startIp: string;
  endIp: string;
  forVirtualNetwork: boolean;
  forSystemVms: boolean;
  account: string | null;
  domainUuid: string | null;
  domain: string | null;
  domainPath: string | null;
}

export const rangesByIds = async (tx: Tx, ids: readonly number[]): Promise<RangeRow[]> =>
  inOrder(
    ids,
    await tx.rows<RangeRow>(sql`
  select r.id, r.uuid, r.zone_id as "zoneId", z.uuid as "zoneUuid", r.physical_network_id as "physicalNetworkId", p.uuid as "physicalNetworkUuid", r.network_id as "networkId", n.uuid as "networkUuid",
    o.uuid as "podUuid", o.name as "podName", r.vlan, host(r.gateway) as gateway, r.netmask, r.cidr, host(r.start_ip) as "startIp", host(r.end_ip) as "endIp", r.for_virtual_network as "forVirtualNetwork",
    r.for_system_vms as "forSystemVms", a.name as account, d.uuid as "domainUuid", d.name as domain, 'ROOT' || rtrim(d.path, '/') as "domainPath"
  from vlan_range r join zone z on z.id = r.zone_id left join physical_network p on p.id = r.physical_network_id left join network n on n.id = r.network_id left join pod o on o.id = r.pod_id
  left join account a on a.id = r.account_id left join domain d on d.id = r.domain_id where r.id = ${anyOf(ids)}`),
  );

/** Held till commit: addresses of a zone are laid out one at a time. */
export const lockZone = (tx: Tx, zoneId: number): Promise<unknown> =>
  tx.rows(sql`select id from zone where id = ${zoneId} for update`);
/** The physical network that public traffic of the zone runs on. */
export const publicNetwork = (tx: Tx, zoneId: number): Promise<{ id: number } | undefined> =>
  tx.first(
    sql`select n.id from physical_network n join traffic_type t on t.physical_network_id = n.id where n.zone_id = ${zoneId} and t.type = 'Public' and n.removed is null order by n.id limit 1`,
  );
export const zoneOfPhysicalNetwork = async (tx: Tx, id: number): Promise<number> =>
  (await tx.one<{ zoneId: number }>(sql`select zone_id as "zoneId" from physical_network where id = ${id}`)).zoneId;

export interface GuestNetwork {
  zoneId: number;
  physicalNetworkId: number | null;
  guestType: string;
  gateway: string | null;
  cidr: string | null;
  vlan: string | null;
  name: string;
}
export const guestNetwork = (tx: Tx, id: number): Promise<GuestNetwork> =>
  tx.one(
    sql`select zone_id as "zoneId", physical_network_id as "physicalNetworkId", guest_type as "guestType", host(gateway) as gateway, cidr, vlan, name from network where id = ${id}`,
  );

export interface Overlapping {
  cidr: string;
  vlan: string;
  gateway: string;
  startIp: string;
  endIp: string;
}
const overlapColumns = sql`cidr, vlan, host(gateway) as gateway, host(start_ip) as "startIp", host(end_ip) as "endIp"`;
/** A range of the zone with one of these addresses. */
export const rangeOverlapping = (
  tx: Tx,
  { zoneId, startIp, endIp, except = 0 }: { zoneId: number; startIp: string; endIp: string; except?: number },
): Promise<Overlapping | undefined> =>
  tx.first(
    sql`select ${overlapColumns} from vlan_range where zone_id = ${zoneId} and removed is null and id <> ${except} and start_ip <= ${endIp}::inet and end_ip >= ${startIp}::inet order by id limit 1`,
  );
/** A range of the zone in the same network that says otherwise what the network is. */
export const networkSaidOtherwise = (
  tx: Tx,
  {
    zoneId,
    cidr,
    vlan,
    gateway,
    except = 0,
  }: { zoneId: number; cidr: string; vlan: string; gateway: string; except?: number },
): Promise<Overlapping | undefined> =>
  tx.first(sql`select ${overlapColumns} from vlan_range where zone_id = ${zoneId} and removed is null and id <> ${except} and cidr && ${cidr}::cidr
    and (cidr <> ${cidr}::cidr or vlan <> ${vlan} or gateway <> ${gateway}::inet) order by id limit 1`);
/** Management addresses of the zone among these. */
export const podRangeOverlapping = (
  tx: Tx,
  { zoneId, startIp, endIp }: { zoneId: number; startIp: string; endIp: string },
): Promise<{ pod: string; startIp: string; endIp: string } | undefined> =>
  tx.first(sql`select p.name as pod, host(r.start_ip) as "startIp", host(r.end_ip) as "endIp" from pod_ip_range r join pod p on p.id = r.pod_id
    where p.zone_id = ${zoneId} and p.removed is null and r.vlan = 'untagged' and r.start_ip <= ${endIp}::inet and r.end_ip >= ${startIp}::inet limit 1`);
/** The first range of public addresses of the zone on a VLAN of its own, for hosts that carry none. */
export const taggedRange = (tx: Tx, zoneId: number): Promise<{ vlan: string } | undefined> =>
  tx.first(
    sql`select vlan from vlan_range where zone_id = ${zoneId} and for_virtual_network and vlan <> 'untagged' and removed is null order by id limit 1`,
  );
export const kvmCluster = (tx: Tx, zoneId: number): Promise<{ name: string } | undefined> =>
  tx.first(
    sql`select name from cluster where zone_id = ${zoneId} and hypervisor = 'KVM' and removed is null order by id limit 1`,
  );

export const insertRange = (tx: Tx, values: Readonly<Record<string, unknown>>): Promise<{ id: number; uuid: string }> =>
  tx.one(sql`insert into vlan_range ${sql.row(values)} returning id, uuid`);
export const changeRange = (tx: Tx, id: number, values: Readonly<Record<string, unknown>>): Promise<number> =>
  tx.run(sql`update vlan_range set ${sql.set(values)} where id = ${id}`);

/** One row per address, in one statement. The MAC follows from the address, so that no two addresses of a segment share one. */
export const insertAddresses = (tx: Tx, { id, zoneId }: { id: number; zoneId: number }): Promise<number> =>
  tx.run(sql`
  insert into public_ip(zone_id, vlan_range_id, address, mac)
  select ${zoneId}, r.id, a.address, '1e:00:' || array_to_string(array(select lpad(to_hex(octet::int), 2, '0') from unnest(string_to_array(host(a.address), '.')) with ordinality as o(octet, place) order by place), ':')
  from vlan_range r cross join lateral (select r.start_ip + n as address from generate_series(0::bigint, r.end_ip - r.start_ip) n) a where r.id = ${id}
  on conflict (zone_id, address) do nothing`);
/** Free addresses that the range does not have any more; with `all`, every one of it. Rules that ended no longer point at them. */
export async function deleteAddresses(tx: Tx, id: number, { all = false } = {}): Promise<number> {
  const gone = sql`(select i.id from public_ip i join vlan_range r on r.id = i.vlan_range_id where r.id = ${id} and i.state = 'Free' and (${all} or i.address < r.start_ip or i.address > r.end_ip))`;
  await tx.run(sql`update network_rule set public_ip_id = null where removed is not null and public_ip_id in ${gone}`);
  return tx.run(sql`delete from public_ip where id in ${gone}`);
}
/** Addresses of the range in use, those outside of the bounds only where bounds are given. */
export const addressesTaken = async (
  tx: Tx,
  id: number,
  keep?: { startIp: string; endIp: string },
): Promise<{ n: number; first: string | null }> =>
  tx.one(sql`
  select count(*) as n, host(min(address)) as first from (
    select i.address from public_ip i where i.vlan_range_id = ${id} and i.state <> 'Free' union all
    select c.ip from vlan_range r join nic c on c.network_id = r.network_id and c.removed is null where r.id = ${id} and not r.for_virtual_network and c.ip between r.start_ip and r.end_ip) taken(address)
  where ${keep ? sql`not address between ${keep.startIp}::inet and ${keep.endIp}::inet` : sql`true`}`);
export const removeRange = (tx: Tx, id: number): Promise<number> =>
  tx.run(sql`update vlan_range set removed = now() where id = ${id} and removed is null`);

const list: ListOf = { table: 'vlan_range', keyword: ['vlan', 'netmask'], owned: false };
export interface RangeQuery {
  page: Page;
  keyword?: string;
  id?: number;
  forVirtualNetwork?: boolean;
  networkId?: number;
  physicalNetworkId?: number;
  podId?: number;
  zoneId?: number;
  vlan?: string;
  accountId?: number;
  domainId?: number;
}
export async function findRanges(tx: Tx, query: RangeQuery): Promise<{ rows: RangeRow[]; count: number }> {
  const same = (column: string, value: unknown) => value !== undefined && sql`t.${sql.raw(column)} = ${value}`;
  const { ids, count } = await listIds(tx, list, {
    page: query.page,
    keyword: query.keyword,
    scope: { kind: 'all' },
    where: [
      same('id', query.id),
      same('for_virtual_network', query.forVirtualNetwork),
      same('network_id', query.networkId),
      same('physical_network_id', query.physicalNetworkId),
      same('pod_id', query.podId),
      same('zone_id', query.zoneId),
      same('vlan', query.vlan),
      same('account_id', query.accountId),
      same('domain_id', query.domainId),
    ],
  });
  return { rows: await rangesByIds(tx, ids), count };
}
