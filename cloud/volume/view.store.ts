// What a volume's answer shows, read in batches: one statement for the volumes, one for their tags.
import type { Tx } from '#kernel/db.ts';
import { anyOf, inOrder } from '#kernel/list.ts';
import { sql } from '#kernel/sql.ts';

export interface VolumeDetail {
  id: number;
  uuid: string;
  name: string;
  type: string;
  state: string;
  sizeBytes: number;
  deviceId: number | null;
  format: string;
  provisioningType: string;
  display: boolean;
  deleteProtection: boolean;
  minIops: number | null;
  maxIops: number | null;
  created: Date;
  attached: Date | null;
  accountId: number;
  account: string;
  domain: string;
  domainUuid: string;
  domainPath: string;
  zone: string;
  zoneUuid: string;
  pool: string | null;
  poolUuid: string | null;
  poolScope: string | null;
  pod: string | null;
  podUuid: string | null;
  cluster: string | null;
  clusterUuid: string | null;
  hypervisor: string | null;
  vmUuid: string | null;
  vmName: string | null;
  vmDisplayName: string | null;
  vmState: string | null;
  diskOffering: string | null;
  diskOfferingUuid: string | null;
  diskOfferingText: string | null;
  storageType: string;
  serviceOffering: string | null;
  serviceOfferingUuid: string | null;
  serviceOfferingText: string | null;
  iopsRead: number | null;
  iopsWrite: number | null;
  bytesRead: number | null;
  bytesWrite: number | null;
  template: string | null;
  templateUuid: string | null;
  templateText: string | null;
  annotated: boolean;
  annotatedForAdmins: boolean;
  jobUuid: string | null;
}

export const volumeDetails = async (tx: Tx, ids: readonly number[]): Promise<VolumeDetail[]> =>
  inOrder(
    ids,
    await tx.rows<VolumeDetail>(sql`
  select v.id, v.uuid, v.name, v.type, v.state, v.size_bytes as "sizeBytes", v.device_id as "deviceId", v.format, v.provisioning_type as "provisioningType", v.display, v.delete_protection as "deleteProtection",
    v.min_iops as "minIops", v.max_iops as "maxIops", v.created, v.attached, v.account_id as "accountId", a.name as account, d.name as domain, d.uuid as "domainUuid", d.path as "domainPath",
    z.name as zone, z.uuid as "zoneUuid", p.name as pool, p.uuid as "poolUuid", p.scope as "poolScope", o.name as pod, o.uuid as "podUuid", c.name as cluster, c.uuid as "clusterUuid",
    coalesce(m.hypervisor, c.hypervisor, p.hypervisor, t.hypervisor) as hypervisor, m.uuid as "vmUuid", m.name as "vmName", m.display_name as "vmDisplayName", m.state as "vmState",
    f.name as "diskOffering", f.uuid as "diskOfferingUuid", f.display_text as "diskOfferingText", coalesce(f.storage_type, s.storage_type, 'shared') as "storageType",
    s.name as "serviceOffering", s.uuid as "serviceOfferingUuid", s.display_text as "serviceOfferingText", coalesce(f.iops_read, s.iops_read) as "iopsRead", coalesce(f.iops_write, s.iops_write) as "iopsWrite",
    coalesce(f.bytes_read, s.bytes_read) as "bytesRead", coalesce(f.bytes_write, s.bytes_write) as "bytesWrite", t.name as template, t.uuid as "templateUuid", t.display_text as "templateText",
    coalesce(n.open, false) as annotated, coalesce(n.any, false) as "annotatedForAdmins", j.uuid as "jobUuid"
  from volume v join account a on a.id = v.account_id join domain d on d.id = v.domain_id join zone z on z.id = v.zone_id
    left join storage_pool p on p.id = v.pool_id left join pod o on o.id = p.pod_id left join cluster c on c.id = p.cluster_id left join vm m on m.id = v.vm_id
    left join disk_offering f on f.id = v.disk_offering_id left join service_offering s on s.id = m.service_offering_id and v.type = 'ROOT' left join template t on t.id = v.template_id
    left join lateral (select bool_or(not x.admins_only) as open, true as any from annotation x where x.entity_uuid = v.uuid and x.removed is null having count(*) > 0) n on true
    left join lateral (select q.uuid from job q where q.resource_uuid = v.uuid and q.finished is null and q.command is not null order by q.id desc limit 1) j on true
  where v.id = ${anyOf(ids)}`),
  );

export interface TagDetail {
  uuid: string;
  key: string;
  value: string;
  account: string;
  domain: string;
  domainUuid: string;
}
export const tagsOf = (tx: Tx, uuids: readonly string[]): Promise<TagDetail[]> =>
  tx.rows(sql`
  select g.resource_uuid as uuid, g.key, g.value, a.name as account, d.name as domain, d.uuid as "domainUuid" from resource_tag g
  join account a on a.id = g.account_id join domain d on d.id = g.domain_id where g.resource_uuid = any(${uuids}) order by g.id`);
