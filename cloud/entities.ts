// Where each kind of thing is kept and who may act on one. An id parameter is loaded through this table or not at all, so a
// verb never sees an id that its caller has no right to.
import type { EntityName } from '#api/entities.ts';

/** owned: has an account; its owner, the administrators above it and root may act on it.
 *  infrastructure: root's; others may name it (a zone to deploy in) but not act on it.
 *  shared: offered to many; `use` is decided by the noun (domain, permission, public).
 *  unsupported: nothing of this kind exists in this cloud, so no id names one. */
export type Ownership = 'owned' | 'infrastructure' | 'shared' | 'unsupported';

export interface Entity {
  readonly ownership: Ownership;
  readonly table: string;
  /** How an error calls it. */
  readonly label: string;
  /** Constant condition on the row `t`. */
  readonly where?: string;
  /** SQL for the owner's account and domain where the columns are not `t.account_id`, `t.domain_id`. */
  readonly account?: string;
  readonly domain?: string;
  /** Of a shared thing, or of an owned one that is nobody's yet: an SQL condition on `t` with $account and $domain (of the user) that says whether it may be used. */
  readonly usable?: string;
}

const owned = (table: string, label: string, more: Partial<Entity> = {}): Entity => ({
  ownership: 'owned',
  table,
  label,
  ...more,
});
const infrastructure = (table: string, label: string, more: Partial<Entity> = {}): Entity => ({
  ownership: 'infrastructure',
  table,
  label,
  ...more,
});
const unsupported = (label: string): Entity => ({ ownership: 'unsupported', table: '', label });

/** An offering with no domain is everybody's; else it is for those domains and all below them. */
const inOfferedDomain = `(cardinality(t.domain_ids) = 0 or exists (select 1 from domain mine join domain d on d.id = any(t.domain_ids)
  where mine.id = $domain and starts_with(mine.path, d.path)))`;
const offering = (table: string, label: string): Entity => ({
  ownership: 'shared',
  table,
  label,
  usable: inOfferedDomain,
});

const usableImage = `(t.is_public or t.account_id = $account or exists (select 1 from template_permission tp where tp.template_id = t.id and tp.account_id = $account))`;
const image = (label: string, where: string): Entity => ({
  ownership: 'shared',
  table: 'template',
  label,
  where,
  usable: usableImage,
});

export const entities: Readonly<Record<EntityName, Entity>> = {
  account: owned('account', 'account', { account: 't.id' }),
  acl: unsupported('network ACL'),
  affinitygroup: owned('affinity_group', 'affinity group'),
  alert: infrastructure('alert', 'alert'),
  apikeypair: owned('api_keypair', 'API key pair'),
  asyncjob: owned('job', 'job'),
  autoscalevmgroup: unsupported('autoscale group'),
  backupoffering: unsupported('backup offering'),
  bgppeer: unsupported('BGP peer'),
  cluster: infrastructure('cluster', 'cluster'),
  consolesession: owned('one_time_token', 'console session'),
  diskoffering: offering('disk_offering', 'disk offering'),
  domain: owned('domain', 'domain', { account: '0', domain: 't.id' }),
  egressrule: owned('network_rule', 'egress rule', { where: "t.purpose = 'Egress'" }),
  event: owned('event', 'event'),
  extension: unsupported('extension'),
  firewallrule: owned('network_rule', 'firewall rule', { where: "t.purpose = 'Firewall'" }),
  guestos: infrastructure('guest_os', 'guest OS'),
  guestoscategory: infrastructure('guest_os_category', 'guest OS category'),
  host: infrastructure('host', 'host'),
  hypervisorcapabilities: infrastructure('hypervisor_capability', 'hypervisor capability'),
  imagestore: infrastructure('image_store', 'image store'),
  instancegroup: owned('instance_group', 'instance group'),
  ipforwardingrule: owned('network_rule', 'forwarding rule', { where: "t.purpose = 'StaticNat'" }),
  iso: image('ISO', 't.is_iso'),
  kmskey: unsupported('KMS key'),
  managementserver: infrastructure('management_server', 'management server'),
  network: { ownership: 'owned', table: 'network', label: 'network' },
  networkoffering: offering('network_offering', 'network offering'),
  nic: owned('nic', 'NIC', {
    account: '(select v.account_id from vm v where v.id = t.vm_id)',
    domain: '(select v.domain_id from vm v where v.id = t.vm_id)',
  }),
  nicsecondaryip: owned('nic_secondary_ip', 'secondary address'),
  physicalnetwork: infrastructure('physical_network', 'physical network'),
  pod: infrastructure('pod', 'pod'),
  portforwardingrule: owned('network_rule', 'port forwarding rule', { where: "t.purpose = 'PortForwarding'" }),
  project: unsupported('project'),
  projectinvitation: unsupported('project invitation'),
  provider: infrastructure('provider', 'network service provider'),
  publicipaddress: owned('public_ip', 'public address', {
    account: 'coalesce(t.account_id, 0)',
    domain: 'coalesce(t.domain_id, 0)',
    usable: "t.state = 'Free'",
  }),
  region: infrastructure('region', 'region'),
  role: infrastructure('role', 'role'),
  rolepermission: infrastructure('role_permission', 'role permission'),
  router: owned('router', 'router'),
  securitygroup: unsupported('security group'),
  serviceoffering: offering('service_offering', 'service offering'),
  snapshot: unsupported('snapshot'),
  sshkeypair: owned('ssh_keypair', 'SSH key pair'),
  storagenetworkiprange: unsupported('storage network range'),
  storagepolicy: unsupported('storage policy'),
  storagepool: infrastructure('storage_pool', 'storage pool'),
  systemvm: unsupported('system VM'),
  template: image('template', 'not t.is_iso'),
  traffictype: infrastructure('traffic_type', 'traffic type'),
  user: owned('cloud_user', 'user', { domain: '(select a.domain_id from account a where a.id = t.account_id)' }),
  userdata: owned('user_data', 'user data'),
  vgpuprofile: unsupported('vGPU profile'),
  virtualmachine: owned('vm', 'instance'),
  virtualrouterelement: infrastructure('virtual_router_element', 'virtual router element'),
  vlaniprange: infrastructure('vlan_range', 'address range'),
  volume: owned('volume', 'volume'),
  vpc: unsupported('VPC'),
  vpcoffering: unsupported('VPC offering'),
  zone: {
    ownership: 'shared',
    table: 'zone',
    label: 'zone',
    usable:
      '(t.domain_id is null or exists (select 1 from domain mine join domain d on d.id = t.domain_id where mine.id = $domain and starts_with(mine.path, d.path)))',
  },
};
