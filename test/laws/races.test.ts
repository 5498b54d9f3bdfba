// Races for the last of something, on a database with real transactions side by side: of 500 requests at once exactly one gets it, and
// afterwards no connection is kept by any of them.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { callerOf } from '#server/authenticate.ts';
import { findIdentity } from '#cloud/identity/session.store.ts';
import { place } from '#cloud/placement/placement.ts';
import { openDb, type Db } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';
import { testServer, userOf, type Params, type User } from '#test/cloud.ts';
import { cloneDatabase } from '#test/database.ts';
import { makeAccount } from '#test/tenants.ts';
import { makeZoneRows, type ZoneRows } from '#test/zone-rows.ts';

const AT_ONCE = 500;
const CONNECTIONS = 12;
let db: Db;
let zone: ZoneRows;
let user: User;
let accountId: number;
let drop: () => Promise<void>;
before(async () => {
  const clone = await cloneDatabase();
  db = openDb({ url: clone.url, max: CONNECTIONS });
  const { server, close } = await testServer(db);
  zone = await makeZoneRows(db);
  const as = async (userId: number): Promise<User> => {
    const identity = (await findIdentity(db.read, userId))!;
    return userOf(server, { caller: callerOf(identity), identity });
  };
  ({ user, accountId } = await makeAccount({ db, as }, { name: 'racer' }));
  drop = async () => {
    close();
    await db.close();
    await clone.drop();
  };
});
after(() => drop());

/** All at once; how many were answered with what. */
async function race(command: string, params: (n: number) => Params): Promise<Map<number, number>> {
  const replies = await Promise.all(Array.from({ length: AT_ONCE }, (_, n) => user.raw(command, params(n))));
  const counts = new Map<number, number>();
  for (const { status } of replies) counts.set(status, (counts.get(status) ?? 0) + 1);
  return counts;
}
const oneOf = (counts: Map<number, number>, refused: number): void =>
  assert.deepEqual(
    new Map([...counts].toSorted(([a], [b]) => a - b)),
    new Map([
      [200, 1],
      [refused, AT_ONCE - 1],
    ]),
  );
const usedOf = async (type: number): Promise<number> =>
  (
    await db.read.one<{ used: number }>(
      sql`select used from resource_count where owner_type = 'a' and owner_id = ${accountId} and type = ${type}`,
    )
  ).used;

test('the last unit of a limit', async () => {
  await db.read.run(sql`insert into resource_limit(owner_type, owner_id, type, max) values ('a', ${accountId}, 2, 1)`);
  const { diskoffering } = await user.call('listDiskOfferings', { name: 'Custom' });
  const counts = await race('createVolume', (n) => ({
    name: `v${n}`,
    zoneid: zone.zoneUuid,
    diskofferingid: diskoffering[0].id,
    size: 1,
  }));
  oneOf(counts, 535);
  assert.equal(await usedOf(2), 1);
  assert.equal((await db.read.rows(sql`select 1 from volume where account_id = ${accountId}`)).length, 1);
});

test('the last public address', async () => {
  const { networkoffering } = await user.call('listNetworkOfferings', {
    name: 'DefaultIsolatedNetworkOfferingWithSourceNatService',
  });
  const networks: string[] = [];
  for (let n = 0; n < 4; n += 1) {
    const { network } = await user.call('createNetwork', {
      name: `n${n}`,
      zoneid: zone.zoneUuid,
      networkofferingid: networkoffering[0].id,
    });
    networks.push(network.id);
  }
  await db.read.run(
    sql`delete from public_ip where state = 'Free' and id <> (select min(id) from public_ip where state = 'Free')`,
  );
  oneOf(await race('associateIpAddress', (n) => ({ networkid: networks[n % networks.length]! })), 533);
  assert.equal((await db.read.rows(sql`select 1 from public_ip where state = 'Free'`)).length, 0);
  assert.equal(await usedOf(1), 1);
});

test('the same name', async () => {
  const counts = await race('createInstanceGroup', () => ({ name: 'same' }));
  assert.equal(counts.get(200), 1, JSON.stringify([...counts]));
  assert.equal((await db.read.rows(sql`select 1 from instance_group where name = 'same'`)).length, 1);
});

test('the last room on a host', async () => {
  await db.read.run(sql`update host set resource_state = 'Disabled' where id <> ${zone.hostIds[0]}`);
  await db.read.run(sql`update host set memory_reserved_mib = memory_mib - 128 where id = ${zone.hostIds[0]}`);
  const need = {
    zoneId: zone.zoneId,
    hypervisor: 'Simulator',
    cpus: 1,
    cpuMhz: 100,
    memoryMib: 128,
    hostTags: [],
    storageBytes: 0,
    storageTags: [],
    poolIds: [],
    lastHostId: null,
  };
  const placed = await Promise.allSettled(Array.from({ length: AT_ONCE }, () => db.tx((tx) => place(tx, need))));
  assert.equal(placed.filter(({ status }) => status === 'fulfilled').length, 1);
  for (const one of placed)
    if (one.status === 'rejected') assert.equal((one.reason as { code?: string }).code, 'insufficientServerCapacity');
  const { free } = await db.read.one<{ free: number }>(
    sql`select memory_mib - memory_reserved_mib as free from host where id = ${zone.hostIds[0]}`,
  );
  assert.equal(free, 0);
});

test('thousands of requests, most of them refused, keep no connection and no transaction', async () => {
  for (let round = 0; round < 4; round += 1) {
    await race('listVirtualMachines', () => ({}));
    await race('createInstanceGroup', () => ({ name: 'same' }));
    await race('startVirtualMachine', () => ({ id: '00000000-0000-4000-8000-000000000000' }));
  }
  assert.deepEqual(
    [db.pool.waitingCount, db.pool.totalCount - db.pool.idleCount],
    [0, 0],
    'a connection is still in use',
  );
  assert.ok(db.pool.totalCount <= CONNECTIONS);
  const open = await db.read.rows(
    sql`select pid, state, query from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle'`,
  );
  assert.deepEqual(open, []);
});
