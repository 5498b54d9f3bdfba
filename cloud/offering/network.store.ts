// Rows of network offerings.
import type { Tx } from '#kernel/db.ts';
import { anyOf, inOrder, listIds, type ListOf, type Page } from '#kernel/list.ts';
import { sql } from '#kernel/sql.ts';
import { inZone, offeredTo, visibleTo, type Audience, type OfferedTo } from './offered.store.ts';

/** Of one service of an offering: who provides it, and what was chosen of what can be chosen. */
export interface OfferedService {
  providers: string[];
  capabilities?: Record<string, string>;
}

export interface NetworkOfferingRow extends OfferedTo {
  id: number;
  uuid: string;
  name: string;
  displayText: string;
  trafficType: string;
  guestType: 'Isolated' | 'Shared' | 'L2' | null;
  availability: string;
  state: 'Enabled' | 'Disabled';
  isDefault: boolean;
  systemOnly: boolean;
  specifyVlan: boolean;
  specifyIpRanges: boolean;
  conserveMode: boolean;
  isPersistent: boolean;
  forVpc: boolean;
  egressDefaultAllow: boolean;
  networkRate: number | null;
  maxConnections: number | null;
  tags: string[];
  serviceOfferingUuid: string | null;
  networkMode: string | null;
  services: Record<string, OfferedService>;
  flags: Record<string, boolean>;
  domainIds: number[];
  zoneIds: number[];
  details: Record<string, string>;
  created: Date;
}

const columns = sql`o.id, o.uuid, o.name, o.display_text as "displayText", o.traffic_type as "trafficType", o.guest_type as "guestType", o.availability, o.state, o.is_default as "isDefault",
  o.system_only as "systemOnly", o.specify_vlan as "specifyVlan", o.specify_ip_ranges as "specifyIpRanges", o.conserve_mode as "conserveMode", o.is_persistent as "isPersistent", o.for_vpc as "forVpc",
  o.egress_default_allow as "egressDefaultAllow", o.network_rate as "networkRate", o.max_connections as "maxConnections", o.tags, s.uuid as "serviceOfferingUuid", o.network_mode as "networkMode",
  o.services, o.flags, o.domain_ids as "domainIds", o.zone_ids as "zoneIds", o.details, o.created, ${offeredTo}`;

export const networkOfferingsByIds = async (tx: Tx, ids: readonly number[]): Promise<NetworkOfferingRow[]> =>
  inOrder(
    ids,
    await tx.rows<NetworkOfferingRow>(
      sql`select ${columns} from network_offering o left join service_offering s on s.id = o.service_offering_id where o.id = ${anyOf(ids)}`,
    ),
  );

export const networkOfferingNameTaken = async (tx: Tx, name: string): Promise<boolean> =>
  (await tx.first(sql`select 1 from network_offering where unique_name = ${name} and removed is null`)) !== undefined;
export const insertNetworkOffering = (tx: Tx, values: Readonly<Record<string, unknown>>): Promise<{ id: number }> =>
  tx.one(sql`insert into network_offering ${sql.row(values)} returning id`);
export const changeNetworkOffering = (tx: Tx, id: number, values: Readonly<Record<string, unknown>>): Promise<number> =>
  Object.values(values).some((value) => value !== undefined)
    ? tx.run(sql`update network_offering set ${sql.set(values)} where id = ${id}`)
    : Promise.resolve(0);
export const removeNetworkOffering = (tx: Tx, id: number): Promise<number> =>
  tx.run(sql`update network_offering set removed = now() where id = ${id} and removed is null`);
export const networksOfOffering = async (tx: Tx, id: number): Promise<number> =>
  (await tx.one<{ n: number }>(sql`select count(*) as n from network where offering_id = ${id} and removed is null`)).n;
/** Only one offering of isolated networks is required at a time; the others become optional. */
export const unrequireOthers = (tx: Tx, id: number): Promise<number> =>
  tx.run(
    sql`update network_offering set availability = 'Optional' where availability = 'Required' and guest_type = 'Isolated' and not system_only and id <> ${id}`,
  );
