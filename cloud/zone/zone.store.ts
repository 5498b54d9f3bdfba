// Rows of zones.
import type { Tx } from '#kernel/db.ts';
import { ANY } from '#kernel/fresh.ts';
import { anyOf, inOrder, listIds, type ListOf, type Page } from '#kernel/list.ts';
import { sql } from '#kernel/sql.ts';
import type { MadeOf } from '../context.ts';

export interface ZoneRow {
  id: number;
  uuid: string;
  name: string;
  networkType: string;
  dns1: string;
  dns2: string | null;
  internalDns1: string;
  internalDns2: string | null;
  guestCidr: string | null;
  networkDomain: string | null;
  domainUuid: string | null;
  domainName: string | null;
  allocationState: string;
  type: string;
  localStorage: boolean;
  securityGroups: boolean;
  dhcpProvider: string;
  details: Record<string, string>;
  sortKey: number;
  ip6Dns1: string | null;
  ip6Dns2: string | null;
  annotated: boolean;
  /** How many processor architectures its clusters have. */
  architectures: number;
  tags: Record<string, string>[];
}

const columns = sql`z.id, z.uuid, z.name, z.network_type as "networkType", z.dns1, z.dns2, z.internal_dns1 as "internalDns1", z.internal_dns2 as "internalDns2",
  z.guest_cidr as "guestCidr", z.network_domain as "networkDomain", d.uuid as "domainUuid", d.name as "domainName", z.allocation_state as "allocationState", z.type,
  z.local_storage as "localStorage", z.security_groups as "securityGroups", z.dhcp_provider as "dhcpProvider", z.details, z.sort_key as "sortKey",
  z.ip6_dns1 as "ip6Dns1", z.ip6_dns2 as "ip6Dns2", (select count(distinct c.arch) from cluster c where c.zone_id = z.id and c.removed is null) as architectures,
  exists (select 1 from annotation a where a.entity_uuid = z.uuid and a.removed is null) as annotated,
  coalesce((select jsonb_agg(jsonb_strip_nulls(jsonb_build_object('key', g.key, 'value', g.value, 'resourcetype', 'Zone', 'resourceid', z.uuid, 'account', o.name, 'domainid', od.uuid, 'domain', od.name, 'customer', g.customer)) order by g.id)
    from resource_tag g join account o on o.id = g.account_id join domain od on od.id = g.domain_id where g.resource_uuid = z.uuid), '[]') as tags`;

export const zonesByIds = async (tx: Tx, ids: readonly number[]): Promise<ZoneRow[]> =>
  inOrder(
    ids,
    await tx.rows<ZoneRow>(
      sql`select ${columns} from zone z left join domain d on d.id = z.domain_id where z.id = ${anyOf(ids)}`,
    ),
  );

export const zoneNameTaken = async (
  tx: Tx,
  { name, except = 0 }: { name: string; except?: number },
): Promise<boolean> =>
  (await tx.first(
    sql`select 1 from zone where lower(name) = ${name.toLowerCase()} and removed is null and id <> ${except}`,
  )) !== undefined;

export const insertZone = (tx: Tx, values: Readonly<Record<string, unknown>>): Promise<{ id: number }> =>
  tx.one(sql`insert into zone ${sql.row(values)} returning id`);
export const changeZone = (tx: Tx, id: number, values: Readonly<Record<string, unknown>>): Promise<number> =>
  Object.values(values).some((value) => value !== undefined)
    ? tx.run(sql`update zone set ${sql.set(values)} where id = ${id}`)
    : Promise.resolve(0);
export const removeZone = (tx: Tx, id: number): Promise<number> =>
  tx.run(sql`update zone set removed = now() where id = ${id} and removed is null`);

/** Whether accounts of the domain may use the zone. */
export const zoneIsFor = async (tx: Tx, { zoneId, domainId }: { zoneId: number; domainId: number }): Promise<boolean> =>
  (await tx.first(sql`
  select 1 from zone z where z.id = ${zoneId} and (z.domain_id is null or exists (select 1 from domain mine join domain d on d.id = z.domain_id where mine.id = ${domainId} and starts_with(mine.path, d.path)))`)) !==
  undefined;
export const setDefaultZone = (
  tx: Tx,
  { accountId, zoneId }: { accountId: number; zoneId: number },
): Promise<{ uuid: string }> =>
  tx.one(sql`update account set default_zone_id = ${zoneId} where id = ${accountId} returning uuid`);

/** What still stands in a zone, by kind: a zone with anything in it cannot be deleted. */
export const zoneContents = (tx: Tx, id: number): Promise<{ kind: string; n: number }[]> =>
  tx.rows(sql`
  select kind, n from (
    select 'pod' as kind, count(*) as n from pod where zone_id = ${id} and removed is null union all
    select 'host', count(*) from host where zone_id = ${id} and removed is null union all
    select 'instance', count(*) from vm where zone_id = ${id} and removed is null union all
    select 'physical network', count(*) from physical_network where zone_id = ${id} and removed is null union all
    select 'image store', count(*) from image_store where zone_id = ${id} and removed is null union all
    select 'primary storage', count(*) from storage_pool where zone_id = ${id} and removed is null union all
    select 'network', count(*) from network where zone_id = ${id} and removed is null and not is_system) counted where n > 0`);

const list: ListOf = { table: 'zone', keyword: ['name'], tags: 'Zone', owned: false };

export interface ZoneQuery {
  page: Page;
  ascending: boolean;
  keyword?: string;
  tags?: ReadonlyMap<string, string>;
  ids?: readonly number[];
  name?: string;
  networkType?: string;
  /** Only zones this domain may use: those of nobody, and those of the domains it lies in. */
  offeredTo?: number;
  enabledOnly: boolean;
  /** Only zones where this account has an instance. */
  usedBy?: number;
}

/** What zones are found in and shown from, where that may be remembered. */
export const zonesMadeOf = ({ keyword, tags, usedBy }: ZoneQuery): MadeOf | undefined =>
  keyword || tags || usedBy !== undefined
    ? undefined
    : (['zone', 'domain', 'account', 'cluster', 'annotation', 'tag'] as const).map((kind) => [kind, ANY]);

export async function findZones(tx: Tx, query: ZoneQuery): Promise<{ rows: ZoneRow[]; count: number }> {
  const { ids, count } = await listIds(
    tx,
    { ...list, order: query.ascending ? sql`t.sort_key` : sql`t.sort_key desc` },
    {
      ...query,
      scope: { kind: 'all' },
      where: [
        query.ids && sql`t.id = ${anyOf(query.ids)}`,
        query.name && sql`t.name = ${query.name}`,
        query.networkType && sql`lower(t.network_type) = ${query.networkType.toLowerCase()}`,
        query.usedBy !== undefined &&
          sql`exists (select 1 from vm v where v.zone_id = t.id and v.account_id = ${query.usedBy} and v.removed is null)`,
        query.enabledOnly && sql`t.allocation_state = 'Enabled'`,
        query.offeredTo !== undefined &&
          sql`(t.domain_id is null or exists (select 1 from domain mine join domain d on d.id = t.domain_id where mine.id = ${query.offeredTo} and starts_with(mine.path, d.path)))`,
      ],
    },
  );
  return { rows: await zonesByIds(tx, ids), count };
}
