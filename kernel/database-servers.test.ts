// Connection strings of several servers, and what a transaction does when its connection is lost. A real failover is
// test/database/failover.test.ts.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { cloneDatabase } from '#test/database.ts';
import { parseDatabaseUrl } from './database-servers.ts';
import { DatabaseLost, isLost, openDb, type Db } from './db.ts';
import { sql } from './sql.ts';

test('one server is left as it is', () => {
  for (const url of [
    'postgres://u:p@h:5432/d',
    'postgresql:///d?host=/run/postgresql',
    'postgres://u@h/d?sslmode=require',
  ])
    assert.deepEqual(parseDatabaseUrl(url), { urls: [url], mustWrite: false });
});

test('several servers share everything but the address', () => {
  assert.deepEqual(
    parseDatabaseUrl('postgres://u:p%40@a:1,[::1]:2,c/d?target_session_attrs=read-write&sslmode=require'),
    {
      urls: [
        'postgres://u:p%40@a:1/d?sslmode=require',
        'postgres://u:p%40@[::1]:2/d?sslmode=require',
        'postgres://u:p%40@c/d?sslmode=require',
      ],
      mustWrite: true,
    },
  );
  assert.equal(parseDatabaseUrl('postgres://u@a,b/d').mustWrite, true, 'with several servers, the one that writes');
  assert.equal(parseDatabaseUrl('postgres://u@a,b/d?target_session_attrs=any').mustWrite, false);
  assert.equal(parseDatabaseUrl('postgres://u@a/d?target_session_attrs=primary').mustWrite, true);
});

test('a refused address is named without its password', () => {
  assert.throws(
    () => parseDatabaseUrl('postgres://u:secret@a:1,:2/d'),
    /names ':2' as a server; host:port is accepted/,
  );
  assert.throws(
    () => parseDatabaseUrl('postgres://u:secret@a/d?target_session_attrs=standby'),
    (error: Error) =>
      /is 'standby'; any, read-write, primary are accepted/.test(error.message) && !/secret/.test(error.message),
  );
});

let clone: Awaited<ReturnType<typeof cloneDatabase>>;
let db: Db;
before(async () => {
  clone = await cloneDatabase();
  db = openDb({ url: clone.url, max: 3 });
  await db.read.run(sql`create table done (n int)`);
});
after(async () => {
  await db?.close();
  await clone?.drop();
});

const endMine = sql`select pg_terminate_backend(pg_backend_pid())`;

test('a transaction that was lost before its commit is done once more, and once', async () => {
  let tries = 0;
  await db.tx(async (tx) => {
    await tx.run(sql`insert into done values (1)`);
    if ((tries += 1) === 1) await tx.run(endMine);
  });
  assert.equal(tries, 2);
  assert.deepEqual(await db.read.rows(sql`select n from done`), [{ n: 1 }]);
});

test('a commit whose answer was lost is not repeated: nobody knows whether it happened', async () => {
  await db.read.run(
    sql`create function end_me() returns trigger language plpgsql as 'begin perform pg_terminate_backend(pg_backend_pid()); return null; end'`,
  );
  await db.read.run(sql`create table doomed (n int)`);
  await db.read.run(
    sql`create constraint trigger at_commit after insert on doomed deferrable initially deferred for each row execute function end_me()`,
  );
  let tries = 0;
  await assert.rejects(
    db.tx(async (tx) => {
      tries += 1;
      await tx.run(sql`insert into doomed values (1)`);
    }),
    (error) => error instanceof DatabaseLost && error.uncertain,
  );
  assert.equal(tries, 1);
});

test('a server that takes no writes is lost, not a refusal', async () => {
  const readOnly = `${clone.url}?options=-c%20default_transaction_read_only%3Don`;
  const follower = openDb({ url: readOnly, max: 1 });
  await assert.rejects(follower.read.run(sql`insert into done values (2)`), isLost);
  await follower.close();
  const picky = openDb({ url: `${readOnly}&target_session_attrs=read-write`, max: 1 });
  await assert.rejects(picky.read.rows(sql`select 1`), isLost);
  await picky.close();
});

test('of several addresses the one that answers is used, also by a connection of its own', async () => {
  const several = clone.url.replace('127.0.0.1:', '127.0.0.1:1,127.0.0.1:');
  const found = openDb({ url: several, max: 2 });
  const live = found.dedicated('test-live');
  await live.connect();
  assert.deepEqual((await live.query('select 1 as one')).rows, [{ one: 1 }]);
  await live.end();
  assert.deepEqual(await found.read.rows(sql`select 1 as one`), [{ one: 1 }]);
  await found.close();
});
