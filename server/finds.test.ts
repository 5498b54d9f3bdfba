// What lists found and a server remembers is never a lie: whatever changes, on any server, of what they look at, the next answer is
// what a server finds that remembers nothing.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { findIdentity } from '#cloud/identity/session.store.ts';
import { countStatements, openDb, type Db } from '#kernel/db.ts';
import { Freshness } from '#kernel/fresh.ts';
import { sql, type Sql } from '#kernel/sql.ts';
import { changeEach } from '#test/change-each.ts';
import { testServer, userOf, type Params } from '#test/cloud.ts';
import { cloneDatabase } from '#test/database.ts';
import { makeFullGuest } from '#test/full-guest.ts';
import { callerOf, type Authenticated } from './authenticate.ts';
import type { Server } from './dispatch.ts';
import { openMemories } from './memories.ts';

let db: Db;
let other: Db;
let cleanUp: () => Promise<void>;
let server: Server;
let vm: { id: number; uuid: string };
let domain: { id: number; uuid: string };
let asked: { who: Authenticated; command: string; params: Params }[];

before(async () => {
  const clone = await cloneDatabase();
  db = openDb({ url: clone.url, max: 3 });
  other = openDb({ url: clone.url, max: 3 });
  const made = await testServer(db);
  server = made.server;
  cleanUp = async () => {
    made.close();
    await db.close();
    await other.close();
    await clone.drop();
  };
  const { vmId } = await makeFullGuest(other);
  domain = await other.read.one(
    sql`insert into domain(parent_id, name, path, level) values (1, 'below', '/below/', 1) returning id, uuid`,
  );
  for (const [id, role, type, domainId] of [
    [301, 3, 2, domain.id],
    [302, 4, 0, domain.id],
  ]) {
    await other.read.run(
      sql`insert into account(id, name, type, role_id, domain_id) values (${id}, ${`a${id}`}, ${type}, ${role}, ${domainId})`,
    );
    await other.read.run(
      sql`insert into cloud_user(id, account_id, username, password, first_name, last_name) values (${id}, ${id}, ${`u${id}`}, 'none', 'a', 'b')`,
    );
  }
  vm = await other.read.one(sql`select id, uuid from vm where id = ${vmId}`);
  const zone = await other.read.one<{ id: number; uuid: string }>(sql`select id, uuid from zone`);
  await other.read.run(
    sql`insert into annotation(entity_type, entity_uuid, text, user_id) values ('ZONE', ${zone.uuid}, 'mind', 2)`,
  );
  await other.read.run(
    sql`insert into resource_tag(resource_type, resource_uuid, key, value, account_id, domain_id) values ('Zone', ${zone.uuid}, 'k', 'v', 300, 1)`,
  );
  const root = await other.read.one<{ uuid: string }>(sql`select uuid from domain where id = 1`);
  asked = questions(await Promise.all([2, 300, 301].map(identified)), { zone, root });
});
after(() => cleanUp());

function questions(
  callers: readonly Authenticated[],
  { zone, root }: Record<'zone' | 'root', { uuid: string }>,
): typeof asked {
  const [admin, tenant, domainAdmin] = callers as [Authenticated, Authenticated, Authenticated];
  const vms = (who: Authenticated, params: Params) => ({ who, command: 'listVirtualMachines', params });
  return [
    vms(admin, { listall: true }),
    vms(admin, { id: vm.uuid }),
    vms(admin, { domainid: domain.uuid }),
    vms(admin, { domainid: domain.uuid, isrecursive: true, page: 1, pagesize: 10 }),
    vms(admin, { domainid: root.uuid, isrecursive: true }),
    vms(tenant, {}),
    vms(tenant, { ids: vm.uuid }),
    vms(domainAdmin, { listall: true }),
    vms(domainAdmin, { id: vm.uuid }),
    ...callers.map((who) => ({ who, command: 'listZones', params: {} })),
    { who: admin, command: 'listZones', params: { id: zone.uuid } },
    ...['listServiceOfferings', 'listDiskOfferings', 'listNetworkOfferings', 'listOsTypes'].flatMap((command) => [
      { who: admin, command, params: { page: 1, pagesize: 3 } },
      { who: domainAdmin, command, params: { keyword: 'a', page: 1, pagesize: 3 } },
    ]),
  ];
}

