// What an instance's answer shows of its own: its row, its cards, its tags, in one statement for a page. What it refers to is
// read apart, for most of it is the same for many (../reference).
import type { Tx } from '#kernel/db.ts';
import { anyOf, inOrder } from '#kernel/list.ts';
import { sql } from '#kernel/sql.ts';

export interface VmDetail {
  id: number;
  uuid: string;
  name: string;
  displayName: string;
  instanceName: string;
  state: string;
  cpus: number;
  cpuMhz: number;
  memoryMib: number;
  hypervisor: string;
  keyPairs: string[];
  haEnabled: boolean;
  display: boolean;
  dynamicScaling: boolean;
  deleteProtection: boolean;
  details: Record<string, string>;
  placement: { text: string; considered: number; refused: unknown[]; hostName: string } | null;
  password: string | null;
  created: Date;
  updated: Date;
  accountId: number;
  domainId: number;
  userId: number | null;
  zoneId: number;
  hostId: number | null;
  offeringId: number;
  templateId: number | null;
  isoId: number | null;
  guestOsId: number | null;
  groupId: number | null;
  userDataId: number | null;
  affinityGroupIds: number[];
  rootDevice: number | null;
  poolId: number | null;
  diskOfferingId: number | null;
  jobUuid: string | null;
  nics: NicDetail[] | null;
  tags: TagDetail[] | null;
}
export interface NicDetail {
  uuid: string;
  networkId: number;
  deviceId: number;
  mac: string;
  ip: string | null;
  isDefault: boolean;
  publicIp: string | null;
  publicIpUuid: string | null;
  secondary: { id: string; ip: string }[] | null;
}
export interface TagDetail {
  key: string;
  value: string;
  accountId: number;
  domainId: number;
}

export const vmDetails = async (tx: Tx, ids: readonly number[]): Promise<VmDetail[]> =>
  inOrder(
    ids,
    await tx.rows<VmDetail>(sql`
  select v.id, v.uuid, v.name, v.display_name as "displayName", v.instance_name as "instanceName", v.state, v.cpus, v.cpu_mhz as "cpuMhz", v.memory_mib as "memoryMib", v.hypervisor,
    v.key_pairs as "keyPairs", v.ha_enabled as "haEnabled", v.display, v.dynamic_scaling as "dynamicScaling", v.delete_protection as "deleteProtection", v.details, v.placement, v.password, v.created, v.updated,
    v.account_id as "accountId", v.domain_id as "domainId", v.user_id as "userId", v.zone_id as "zoneId", v.host_id as "hostId", v.service_offering_id as "offeringId", v.template_id as "templateId",
    v.iso_id as "isoId", v.guest_os_id as "guestOsId", v.group_id as "groupId", v.user_data_id as "userDataId", v.affinity_group_ids as "affinityGroupIds",
    root.device_id as "rootDevice", root.pool_id as "poolId",
    (select x.disk_offering_id from volume x where x.vm_id = v.id and x.type = 'DATADISK' and x.removed is null order by x.device_id limit 1) as "diskOfferingId",
    (select q.uuid from job q where q.resource_uuid = v.uuid and q.finished is null order by q.id desc limit 1) as "jobUuid",
    (select json_agg(json_build_object('uuid', n.uuid, 'networkId', n.network_id, 'deviceId', n.device_id, 'mac', n.mac, 'ip', host(n.ip), 'isDefault', n.is_default,
        'publicIp', host(p.address), 'publicIpUuid', p.uuid,
        'secondary', (select json_agg(json_build_object('id', s.uuid, 'ip', host(s.ip)) order by s.id) from nic_secondary_ip s where s.nic_id = n.id)) order by n.device_id)
      from nic n left join public_ip p on p.static_nat_nic_id = n.id where n.vm_id = v.id and n.removed is null) as nics,
    (select json_agg(json_build_object('key', g.key, 'value', g.value, 'accountId', g.account_id, 'domainId', g.domain_id) order by g.id) from resource_tag g where g.resource_uuid = v.uuid) as tags
  from vm v left join lateral (select r.device_id, r.pool_id from volume r where r.vm_id = v.id and r.type = 'ROOT' and r.removed is null limit 1) root on true
  where v.id = ${anyOf(ids)}`),
  );
