// One thing of every kind that an id can name, as rows, for one account: what the negative matrix points foreign ids at.
import type { EntityName } from '#api/entities.ts';
import type { Db, Tx } from '#kernel/db.ts';
import { sql, type Sql } from '#kernel/sql.ts';
import { makeZoneRows, type ZoneRows } from '../zone-rows.ts';

export type Things = ReadonlyMap<EntityName, string>;

/** Infrastructure and what everybody may use: the same for all accounts. */
export async function sharedThings(db: Db): Promise<{ things: Map<EntityName, string>; zone: ZoneRows }> {
  const zone = await makeZoneRows(db);
  const things = new Map<EntityName, string>();
  const tables: [EntityName, string][] = [
    ['zone', 'zone'],
    ['pod', 'pod'],
    ['cluster', 'cluster'],
    ['host', 'host'],
    ['storagepool', 'storage_pool'],
    ['imagestore', 'image_store'],
    ['physicalnetwork', 'physical_network'],
    ['traffictype', 'traffic_type'],
    ['provider', 'provider'],
    ['vlaniprange', 'vlan_range'],
    ['serviceoffering', 'service_offering'],
    ['diskoffering', 'disk_offering'],
    ['guestos', 'guest_os'],
    ['guestoscategory', 'guest_os_category'],
    ['role', 'role'],
    ['rolepermission', 'role_permission'],
    ['region', 'region'],
  ];
  for (const [kind, table] of tables) {
    const row = await db.read.first<{ uuid: string }>(sql`select uuid from ${sql.raw(table)} order by id limit 1`);
    if (row) things.set(kind, row.uuid);
  }
  const offering = await db.read.first<{ uuid: string }>(
    sql`select uuid from network_offering where guest_type = 'Isolated' and state = 'Enabled' and not for_vpc order by id limit 1`,
  );
  if (offering) things.set('networkoffering', offering.uuid);
  return { things, zone };
}

interface Account {
  accountId: number;
  userId: number;
  domainId: number;
  zone: ZoneRows;
}
type Add = (kinds: readonly EntityName[], statement: Sql) => Promise<{ id: number; uuid: string }>;

/** One of everything an account can own. */
export const ownedThings = (db: Db, account: Account): Promise<Map<EntityName, string>> =>
  db.tx(async (tx) => {
    const things = new Map<EntityName, string>();
    const add: Add = async (kinds, statement) => {
      const row = await tx.one<{ id: number; uuid: string }>(statement);
      for (const kind of kinds) things.set(kind, row.uuid);
      return row;
    };
    await existing(tx, things, account);
    await addGuest(tx, add, account);
    await addBelongings(add, account);
    return things;
  });

