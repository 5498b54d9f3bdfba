// Everything a router's desired state is made of, read by one statement, so that it is one moment's truth and belongs to
// the generation it carries.
import type { Tx } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';

export interface HostRow {
  mac: string;
  ip: string;
  name: string;
  instanceName: string;
  isDefault: boolean;
  vmUuid: string;
  offering: string;
  userData: string | null;
  publicKeys: string | null;
  /** Sealed; null where there is none or the guest has it. */
  password: string | null;
  passwordId: string | null;
}
export interface AddressRow {
  id: number;
  ip: string;
  prefix: number;
  mac: string;
  gateway: string;
  sourceNat: boolean;
  staticNatIp: string | null;
}
export interface RuleRow {
  purpose: 'Firewall' | 'Egress' | 'PortForwarding';
  publicIp: string | null;
  protocol: string;
  startPort: number | null;
  endPort: number | null;
  icmpType: number | null;
  icmpCode: number | null;
  sourceCidrs: string[];
  destinationCidrs: string[];
  guestIp: string | null;
  privateStartPort: number | null;
  privateEndPort: number | null;
}
export interface StateRows {
  routerUuid: string;
  routerName: string;
  guestMac: string;
  generation: number;
  vni: number;
  mtu: number;
  gateway: string;
  prefix: number;
  cidr: string;
  domain: string | null;
  egressAllow: boolean;
  dns1: string | null;
  dns2: string | null;
  zone: string;
  cloudIdentifier: string;
  services: string[];
  bridge: string;
  hosts: HostRow[];
  addresses: AddressRow[];
  rules: RuleRow[];
}

/** Undefined where the network has no router or no identifier now. */
export const stateRows = (tx: Tx, networkId: number): Promise<StateRows | undefined> =>
  tx.first(sql`
  select r.uuid as "routerUuid", r.name as "routerName", r.guest_mac as "guestMac", w.generation, w.vni, w.mtu, host(w.gateway) as gateway, masklen(w.cidr) as prefix, w.cidr::text as cidr,
    w.network_domain as domain, w.egress_allow as "egressAllow", coalesce(w.dns1, z.dns1) as dns1, case when w.dns1 is null then z.dns2 else w.dns2 end as dns2, z.name as zone,
    array(select jsonb_object_keys(o.services)) as services,
    coalesce((select value from setting where name = 'cloud.identifier' and scope = 'global'), (select min(uuid::text) from region), '') as "cloudIdentifier",
    coalesce((select t.kvm_label from traffic_type t join physical_network p on p.id = t.physical_network_id where p.zone_id = w.zone_id and p.removed is null and t.type = 'Public' order by t.id limit 1), 'cloudbr0') as bridge,
    ${hosts} as hosts, ${addresses} as addresses, ${rules} as rules
  from network w join router r on r.network_id = w.id and r.removed is null join zone z on z.id = w.zone_id join network_offering o on o.id = w.offering_id
  where w.id = ${networkId} and w.vni is not null and w.cidr is not null`);

const hosts = sql`coalesce((select json_agg(json_build_object('mac', n.mac, 'ip', host(n.ip), 'name', v.name, 'instanceName', v.instance_name, 'isDefault', n.is_default, 'vmUuid', v.uuid,
    'offering', so.display_text, 'userData', v.user_data, 'publicKeys', v.details->>'SSH.PublicKey',
    'password', case when v.password_id is distinct from v.password_taken then v.password end, 'passwordId', v.password_id) order by n.id)
  from nic n join vm v on v.id = n.vm_id join service_offering so on so.id = v.service_offering_id
  where n.network_id = w.id and n.removed is null and n.ip is not null and v.removed is null and v.state not in ('Error', 'Expunging', 'Expunged')), '[]')`;

const addresses = sql`coalesce((select json_agg(json_build_object('id', p.id, 'ip', host(p.address), 'prefix', masklen(l.cidr), 'mac', p.mac, 'gateway', host(l.gateway), 'sourceNat', p.source_nat,
    'staticNatIp', host(p.static_nat_ip)) order by p.source_nat desc, p.id)
  from public_ip p join vlan_range l on l.id = p.vlan_range_id where p.network_id = w.id and p.state = 'Allocated'), '[]')`;

/** What is being taken back is not part of what should be. */
const rules = sql`coalesce((select json_agg(json_build_object('purpose', f.purpose, 'publicIp', host(p.address), 'protocol', f.protocol, 'startPort', f.start_port, 'endPort', f.end_port,
    'icmpType', f.icmp_type, 'icmpCode', f.icmp_code, 'sourceCidrs', f.source_cidrs, 'destinationCidrs', f.destination_cidrs, 'guestIp', host(f.guest_ip),
    'privateStartPort', f.private_start_port, 'privateEndPort', f.private_end_port) order by f.id)
  from network_rule f left join public_ip p on p.id = f.public_ip_id
  where f.network_id = w.id and f.removed is null and f.state in ('Add', 'Active') and (f.public_ip_id is null or p.state = 'Allocated')), '[]')`;