async function identified(userId: number): Promise<Authenticated> {
  const identity = (await findIdentity(other.read, userId))!;
  return { caller: callerOf(identity), identity };
}

/** Every list as this server answers it, and as one does that has just started. */
async function sameAsAnew(what: string, of: RegExp = /./): Promise<void> {
  const forgetful: Server = {
    ...server,
    db: other,
    ...openMemories({ db: other, freshness: new Freshness(other), sealer: server.sealer }),
  };
  for (const { who, command, params } of asked.filter((one) => of.test(one.command))) {
    const [remembered, anew] = [
      (await userOf(server, who).raw(command, params)).text,
      (await userOf(forgetful, who).raw(command, params)).text,
    ];
    assert.equal(remembered, anew, `${command} ${JSON.stringify(params)} of ${who.caller.username} after ${what}`);
  }
}

test('a second answer costs the question of what changed, and nothing else', async () => {
  await sameAsAnew('nothing');
  for (const { who, command, params } of asked) {
    if (params['domainid'] !== undefined) continue; // whose domain it is, is asked each time
    const { result, statements } = await countStatements(() => userOf(server, who).raw(command, params));
    assert.equal(result.status, 200);
    assert.equal(statements, 1, `${command} ${JSON.stringify(params)} of ${who.caller.username}`);
  }
});

test('any change of an instance or a cluster is seen at once', async () => {
  const rows: [table: string, where: Sql, lists: RegExp][] = [
    ['vm', sql`id = ${vm.id}`, /Machines/],
    ['cluster', sql`true`, /Zones/],
  ];
  let changed = 0;
  for (const [table, where, lists] of rows)
    changed += await changeEach(other, { table, where }, (what) => sameAsAnew(what, lists));
  assert.ok(changed > 40, `only ${changed} columns could be changed`);
});

/** Of these every change of a row is told, whatever column it is of. */
const TOLD_WHOLE = ['zone', 'domain', 'account', 'annotation', 'resource_tag'].concat(
  ['service_offering', 'disk_offering', 'network_offering'],
  ['guest_os', 'guest_os_category'],
);

test('of everything else that lists are found in, any change is told', async () => {
  const limited = await other.read
    .rows(sql`select distinct c.relname as table from pg_class c where c.relname = any(${TOLD_WHOLE})
    and not exists (select 1 from pg_trigger g join pg_proc p on p.oid = g.tgfoid where g.tgrelid = c.oid and p.proname in ('stale_self', 'stale_kind')
      and g.tgtype & 16 <> 0 and cardinality(g.tgattr) = 0 and (g.tgqual is null or c.relname = 'resource_tag'))`);
  assert.deepEqual(limited, []);
  for (const [table, column] of Object.entries(SHOWN)) {
    const [of, name] = [sql.raw(table), sql.raw(column)];
    assert.ok((await other.read.run(sql`update ${of} set ${name} = ${name} || 'x'`)) > 0, table);
    await sameAsAnew(`${table}.${column}`, /Zones|Offerings|OsTypes/);
  }
});
const SHOWN: Readonly<Record<string, string>> = {
  zone: 'name',
  domain: 'name',
  account: 'name',
  annotation: 'text',
  resource_tag: 'key',
  service_offering: 'name',
  disk_offering: 'name',
  network_offering: 'display_text',
  guest_os: 'name',
  guest_os_category: 'name',
};

