// Rows of volumes and of the pools they lie on: what verbs of instances and volumes read and write of them.
import type { EventOf } from '#api/machine.ts';
import { volumeMachine } from '#api/states/storage.ts';
import type { Tx } from '#kernel/db.ts';
import { move } from '#kernel/move.ts';
import { sql } from '#kernel/sql.ts';
import type { PoolPlace } from './driver.ts';

export interface VolumeRow {
  id: number;
  uuid: string;
  accountId: number;
  domainId: number;
  zoneId: number;
  vmId: number | null;
  deviceId: number | null;
  name: string;
  type: string;
  sizeBytes: number;
  state: string;
  format: string;
  deleteProtection: boolean;
  diskOfferingId: number | null;
  templateId: number | null;
  templateUuid: string | null;
  poolId: number | null;
  pool: PoolPlace | null;
  poolTags: string[] | null;
  /** What its offering asks of the pool. */
  tags: string[];
  storageType: string;
  iopsRead: number | null;
  iopsWrite: number | null;
  removed: Date | null;
}

const columns = sql`v.id, v.uuid, v.account_id as "accountId", v.domain_id as "domainId", v.zone_id as "zoneId", v.vm_id as "vmId", v.device_id as "deviceId", v.name, v.type,
  v.size_bytes as "sizeBytes", v.state, v.format, v.delete_protection as "deleteProtection", v.disk_offering_id as "diskOfferingId", v.template_id as "templateId",
  t.uuid as "templateUuid", v.pool_id as "poolId", case when p.id is not null then json_build_object('id', p.uuid, 'kind', p.type, 'path', p.path) end as pool, p.tags as "poolTags",
  coalesce(d.tags, o.storage_tags, '{}') as tags, coalesce(d.storage_type, o.storage_type, 'shared') as "storageType",
  coalesce(d.iops_read, o.iops_read) as "iopsRead", coalesce(d.iops_write, o.iops_write) as "iopsWrite", v.removed`;
const joined = sql`from volume v left join template t on t.id = v.template_id left join storage_pool p on p.id = v.pool_id left join disk_offering d on d.id = v.disk_offering_id
  left join vm on vm.id = v.vm_id left join service_offering o on o.id = vm.service_offering_id and v.disk_offering_id is null`;

export const volumesOf = (tx: Tx, vmId: number): Promise<VolumeRow[]> =>
  tx.rows(sql`select ${columns} ${joined} where v.vm_id = ${vmId} and v.removed is null order by v.device_id`);
export const volumeById = (tx: Tx, id: number): Promise<VolumeRow> =>
  tx.one(sql`select ${columns} ${joined} where v.id = ${id}`);
/** Waits for whoever changes it now. */
export const lockVolume = (tx: Tx, id: number): Promise<VolumeRow> =>
  tx.one(sql`select ${columns} ${joined} where v.id = ${id} for update of v`);
type VolumeEvent = EventOf<typeof volumeMachine>;
export const moveVolume = (tx: Tx, id: number, ...events: [VolumeEvent, ...VolumeEvent[]]): Promise<string> =>
  move(tx, { entity: 'volume', table: 'volume', machine: volumeMachine }, id, ...events);

export interface PlannedRow {
  name: string;
  type: string;
  deviceId: number;
  sizeBytes: number;
  diskOfferingId: number | null;
  templateId: number | null;
}
/** The disks of a guest that is being made; they have no files yet. */
export const insertPlanned = (
  tx: Tx,
  { accountId, domainId, zoneId, vmId }: { accountId: number; domainId: number; zoneId: number; vmId: number },
  planned: readonly PlannedRow[],
): Promise<number> =>
  tx.run(sql`
  insert into volume(account_id, domain_id, zone_id, vm_id, state, attached, name, type, device_id, size_bytes, disk_offering_id, template_id)
  select ${accountId}::bigint, ${domainId}::bigint, ${zoneId}::bigint, ${vmId}::bigint, 'Allocated', now(), p.*
  from unnest(${planned.map((one) => one.name)}::text[], ${planned.map((one) => one.type)}::text[], ${planned.map((one) => one.deviceId)}::int[], ${planned.map((one) => one.sizeBytes)}::bigint[],
    ${planned.map((one) => one.diskOfferingId)}::bigint[], ${planned.map((one) => one.templateId)}::bigint[]) as p`);

type Columns = Readonly<Record<string, unknown>>;
export const insertVolume = (tx: Tx, values: Columns): Promise<{ id: number; uuid: string }> =>
  tx.one(sql`insert into volume ${sql.row(values)} returning id, uuid`);
export const changeVolume = (tx: Tx, id: number, values: Columns): Promise<number> =>
  tx.run(sql`update volume set ${sql.set(values)} where id = ${id}`);

export interface DiskOfferingRow {
  id: number;
  name: string;
  sizeGib: number | null;
  customized: boolean;
  customIops: boolean;
  minIops: number | null;
  maxIops: number | null;
  strictness: boolean;
  tags: string[];
  storageType: string;
  provisioningType: string;
  zoneIds: number[];
  state: string;
}
export const diskOfferingById = (tx: Tx, id: number): Promise<DiskOfferingRow> =>
  tx.one(sql`select id, name, size_gib as "sizeGib", customized, custom_iops as "customIops", min_iops as "minIops", max_iops as "maxIops", strictness, tags,
    storage_type as "storageType", provisioning_type as "provisioningType", zone_ids as "zoneIds", state from disk_offering where id = ${id}`);

// ---- pools

