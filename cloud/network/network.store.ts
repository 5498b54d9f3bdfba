// Rows of guest networks.
import { networkMachine } from '#api/states/network.ts';
import type { EventOf } from '#api/machine.ts';
import type { Tx } from '#kernel/db.ts';
import { move } from '#kernel/move.ts';
import { sql } from '#kernel/sql.ts';

export interface NetworkRow {
  id: number;
  uuid: string;
  name: string;
  accountId: number;
  domainId: number;
  zoneId: number;
  physicalNetworkId: number | null;
  offeringId: number;
  guestType: string;
  state: string;
  cidr: string | null;
  gateway: string | null;
  vni: number | null;
  mtu: number;
  services: string[];
  aclType: string;
  subdomainAccess: boolean;
  isSystem: boolean;
  egressAllow: boolean;
  generation: number;
  deleting: Date | null;
  removed: Date | null;
  isPersistent: boolean;
  restartRequired: boolean;
  networkDomain: string | null;
  conserveMode: boolean;
  forVpc: boolean;
}
const columns = sql`w.id, w.uuid, w.name, w.account_id as "accountId", w.domain_id as "domainId", w.zone_id as "zoneId", w.physical_network_id as "physicalNetworkId", w.offering_id as "offeringId",
  w.guest_type as "guestType", w.state, w.cidr::text as cidr, host(w.gateway) as gateway, w.vni, w.mtu, array(select jsonb_object_keys(o.services)) as services, w.acl_type as "aclType",
  coalesce(w.subdomain_access, false) as "subdomainAccess", w.is_system as "isSystem", w.egress_allow as "egressAllow", w.generation, w.deleting, w.removed, o.is_persistent as "isPersistent",
  w.restart_required as "restartRequired", w.network_domain as "networkDomain", o.conserve_mode as "conserveMode", o.for_vpc as "forVpc"`;
const joined = sql`from network w join network_offering o on o.id = w.offering_id`;

export const networkById = (tx: Tx, id: number): Promise<NetworkRow> =>
  tx.one(sql`select ${columns} ${joined} where w.id = ${id}`);
/** Waits for whoever changes it now. */
export const lockNetwork = (tx: Tx, id: number): Promise<NetworkRow> =>
  tx.one(sql`select ${columns} ${joined} where w.id = ${id} for update of w`);
/** Who holds it alone when this is called does so no more when it returns; who only changes it is not waited for. */
export const waitForTakers = (tx: Tx, id: number): Promise<unknown> =>
  tx.rows(sql`select 1 from network where id = ${id} for key share`);
/** Of these, what takes no cards any more. */
export const closedAmong = (tx: Tx, ids: readonly number[]): Promise<{ name: string }[]> =>
  tx.rows(
    sql`select name from network where id = any(${ids}) and (removed is not null or deleting is not null or state = 'Destroy')`,
  );
export const changeNetwork = (tx: Tx, id: number, values: Readonly<Record<string, unknown>>): Promise<number> =>
  Object.values(values).some((value) => value !== undefined)
    ? tx.run(sql`update network set ${sql.set(values)} where id = ${id}`)
    : Promise.resolve(0);
export const insertNetwork = (
  tx: Tx,
  values: Readonly<Record<string, unknown>>,
): Promise<{ id: number; uuid: string }> => tx.one(sql`insert into network ${sql.row(values)} returning id, uuid`);
export const moveNetwork = (tx: Tx, id: number, event: EventOf<typeof networkMachine>): Promise<string> =>
  move(tx, { entity: 'network', table: 'network', machine: networkMachine }, id, event);

/** May guests of this owner be in it? Its account's own, or one that is for a domain. */
export const usableBy = async (
  tx: Tx,
  network: NetworkRow,
  owner: { accountId: number; domainId: number },
): Promise<boolean> => {
  if (network.accountId === owner.accountId) return true;
  if (network.aclType !== 'Domain') return false;
  if (network.domainId === owner.domainId) return true;
  return (
    network.subdomainAccess &&
    (await tx.first(
      sql`select 1 from domain mine join domain theirs on theirs.id = ${network.domainId} where mine.id = ${owner.domainId} and starts_with(mine.path, theirs.path)`,
    )) !== undefined
  );
};

/** The account's networks a guest could be put in without being asked; nobody makes one meanwhile. */
export const ownIsolated = async (
  tx: Tx,
  { accountId, zoneId }: { accountId: number; zoneId: number },
): Promise<{ id: number }[]> => {
  await tx.run(sql`select 1 from account where id = ${accountId} for no key update`);
  return tx.rows(sql`select w.id ${joined} where w.account_id = ${accountId} and w.zone_id = ${zoneId} and w.removed is null and w.deleting is null and w.guest_type = 'Isolated' and w.traffic_type = 'Guest'
    and not w.is_system and not o.for_vpc and o.services ? 'SourceNat' order by w.id`);
};

