// Many hands at once, on a database and an engine of their own: of any number of attaches one comes through, limits and room are
// never given out twice, sizes only grow, and in the end everything adds up.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { jobHooks } from '#server/jobs.ts';
import { workflows } from '#server/workflows.ts';
import { openDb, type Db } from '#kernel/db.ts';
import { Engine } from '#kernel/engine.ts';
import { silentLog } from '#kernel/log.ts';
import { sql } from '#kernel/sql.ts';
import { callerOf } from '#server/authenticate.ts';
import { findIdentity } from '#cloud/identity/session.store.ts';
import { testServer, userOf, type Params, type User } from '#test/cloud.ts';
import { cloneDatabase } from '#test/database.ts';
import { fakeStorage, type FakeStorage } from '#test/fake-storage.ts';
import { makeGuest } from '#test/guest-rows.ts';
import { makeAccount, type TestAccount } from '#test/tenants.ts';
import { makeZoneRows, type ZoneRows } from '#test/zone-rows.ts';

const GIB = 2 ** 30;
let db: Db;
let engine: Engine;
let zone: ZoneRows;
let fake: FakeStorage;
let owner: TestAccount;
let custom: string;
const endings: (() => unknown)[] = [];

before(async () => {
  const clone = await cloneDatabase();
  db = openDb({ url: clone.url, max: 12 });
  const { server, world, close } = await testServer(db);
  zone = await makeZoneRows(db);
  fake = fakeStorage();
  Object.assign(world.drivers, fake.drivers);
  engine = new Engine({
    db,
    log: silentLog,
    workflows,
    world,
    name: 'races',
    pollMs: 20,
    hooks: jobHooks({ handlers: server.handlers, world: () => world, onHint: () => {} }),
  });
  await engine.start();
  const as = async (userId: number): Promise<User> => {
    const identity = (await findIdentity(db.read, userId))!;
    return userOf(server, { caller: callerOf(identity), identity });
  };
  owner = await makeAccount({ db, as }, { name: 'owner' });
  custom = (await owner.user.call('listDiskOfferings', { name: 'Custom' }))['diskoffering'][0].id;
  endings.push(
    () => engine.stop(),
    close,
    () => db.close(),
    clone.drop,
  );
});
after(async () => {
  for (const end of endings) await end();
});

interface Ended {
  state: string;
  text: string;
}

/** Submits, and waits for the job's end; a request that is refused ends at once. */
async function ended(command: string, params: Params): Promise<Ended> {
  const reply = await owner.user.raw(command, params);
  const content = Object.values(JSON.parse(reply.text) as Record<string, Record<string, string>>)[0]!;
  if (reply.status !== 200) return { state: 'refused', text: content['errortext']! };
  engine.wake();
  for (
    const end = Date.now() + 20_000;
    ;
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    })
  ) {
    const job = await db.read.one<{ state: string; error: { text: string } | null }>(
      sql`select state, error from job where uuid = ${content['jobid']!}`,
    );
    if (['done', 'failed', 'cancelled'].includes(job.state)) return { state: job.state, text: job.error?.text ?? '' };
    assert.ok(Date.now() < end, `${command} did not end`);
  }
}

async function volumeOf(gib: number): Promise<string> {
  const { id, jobid } = await owner.user.call('createVolume', {
    name: 'data',
    zoneid: zone.zoneUuid,
    diskofferingid: custom,
    size: gib,
  });
  assert.ok(jobid);
  return id;
}
const guestNamed = (name: string) => makeGuest(db, { zone, fake, accountId: owner.accountId, state: 'Running', name });
const count = (all: readonly Ended[], state: string): number => all.filter((one) => one.state === state).length;
/** What is kept of room and limits is what the live volumes add up to; root disks of the fixture are counted nowhere. */
async function addsUp(): Promise<void> {
  const row = await db.read.one<Record<string, number>>(sql`select
    (select allocated_bytes from storage_pool where id = ${zone.poolId}) as room, (select coalesce(sum(size_bytes), 0)::bigint from volume where pool_id = ${zone.poolId} and type = 'DATADISK' and removed is null) as lying,
    (select used from resource_count where owner_type = 'a' and owner_id = ${owner.accountId} and type = 10) as counted, (select coalesce(sum(size_bytes), 0)::bigint from volume where type = 'DATADISK' and removed is null and state <> 'Destroy') as live`);
  assert.deepEqual([row['room'], row['counted']], [row['lying'], row['live']]);
  const files = [...(fake.volumes.get(zone.poolUuid) ?? new Map<string, number>()).keys()];
  const rows = (
    await db.read.rows<{ uuid: string }>(sql`select uuid from volume where removed is null and pool_id is not null`)
  ).map((one) => one.uuid);
  assert.deepEqual(files.sort(), rows.sort(), 'every file has its row, every row its file');
}

