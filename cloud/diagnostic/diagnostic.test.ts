// What the doctor finds: each thing that is wrong with its words and what to do, and nothing where all is well.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diagnosticAreas } from '#api/config/diagnostic-responses.ts';
import { claim, enqueue } from '#kernel/queue.ts';
import { sql } from '#kernel/sql.ts';
import { inCloud, type TestCloud } from '#test/cloud.ts';
import { fakeStorage } from '#test/fake-storage.ts';
import { makeGuest } from '#test/guest-rows.ts';
import { runKeeper } from '#test/keepers.ts';
import { makeAccount } from '#test/tenants.ts';
import { makeZoneRows } from '#test/zone-rows.ts';

interface Finding {
  area: string;
  severity: string;
  summary: string;
  advice?: string;
  resourceid?: string;
  details?: Record<string, unknown>;
}
const find = async ({ admin }: TestCloud, area?: string): Promise<Finding[]> =>
  (await admin.call('listDiagnostics', area === undefined ? {} : { area }))['diagnostic'];
const bad = async (cloud: TestCloud, area: string): Promise<Finding[]> => {
  const found = (await find(cloud, area)).filter(({ severity }) => severity !== 'ok');
  for (const { advice, summary } of found) assert.ok(advice, `nothing to do is said of: ${summary}`);
  return found;
};
const KIND = { kind: 'vm.start', version: 1 };

async function lateJob(cloud: TestCloud, lane: string): Promise<string> {
  const job = { lanes: [lane], command: 'startVirtualMachine', userId: 2, accountId: 2, domainId: 1 };
  const { uuid } = await enqueue(cloud.db.read, KIND, { vmId: 0 }, job);
  await cloud.db.read.run(
    sql`update job set created = now() - interval '2 hours', run_at = now() - interval '2 hours' where uuid = ${uuid}`,
  );
  return uuid;
}
const alerts = ({ db }: TestCloud) =>
  db.read.rows<{ subject: string; content: string; over: boolean }>(
    sql`select subject, content, resolved is not null as over from alert order by id`,
  );

test(
  'in a cloud that is well every area says what is in order',
  inCloud(async (cloud) => {
    await makeZoneRows(cloud.db);
    const found = await find(cloud);
    assert.deepEqual(
      found.map(({ severity, area }) => `${severity} ${area}`).toSorted(),
      diagnosticAreas.map((area) => `ok ${area}`).toSorted(),
    );
    const { user } = await makeAccount(cloud, { name: 'user' });
    const { user: below } = await makeAccount(cloud, { name: 'below', role: 'DomainAdmin' });
    for (const one of [user, below]) assert.equal((await one.refused('listDiagnostics')).errorcode, 432);
    assert.equal((await cloud.admin.refused('listDiagnostics', { area: 'weather' })).errorcode, 431);
    const page = await cloud.admin.call('listDiagnostics', { page: 2, pagesize: 3 });
    assert.deepEqual([page['count'], page['diagnostic'].length], [diagnosticAreas.length, 3]);
  }),
);

test(
  'a job past its deadline is told with its walk, the one behind it with who is ahead; each raises one alert, over when it ends',
  inCloud(async (cloud) => {
    const { db, world } = cloud;
    const first = await lateJob(cloud, 'vm:1');
    const second = await lateJob(cloud, 'vm:1');
    assert.match(
      (await bad(cloud, 'jobs')).at(-1)!.summary,
      /^1 job of kind vm\.start could run, and no server takes it/,
    );
    await claim(db.read, { owner: 1, kinds: new Map([[KIND.kind, 1]]), limit: 9 });
    await db.read.run(
      sql`insert into job_step(job_id, name, out, started) select id, 'place', '{}', now() from job where uuid = ${first}`,
    );
    await db.read.run(sql`update job set doing = 'boot', doing_since = now() where uuid = ${first}`);
    const [running, waiting] = await bad(cloud, 'jobs');
    assert.match(
      running!.summary,
      /^startVirtualMachine runs, in step «boot», since 2 h 0 min; at most 60 min are usual$/,
    );
    const walk = running!.details!['steps'] as { name: string; state: string }[];
    assert.deepEqual(
      walk.map(({ name, state }) => [name, state]),
      [
        ['place', 'done'],
        ['boot', 'running'],
      ],
    );
    assert.match(waiting!.summary, /^startVirtualMachine waits behind startVirtualMachine since 2 h/);
    assert.deepEqual(waiting!.details!['waitsfor'], [`vm:1: startVirtualMachine ${first}`]);
    assert.equal(waiting!.resourceid, second);
    assert.match((await bad(cloud, 'leases'))[0]!.summary, /^1 running jobs belong to no server/);

    await runKeeper(world, 'diagnostics.watch');
    await runKeeper(world, 'diagnostics.watch');
    const [alert, ...more] = await alerts(cloud);
    assert.equal(more.length, 1);
    assert.equal(alert!.subject, `Job startVirtualMachine (${first}) has not ended for 2 h 0 min`);
    assert.match(alert!.content, /^place: done, .*\nboot: running, /);
    await db.read.run(sql`update job set state = 'failed', finished = now() where uuid in (${first}, ${second})`);
    await runKeeper(world, 'diagnostics.watch');
    assert.deepEqual(
      (await alerts(cloud)).map(({ over }) => over),
      [true, true],
    );
    assert.deepEqual(await bad(cloud, 'jobs'), []);
  }),
);