/** The offering of networks that are made by themselves. */
export const defaultOffering = (tx: Tx): Promise<{ id: number } | undefined> =>
  tx.first(sql`
  select id from network_offering where removed is null and state = 'Enabled' and traffic_type = 'Guest' and guest_type = 'Isolated' and not for_vpc and not system_only and not specify_vlan and services ? 'SourceNat'
  order by (availability = 'Required') desc, (unique_name = 'DefaultIsolatedNetworkOfferingWithSourceNatService') desc, id limit 1`);

export interface OfferingRow {
  id: number;
  uuid: string;
  name: string;
  trafficType: string;
  guestType: string;
  state: string;
  forVpc: boolean;
  systemOnly: boolean;
  specifyVlan: boolean;
  egressDefaultAllow: boolean;
  tags: string[];
  services: string[];
  zoneIds: number[];
  isPersistent: boolean;
}
export const offeringById = (tx: Tx, id: number): Promise<OfferingRow> =>
  tx.one(sql`
  select id, uuid, name, traffic_type as "trafficType", guest_type as "guestType", state, for_vpc as "forVpc", system_only as "systemOnly", specify_vlan as "specifyVlan", egress_default_allow as "egressDefaultAllow", tags,
    array(select jsonb_object_keys(services)) as services, zone_ids as "zoneIds", is_persistent as "isPersistent" from network_offering where id = ${id}`);

export interface ZoneRow {
  id: number;
  name: string;
  allocationState: string;
  guestCidr: string | null;
}
export const zoneById = (tx: Tx, id: number): Promise<ZoneRow> =>
  tx.one(
    sql`select id, name, allocation_state as "allocationState", guest_cidr as "guestCidr" from zone where id = ${id}`,
  );

/** A physical network of the zone that carries guest traffic and the offering's tags. */
export const guestPhysicalNetwork = (
  tx: Tx,
  { zoneId, tags, id }: { zoneId: number; tags: readonly string[]; id?: number },
): Promise<{ id: number } | undefined> =>
  tx.first(sql`
  select p.id from physical_network p where p.zone_id = ${zoneId} and p.removed is null and p.state = 'Enabled' and p.tags @> ${tags}::text[] ${id === undefined ? sql.empty : sql`and p.id = ${id}`}
    and exists (select 1 from traffic_type t where t.physical_network_id = p.id and t.type = 'Guest') order by p.id limit 1`);

/** The DNS suffix its owner's networks have: the account's, its domain's, the zone's. */
export const inheritedDomain = async (
  tx: Tx,
  { accountId, zoneId }: { accountId: number; zoneId: number },
): Promise<string | null> =>
  (
    await tx.one<{ name: string | null }>(sql`
  select coalesce(nullif(a.network_domain, ''), nullif(d.network_domain, ''), nullif((select z.network_domain from zone z where z.id = ${zoneId}), '')) as name
  from account a join domain d on d.id = a.domain_id where a.id = ${accountId}`)
  ).name;
export const accountName = async (tx: Tx, id: number): Promise<string> =>
  (await tx.one<{ name: string }>(sql`select name from account where id = ${id}`)).name;

/** An identifier of its own: the one it had if nobody has let go of it yet, else a free one. */
export const takeVni = async (
  tx: Tx,
  { id, physicalNetworkId }: Pick<NetworkRow, 'id' | 'physicalNetworkId'>,
): Promise<number | undefined> =>
  (
    await tx.first<{ vni: number }>(sql`
  with mine as (select vni from vni where physical_network_id = ${physicalNetworkId} and network_id = ${id} order by vni limit 1),
    free as (select vni from vni where physical_network_id = ${physicalNetworkId} and network_id is null and not exists (select 1 from mine) order by vni limit 1 for update skip locked)
  update vni set network_id = ${id}, taken = now() where physical_network_id = ${physicalNetworkId} and vni = coalesce((select vni from mine), (select vni from free)) returning vni`)
  )?.vni;

/** Identifiers whose network let go of them and which no host has any more. */
export const freeVnis = (tx: Tx): Promise<number> =>
  tx.run(sql`
  update vni set network_id = null, taken = null where network_id is not null
    and not exists (select 1 from network w where w.id = vni.network_id and w.vni = vni.vni and w.removed is null)
    and not exists (select 1 from host_network h where h.network_id = vni.network_id and h.vni = vni.vni)`);
export const forgetTags = (tx: Tx, id: number): Promise<number> =>
  tx.run(sql`delete from resource_tag where resource_uuid = (select uuid from network where id = ${id})`);
export const uuidTaken = async (tx: Tx, uuid: string): Promise<boolean> =>
  (await tx.first(sql`select 1 from network where uuid = ${uuid}`)) !== undefined;