test('one volume, six guests: it is attached once', { timeout: 60_000 }, async () => {
  const guests = await Promise.all(Array.from({ length: 6 }, (_, n) => guestNamed(`six-${n}`)));
  const id = await volumeOf(1);
  const all = await Promise.all(guests.map((guest) => ended('attachVolume', { id, virtualmachineid: guest.uuid })));
  assert.equal(count(all, 'done'), 1);
  for (const one of all) if (one.state !== 'done') assert.match(one.text, /attached to an instance already/);
  assert.equal(guests.filter((guest) => fake.plugged.get(guest.instanceName)!.has(id)).length, 1);
  await addsUp();
});

test('one guest, ten volumes: eight devices, each once', { timeout: 60_000 }, async () => {
  const guest = await guestNamed('ten');
  const ids = await Promise.all(Array.from({ length: 10 }, () => volumeOf(1)));
  const all = await Promise.all(ids.map((id) => ended('attachVolume', { id, virtualmachineid: guest.uuid })));
  assert.equal(count(all, 'done'), 8);
  for (const one of all) if (one.state !== 'done') assert.match(one.text, /has 8 data disks already/);
  const devices = (
    await db.read.rows<{ device: number }>(
      sql`select device_id as device from volume where vm_id = ${guest.id} and type = 'DATADISK' order by device_id`,
    )
  ).map((row) => row.device);
  assert.deepEqual(devices, [1, 2, 4, 5, 6, 7, 8, 9]);
  await addsUp();
});

test('the same device asked for twice is given once', { timeout: 60_000 }, async () => {
  const guest = await guestNamed('twice');
  const ids = await Promise.all([volumeOf(1), volumeOf(1)]);
  const all = await Promise.all(
    ids.map((id) => ended('attachVolume', { id, virtualmachineid: guest.uuid, deviceid: 7 })),
  );
  assert.deepEqual([count(all, 'done'), all.some((one) => /deviceid is 7, which is taken/.test(one.text))], [1, true]);
});

test('many resizes at once: it never shrinks, and ends at a size that was asked for', { timeout: 60_000 }, async () => {
  const guest = await guestNamed('grows');
  const id = await volumeOf(1);
  assert.equal((await ended('attachVolume', { id, virtualmachineid: guest.uuid })).state, 'done');
  const all = await Promise.all(
    [5, 2, 4, 3, 5].map(async (size) => ({ size, ...(await ended('resizeVolume', { id, size })) })),
  );
  for (const one of all) if (one.state !== 'done') assert.match(one.text, /cannot shrink|is Resizing/);
  const largest = Math.max(...all.filter((one) => one.state === 'done').map((one) => one.size)) * GIB;
  const row = await db.read.one<{ size: number; state: string }>(
    sql`select size_bytes as size, state from volume where uuid = ${id}`,
  );
  assert.deepEqual([row, fake.volumes.get(zone.poolUuid)!.get(id)], [{ size: largest, state: 'Ready' }, largest]);
  await addsUp();
});

test('the last of the limit goes to one', { timeout: 60_000 }, async () => {
  const { used } = await db.read.one<{ used: number }>(
    sql`select used from resource_count where owner_type = 'a' and owner_id = ${owner.accountId} and type = 10`,
  );
  await db.read.run(
    sql`insert into resource_limit(owner_type, owner_id, type, tag, max) values ('a', ${owner.accountId}, 10, '', ${used + 4 * GIB})`,
  );
  const all = await Promise.all(
    Array.from({ length: 6 }, () =>
      ended('createVolume', { name: 'last', zoneid: zone.zoneUuid, diskofferingid: custom, size: 3 }),
    ),
  );
  assert.deepEqual([count(all, 'done'), count(all, 'refused')], [1, 5]);
  await addsUp();
  await db.read.run(sql`delete from resource_limit`);
});

test('attached and deleted at once: one of the two, never half of both', { timeout: 60_000 }, async () => {
  for (let n = 0; n < 5; n += 1) {
    const guest = await guestNamed(`both-${n}`);
    const id = await volumeOf(1);
    const [attached, deleted] = await Promise.all([
      ended('attachVolume', { id, virtualmachineid: guest.uuid }),
      owner.user.raw('deleteVolume', { id }),
    ]);
    const there =
      (await db.read.first(
        sql`select 1 from volume where uuid = ${id} and removed is null and vm_id = ${guest.id}`,
      )) !== undefined;
    assert.equal(there, attached.state === 'done', attached.text);
    assert.ok(!(attached.state === 'done' && deleted.status === 200), 'both came through');
  }
  await addsUp();
});