/** An instance with its network, card, disks, address and rules. */
async function addGuest(tx: Tx, add: Add, { accountId, domainId, zone }: Account): Promise<void> {
  const owner = { account_id: accountId, domain_id: domainId };
  const network = await add(
    ['network'],
    sql`insert into network ${sql.row({ ...owner, zone_id: zone.zoneId, offering_id: await isolated(tx), name: 'n', display_text: 'n', guest_type: 'Isolated', state: 'Allocated', cidr: '10.1.1.0/24', gateway: '10.1.1.1' })} returning id, uuid`,
  );
  const vm = await add(
    ['virtualmachine'],
    sql`insert into vm ${sql.row({ ...owner, zone_id: zone.zoneId, name: `vm${accountId}`, display_name: 'vm', instance_name: `i-${accountId}-x-VM`, service_offering_id: zone.offeringId, template_id: zone.templateId, hypervisor: 'Simulator', cpus: 1, cpu_mhz: 250, memory_mib: 128 })} returning id, uuid`,
  );
  const nic = await add(
    ['nic'],
    sql`insert into nic ${sql.row({ vm_id: vm.id, network_id: network.id, device_id: 0, mac: `02:00:00:00:00:${(accountId % 90) + 10}`, ip: '10.1.1.5', is_default: true })} returning id, uuid`,
  );
  await add(
    ['nicsecondaryip'],
    sql`insert into nic_secondary_ip ${sql.row({ ...owner, nic_id: nic.id, network_id: network.id, vm_id: vm.id, ip: '10.1.1.6' })} returning id, uuid`,
  );
  await add(
    ['volume'],
    sql`insert into volume ${sql.row({ ...owner, zone_id: zone.zoneId, name: 'v', type: 'DATADISK', size_bytes: 2 ** 30 })} returning id, uuid`,
  );
  for (const iso of [false, true]) {
    await add(
      [iso ? 'iso' : 'template'],
      sql`insert into template ${sql.row({ ...owner, name: `t${iso}`, display_text: 't', format: iso ? 'ISO' : 'QCOW2', hypervisor: 'Simulator', is_iso: iso })} returning id, uuid`,
    );
  }
  const address = await add(
    ['publicipaddress'],
    sql`update public_ip set state = 'Allocated', account_id = ${accountId}, domain_id = ${domainId}, network_id = ${network.id}
  where id = (select id from public_ip where state = 'Free' order by id limit 1) returning id, uuid`,
  );
  for (const [kinds, purpose] of [
    [['firewallrule'], 'Firewall'],
    [['egressrule'], 'Egress'],
    [['portforwardingrule', 'ipforwardingrule'], 'PortForwarding'],
  ] as const) {
    await add(
      kinds,
      sql`insert into network_rule ${sql.row({ ...owner, network_id: network.id, purpose, public_ip_id: address.id, protocol: 'tcp', start_port: 80, end_port: 80, vm_id: vm.id, nic_id: nic.id })} returning id, uuid`,
    );
  }
  await add(
    ['router'],
    sql`insert into router ${sql.row({ ...owner, zone_id: zone.zoneId, network_id: network.id, name: `r-${accountId}-VM`, state: 'Running', guest_mac: '02:00:00:00:01:01' })} returning id, uuid`,
  );
}

/** What stands by itself. */
async function addBelongings(add: Add, { accountId, userId, domainId }: Account): Promise<void> {
  const owner = { account_id: accountId, domain_id: domainId };
  await add(
    ['sshkeypair'],
    sql`insert into ssh_keypair ${sql.row({ ...owner, name: 'k', public_key: 'ssh-ed25519 AAAA', fingerprint: 'x' })} returning id, uuid`,
  );
  await add(['userdata'], sql`insert into user_data ${sql.row({ ...owner, name: 'u', data: '' })} returning id, uuid`);
  await add(['instancegroup'], sql`insert into instance_group ${sql.row({ ...owner, name: 'g' })} returning id, uuid`);
  await add(
    ['affinitygroup'],
    sql`insert into affinity_group ${sql.row({ ...owner, name: 'a', type: 'host anti-affinity' })} returning id, uuid`,
  );
  await add(
    ['apikeypair'],
    sql`insert into api_keypair ${sql.row({ ...owner, user_id: userId, name: 'k', api_key: `key-${accountId}`, secret_key: 'x' })} returning id, uuid`,
  );
  await add(
    ['asyncjob'],
    sql`insert into job ${sql.row({ ...owner, kind: 'none', input: '{}', state: 'done', command: 'deployVirtualMachine' })} returning id, uuid`,
  );
  await add(
    ['event'],
    sql`insert into event ${sql.row({ ...owner, type: 'VM.CREATE', state: 'Completed', description: 'd', user_id: userId })} returning id, uuid`,
  );
}

async function existing(
  tx: Tx,
  things: Map<EntityName, string>,
  { accountId, userId }: { accountId: number; userId: number },
): Promise<void> {
  things.set('account', (await tx.one<{ uuid: string }>(sql`select uuid from account where id = ${accountId}`)).uuid);
  things.set('user', (await tx.one<{ uuid: string }>(sql`select uuid from cloud_user where id = ${userId}`)).uuid);
  things.set(
    'domain',
    (
      await tx.one<{ uuid: string }>(
        sql`select d.uuid from domain d join account a on a.domain_id = d.id where a.id = ${accountId}`,
      )
    ).uuid,
  );
}
const isolated = async (tx: Tx): Promise<number> =>
  (
    await tx.one<{ id: number }>(
      sql`select id from network_offering where guest_type = 'Isolated' and state = 'Enabled' and not for_vpc order by id limit 1`,
    )
  ).id;
