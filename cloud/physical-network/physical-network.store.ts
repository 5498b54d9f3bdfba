// Rows of physical networks and of their network identifiers.
import type { Tx } from '#kernel/db.ts';
import { anyOf, inOrder, listIds, type ListOf, type Page } from '#kernel/list.ts';
import { sql } from '#kernel/sql.ts';
import type { VniRange } from './vlan-text.ts';

export interface PhysicalNetworkRow {
  id: number;
  uuid: string;
  zoneId: number;
  zoneUuid: string;
  zoneName: string;
  name: string;
  state: 'Enabled' | 'Disabled';
  vlan: string | null;
  isolationMethods: string[];
  broadcastDomainRange: string;
  speed: string | null;
  tags: string[];
  domainUuid: string | null;
}

export const physicalNetworksByIds = async (tx: Tx, ids: readonly number[]): Promise<PhysicalNetworkRow[]> =>
  inOrder(
    ids,
    await tx.rows<PhysicalNetworkRow>(sql`
  select n.id, n.uuid, n.zone_id as "zoneId", z.uuid as "zoneUuid", z.name as "zoneName", n.name, n.state, n.vlan, n.isolation_methods as "isolationMethods",
    n.broadcast_domain_range as "broadcastDomainRange", n.speed, n.tags, d.uuid as "domainUuid"
  from physical_network n join zone z on z.id = n.zone_id left join domain d on d.id = n.domain_id where n.id = ${anyOf(ids)}`),
  );

/** Held till commit: the networks of a zone are laid out one at a time. */
export const lockZone = (tx: Tx, zoneId: number): Promise<{ networkType: string; name: string }> =>
  tx.one(sql`select network_type as "networkType", name from zone where id = ${zoneId} for update`);
export const physicalNetworkNameTaken = async (
  tx: Tx,
  { zoneId, name }: { zoneId: number; name: string },
): Promise<boolean> =>
  (await tx.first(
    sql`select 1 from physical_network where zone_id = ${zoneId} and lower(name) = ${name.toLowerCase()} and removed is null`,
  )) !== undefined;
/** Identifiers of the zone's other physical networks. */
export const otherVlans = (
  tx: Tx,
  { zoneId, except = 0 }: { zoneId: number; except?: number },
): Promise<{ name: string; vlan: string }[]> =>
  tx.rows(
    sql`select name, vlan from physical_network where zone_id = ${zoneId} and id <> ${except} and vlan is not null and removed is null`,
  );

export const insertPhysicalNetwork = (tx: Tx, values: Readonly<Record<string, unknown>>): Promise<{ id: number }> =>
  tx.one(sql`insert into physical_network ${sql.row(values)} returning id`);
export const changePhysicalNetwork = (tx: Tx, id: number, values: Readonly<Record<string, unknown>>): Promise<number> =>
  Object.values(values).some((value) => value !== undefined)
    ? tx.run(sql`update physical_network set ${sql.set(values)} where id = ${id}`)
    : Promise.resolve(0);

/** With everything that is only there because of it. */
export async function removePhysicalNetwork(tx: Tx, id: number): Promise<void> {
  await tx.run(sql`delete from vni where physical_network_id = ${id}`);
  await tx.run(sql`delete from traffic_type where physical_network_id = ${id}`);
  await tx.run(
    sql`update virtual_router_element set removed = now() where provider_id in (select id from provider where physical_network_id = ${id}) and removed is null`,
  );
  await tx.run(
    sql`update provider set removed = now(), state = 'Disabled' where physical_network_id = ${id} and removed is null`,
  );
  await tx.run(sql`update physical_network set removed = now() where id = ${id} and removed is null`);
}

export const physicalNetworkContents = (tx: Tx, id: number): Promise<{ kind: string; n: number }[]> =>
  tx.rows(sql`
  select kind, n from (
    select 'network' as kind, count(*) as n from network where physical_network_id = ${id} and removed is null union all
    select 'address range', count(*) from vlan_range where physical_network_id = ${id} and removed is null) counted where n > 0`);

const bounds = (ranges: readonly VniRange[]) =>
  sql`unnest(${ranges.map(({ first }) => first)}::int[], ${ranges.map(({ last }) => last)}::int[]) r(first, last)`;