/** Whether host `h` reaches pool `p`. A pool for one hypervisor is not for hosts of another: a simulated host holds no bytes. */
const reach = sql`(p.scope = 'ZONE' or (p.scope = 'CLUSTER' and p.cluster_id = h.cluster_id) or (p.scope = 'HOST' and p.host_id = h.id))
  and (p.hypervisor is null or lower(p.hypervisor) in ('any', lower(h.hypervisor)))`;

export interface Wish {
  hostId: number;
  tags: readonly string[];
  storageType: string;
  sizeBytes: number;
  overcommit: number;
}

/** Pools a host reaches that suit and have room, the emptiest first. Room is counted in what volumes may grow to. */
export const poolsFor = (
  tx: Tx,
  { hostId, tags, storageType, sizeBytes, overcommit }: Wish,
): Promise<{ id: number }[]> =>
  tx.rows(sql`
  select p.id from storage_pool p join host h on h.id = ${hostId} where p.zone_id = h.zone_id and p.removed is null and p.state = 'Up' and p.tags @> ${tags}::text[] and ${reach}
    and (p.scope = 'HOST') = ${storageType === 'local'} and p.allocated_bytes + ${sizeBytes}::bigint <= p.total_bytes * ${overcommit}::float8
  order by p.allocated_bytes::float8 / greatest(p.total_bytes, 1), p.id limit 5`);

/** Takes the room if it is still there. */
export const takeRoom = async (
  tx: Tx,
  poolId: number,
  { sizeBytes, overcommit }: { sizeBytes: number; overcommit: number },
): Promise<boolean> =>
  (await tx.run(sql`
  update storage_pool set allocated_bytes = allocated_bytes + ${sizeBytes} where id = ${poolId} and state = 'Up' and removed is null
    and allocated_bytes + ${sizeBytes}::bigint <= total_bytes * ${overcommit}::float8`)) === 1;
/** The same for a volume that lies nowhere yet: it lies there from now on. */
export const layOn = async (
  tx: Tx,
  { volumeId, poolId, overcommit }: { volumeId: number; poolId: number; overcommit: number },
): Promise<boolean> =>
  (await tx.run(sql`
  with took as (update storage_pool p set allocated_bytes = p.allocated_bytes + v.size_bytes from volume v
      where p.id = ${poolId} and v.id = ${volumeId} and p.state = 'Up' and p.removed is null and p.allocated_bytes + v.size_bytes <= p.total_bytes * ${overcommit}::float8 returning p.id)
  update volume set pool_id = took.id from took where volume.id = ${volumeId}`)) === 1;
export const giveRoomBack = (tx: Tx, poolId: number, sizeBytes: number): Promise<number> =>
  tx.run(
    sql`update storage_pool set allocated_bytes = greatest(0, allocated_bytes - ${sizeBytes}) where id = ${poolId}`,
  );

/** Hosts that are up and reach all of the pools, the given one first. */
export const hostsOfPools = (tx: Tx, poolIds: readonly number[], preferred = 0): Promise<{ id: number }[]> =>
  tx.rows(sql`
  select h.id from host h where h.removed is null and h.status = 'Up' and h.type = 'Routing'
    and (select count(*) from storage_pool p where p.id = any(${poolIds}) and p.zone_id = h.zone_id and ${reach}) = cardinality(${poolIds}::bigint[])
  order by (h.id = ${preferred}) desc, h.id limit 50`);

export interface PoolRow {
  id: number;
  name: string;
  zoneId: number;
  state: string;
  scope: string;
  tags: string[];
}
export const poolById = (tx: Tx, id: number): Promise<PoolRow> =>
  tx.one(sql`select id, name, zone_id as "zoneId", state, scope, tags from storage_pool where id = ${id}`);

// ---- the guest a volume goes to

export interface GuestRow {
  id: number;
  uuid: string;
  accountId: number;
  domainId: number;
  zoneId: number;
  name: string;
  instanceName: string;
  state: string;
  hostId: number | null;
  lastHostId: number | null;
}
const guestColumns = sql`id, uuid, account_id as "accountId", domain_id as "domainId", zone_id as "zoneId", name, instance_name as "instanceName", state, host_id as "hostId", last_host_id as "lastHostId"`;
export const guestById = (tx: Tx, id: number): Promise<GuestRow> =>
  tx.one(sql`select ${guestColumns} from vm where id = ${id}`);
export const lockGuest = (tx: Tx, id: number): Promise<GuestRow> =>
  tx.one(sql`select ${guestColumns} from vm where id = ${id} for update`);

export const zoneById = (tx: Tx, id: number): Promise<{ id: number; name: string; enabled: boolean }> =>
  tx.one(sql`select id, name, allocation_state = 'Enabled' as enabled from zone where id = ${id}`);

// ---- what there is to expunge

/** Destroyed longer ago than that, and those whose expunging stopped halfway; no job is at them. */
export const dueForExpunge = (
  tx: Tx,
  { olderThanS }: { olderThanS: number | null },
): Promise<{ id: number; uuid: string; accountId: number; domainId: number }[]> =>
  tx.rows(sql`
  select v.id, v.uuid, v.account_id as "accountId", v.domain_id as "domainId" from volume v where v.removed is null and v.state in ('Destroy', 'Expunging')
    and (v.state = 'Expunging' or (v.state = 'Destroy' and coalesce(v.destroyed, v.created) < now() - ${olderThanS}::float8 * interval '1 second'))
    and not exists (select 1 from lane l where l.key = 'volume:' || v.id) order by v.id limit 200`);

export const forgetTags = (tx: Tx, id: number): Promise<number> =>
  tx.run(sql`delete from resource_tag where resource_uuid = (select uuid from volume where id = ${id})`);
