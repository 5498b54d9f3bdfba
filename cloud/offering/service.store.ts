// Rows of service offerings.
import type { Tx } from '#kernel/db.ts';
import { anyOf, inOrder, listIds, type ListOf, type Page } from '#kernel/list.ts';
import { sql } from '#kernel/sql.ts';
import { inZone, offeredTo, visibleTo, type Audience, type OfferedTo } from './offered.store.ts';
import type { RateRow } from './rates.ts';

export interface ServiceOfferingRow extends OfferedTo, RateRow {
  id: number;
  uuid: string;
  name: string;
  displayText: string;
  cpus: number | null;
  cpuMhz: number | null;
  memoryMib: number | null;
  customized: boolean;
  minCpus: number | null;
  maxCpus: number | null;
  minMemoryMib: number | null;
  maxMemoryMib: number | null;
  offerHa: boolean;
  limitCpu: boolean;
  isVolatile: boolean;
  storageType: 'shared' | 'local';
  provisioningType: string;
  hostTags: string[];
  storageTags: string[];
  networkRate: number | null;
  planner: string | null;
  rootDiskGib: number | null;
  domainIds: number[];
  zoneIds: number[];
  systemUse: boolean;
  systemVmType: string | null;
  isDefault: boolean;
  dynamicScaling: boolean;
  diskOfferingStrictness: boolean;
  encryptRoot: boolean;
  cacheMode: string | null;
  details: Record<string, string>;
  customIops: boolean;
  minIops: number | null;
  maxIops: number | null;
  snapshotReserve: number | null;
  diskOfferingId: number | null;
  diskOfferingUuid: string | null;
  diskOfferingName: string | null;
  diskOfferingText: string | null;
  state: string;
  created: Date;
}

const columns = sql`o.id, o.uuid, o.name, o.display_text as "displayText", o.cpus, o.cpu_mhz as "cpuMhz", o.memory_mib as "memoryMib", o.customized,
  o.min_cpus as "minCpus", o.max_cpus as "maxCpus", o.min_memory_mib as "minMemoryMib", o.max_memory_mib as "maxMemoryMib", o.offer_ha as "offerHa", o.limit_cpu as "limitCpu",
  o.is_volatile as "isVolatile", o.storage_type as "storageType", o.provisioning_type as "provisioningType", o.host_tags as "hostTags", o.storage_tags as "storageTags",
  o.network_rate as "networkRate", o.planner, o.root_disk_gib as "rootDiskGib", o.domain_ids as "domainIds", o.zone_ids as "zoneIds", o.system_use as "systemUse",
  o.system_vm_type as "systemVmType", o.is_default as "isDefault", o.dynamic_scaling as "dynamicScaling", o.disk_offering_strictness as "diskOfferingStrictness",
  o.encrypt_root as "encryptRoot", o.cache_mode as "cacheMode", o.details, o.custom_iops as "customIops", o.min_iops as "minIops", o.max_iops as "maxIops",
  o.hypervisor_snapshot_reserve as "snapshotReserve", o.bytes_read as "bytesRead", o.bytes_write as "bytesWrite", o.iops_read as "iopsRead", o.iops_write as "iopsWrite", o.bursts,
  o.disk_offering_id as "diskOfferingId", disk.uuid as "diskOfferingUuid", disk.name as "diskOfferingName", disk.display_text as "diskOfferingText", o.state, o.created, ${offeredTo}`;

export const serviceOfferingsByIds = async (tx: Tx, ids: readonly number[]): Promise<ServiceOfferingRow[]> =>
  inOrder(
    ids,
    await tx.rows<ServiceOfferingRow>(
      sql`select ${columns} from service_offering o left join disk_offering disk on disk.id = o.disk_offering_id where o.id = ${anyOf(ids)}`,
    ),
  );

export const insertServiceOffering = (tx: Tx, values: Readonly<Record<string, unknown>>): Promise<{ id: number }> =>
  tx.one(sql`insert into service_offering ${sql.row(values)} returning id`);
export const changeServiceOffering = (tx: Tx, id: number, values: Readonly<Record<string, unknown>>): Promise<number> =>
  Object.values(values).some((value) => value !== undefined)
    ? tx.run(sql`update service_offering set ${sql.set(values)} where id = ${id}`)
    : Promise.resolve(0);

/** What a guest has now, for what it could have instead. */
export interface GuestSize {
  accountId: number;
  domainId: number;
  running: boolean;
  offeringId: number;
  storageType: string;
  systemUse: boolean;
  cpus: number;
  cpuMhz: number;
  memoryMib: number;
}
export const guestSize = (tx: Tx, vmId: number): Promise<GuestSize> =>
  tx.one(sql`select v.account_id as "accountId", v.domain_id as "domainId", v.state = 'Running' as running,
  v.service_offering_id as "offeringId", o.storage_type as "storageType", o.system_use as "systemUse", v.cpus, v.cpu_mhz as "cpuMhz", v.memory_mib as "memoryMib"
  from vm v join service_offering o on o.id = v.service_offering_id where v.id = ${vmId}`);

const list: ListOf = { table: 'service_offering', keyword: ['name', 'display_text'], owned: false };

export interface ServiceOfferingQuery {
  page: Page;
  ascending: boolean;
  keyword?: string;
  id?: number;
  name?: string;
  audience?: Audience;
  zoneId?: number;
  system: boolean;
  systemVmType?: string;
  /** undefined: whatever the state. */
  state?: string;
  storageType?: string;
  encryptRoot?: boolean;
  /** Offerings that can give this much. */
  cpus?: number;
  cpuMhz?: number;
  memoryMib?: number;
  /** Instead of what this guest has. */
  insteadOf?: GuestSize;
}

export async function findServiceOfferings(
  tx: Tx,
  query: ServiceOfferingQuery,
): Promise<{ rows: ServiceOfferingRow[]; count: number }> {
  const guest = query.insteadOf;
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
        sql`t.system_use = ${query.system}`,
        query.systemVmType && sql`t.system_vm_type = ${query.systemVmType}`,
        query.state && sql`t.state = ${query.state}`,
        query.storageType && sql`t.storage_type = ${query.storageType}`,
        query.encryptRoot !== undefined && sql`t.encrypt_root = ${query.encryptRoot}`,
        query.cpus !== undefined &&
          sql`(t.cpus >= ${query.cpus} or t.cpus is null and coalesce(t.min_cpus, 1) <= ${query.cpus} and coalesce(t.max_cpus, ${query.cpus}) >= ${query.cpus})`,
        query.memoryMib !== undefined &&
          sql`(t.memory_mib >= ${query.memoryMib} or t.memory_mib is null and coalesce(t.min_memory_mib, 1) <= ${query.memoryMib} and coalesce(t.max_memory_mib, ${query.memoryMib}) >= ${query.memoryMib})`,
        query.cpuMhz !== undefined && sql`coalesce(t.cpu_mhz, ${query.cpuMhz}) >= ${query.cpuMhz}`,
        guest && sql`t.id <> ${guest.offeringId} and t.storage_type = ${guest.storageType}`,
        guest?.running &&
          sql`coalesce(t.cpus, t.max_cpus, ${guest.cpus}) >= ${guest.cpus} and coalesce(t.cpu_mhz, ${guest.cpuMhz}) >= ${guest.cpuMhz}
        and coalesce(t.memory_mib, t.max_memory_mib, ${guest.memoryMib}) >= ${guest.memoryMib}`,
      ],
    },
  );
  return { rows: await serviceOfferingsByIds(tx, ids), count };
}
