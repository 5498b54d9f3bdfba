// A guest that has everything a guest can have, as rows, of an account 300 with a user 300: for tests of what is shown of one.
import type { Db } from '#kernel/db.ts';
import { sql, type Sql } from '#kernel/sql.ts';
import { makeZoneRows, type ZoneRows } from './zone-rows.ts';

export interface FullGuest {
  vmId: number;
  /** Which rows it is shown from, by table. */
  shownFrom: Record<string, Sql>;
}

const owned = { account_id: 300, domain_id: 1 };
const inserting =
  (on: Db) =>
  async (statement: Sql): Promise<number> =>
    (await on.read.one<{ id: number }>(sql`${statement} returning id`)).id;
const one = (n: number): Sql => sql`id = ${n}`;

export async function makeFullGuest(on: Db): Promise<FullGuest> {
  const zone = await makeZoneRows(on);
  await on.read.run(sql`insert into account(id, name, type, role_id, domain_id) values (300, 'tenant', 0, 4, 1)`);
  await on.read.run(
    sql`insert into cloud_user(id, account_id, username, password, first_name, last_name) values (300, 300, 'tenant', 'none', 'a', 'b')`,
  );
  const shared = await makeShared(on, zone);
  const vm = await makeVm(on, { zone, shared });
  return {
    vmId: vm,
    shownFrom: {
      vm: one(vm),
      ...(await makeOwn(on, { zone, shared, vm })),
      network: one(shared.network),
      host: one(zone.hostIds[0]!),
      zone: one(zone.zoneId),
      storage_pool: one(zone.poolId),
      service_offering: one(zone.offeringId),
      disk_offering: one(shared.offering),
      template: sql`id in (${zone.templateId}, ${shared.iso})`,
      guest_os: one(shared.os),
      instance_group: one(shared.group),
      affinity_group: one(shared.affinity),
      user_data: one(shared.data),
      account: one(300),
      cloud_user: one(300),
      domain: one(1),
    },
  };
}

type Shared = Awaited<ReturnType<typeof makeShared>>;

async function makeShared(on: Db, zone: ZoneRows) {
  const id = inserting(on);
  const offering = await id(
    sql`insert into disk_offering ${sql.row({ name: 'disk', display_text: 'disk', size_gib: 1 })}`,
  );
  const iso = await id(
    sql`insert into template ${sql.row({ ...owned, name: 'iso', display_text: 'iso', format: 'ISO', hypervisor: 'KVM', is_iso: true })}`,
  );
  const os = (await on.read.one<{ id: number }>(sql`select id from guest_os order by id limit 1`)).id;
  const group = await id(sql`insert into instance_group ${sql.row({ ...owned, name: 'group' })}`);
  const affinity = await id(
    sql`insert into affinity_group ${sql.row({ ...owned, name: 'together', type: 'host affinity' })}`,
  );
  const data = await id(sql`insert into user_data ${sql.row({ ...owned, name: 'data', data: 'eA==' })}`);
  const network = (
    await on.read.one<{
      id: number;
    }>(sql`insert into network(account_id, domain_id, zone_id, offering_id, name, display_text, guest_type, cidr, gateway, vni)
    select 300, 1, ${zone.zoneId}, id, 'net', 'net', 'Isolated', '10.1.1.0/24', '10.1.1.1', 1001 from network_offering where guest_type = 'Isolated' order by id limit 1 returning id`)
  ).id;
  return { offering, iso, os, group, affinity, data, network };
}

function makeVm(on: Db, { zone, shared }: { zone: ZoneRows; shared: Shared }): Promise<number> {
  const { iso, os, group, affinity, data } = shared;
  return inserting(on)(
    sql`insert into vm ${sql.row({
      ...owned,
      user_id: 300,
      zone_id: zone.zoneId,
      host_id: zone.hostIds[0],
      name: 'one',
      display_name: 'One',
      instance_name: 'i-300-1-VM',
      service_offering_id: zone.offeringId,
      template_id: zone.templateId,
      iso_id: iso,
      guest_os_id: os,
      hypervisor: 'KVM',
      state: 'Running',
      cpus: 1,
      cpu_mhz: 100,
      memory_mib: 64,
      group_id: group,
      user_data_id: data,
      key_pairs: ['k'],
      affinity_group_ids: [affinity],
      placement: JSON.stringify({ hostName: 'host-1', considered: 2, refused: [], text: 'room' }),
    })}`,
  );
}

async function makeOwn(
  on: Db,
  { zone, shared, vm }: { zone: ZoneRows; shared: Shared; vm: number },
): Promise<Record<string, Sql>> {
  const id = inserting(on);
  const { network, offering } = shared;
  const root = await id(
    sql`insert into volume ${sql.row({ ...owned, zone_id: zone.zoneId, pool_id: zone.poolId, vm_id: vm, device_id: 0, name: 'root', type: 'ROOT', size_bytes: 1, state: 'Ready' })}`,
  );
  const disk = await id(
    sql`insert into volume ${sql.row({ ...owned, zone_id: zone.zoneId, pool_id: zone.poolId, vm_id: vm, device_id: 1, name: 'data', type: 'DATADISK', size_bytes: 1, state: 'Ready', disk_offering_id: offering })}`,
  );
  const nic = await id(
    sql`insert into nic ${sql.row({ vm_id: vm, network_id: network, device_id: 0, mac: '02:00:00:00:00:01', ip: '10.1.1.5', is_default: true })}`,
  );
  const second = await id(
    sql`insert into nic_secondary_ip ${sql.row({ ...owned, nic_id: nic, network_id: network, vm_id: vm, ip: '10.1.1.9' })}`,
  );
  const address = (
    await on.read.one<{ id: number }>(
      sql`update public_ip set static_nat_nic_id = ${nic}, static_nat_vm_id = ${vm}, state = 'Allocated' where id = (select min(id) from public_ip) returning id`,
    )
  ).id;
  const { uuid } = await on.read.one<{ uuid: string }>(sql`select uuid from vm where id = ${vm}`);
  const tag = await id(
    sql`insert into resource_tag ${sql.row({ ...owned, resource_type: 'UserVm', resource_uuid: uuid, key: 'k', value: 'v' })}`,
  );
  const job = await id(
    sql`insert into job ${sql.row({ kind: 'test', input: '{}', resource_type: 'VirtualMachine', resource_uuid: uuid, state: 'running' })}`,
  );
  return {
    nic: one(nic),
    nic_secondary_ip: one(second),
    public_ip: one(address),
    volume: sql`id in (${root}, ${disk})`,
    resource_tag: one(tag),
    job: one(job),
  };
}
