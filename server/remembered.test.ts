// No write makes a remembered answer a lie. Every column of every row that an instance is shown from is changed by another
// server's connection, and after each change the remembered list must be what is read anew, for each role.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { listVirtualMachines } from '#api/vm/lifecycle.ts';
import { list } from '#cloud/vm/list.ts';
import { vmParts } from '#cloud/vm/show.ts';
import { usageOf, withUsage } from '#cloud/vm/usage.view.ts';
import { vmView } from '#cloud/vm/vm.view.ts';
import { foldCounts } from '#cloud/vm/count.store.ts';
import { openDb, type Db } from '#kernel/db.ts';
import { sql, type Sql } from '#kernel/sql.ts';
import { testServer, userOf } from '#test/cloud.ts';
import { cloneDatabase } from '#test/database.ts';
import { changeEach } from '#test/change-each.ts';
import { makeFullGuest } from '#test/full-guest.ts';
import { callerOf, type Authenticated } from './authenticate.ts';
import { answer } from './dispatch.ts';
import { projector, writeBody } from './serialize.ts';
import { findIdentity } from '#cloud/identity/session.store.ts';

let db: Db;
let other: Db;
let cleanUp: () => Promise<void>;
let server: Awaited<ReturnType<typeof testServer>>['server'];
let admin: Authenticated;
let tenant: Authenticated;
/** Rows that an instance with everything is shown from, by table. */
let shownFrom: Record<string, Sql>;
let vmId: number;

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
  ({ vmId, shownFrom } = await makeFullGuest(other));
  admin = await identify(2);
  tenant = await identify(300);
});
after(() => cleanUp());

const identify = async (userId: number): Promise<Authenticated> => {
  const identity = (await findIdentity(other.read, userId))!;
  return { caller: callerOf(identity), identity };
};

async function listed(who: Authenticated): Promise<string> {
  const { text } = await userOf(server, who).raw('listVirtualMachines', { listall: true });
  return text;
}
/** What the lists must be: read past all memory. */
async function anew(): Promise<string[]> {
  const rows = await other.read.rows<{ id: number; accountId: number; display: boolean }>(
    sql`select id, account_id as "accountId", display from vm where removed is null order by id desc`,
  );
  const parts = await vmParts(
    { tx: other.read },
    rows.map(({ id }) => id),
  );
  return [admin, tenant].map(({ caller }) => {
    const project = projector(listVirtualMachines.returns, caller.roleType);
    const shown = parts
      .filter((_, index) => caller.isRoot || (rows[index]!.accountId === caller.accountId && rows[index]!.display))
      .map((one) => project(vmView(one, caller)));
    return JSON.stringify({
      listvirtualmachinesresponse: shown.length === 0 ? {} : { count: shown.length, virtualmachine: shown },
    });
  });
}
async function sameForAll(what: string): Promise<void> {
  const [forAdmin, forTenant] = await anew();
  assert.equal(await listed(admin), forAdmin, `the administrator's after ${what}`);
  assert.equal(await listed(tenant), forTenant, `the tenant's after ${what}`);
}

describe('remembered instances', () => {
  test('are what is read anew, byte for byte, and differ by role', async () => {
    await sameForAll('nothing');
    assert.match(await listed(admin), /"hostname":"host-1"/);
    assert.doesNotMatch(await listed(tenant), /host-1|instancename/);
    assert.equal(list.command, listVirtualMachines);
  });

  test('are the same in XML', async () => {
    const sent = new Map([
      ['command', 'listVirtualMachines'],
      ['listall', 'true'],
    ]);
    const { text } = await answer(server, { method: 'GET', sent, cookies: new Map(), sourceIp: '127.0.0.1' }, tenant);
    const content = JSON.parse((await anew())[1]!) as Record<string, Record<string, unknown>>;
    const [[key, list]] = Object.entries(content) as [[string, Record<string, unknown>]];
    assert.equal(text, writeBody(key, list, { xml: true, authenticated: true }).text);
  });

  test('any change of any column of any row they are shown from is seen at once', async () => {
    let changed = 0;
    for (const [table, where] of Object.entries(shownFrom))
      changed += await changeEach(other, { table, where }, sameForAll);
    await sameForAll('all of it');
    assert.ok(changed > 150, `only ${changed} columns could be changed`);
  });

  test('a row that is removed, and one that joins, are seen at once', async () => {
    await other.read.run(sql`delete from resource_tag where ${shownFrom['resource_tag']!}`);
    await sameForAll('a tag gone');
    await other.read.run(sql`update job set finished = now(), state = 'done' where ${shownFrom['job']!}`);
    await sameForAll('a job ended');
    await other.read.run(
      sql`insert into job(kind, input, resource_uuid) select 'test', '{}', uuid from vm where id = ${vmId}`,
    );
    await sameForAll('a job begun');
    await other.read.run(
      sql`insert into resource_tag(resource_type, resource_uuid, key, value, account_id, domain_id) select 'UserVm', uuid, 'new', 'tag', 300, 1 from vm where id = ${vmId}`,
    );
    await sameForAll('a tag given');
    await other.read.run(sql`delete from nic_secondary_ip where ${shownFrom['nic_secondary_ip']!}`);
    await sameForAll('a secondary address gone');
  });
});

