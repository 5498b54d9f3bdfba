// What an instance's answer shows, read in batches: one statement for the instances, one each for cards, tags and groups.
import type { Tx } from '#kernel/db.ts';
import { inOrder } from '#kernel/list.ts';
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
  account: string;
  accountUuid: string;
  domain: string;
  domainUuid: string;
  domainPath: string;
  userUuid: string | null;
  username: string | null;
  zone: string;
  zoneUuid: string;
  host: string | null;
  hostUuid: string | null;
  hostStatus: string | null;
  hostResourceState: string | null;
  offering: string;
  offeringUuid: string;
  template: string | null;
  templateUuid: string | null;
  templateText: string | null;
  templateFormat: string | null;
  templateType: string | null;
  passwordEnabled: boolean;
  iso: string | null;
  isoUuid: string | null;
  isoText: string | null;
  guestOs: string | null;
  guestOsUuid: string | null;
  group: string | null;
  groupUuid: string | null;
  keyPairs: string[];
  haEnabled: boolean;
  display: boolean;
  dynamicScaling: boolean;
  deleteProtection: boolean;
  details: Record<string, string>;
  placement: { text: string; considered: number; refused: unknown[]; hostName: string } | null;
  password: string | null;
  userData: string | null;
  userDataUuid: string | null;
  userDataName: string | null;
  created: Date;
  updated: Date;
  rootDevice: number | null;
  diskOffering: string | null;
  diskOfferingUuid: string | null;
  poolType: string | null;
  jobUuid: string | null;
  jobState: string | null;
  arch: string | null;
}

export const vmDetails = async (tx: Tx, ids: readonly number[]): Promise<VmDetail[]> =>
  inOrder(
    ids,
    await tx.rows<VmDetail>(sql`
  select v.id, v.uuid, v.name, v.display_name as "displayName", v.instance_name as "instanceName", v.state, v.cpus, v.cpu_mhz as "cpuMhz", v.memory_mib as "memoryMib", v.hypervisor,
    a.name as account, a.uuid as "accountUuid", d.name as domain, d.uuid as "domainUuid", d.path as "domainPath", u.uuid as "userUuid", u.username, z.name as zone, z.uuid as "zoneUuid",
    h.name as host, h.uuid as "hostUuid", h.status as "hostStatus", h.resource_state as "hostResourceState", o.name as offering, o.uuid as "offeringUuid",
    t.name as template, t.uuid as "templateUuid", t.display_text as "templateText", t.format as "templateFormat", t.type as "templateType", coalesce(t.password_enabled, false) as "passwordEnabled", t.arch,
    i.name as iso, i.uuid as "isoUuid", i.display_text as "isoText", g.name as "guestOs", g.uuid as "guestOsUuid", grp.name as "group", grp.uuid as "groupUuid",
    v.key_pairs as "keyPairs", v.ha_enabled as "haEnabled", v.display, v.dynamic_scaling as "dynamicScaling", v.delete_protection as "deleteProtection", v.details, v.placement, v.password,
    v.user_data as "userData", ud.uuid as "userDataUuid", ud.name as "userDataName", v.created, v.updated,
    root.device_id as "rootDevice", dof.name as "diskOffering", dof.uuid as "diskOfferingUuid", pool.type as "poolType", j.uuid as "jobUuid", j.state as "jobState"
  from vm v join account a on a.id = v.account_id join domain d on d.id = v.domain_id left join cloud_user u on u.id = v.user_id join zone z on z.id = v.zone_id
    left join host h on h.id = v.host_id join service_offering o on o.id = v.service_offering_id left join template t on t.id = v.template_id left join template i on i.id = v.iso_id
    left join guest_os g on g.id = v.guest_os_id left join instance_group grp on grp.id = v.group_id left join user_data ud on ud.id = v.user_data_id
    left join lateral (select r.device_id, r.pool_id from volume r where r.vm_id = v.id and r.type = 'ROOT' and r.removed is null limit 1) root on true
    left join lateral (select x.disk_offering_id from volume x where x.vm_id = v.id and x.type = 'DATADISK' and x.removed is null order by x.device_id limit 1) data on true
    left join disk_offering dof on dof.id = data.disk_offering_id left join storage_pool pool on pool.id = root.pool_id
    left join lateral (select q.uuid, q.state from job q where q.resource_uuid = v.uuid and q.finished is null order by q.id desc limit 1) j on true
  where v.id = any(${ids})`),
  );

export interface NicDetail {
  id: number;
  vmId: number;
  uuid: string;
  deviceId: number;
  mac: string;
  ip: string | null;
  isDefault: boolean;
  networkUuid: string;
  networkName: string;
  guestType: string;
  trafficType: string;
  gateway: string | null;
  netmask: string | null;
  vni: number | null;
  mtu: number;
  vmUuid: string;
  publicIp: string | null;
  publicIpUuid: string | null;
  secondary: { id: string; ip: string }[];
  networkState: string;
}
export const nicDetails = (
  tx: Tx,
  where: { vmIds?: readonly number[]; nicIds?: readonly number[] },
): Promise<NicDetail[]> =>
  tx.rows(sql`
  select n.id, n.vm_id as "vmId", n.uuid, n.device_id as "deviceId", n.mac, host(n.ip) as ip, n.is_default as "isDefault", w.uuid as "networkUuid", w.name as "networkName", w.guest_type as "guestType",
    w.traffic_type as "trafficType", host(w.gateway) as gateway, host(netmask(w.cidr)) as netmask, w.vni, w.mtu, v.uuid as "vmUuid", w.state as "networkState",
    (select host(p.address) from public_ip p where p.static_nat_nic_id = n.id) as "publicIp", (select p.uuid from public_ip p where p.static_nat_nic_id = n.id) as "publicIpUuid",
    coalesce((select json_agg(json_build_object('id', s.uuid, 'ip', host(s.ip)) order by s.id) from nic_secondary_ip s where s.nic_id = n.id), '[]') as secondary
  from nic n join network w on w.id = n.network_id join vm v on v.id = n.vm_id where n.removed is null
    and ${where.vmIds ? sql`n.vm_id = any(${where.vmIds})` : sql`n.id = any(${where.nicIds ?? []})`} order by n.vm_id, n.device_id`);

export const tagsOfVms = (
  tx: Tx,
  uuids: readonly string[],
): Promise<{ uuid: string; key: string; value: string; account: string; domain: string; domainUuid: string }[]> =>
  tx.rows(sql`
  select g.resource_uuid as uuid, g.key, g.value, a.name as account, d.name as domain, d.uuid as "domainUuid" from resource_tag g join account a on a.id = g.account_id join domain d on d.id = g.domain_id
  where g.resource_uuid = any(${uuids}) order by g.id`);

export const affinityGroupsOf = (
  tx: Tx,
  vmIds: readonly number[],
): Promise<
  {
    vmId: number;
    uuid: string;
    name: string;
    type: string;
    description: string | null;
    account: string;
    domain: string;
    domainUuid: string;
  }[]
> =>
  tx.rows(sql`
  select v.id as "vmId", g.uuid, g.name, g.type, g.description, a.name as account, d.name as domain, d.uuid as "domainUuid" from vm v join affinity_group g on g.id = any(v.affinity_group_ids) and g.removed is null
    join account a on a.id = g.account_id join domain d on d.id = g.domain_id where v.id = any(${vmIds}) and cardinality(v.affinity_group_ids) > 0`);
