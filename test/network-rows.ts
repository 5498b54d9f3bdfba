// A zone with two hosts, identifiers and public addresses, and guests in it, as rows: for tests of networks and their nouns.
import { insertVm } from '#cloud/vm/vm.store.ts';
import type { Db, Tx } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';

export interface NetworkZone {
  zoneId: number;
  zoneUuid: string;
  physicalNetworkId: number;
  hosts: { id: number; address: string }[];
  serviceOfferingId: number;
  templateId: number;
}

export async function makeNetworkZone(
  db: Db,
  { name = 'z1', vnis = 20, addresses = 8, hosts = 2 } = {},
): Promise<NetworkZone> {
  const { id: zoneId, uuid: zoneUuid } = await db.read.one<{ id: number; uuid: string }>(
    sql`insert into zone(name, dns1, dns2, internal_dns1, allocation_state) values (${name}, '9.9.9.9', '1.1.1.1', '9.9.9.9', 'Enabled') returning id, uuid`,
  );
  const { id: podId } = await db.read.one<{ id: number }>(
    sql`insert into pod(zone_id, name, gateway, cidr) values (${zoneId}, 'p', '10.99.0.1', '10.99.0.0/24') returning id`,
  );
  const { id: clusterId } = await db.read.one<{ id: number }>(
    sql`insert into cluster(zone_id, pod_id, name, hypervisor) values (${zoneId}, ${podId}, 'c', 'KVM') returning id`,
  );
  const made: NetworkZone['hosts'] = [];
  for (let index = 1; index <= hosts; index += 1) {
    const address = `10.99.0.${10 + index}`;
    const { id } = await db.read.one<{
      id: number;
    }>(sql`insert into host(zone_id, pod_id, cluster_id, name, hypervisor, guid, private_ip, underlay_ip, status, bridges, cpus, cpu_mhz, memory_mib)
      values (${zoneId}, ${podId}, ${clusterId}, ${`${name}-h${index}`}, 'KVM', gen_random_uuid(), ${address}, ${address}, 'Up', '{cloudbr1}', 8, 2000, 16000) returning id`);
    made.push({ id, address });
  }
  const { id: physicalNetworkId } = await db.read.one<{ id: number }>(
    sql`insert into physical_network(zone_id, name, state) values (${zoneId}, ${name}, 'Enabled') returning id`,
  );
  await db.read.run(
    sql`insert into traffic_type(physical_network_id, type, kvm_label) values (${physicalNetworkId}, 'Guest', 'cloudbr0'), (${physicalNetworkId}, 'Public', 'cloudbr1')`,
  );
  await db.read.run(
    sql`insert into vni(physical_network_id, vni) select ${physicalNetworkId}, 5000 + n from generate_series(1, ${vnis}::int) n`,
  );
  const { id: rangeId } = await db.read.one<{ id: number }>(
    sql`insert into vlan_range(zone_id, physical_network_id, gateway, netmask, cidr, start_ip, end_ip) values (${zoneId}, ${physicalNetworkId}, '203.0.113.1', '255.255.255.0', '203.0.113.0/24', '203.0.113.10', '203.0.113.99') returning id`,
  );
  await db.read.run(
    sql`insert into public_ip(zone_id, vlan_range_id, address, mac) select ${zoneId}, ${rangeId}, '203.0.113.9'::inet + n, '06:00:00:00:00:' || lpad(to_hex(n), 2, '0') from generate_series(1, ${addresses}::int) n`,
  );
  const { id: serviceOfferingId } = await db.read.one<{ id: number }>(
    sql`select id from service_offering where not system_use order by id limit 1`,
  );
  const { id: templateId } = await db.read.one<{ id: number }>(
    sql`insert into template(account_id, domain_id, name, display_text, format, hypervisor) values (1, 1, 't', 't', 'QCOW2', 'KVM') returning id`,
  );
  return { zoneId, zoneUuid, physicalNetworkId, hosts: made, serviceOfferingId, templateId };
}

export interface GuestWish {
  accountId: number;
  domainId?: number;
  name: string;
  state?: string;
  hostId?: number;
  password?: string;
}

/** A guest without cards. */
export async function makeGuest(
  tx: Tx,
  zone: NetworkZone,
  { accountId, domainId = 1, name, state = 'Starting', hostId, password }: GuestWish,
): Promise<{ id: number; uuid: string }> {
  return insertVm(
    tx,
    {
      account_id: accountId,
      domain_id: domainId,
      zone_id: zone.zoneId,
      name,
      display_name: name,
      service_offering_id: zone.serviceOfferingId,
      template_id: zone.templateId,
      hypervisor: 'KVM',
      state,
      cpus: 1,
      cpu_mhz: 500,
      memory_mib: 64,
      host_id: hostId ?? null,
      password: password ?? null,
      password_id: password === undefined ? null : `p-${name}`,
      details: JSON.stringify({ 'SSH.PublicKey': 'ssh-ed25519 AAAA' }),
    },
    'VM',
  );
}