test('what an instance uses is in its place, and another number at once', async () => {
  for (const percent of [1, 2.5]) {
    await other.read
      .run(sql`insert into vm_usage(vm_id, at, seconds, cpu_percent, memory_kib, network_read, network_write, disk_read, disk_write, disk_reads, disk_writes,
      network_read_total, network_write_total, disk_read_total, disk_write_total, disk_reads_total, disk_writes_total)
      values (${vmId}, clock_timestamp(), 60, ${percent}, 100, 1024, 2048, 3072, 4096, 5, 6, 1, 2, 3, 4, 5, 6)
      on conflict (vm_id) do update set cpu_percent = excluded.cpu_percent, at = excluded.at`);
    await other.read.run(sql`update vm set state = 'Running' where id = ${vmId}`);
    const usage = (
      await usageOf({ tx: other.read, settings: server.settings, found: ({ read }) => read() }, [vmId], undefined)
    ).get(vmId);
    assert.ok(usage);
    const [parts] = await vmParts({ tx: other.read }, [vmId]);
    const expected = projector(listVirtualMachines.returns, 'Admin')(withUsage(vmView(parts!, admin.caller), usage));
    assert.equal(
      await listed(admin),
      JSON.stringify({ listvirtualmachinesresponse: { count: 1, virtualmachine: [expected] } }),
    );
    assert.ok((await listed(admin)).includes(`"cpuused":"${percent}%","created"`));
  }
  await other.read.run(sql`delete from vm_usage`);
  await sameForAll('it is not measured any more');
});

test('counts are right between changes and after they are added up', async () => {
  const count = async (who: Authenticated): Promise<number> =>
    ((await userOf(server, who).call('listVirtualMachines', { listall: true, page: 1, pagesize: 1 }))['count'] as
      | number
      | undefined) ?? 0;
  const row = {
    account_id: 300,
    domain_id: 1,
    zone_id: 1,
    service_offering_id: 1,
    hypervisor: 'KVM',
    state: 'Stopped',
    cpus: 1,
    cpu_mhz: 1,
    memory_mib: 1,
  };
  const { zoneId, offeringId } = await other.read.one<{ zoneId: number; offeringId: number }>(
    sql`select zone_id as "zoneId", service_offering_id as "offeringId" from vm where id = ${vmId}`,
  );
  const names = [...Array(2_600).keys()].map((n) => `c-${n}`);
  await other.read
    .run(sql`insert into vm(account_id, domain_id, zone_id, service_offering_id, hypervisor, state, cpus, cpu_mhz, memory_mib, name, display_name, instance_name)
    select ${row.account_id}, 1, ${zoneId}, ${offeringId}, 'KVM', 'Stopped', 1, 1, 1, n, n, n from unnest(${names}::text[]) n`);
  assert.deepEqual([await count(admin), await count(tenant)], [2_601, 2_601]);
  await other.tx(foldCounts);
  assert.deepEqual([await count(admin), await count(tenant)], [2_601, 2_601]);
  await other.read.run(sql`update vm set display = false where name in ('c-0', 'c-1', 'c-2')`);
  await other.read.run(sql`update vm set removed = now() where name in ('c-2', 'c-3')`);
  assert.deepEqual([await count(admin), await count(tenant)], [2_599, 2_597]);
  await other.tx(foldCounts);
  assert.deepEqual([await count(admin), await count(tenant)], [2_599, 2_597]);
  await pagesAreWhole();
});

/** The pages far down hold what walking there would have found. */
async function pagesAreWhole(): Promise<void> {
  const all = (
    await other.read.rows<{ uuid: string }>(sql`select uuid from vm where removed is null order by id desc`)
  ).map(({ uuid }) => uuid);
  for (const page of [42, 43, 51, 52, 53, 60]) {
    const { virtualmachine = [], count } = await userOf(server, admin).call('listVirtualMachines', {
      listall: true,
      page,
      pagesize: 50,
    });
    assert.deepEqual(
      (virtualmachine as { id: string }[]).map(({ id }) => id),
      all.slice((page - 1) * 50, page * 50),
      `page ${page}`,
    );
    assert.equal(count, all.length);
  }
}
