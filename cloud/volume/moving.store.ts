// Where the disks of a guest that moves lie, and where they may lie on another host.
import type { Tx } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';
import type { PoolPlace } from './driver.ts';

export interface LyingOn {
  /** On storage of the host's own. */
  localBytes: number;
  /** Pools that other hosts reach too. */
  sharedPoolIds: number[];
}
export const lyingOn = (tx: Tx, vmId: number): Promise<LyingOn> =>
  tx.one(sql`
  select coalesce(sum(v.size_bytes) filter (where p.scope = 'HOST'), 0)::bigint as "localBytes", coalesce(array_agg(distinct p.id) filter (where p.scope <> 'HOST'), '{}') as "sharedPoolIds"
  from volume v join storage_pool p on p.id = v.pool_id where v.vm_id = ${vmId} and v.removed is null`);

export interface LocalVolume {
  id: number;
  uuid: string;
  sizeBytes: number;
  zoneId: number;
  templateId: number | null;
  templateUuid: string | null;
  tags: string[];
  poolId: number;
  pool: PoolPlace;
}
/** The guest's disks that only its host reaches. */
export const localVolumes = (tx: Tx, vmId: number): Promise<LocalVolume[]> =>
  tx.rows(sql`
  select v.id, v.uuid, v.size_bytes as "sizeBytes", v.zone_id as "zoneId", v.template_id as "templateId", t.uuid as "templateUuid", coalesce(d.tags, o.storage_tags, '{}') as tags, v.pool_id as "poolId",
    json_build_object('id', p.uuid, 'kind', p.type, 'path', p.path) as pool
  from volume v join storage_pool p on p.id = v.pool_id and p.scope = 'HOST' left join template t on t.id = v.template_id left join disk_offering d on d.id = v.disk_offering_id
    left join vm on vm.id = v.vm_id left join service_offering o on o.id = vm.service_offering_id and v.disk_offering_id is null
  where v.vm_id = ${vmId} and v.removed is null order by v.device_id`);

export const poolPlace = async (tx: Tx, poolId: number): Promise<PoolPlace> =>
  (
    await tx.one<{ place: PoolPlace }>(
      sql`select json_build_object('id', uuid, 'kind', type, 'path', path) as place from storage_pool where id = ${poolId}`,
    )
  ).place;
