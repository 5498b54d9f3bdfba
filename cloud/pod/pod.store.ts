// Rows of pods and their ranges of management addresses.
import type { Tx } from '#kernel/db.ts';
import { anyOf, inOrder, listIds, type ListOf, type Page } from '#kernel/list.ts';
import { sql } from '#kernel/sql.ts';

export interface PodRange {
  id: number;
  startIp: string;
  endIp: string;
  vlan: string;
  forSystemVms: boolean;
}
export interface PodRow {
  id: number;
  uuid: string;
  zoneId: number;
  zoneUuid: string;
  zoneName: string;
  name: string;
  gateway: string;
  cidr: string;
  allocationState: 'Enabled' | 'Disabled';
  ranges: PodRange[];
  annotated: boolean;
}

const columns = sql`p.id, p.uuid, p.zone_id as "zoneId", z.uuid as "zoneUuid", z.name as "zoneName", p.name, p.gateway, p.cidr, p.allocation_state as "allocationState",
  coalesce((select jsonb_agg(jsonb_build_object('id', r.id, 'startIp', host(r.start_ip), 'endIp', host(r.end_ip), 'vlan', r.vlan, 'forSystemVms', r.for_system_vms) order by r.id)
    from pod_ip_range r where r.pod_id = p.id), '[]') as ranges,
  exists (select 1 from annotation a where a.entity_uuid = p.uuid and a.removed is null) as annotated`;

export const podsByIds = async (tx: Tx, ids: readonly number[]): Promise<PodRow[]> =>
  inOrder(
    ids,
    await tx.rows<PodRow>(sql`select ${columns} from pod p join zone z on z.id = p.zone_id where p.id = ${anyOf(ids)}`),
  );

export const podNameTaken = async (
  tx: Tx,
  { zoneId, name, except = 0 }: { zoneId: number; name: string; except?: number },
): Promise<boolean> =>
  (await tx.first(
    sql`select 1 from pod where zone_id = ${zoneId} and lower(name) = ${name.toLowerCase()} and removed is null and id <> ${except}`,
  )) !== undefined;

export const insertPod = (tx: Tx, values: Readonly<Record<string, unknown>>): Promise<{ id: number }> =>
  tx.one(sql`insert into pod ${sql.row(values)} returning id`);
export const changePod = (tx: Tx, id: number, values: Readonly<Record<string, unknown>>): Promise<number> =>
  Object.values(values).some((value) => value !== undefined)
    ? tx.run(sql`update pod set ${sql.set(values)} where id = ${id}`)
    : Promise.resolve(0);
export async function removePod(tx: Tx, id: number): Promise<void> {
  await tx.run(sql`delete from pod_ip_range where pod_id = ${id}`);
  await tx.run(sql`update pod set removed = now() where id = ${id} and removed is null`);
}

export interface NewRange {
  podId: number;
  startIp: string;
  endIp: string;
  vlan: string;
  forSystemVms: boolean;
}
export const insertPodRange = (tx: Tx, range: NewRange): Promise<number> =>
  tx.run(
    sql`insert into pod_ip_range(pod_id, start_ip, end_ip, vlan, for_system_vms) values (${range.podId}, ${range.startIp}, ${range.endIp}, ${range.vlan}, ${range.forSystemVms})`,
  );
export const changePodRange = (
  tx: Tx,
  id: number,
  { startIp, endIp }: { startIp: string; endIp: string },
): Promise<number> => tx.run(sql`update pod_ip_range set start_ip = ${startIp}, end_ip = ${endIp} where id = ${id}`);
export const deletePodRange = (tx: Tx, id: number): Promise<number> =>
  tx.run(sql`delete from pod_ip_range where id = ${id}`);

/** Held till commit: pods of one zone are laid out one at a time. */
export const lockZone = (tx: Tx, zoneId: number): Promise<unknown> =>
  tx.rows(sql`select id from zone where id = ${zoneId} for update`);

/** Another pod of the zone whose network overlaps. */
export const podOverlapping = (
  tx: Tx,
  { zoneId, cidr, except = 0 }: { zoneId: number; cidr: string; except?: number },
): Promise<{ name: string; cidr: string } | undefined> =>
  tx.first(
    sql`select name, cidr from pod where zone_id = ${zoneId} and removed is null and id <> ${except} and cidr && ${cidr}::cidr order by id limit 1`,
  );

/** A range of management addresses of the zone that has one of these; `except` is the range being changed. */
export const rangeOverlapping = (
  tx: Tx,
  { zoneId, startIp, endIp, except = 0 }: { zoneId: number; startIp: string; endIp: string; except?: number },
): Promise<{ pod: string; startIp: string; endIp: string } | undefined> =>
  tx.first(sql`select p.name as pod, host(r.start_ip) as "startIp", host(r.end_ip) as "endIp" from pod_ip_range r join pod p on p.id = r.pod_id
    where p.zone_id = ${zoneId} and p.removed is null and r.id <> ${except} and r.start_ip <= ${endIp}::inet and r.end_ip >= ${startIp}::inet order by r.id limit 1`);

/** A range of public or shared addresses of the zone, on the same VLAN, that has one of these. */
export const vlanRangeOverlapping = (
  tx: Tx,
  { zoneId, vlan, startIp, endIp }: { zoneId: number; vlan: string; startIp: string; endIp: string },
): Promise<{ startIp: string; endIp: string } | undefined> =>
  tx.first(sql`select host(start_ip) as "startIp", host(end_ip) as "endIp" from vlan_range
    where zone_id = ${zoneId} and removed is null and vlan = ${vlan} and start_ip <= ${endIp}::inet and end_ip >= ${startIp}::inet order by id limit 1`);

export const podContents = (tx: Tx, id: number): Promise<{ kind: string; n: number }[]> =>
  tx.rows(sql`
  select kind, n from (
    select 'cluster' as kind, count(*) as n from cluster where pod_id = ${id} and removed is null union all
    select 'host', count(*) from host where pod_id = ${id} and removed is null union all
    select 'storage pool', count(*) from storage_pool where pod_id = ${id} and removed is null) counted where n > 0`);

const list: ListOf = { table: 'pod', keyword: ['name'], owned: false };

export interface PodQuery {
  page: Page;
  keyword?: string;
  id?: number;
  name?: string;
  zoneId?: number;
  allocationState?: string;
}

export async function findPods(tx: Tx, query: PodQuery): Promise<{ rows: PodRow[]; count: number }> {
  const { ids, count } = await listIds(tx, list, {
    page: query.page,
    keyword: query.keyword,
    scope: { kind: 'all' },
    where: [
      query.id !== undefined && sql`t.id = ${query.id}`,
      query.name && sql`t.name = ${query.name}`,
      query.zoneId !== undefined && sql`t.zone_id = ${query.zoneId}`,
      query.allocationState && sql`lower(t.allocation_state) = ${query.allocationState.toLowerCase()}`,
    ],
  });
  return { rows: await podsByIds(tx, ids), count };
}
