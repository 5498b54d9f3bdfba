// Fills a cloud with rows by SQL: accounts in domains, hosts, networks, and instances with cards, disks and tags. Triggers
// are off while it runs, so what they keep (counters) is written here, once, at the end.
import type { Db, Tx } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';
import type { ZoneRows } from '#test/zone-rows.ts';

/** Instances of one account: a list of an account's is about as long as people's are. */
const PER_ACCOUNT = 100;
const AT_ONCE = 10_000;
/** The administrator's, with room for whatever is deployed. */
export const DEPLOY_NETWORK = 'large';
const FILLED = ['domain', 'account', 'host', 'network', 'vm', 'nic', 'volume', 'resource_tag'] as const;

/** The first account is the tenant's that calls are measured as. */
export async function fill(db: Db, { vms, zone }: { vms: number; zone: ZoneRows }): Promise<void> {
  await db.tx(async (tx) => {
    await tx.run(sql`set local statement_timeout = 0`);
    for (const table of FILLED) await tx.run(sql`alter table ${sql.raw(table)} disable trigger user`);
    await fillTenants(tx, Math.ceil(vms / PER_ACCOUNT));
    await fillPlaces(tx, { vms, zone });
    await fillInstances(tx, { vms, zone });
    for (const table of FILLED) await tx.run(sql`alter table ${sql.raw(table)} enable trigger user`);
    await countInstances(tx);
  });
  await db.read.run(sql`set statement_timeout = 0`);
  await db.read.run(sql`vacuum analyze`);
}

async function fillTenants(tx: Tx, accounts: number): Promise<void> {
  await tx.run(sql`insert into domain(parent_id, name, path, level)
    select 1, 'bench-' || n, '/bench-' || n || '/', 1 from generate_series(1, ${Math.ceil(accounts / 10)}::int) n`);
  await tx.run(sql`insert into account(name, type, role_id, domain_id)
    select 'bench-' || n, 0, 4, d.id from generate_series(2, ${accounts}::int) n join domain d on d.name = 'bench-' || (1 + n / 10)`);
}

async function fillPlaces(tx: Tx, { vms, zone }: { vms: number; zone: ZoneRows }): Promise<void> {
  await tx.run(sql`insert into host(zone_id, pod_id, cluster_id, name, hypervisor, guid, private_ip, underlay_ip, status, cpus, cpu_sockets, cpu_mhz, memory_mib, last_ping)
    select h.zone_id, h.pod_id, h.cluster_id, 'bench-' || n, h.hypervisor, gen_random_uuid(), h.private_ip, h.underlay_ip, 'Up', 64, 2, 2000, 524288, now()
    from host h, generate_series(1, ${Math.ceil(vms / 200)}::int) n where h.id = ${zone.hostIds[0]!}`);
  await tx.run(sql`insert into network(account_id, domain_id, zone_id, offering_id, name, display_text, guest_type, state, cidr, gateway, vni)
    select a.id, a.domain_id, ${zone.zoneId}, o.id, 'bench-' || s.n, 'bench', 'Isolated', 'Implemented', '10.0.0.0/8', '10.0.0.1', 100000 + a.id * 2 + s.n
    from account a cross join generate_series(1, 2) s(n)
      cross join lateral (select id from network_offering where guest_type = 'Isolated' order by id limit 1) o
    where a.name like 'bench-%' or a.name = 'tenant'`);
  await tx.run(sql`insert into network(account_id, domain_id, zone_id, offering_id, name, display_text, guest_type, state, cidr, gateway, vni)
    select 2, 1, ${zone.zoneId}, id, ${DEPLOY_NETWORK}, 'large', 'Isolated', 'Implemented', '10.0.0.0/8', '10.0.0.1', 99999 from network_offering where guest_type = 'Isolated' order by id limit 1`);
}

/** Some thousands by each statement: no statement may take a minute. */
async function fillInstances(tx: Tx, { vms, zone }: { vms: number; zone: ZoneRows }): Promise<void> {
  for (let from = 1; from <= vms; from += AT_ONCE)
    await fillSome(tx, { from, to: Math.min(vms, from + AT_ONCE - 1), zone });
}

async function fillSome(tx: Tx, { from, to, zone }: { from: number; to: number; zone: ZoneRows }): Promise<void> {
  const { after } = await tx.one<{ after: number }>(sql`select coalesce(max(id), 0) as after from vm`);
  await tx.run(sql`insert into vm(account_id, domain_id, user_id, zone_id, host_id, name, display_name, instance_name, service_offering_id, template_id, hypervisor, state, cpus, cpu_mhz, memory_mib, created)
    select a.id, a.domain_id, 2, ${zone.zoneId}, h.id, 'bench-' || n, 'My instance ' || n, 'i-b-' || n || '-VM', ${zone.offeringId}, ${zone.templateId}, 'Simulator',
      (array['Running', 'Running', 'Running', 'Stopped'])[1 + n % 4], 1, 250, 128, now() - n * interval '1 second'
    from generate_series(${from}::int, ${to}::int) n
      join (select id, domain_id, row_number() over (order by name <> 'tenant', id) - 1 as place, count(*) over () as total from account where name like 'bench-%' or name = 'tenant') a on a.place = n % a.total
      join (select id, row_number() over (order by id) - 1 as place, count(*) over () as total from host where name like 'bench-%') h on h.place = n % h.total`);
  await tx.run(sql`insert into nic(vm_id, network_id, device_id, mac, ip, is_default)
    select v.id, w.id, w.place, lpad(to_hex(w.place + 2), 2, '0') || ':' || regexp_replace(lpad(to_hex(v.id), 10, '0'), '(..)(..)(..)(..)(..)', '\\1:\\2:\\3:\\4:\\5'), '10.0.0.1'::inet + v.id, w.place = 0
    from vm v join (select id, account_id, row_number() over (partition by account_id order by id) - 1 as place from network where display_text = 'bench') w on w.account_id = v.account_id
    where v.id > ${after}`);
  await tx.run(sql`insert into volume(account_id, domain_id, zone_id, pool_id, vm_id, device_id, name, type, size_bytes, state)
    select v.account_id, v.domain_id, v.zone_id, ${zone.poolId}, v.id, d.n, case d.n when 0 then 'ROOT-' else 'DATA-' end || v.id, case d.n when 0 then 'ROOT' else 'DATADISK' end, 52428800, 'Ready'
    from vm v join generate_series(0, 1) d(n) on d.n = 0 or v.id % 2 = 0 where v.id > ${after}`);
  await tx.run(sql`insert into resource_tag(resource_type, resource_uuid, key, value, account_id, domain_id)
    select 'UserVm', v.uuid, 'tier', 'tier ' || v.id % 5, v.account_id, v.domain_id from vm v where v.id % 2 = 0 and v.id > ${after}`);
}

async function countInstances(tx: Tx): Promise<void> {
  await tx.run(sql`delete from vm_count_change`);
  await tx.run(sql`insert into vm_counter(account_id, state, domain_id, n, shown)
    select account_id, state, min(domain_id), count(*), count(*) from vm where removed is null group by account_id, state
    on conflict (account_id, state) do update set n = excluded.n, shown = excluded.shown`);
  await tx.run(sql`insert into vm_block(block, n, shown) select id / 1024, count(*), count(*) from vm where removed is null group by 1
    on conflict (block) do update set n = excluded.n, shown = excluded.shown`);
}
