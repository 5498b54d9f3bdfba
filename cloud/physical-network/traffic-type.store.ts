// Rows of traffic types.
import type { Tx } from '#kernel/db.ts';
import { anyOf, inOrder, listIds, type ListOf, type Page } from '#kernel/list.ts';
import { sql } from '#kernel/sql.ts';

export interface TrafficTypeRow {
  id: number;
  uuid: string;
  physicalNetworkId: number;
  physicalNetworkUuid: string;
  zoneId: number;
  type: string;
  kvmLabel: string | null;
  labels: Record<string, string>;
  vlan: string | null;
  isolationMethods: string[];
}

export const trafficTypesByIds = async (tx: Tx, ids: readonly number[]): Promise<TrafficTypeRow[]> =>
  inOrder(
    ids,
    await tx.rows<TrafficTypeRow>(sql`
  select t.id, t.uuid, t.physical_network_id as "physicalNetworkId", n.uuid as "physicalNetworkUuid", n.zone_id as "zoneId", t.type, t.kvm_label as "kvmLabel", t.labels, t.vlan, n.isolation_methods as "isolationMethods"
  from traffic_type t join physical_network n on n.id = t.physical_network_id where t.id = ${anyOf(ids)}`),
  );

/** Where a kind of traffic runs in the zone already. */
export const trafficInZone = (
  tx: Tx,
  { zoneId, type }: { zoneId: number; type: string },
): Promise<{ physicalNetworkId: number; name: string }[]> =>
  tx.rows(sql`
  select n.id as "physicalNetworkId", n.name from traffic_type t join physical_network n on n.id = t.physical_network_id where n.zone_id = ${zoneId} and n.removed is null and t.type = ${type}`);

export const insertTrafficType = (
  tx: Tx,
  values: Readonly<Record<string, unknown>>,
): Promise<{ id: number; uuid: string }> => tx.one(sql`insert into traffic_type ${sql.row(values)} returning id, uuid`);
export const changeTrafficType = (tx: Tx, id: number, values: Readonly<Record<string, unknown>>): Promise<number> =>
  Object.values(values).some((value) => value !== undefined)
    ? tx.run(sql`update traffic_type set ${sql.set(values)} where id = ${id}`)
    : Promise.resolve(0);
export const deleteTrafficTypeRow = (tx: Tx, id: number): Promise<number> =>
  tx.run(sql`delete from traffic_type where id = ${id}`);

/** What still runs on it: networks for guests, ranges for public traffic. */
export const trafficContents = async (
  tx: Tx,
  { physicalNetworkId, type }: { physicalNetworkId: number; type: string },
): Promise<{ kind: string; n: number }> => {
  if (type === 'Guest')
    return {
      kind: 'guest network',
      ...(await tx.one<{ n: number }>(
        sql`select count(*) as n from network where physical_network_id = ${physicalNetworkId} and traffic_type = 'Guest' and removed is null`,
      )),
    };
  if (type === 'Public')
    return {
      kind: 'range of public addresses',
      ...(await tx.one<{ n: number }>(
        sql`select count(*) as n from vlan_range where physical_network_id = ${physicalNetworkId} and for_virtual_network and removed is null`,
      )),
    };
  return { kind: 'network', n: 0 };
};
/** Hosts of the zone that do not have the bridge. */
export const hostsWithoutBridge = (
  tx: Tx,
  { zoneId, bridge }: { zoneId: number; bridge: string },
): Promise<{ name: string }[]> =>
  tx.rows(
    sql`select name from host where zone_id = ${zoneId} and removed is null and type = 'Routing' and hypervisor = 'KVM' and not ${bridge} = any(bridges) order by name limit 5`,
  );
/** The bridge public traffic of the zone runs on. */
export const publicLabel = async (tx: Tx, zoneId: number): Promise<string | undefined> =>
  (
    await tx.first<{ label: string }>(sql`
  select t.kvm_label as label from traffic_type t join physical_network n on n.id = t.physical_network_id where n.zone_id = ${zoneId} and n.removed is null and t.type = 'Public'`)
  )?.label;

const list: ListOf = { table: 'traffic_type', keyword: ['type'], owned: false, removable: false };
export async function findTrafficTypes(
  tx: Tx,
  query: { page: Page; keyword?: string; physicalNetworkId: number },
): Promise<{ rows: TrafficTypeRow[]; count: number }> {
  const { ids, count } = await listIds(tx, list, {
    page: query.page,
    keyword: query.keyword,
    scope: { kind: 'all' },
    where: [sql`t.physical_network_id = ${query.physicalNetworkId}`],
  });
  return { rows: await trafficTypesByIds(tx, ids), count };
}