test(
  'a state between two that lasts is told, sooner where no job works on it',
  inCloud(async (cloud) => {
    const { db, world } = cloud;
    const zone = await makeZoneRows(db);
    const vm = await makeGuest(db, { zone, fake: fakeStorage(), accountId: 2, state: 'Stopped' });
    await db.read.run(sql`update vm set state = 'Starting' where id = ${vm.id}`);
    await runKeeper(world, 'diagnostics.watch');
    assert.deepEqual(await bad(cloud, 'states'), []);
    const age = (minutes: number) =>
      db.read.run(sql`update overdue set since = now() - ${minutes} * interval '1 minute'`);
    await age(10);
    const about = { lanes: [], command: 'startVirtualMachine', resourceType: 'VirtualMachine', resourceUuid: vm.uuid };
    const job = await enqueue(db.read, KIND, { vmId: vm.id }, about);
    assert.deepEqual(await bad(cloud, 'states'), []);
    await db.read.run(sql`update job set finished = now(), state = 'done' where id = ${job.id}`);
    const [orphan] = await bad(cloud, 'states');
    assert.equal(orphan!.summary, 'virtualmachine web is Starting since 10 min, and no job works on it');
    await runKeeper(world, 'diagnostics.watch');
    await runKeeper(world, 'diagnostics.watch');
    assert.deepEqual(
      (await alerts(cloud)).map(({ subject, over }) => [subject, over]),
      [[`virtualmachine web (${vm.uuid}) is Starting since 10 min, and no job works on it`, false]],
    );
    await db.read.run(sql`update vm set state = 'Stopped' where id = ${vm.id}`);
    await runKeeper(world, 'diagnostics.watch');
    assert.deepEqual(
      (await alerts(cloud)).map(({ over }) => over),
      [true],
    );
    assert.deepEqual(await bad(cloud, 'states'), []);
  }),
);

test(
  'silent hosts, what is held and not given, full storage and certificates that run out are told',
  inCloud(async (cloud) => {
    const { db } = cloud;
    const zone = await makeZoneRows(db);
    await makeGuest(db, { zone, fake: fakeStorage(), accountId: 2, state: 'Running' });
    assert.deepEqual(
      (await bad(cloud, 'capacity')).map(({ summary }) => summary),
      [
        'Host host-1: 0 MHz are held, its instances were given 250',
        'Host host-1: 0 MiB are held, its instances were given 128',
      ],
    );
    await db.read.run(sql`update vm set state = 'Migrating'`);
    assert.deepEqual(await bad(cloud, 'capacity'), [], 'on the move: room is held on two hosts');
    await db.read.run(sql`update vm set state = 'Running'`);
    await db.read.run(sql`update host set cpu_reserved_mhz = 250, memory_reserved_mib = 128 where name = 'host-1'`);
    assert.deepEqual(await bad(cloud, 'capacity'), []);
    await db.read.run(sql`update host set last_ping = now() - interval '5 minutes' where name = 'host-1'`);
    await db.read.run(sql`update host set status = 'Down', disconnected = now() where name = 'host-2'`);
    assert.deepEqual(
      (await bad(cloud, 'hosts')).map(({ severity, summary }) => `${severity}: ${summary}`),
      [
        'critical: Host host-1 of zone zone1 is believed to be up and has not been heard for 5 min',
        'warning: Host host-2 of zone zone1 is Down',
      ],
    );
    await db.read.run(sql`update storage_pool set total_bytes = 100 * 1024^3, used_bytes = 97 * 1024^3`);
    assert.match(
      (await bad(cloud, 'disks'))[0]!.summary,
      /^Primary storage primary1 .* is 97 % full: 3\.0 GiB are left$/,
    );
    await db.read.run(
      sql`update host set certificate_expires = now() + interval '20 days 1 hour' where name = 'host-1'`,
    );
    await db.read.run(
      sql`insert into management_server(name, address, version, facts) values ('a', '10.0.0.1', '1', '{"certificateExpires":"2020-01-01T00:00:00Z","disk":{"path":"/var","totalBytes":100,"freeBytes":10}}'), ('b', '10.0.0.2', '2', '{}')`,
    );
    assert.deepEqual(
      (await bad(cloud, 'certificates')).map(
        ({ severity, summary }) => `${severity}: ${summary.replace(/\d+ days ago/, 'long ago')}`,
      ),
      [
        'critical: The certificate of server a expired long ago',
        'warning: The certificate of host host-1 expires in 20 days',
      ],
    );
    assert.match((await bad(cloud, 'disks'))[1]!.summary, /^The disk of server a \(\/var\) is 90 % full/);
    assert.match((await bad(cloud, 'servers'))[0]!.summary, /^Servers of 2 versions run: a 1, b 2$/);
  }),
);

