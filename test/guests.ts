// Instances of a cloud under test, as rows: for tests of what is done to one that is there, without hosts.
import type { Db } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';

export interface TestPlace {
  zoneId: number;
  zoneUuid: string;
  offeringId: number;
  templateId: number;
  networkId: number;
}

/** A zone with an offering, a template whose password can be set, and a network of the account. */
export async function makePlace(
  db: Db,
  { accountId, domainId }: { accountId: number; domainId: number },
): Promise<TestPlace> {
  const zone = await db.read.one<{ id: number; uuid: string }>(
    sql`insert into zone(name, dns1, internal_dns1, allocation_state) values (${`zone-${accountId}`}, '1.1.1.1', '1.1.1.1', 'Enabled') returning id, uuid`,
  );
  const { id: offeringId } = await db.read.one<{ id: number }>(
    sql`insert into service_offering(name, display_text, cpus, cpu_mhz, memory_mib) values ('small', 'small', 1, 500, 512) returning id`,
  );
  const { id: templateId } = await db.read.one<{ id: number }>(
    sql`insert into template(account_id, domain_id, name, display_text, format, hypervisor, password_enabled) values (${accountId}, ${domainId}, 'img', 'img', 'QCOW2', 'KVM', true) returning id`,
  );
  const { id: networkId } = await db.read.one<{
    id: number;
  }>(sql`insert into network(account_id, domain_id, zone_id, offering_id, name, display_text, guest_type, cidr, gateway)
    select ${accountId}, ${domainId}, ${zone.id}, min(id), 'net', 'net', 'Isolated', '10.1.1.0/24', '10.1.1.1' from network_offering returning id`);
  return { zoneId: zone.id, zoneUuid: zone.uuid, offeringId, templateId, networkId };
}

export async function makeGuest(
  db: Db,
  place: TestPlace,
  {
    accountId,
    domainId,
    name,
    state = 'Stopped',
  }: { accountId: number; domainId: number; name: string; state?: string },
): Promise<{ id: number; uuid: string }> {
  const vm = await db.read.one<{
    id: number;
    uuid: string;
  }>(sql`insert into vm(account_id, domain_id, zone_id, name, display_name, instance_name, service_offering_id, template_id, hypervisor, state, cpus, cpu_mhz, memory_mib)
    values (${accountId}, ${domainId}, ${place.zoneId}, ${name}, ${name}, ${`i-${accountId}-${name}`}, ${place.offeringId}, ${place.templateId}, 'KVM', ${state}, 1, 500, 512) returning id, uuid`);
  await db.read.run(
    sql`insert into nic(vm_id, network_id, device_id, mac, ip, is_default) values (${vm.id}, ${place.networkId}, 0, ${`02:00:00:00:${((vm.id >> 8) & 255).toString(16).padStart(2, '0')}:${(vm.id & 255).toString(16).padStart(2, '0')}`}, ${`10.1.1.${10 + (vm.id % 200)}`}, true)`,
  );
  return vm;
}
