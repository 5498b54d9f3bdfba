// Rows of disk offerings.
import type { Tx } from '#kernel/db.ts';
import { anyOf, inOrder, listIds, type ListOf, type Page } from '#kernel/list.ts';
import { sql } from '#kernel/sql.ts';
import { inZone, offeredTo, visibleTo, type Audience, type OfferedTo } from './offered.store.ts';
import type { RateRow } from './rates.ts';

export interface DiskOfferingRow extends OfferedTo, RateRow {
  id: number;
  uuid: string;
  name: string;
  displayText: string;
  sizeGib: number | null;
  customized: boolean;
  customIops: boolean;
  minIops: number | null;
  maxIops: number | null;
  storageType: 'shared' | 'local';
  provisioningType: string;
  tags: string[];
  domainIds: number[];
  zoneIds: number[];
  display: boolean;
  cacheMode: string | null;
  encrypt: boolean;
  strictness: boolean;
  details: Record<string, string>;
  snapshotReserve: number | null;
  state: string;
  created: Date;
}

const columns = sql`o.id, o.uuid, o.name, o.display_text as "displayText", o.size_gib as "sizeGib", o.customized, o.custom_iops as "customIops", o.min_iops as "minIops", o.max_iops as "maxIops",
  o.storage_type as "storageType", o.provisioning_type as "provisioningType", o.tags, o.domain_ids as "domainIds", o.zone_ids as "zoneIds", o.display, o.cache_mode as "cacheMode", o.encrypt,
  o.strictness, o.details, o.hypervisor_snapshot_reserve as "snapshotReserve", o.bytes_read as "bytesRead", o.bytes_write as "bytesWrite", o.iops_read as "iopsRead", o.iops_write as "iopsWrite",
  o.bursts, o.state, o.created, ${offeredTo}`;

export const diskOfferingsByIds = async (tx: Tx, ids: readonly number[]): Promise<DiskOfferingRow[]> =>
  inOrder(ids, await tx.rows<DiskOfferingRow>(sql`select ${columns} from disk_offering o where o.id = ${anyOf(ids)}`));

export const insertDiskOffering = (tx: Tx, values: Readonly<Record<string, unknown>>): Promise<{ id: number }> =>
  tx.one(sql`insert into disk_offering ${sql.row(values)} returning id`);
export const changeDiskOffering = (tx: Tx, id: number, values: Readonly<Record<string, unknown>>): Promise<number> =>
  Object.values(values).some((value) => value !== undefined)
    ? tx.run(sql`update disk_offering set ${sql.set(values)} where id = ${id}`)
    : Promise.resolve(0);

/** What a volume has now, for what it could have instead. */
export interface VolumeNow {
  accountId: number;
  domainId: number;
  offeringId: number | null;
  storageType: string | null;
}
export const volumeNow = (tx: Tx, volumeId: number): Promise<VolumeNow> =>
  tx.one(sql`select v.account_id as "accountId", v.domain_id as "domainId", v.disk_offering_id as "offeringId",
  o.storage_type as "storageType" from volume v left join disk_offering o on o.id = v.disk_offering_id where v.id = ${volumeId}`);

/** Tags a pool has and where it can be reached from: what an offering must ask for to be made there. */
export const poolTraits = (tx: Tx, poolId: number): Promise<{ tags: string[]; storageType: string }> =>
  tx.one(
    sql`select tags, case when scope = 'HOST' then 'local' else 'shared' end as "storageType" from storage_pool where id = ${poolId}`,
  );

/** Pools which the guest's disks can be on. */
export const poolsForGuest = (tx: Tx, vmId: number): Promise<{ tags: string[]; storageType: string }[]> =>
  tx.rows(sql`
  select p.tags, case when p.scope = 'HOST' then 'local' else 'shared' end as "storageType" from vm v join storage_pool p on p.zone_id = v.zone_id and p.state = 'Up' and p.removed is null
  left join host h on h.id = coalesce(v.host_id, v.last_host_id)
  where v.id = ${vmId} and (h.id is null or p.scope = 'ZONE' or p.cluster_id = h.cluster_id and p.scope = 'CLUSTER' or p.host_id = h.id)`);
export const ownerOfGuest = (tx: Tx, vmId: number): Promise<{ accountId: number; domainId: number }> =>
  tx.one(sql`select account_id as "accountId", domain_id as "domainId" from vm where id = ${vmId}`);

const list: ListOf = { table: 'disk_offering', keyword: ['name', 'display_text'], owned: false };

export interface DiskOfferingQuery {
  page: Page;
  ascending: boolean;
  keyword?: string;
  id?: number;
  name?: string;
  audience?: Audience;
  zoneId?: number;
  shownOnly: boolean;
  /** undefined: whatever the state. */
  state?: string;
  storageType?: string;
  encrypt?: boolean;
  insteadOf?: VolumeNow;
  onPool?: { tags: string[]; storageType: string };
}

export async function findDiskOfferings(
  tx: Tx,
  query: DiskOfferingQuery,
): Promise<{ rows: DiskOfferingRow[]; count: number }> {
  const { insteadOf, onPool } = query;
  const { ids, count } = await listIds(
    tx,
    { ...list, order: query.ascending ? sql`t.sort_key` : sql`t.sort_key desc` },
    {
      page: query.page,
      keyword: query.keyword,
      scope: { kind: 'all' },
      where: [
        query.id !== undefined && sql`t.id = ${query.id}`,
        query.name && sql`t.name = ${query.name}`,
        query.audience && visibleTo(query.audience),
        query.zoneId !== undefined && inZone(query.zoneId),
        query.shownOnly && sql`t.display`,
        query.state && sql`t.state = ${query.state}`,
        query.storageType && sql`t.storage_type = ${query.storageType}`,
        query.encrypt !== undefined && sql`t.encrypt = ${query.encrypt}`,
        insteadOf !== undefined && insteadOf.offeringId !== null && sql`t.id <> ${insteadOf.offeringId}`,
        insteadOf?.storageType && sql`t.storage_type = ${insteadOf.storageType}`,
        onPool && sql`t.storage_type = ${onPool.storageType} and t.tags <@ ${onPool.tags}::text[]`,
      ],
    },
  );
  return { rows: await diskOfferingsByIds(tx, ids), count };
}