test(
  'keepers that fail or are late, undos given up and servers that fell silent are told',
  inCloud(async (cloud) => {
    const { db } = cloud;
    await db.read.run(
      sql`insert into keeper(name, next, last_end, last_error) values ('one', now() + interval '1 minute', now(), 'no such host'), ('two', now() - interval '1 hour', now(), null)`,
    );
    assert.deepEqual(
      (await bad(cloud, 'keepers')).map(({ severity, summary }) => `${severity}: ${summary}`),
      ['critical: Keeper two should have begun 60 min ago', 'warning: Keeper one failed at its last run: no such host'],
    );
    const uuid = await lateJob(cloud, 'vm:9');
    await db.read.run(
      sql`insert into job_step(job_id, name, undone, started, undo_ended, undo_error) select id, 'boot', true, now(), now(), 'rack 3 is dark' from job where uuid = ${uuid}`,
    );
    const [undo] = await bad(cloud, 'undos');
    assert.equal(undo!.summary, 'startVirtualMachine failed, and its step «boot» could not be undone: rack 3 is dark');
    await db.read.run(
      sql`insert into management_server(name, address, version, seen) values ('c', 'x', '1', now() - interval '1 hour')`,
    );
    assert.match((await bad(cloud, 'servers'))[0]!.summary, /^Server c has not been heard for 60 min/);
    await db.read.run(sql`insert into worker(name, version, beat) values ('d', 1, now() - interval '10 minutes')`);
    assert.match(
      (await bad(cloud, 'leases'))[0]!.summary,
      /^The engine of server d has not renewed its lease for 10 min$/,
    );
  }),
);

test(
  'jobs of a release that no server is of any more are told, with the version that is known',
  inCloud(async (cloud) => {
    const { db } = cloud;
    const put = (kind: string, version: number) =>
      db.tx((tx) => enqueue(tx, { kind, version }, {}, { lanes: [`${kind} ${version}`] }));
    for (const [kind, version] of [
      ['vm.start', 1],
      ['vm.start', 2],
      ['vm.start', 2],
      ['vm.teleport', 1],
    ] as const)
      await put(kind, version);
    assert.deepEqual(await bad(cloud, 'jobs'), [], 'no server has said what it knows');
    const knows = (kinds: object) =>
      db.read.run(sql`insert into worker(name, version, kinds) values ('s', 1, ${JSON.stringify(kinds)}::jsonb)`);
    await knows({ 'vm.start': 1 });
    assert.deepEqual(
      (await bad(cloud, 'jobs')).map(({ summary }) => summary.replace(/; the first.*/, '')),
      [
        '2 jobs of kind vm.start, version 2, cannot be run by any server: they know version 1 at most',
        '1 job of kind vm.teleport, version 1, cannot be run by any server: they know no such kind',
      ],
    );
    await knows({ 'vm.start': 2, 'vm.teleport': 1 });
    assert.deepEqual(await bad(cloud, 'jobs'), []);
  }),
);