test('what joins a list, leaves it or goes to another is seen at once', async () => {
  const steps: Record<string, Sql> = {
    'an instance of the account': copyOf({ name: 'second', account: 300, domain: 1 }),
    'one of another account below': copyOf({ name: 'third', account: 302, domain: domain.id }),
    'it goes to the account': sql`update vm set account_id = 300, domain_id = 1 where name = 'third'`,
    'it goes back': sql`update vm set account_id = 302, domain_id = ${domain.id} where name = 'third'`,
    'the domain is elsewhere': sql`update domain set path = '/moved/' where id = ${domain.id}`,
    'the domain is gone': sql`update domain set removed = now() where id = ${domain.id}`,
    'it is back': sql`update domain set removed = null, path = '/below/' where id = ${domain.id}`,
    'it is hidden': sql`update vm set display = false where name = 'third'`,
    'it is expunged': sql`update vm set removed = now() where name = 'third'`,
    'a row deleted': sql`delete from vm where name = 'second'`,
    'a zone': sql`insert into zone(name, network_type, dns1, internal_dns1) values ('new', 'Advanced', '1.1.1.1', '1.1.1.1')`,
    'it is the domain’s': sql`update zone set domain_id = ${domain.id} where name = 'new'`,
    'another cluster': sql`insert into cluster(zone_id, pod_id, name, hypervisor, arch) select zone_id, pod_id, 'arm', hypervisor, 'aarch64' from cluster limit 1`,
    'an offering': sql`insert into service_offering(name, display_text, cpus, cpu_mhz, memory_mib, sort_key) values ('new', 'a', 1, 1, 1, -1)`,
    'an offering of disks': sql`insert into disk_offering(name, display_text, size_gib, sort_key) values ('new', 'a', 1, -1)`,
    'they are the domain’s': sql`update disk_offering set domain_ids = array[${domain.id}::bigint] where name = 'new'`,
    'an offering of networks': sql`insert into network_offering(name, unique_name, display_text, traffic_type, guest_type, sort_key) values ('new', 'new', 'a', 'Guest', 'L2', -1)`,
    'it is gone': sql`delete from network_offering where name = 'new'`,
    'a system': sql`insert into guest_os(category_id, name) select min(id), 'A new one' from guest_os_category`,
    'a tag given': sql`insert into resource_tag(resource_type, resource_uuid, key, value, account_id, domain_id) select 'Zone', uuid, 'new', 'tag', 300, 1 from zone`,
    'tags gone': sql`delete from resource_tag where resource_type = 'Zone'`,
    'an annotation': sql`insert into annotation(entity_type, entity_uuid, text, user_id) select 'ZONE', uuid, 'mind', 2 from zone where name = 'new'`,
    'annotations gone': sql`delete from annotation`,
  };
  for (const [what, statement] of Object.entries(steps)) {
    assert.ok((await other.read.run(statement)) > 0, what);
    await sameAsAnew(what);
  }
});

const copyOf = ({ name, account, domain: of }: { name: string; account: number; domain: number }): Sql =>
  sql`insert into vm(account_id, domain_id, zone_id, service_offering_id, hypervisor, state, cpus, cpu_mhz, memory_mib, name, display_name, instance_name)
    select ${account}, ${of}, zone_id, service_offering_id, 'KVM', 'Stopped', 1, 1, 1, ${name}, ${name}, ${name} from vm where id = ${vm.id}`;

test('what is measured grows old by itself', async () => {
  await other.read.run(sql`update vm set state = 'Running' where id = ${vm.id}`);
  const measured = (agoS: number): Sql =>
    sql`insert into vm_usage(vm_id, at, seconds, cpu_percent, memory_kib, network_read, network_write, disk_read, disk_write, disk_reads, disk_writes,
      network_read_total, network_write_total, disk_read_total, disk_write_total, disk_reads_total, disk_writes_total)
      values (${vm.id}, clock_timestamp() - ${agoS} * interval '1 second', 60, ${agoS}, 100, 1024, 2048, 3072, 4096, 5, 6, 1, 2, 3, 4, 5, 6)
      on conflict (vm_id) do update set cpu_percent = excluded.cpu_percent, at = excluded.at`;
  const [{ who } = asked[0]!] = asked;
  const shown = async (): Promise<string> =>
    (await userOf(server, who).raw('listVirtualMachines', { listall: true })).text;
  await other.read.run(measured(1));
  assert.match(await shown(), /"cpuused":"1%"/);
  const freshS = (3 * server.settings.number('vm.stats.interval')) / 1000;
  await other.read.run(measured(freshS + 5));
  assert.doesNotMatch(await shown(), /cpuused/);
  await other.read.run(sql`delete from vm_usage`);
  await sameAsAnew('it is not measured any more');
});