/** The identifiers become exactly those of the ranges. Taken ones outside of them must have been refused before. */
export async function setVnis(tx: Tx, id: number, ranges: readonly VniRange[]): Promise<void> {
  await tx.run(
    sql`delete from vni v where physical_network_id = ${id} and network_id is null and not exists (select 1 from ${bounds(ranges)} where v.vni between r.first and r.last)`,
  );
  await tx.run(
    sql`insert into vni(physical_network_id, vni) select ${id}, g from ${bounds(ranges)} cross join lateral generate_series(r.first, r.last) g on conflict do nothing`,
  );
}
/** Identifiers in use that the ranges leave out. */
export const takenOutside = (tx: Tx, id: number, ranges: readonly VniRange[]): Promise<{ vni: number }[]> =>
  tx.rows(sql`
  select vni from vni v where physical_network_id = ${id} and network_id is not null and not exists (select 1 from ${bounds(ranges)} where v.vni between r.first and r.last) order by vni limit 5`);

const list: ListOf = { table: 'physical_network', keyword: ['name'], owned: false };
export async function findPhysicalNetworks(
  tx: Tx,
  query: { page: Page; keyword?: string; id?: number; name?: string; zoneId?: number },
): Promise<{ rows: PhysicalNetworkRow[]; count: number }> {
  const { ids, count } = await listIds(tx, list, {
    page: query.page,
    keyword: query.keyword,
    scope: { kind: 'all' },
    where: [
      query.id !== undefined && sql`t.id = ${query.id}`,
      query.name && sql`t.name = ${query.name}`,
      query.zoneId !== undefined && sql`t.zone_id = ${query.zoneId}`,
    ],
  });
  return { rows: await physicalNetworksByIds(tx, ids), count };
}

export interface GuestVlanRow {
  physicalNetworkId: number;
  physicalNetworkUuid: string;
  physicalNetworkName: string;
  zoneUuid: string;
  zoneName: string;
  vni: number;
  taken: Date | null;
  networkUuid: string | null;
  networkName: string | null;
  networkText: string | null;
  account: string | null;
  domainUuid: string | null;
  domain: string | null;
  domainPath: string | null;
}
export interface GuestVlanQuery {
  page: Page;
  keyword?: string;
  physicalNetworkId?: number;
  zoneId?: number;
  vni?: number;
  allocatedOnly: boolean;
}

export async function findGuestVlans(tx: Tx, query: GuestVlanQuery): Promise<{ rows: GuestVlanRow[]; count: number }> {
  const where = sql.join(
    [
      sql`p.removed is null`,
      query.physicalNetworkId === undefined ? sql`true` : sql`v.physical_network_id = ${query.physicalNetworkId}`,
      query.zoneId === undefined ? sql`true` : sql`p.zone_id = ${query.zoneId}`,
      query.vni === undefined ? sql`true` : sql`v.vni = ${query.vni}`,
      query.allocatedOnly ? sql`v.network_id is not null` : sql`true`,
      query.keyword ? sql`v.vni::text like ${`%${query.keyword.replace(/\D/g, '')}%`}` : sql`true`,
    ],
    ' and ',
  );
  const { n } = await tx.one<{ n: number }>(
    sql`select count(*) as n from vni v join physical_network p on p.id = v.physical_network_id where ${where}`,
  );
  const rows = await tx.rows<GuestVlanRow>(sql`
    select v.physical_network_id as "physicalNetworkId", p.uuid as "physicalNetworkUuid", p.name as "physicalNetworkName", z.uuid as "zoneUuid", z.name as "zoneName", v.vni, v.taken,
      n.uuid as "networkUuid", n.name as "networkName", n.display_text as "networkText", a.name as account, d.uuid as "domainUuid", d.name as domain, 'ROOT' || rtrim(d.path, '/') as "domainPath"
    from (select v.* from vni v join physical_network p on p.id = v.physical_network_id where ${where} order by v.physical_network_id, v.vni limit ${query.page.limit} offset ${query.page.offset}) v
    join physical_network p on p.id = v.physical_network_id join zone z on z.id = p.zone_id
    left join network n on n.id = v.network_id left join account a on a.id = n.account_id left join domain d on d.id = n.domain_id order by v.physical_network_id, v.vni`);
  return { rows, count: n };
}