export const routerOffering = async (tx: Tx, id: number): Promise<boolean> =>
  (await tx.first(
    sql`select 1 from service_offering where id = ${id} and system_use and system_vm_type = 'domainrouter'`,
  )) !== undefined;

/** What a network has now, for what it could have instead. */
export interface NetworkNow {
  accountId: number;
  domainId: number;
  offeringId: number;
  guestType: string;
  trafficType: string;
  specifyVlan: boolean;
}
export const networkNow = (tx: Tx, networkId: number): Promise<NetworkNow> =>
  tx.one(sql`select n.account_id as "accountId", n.domain_id as "domainId", n.offering_id as "offeringId",
  n.guest_type as "guestType", n.traffic_type as "trafficType", o.specify_vlan as "specifyVlan" from network n join network_offering o on o.id = n.offering_id where n.id = ${networkId}`);

const list: ListOf = { table: 'network_offering', keyword: ['name', 'display_text'], owned: false };

export interface NetworkOfferingQuery {
  page: Page;
  ascending: boolean;
  keyword?: string;
  id?: number;
  name?: string;
  displayText?: string;
  audience?: Audience;
  zoneId?: number;
  trafficType?: string;
  guestType?: string;
  availability?: string;
  state?: string;
  isDefault?: boolean;
  forVpc?: boolean;
  isTagged?: boolean;
  tag?: string;
  specifyVlan?: boolean;
  specifyIpRanges?: boolean;
  /** All of them are provided. */
  services?: readonly string[];
  sourceNat?: boolean;
  insteadOf?: NetworkNow;
}

export async function findNetworkOfferings(
  tx: Tx,
  query: NetworkOfferingQuery,
): Promise<{ rows: NetworkOfferingRow[]; count: number }> {
  const equal = (column: string, value: unknown) => value !== undefined && sql`t.${sql.raw(column)} = ${value}`;
  const now = query.insteadOf;
  const { ids, count } = await listIds(
    tx,
    { ...list, order: query.ascending ? sql`t.sort_key` : sql`t.sort_key desc` },
    {
      page: query.page,
      keyword: query.keyword,
      scope: { kind: 'all' },
      where: [
        sql`not t.system_only`,
        equal('id', query.id),
        equal('name', query.name),
        equal('display_text', query.displayText),
        query.audience && visibleTo(query.audience),
        equal('traffic_type', query.trafficType),
        equal('guest_type', query.guestType),
        equal('availability', query.availability),
        equal('state', query.state),
        equal('is_default', query.isDefault),
        equal('for_vpc', query.forVpc),
        equal('specify_vlan', query.specifyVlan),
        equal('specify_ip_ranges', query.specifyIpRanges),
        query.isTagged !== undefined && sql`(cardinality(t.tags) > 0) = ${query.isTagged}`,
        query.tag && sql`${query.tag} = any(t.tags)`,
        query.services && sql`t.services ?& ${query.services}::text[]`,
        query.sourceNat !== undefined && sql`(t.services ? 'SourceNat') = ${query.sourceNat}`,
        query.zoneId !== undefined && sql`${inZone(query.zoneId)} and ${providedIn(query.zoneId)}`,
        now &&
          sql`t.id <> ${now.offeringId} and t.guest_type = ${now.guestType} and t.traffic_type = ${now.trafficType} and t.specify_vlan = ${now.specifyVlan}`,
      ],
    },
  );
  return { rows: await networkOfferingsByIds(tx, ids), count };
}

/** Everybody who provides something of the offering `t` is enabled on a physical network of the zone. */
const providedIn = (
  zoneId: number,
) => sql`not exists (select 1 from jsonb_each(t.services) s, jsonb_array_elements_text(s.value->'providers') by(named)
  where not exists (select 1 from provider p join physical_network n on n.id = p.physical_network_id
    where n.zone_id = ${zoneId} and p.name = by.named and p.state = 'Enabled' and p.removed is null and n.removed is null))`;
