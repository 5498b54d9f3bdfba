// Rows of volumes and of the pools they lie on: what verbs of instances and volumes read and write of them.
import { volumeMachine } from '#api/states/storage.ts';
import type { EventOf } from '#api/machine.ts';
import type { Tx } from '#kernel/db.ts';
import { move } from '#kernel/move.ts';
import { sql } from '#kernel/sql.ts';
import type { PoolPlace } from './driver.ts';

export interface VolumeRow {
  id: number; uuid: string; accountId: number; domainId: number; zoneId: number; vmId: number | null; deviceId: number | null; name: string; type: string; sizeBytes: number; state: string; format: string;
  diskOfferingId: number | null; templateId: number | null; templateUuid: string | null; poolId: number | null; pool: PoolPlace | null; tags: string[]; iopsRead: number | null; iopsWrite: number | null;
}

const columns = sql`v.id, v.uuid, v.account_id as "accountId", v.domain_id as "domainId", v.zone_id as "zoneId", v.vm_id as "vmId", v.device_id as "deviceId", v.name, v.type, v.size_bytes as "sizeBytes", v.state, v.format,
  v.disk_offering_id as "diskOfferingId", v.template_id as "templateId", t.uuid as "templateUuid", v.pool_id as "poolId",
  case when p.id is not null then json_build_object('id', p.uuid, 'kind', p.type, 'path', p.path) end as pool, coalesce(d.tags, o.storage_tags, '{}') as tags,
  coalesce(d.iops_read, o.iops_read) as "iopsRead", coalesce(d.iops_write, o.iops_write) as "iopsWrite"`;
const joined = sql`from volume v left join template t on t.id = v.template_id left join storage_pool p on p.id = v.pool_id left join disk_offering d on d.id = v.disk_offering_id
  left join vm on vm.id = v.vm_id left join service_offering o on o.id = vm.service_offering_id and v.disk_offering_id is null`;

export const volumesOf = (tx: Tx, vmId: number): Promise<VolumeRow[]> => tx.rows(sql`select ${columns} ${joined} where v.vm_id = ${vmId} and v.removed is null order by v.device_id`);
export const volumeById = (tx: Tx, id: number): Promise<VolumeRow> => tx.one(sql`select ${columns} ${joined} where v.id = ${id}`);
export const lockVolume = (tx: Tx, id: number): Promise<VolumeRow> => tx.one(sql`select ${columns} ${joined} where v.id = ${id} for update of v`);
export const moveVolume = (tx: Tx, id: number, event: EventOf<typeof volumeMachine>): Promise<string> => move(tx, { entity: 'volume', table: 'volume', machine: volumeMachine }, id, event);

export const insertVolume = (tx: Tx, values: Readonly<Record<string, unknown>>): Promise<{ id: number; uuid: string }> => tx.one(sql`insert into volume ${sql.row(values)} returning id, uuid`);
export const changeVolume = (tx: Tx, id: number, values: Readonly<Record<string, unknown>>): Promise<number> => tx.run(sql`update volume set ${sql.set(values)} where id = ${id}`);

export const diskOfferingById = (tx: Tx, id: number): Promise<{ id: number; name: string; sizeGib: number | null; customized: boolean; tags: string[]; provisioningType: string; state: string }> =>
  tx.one(sql`select id, name, size_gib as "sizeGib", customized, tags, provisioning_type as "provisioningType", state from disk_offering where id = ${id}`);

/** Pools a host reaches that have the tags and room, the emptiest first. Room is counted in what volumes may grow to. */
export const poolsFor = (tx: Tx, { hostId, tags, sizeBytes, overcommit }: { hostId: number; tags: readonly string[]; sizeBytes: number; overcommit: number }): Promise<{ id: number }[]> => tx.rows(sql`
  select p.id from storage_pool p join host h on h.id = ${hostId} where p.zone_id = h.zone_id and p.removed is null and p.state = 'Up' and p.tags @> ${tags}::text[]
    and (p.scope = 'ZONE' or (p.scope = 'CLUSTER' and p.cluster_id = h.cluster_id) or (p.scope = 'HOST' and p.host_id = h.id))
    and p.allocated_bytes + ${sizeBytes}::bigint <= p.total_bytes * ${overcommit}::float8 order by p.allocated_bytes::float8 / greatest(p.total_bytes, 1), p.id limit 5`);

/** Takes the room if it is still there. */
export const takeRoom = async (tx: Tx, poolId: number, { sizeBytes, overcommit }: { sizeBytes: number; overcommit: number }): Promise<boolean> => (await tx.run(sql`
  update storage_pool set allocated_bytes = allocated_bytes + ${sizeBytes} where id = ${poolId} and state = 'Up' and removed is null and allocated_bytes + ${sizeBytes}::bigint <= total_bytes * ${overcommit}::float8`)) === 1;
export const giveRoomBack = (tx: Tx, poolId: number, sizeBytes: number): Promise<number> => tx.run(sql`update storage_pool set allocated_bytes = greatest(0, allocated_bytes - ${sizeBytes}) where id = ${poolId}`);

/** Hosts of the zone that reach the pool, the given one first. */
export const hostsOfPool = (tx: Tx, poolId: number, preferred = 0): Promise<{ id: number }[]> => tx.rows(sql`
  select h.id from storage_pool p join host h on h.zone_id = p.zone_id and h.removed is null and h.status = 'Up'
    and (p.scope = 'ZONE' or (p.scope = 'CLUSTER' and p.cluster_id = h.cluster_id) or (p.scope = 'HOST' and p.host_id = h.id))
  where p.id = ${poolId} order by (h.id = ${preferred}) desc, h.id limit 50`);

/** Where a template's file lies in the zone's image stores, if it is ready there. */
export const readyImage = (tx: Tx, { templateId, zoneId }: { templateId: number; zoneId: number }): Promise<{ storePath: string; templateUuid: string } | undefined> => tx.first(sql`
  select s.path as "storePath", t.uuid as "templateUuid" from template_store r join image_store s on s.id = r.image_store_id and s.removed is null join template t on t.id = r.template_id
  where r.template_id = ${templateId} and r.state = 'Ready' and (s.zone_id = ${zoneId} or s.zone_id is null) order by s.id limit 1`);

export const noteTemplateOnPool = (tx: Tx, { templateId, poolId, sizeBytes }: { templateId: number; poolId: number; sizeBytes: number | null }): Promise<number> => tx.run(sql`
  insert into template_pool(template_id, pool_id, state, size_bytes) values (${templateId}, ${poolId}, ${sizeBytes === null ? 'Creating' : 'Ready'}, ${sizeBytes})
  on conflict (template_id, pool_id) do update set used = now(), state = case when excluded.state = 'Ready' then 'Ready' else template_pool.state end, size_bytes = coalesce(excluded.size_bytes, template_pool.size_bytes)`);
export const templateIsOnPool = async (tx: Tx, { templateId, poolId }: { templateId: number; poolId: number }): Promise<boolean> =>
  (await tx.first(sql`select 1 from template_pool where template_id = ${templateId} and pool_id = ${poolId} and state = 'Ready'`)) !== undefined;
