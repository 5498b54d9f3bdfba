// Lanes under real concurrency: a job that ends while another one enters its lane, not committed yet.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { cloneDatabase } from '#test/database.ts';
import { openDb, statementsOn, type Db } from './db.ts';
import { claim, enqueue, finish } from './queue.ts';
import { sql } from './sql.ts';

const flow = { kind: 'test.lane', version: 1 };
const kinds = new Map([[flow.kind, flow.version]]);
const outcome = { state: 'done', result: null, error: null } as const;
let db: Db;
let drop: () => Promise<void>;
before(async () => {
  const clone = await cloneDatabase();
  db = openDb({ url: clone.url, max: 4 });
  drop = clone.drop;
});
after(async () => {
  await db.close();
  await drop();
});

const claimed = (): Promise<{ id: number; owner: number; epoch: number }[]> =>
  claim(db.read, { owner: 1, kinds, limit: 10 });
const lanes = (): Promise<unknown[]> => db.read.rows(sql`select key, waiting from lane order by key`);
const somebodyWaits = async (): Promise<boolean> =>
  (
    await db.read.rows(
      sql`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    )
  ).length > 0;

test('a job that ends waits for who enters its lane, and lets it go', async () => {
  const entering = ['vm:1', 'vm:2'];
  const first = await db.tx((tx) => enqueue(tx, flow, {}, { lanes: entering }));
  const [running] = await claimed();
  assert.equal(running!.id, first.id);

  const client = db.dedicated('enters');
  await client.connect();
  await client.query('begin');
  const second = await enqueue(statementsOn(client), flow, {}, { lanes: entering.toReversed() });
  const ended = db.tx((tx) => finish(tx, running!, outcome));
  while (!(await somebodyWaits())) await new Promise(setImmediate);
  await client.query('commit');
  await client.end();

  assert.deepEqual(await ended, { ours: true, letGo: true });
  const [next, ...more] = await claimed();
  assert.deepEqual([next!.id, more.length], [second.id, 0]);
  assert.deepEqual(await lanes(), [
    { key: 'vm:1', waiting: 1 },
    { key: 'vm:2', waiting: 1 },
  ]);
  await db.tx((tx) => finish(tx, next!, outcome));
  assert.deepEqual(await lanes(), []);
});

test('a job of several lanes runs once it is the first in each', async () => {
  const put = (...keys: string[]): Promise<{ id: number }> => db.tx((tx) => enqueue(tx, flow, {}, { lanes: keys }));
  const [a, b, both] = [await put('a'), await put('b'), await put('a', 'b')];
  const running = await claimed();
  assert.deepEqual(
    running.map(({ id }) => id),
    [a.id, b.id],
  );
  await db.tx((tx) => finish(tx, running[0]!, outcome));
  assert.deepEqual(await claimed(), []);
  await db.tx((tx) => finish(tx, running[1]!, outcome));
  const [last] = await claimed();
  assert.equal(last!.id, both.id);
  assert.deepEqual(await db.tx((tx) => finish(tx, { ...last!, epoch: 7 }, outcome)), { ours: false, letGo: false });
  assert.equal((await lanes()).length, 2);
  assert.deepEqual(await db.tx((tx) => finish(tx, last!, outcome)), { ours: true, letGo: false });
  assert.deepEqual(await lanes(), []);
});

test('a statement alone is one transaction: all of it or nothing, and its first row', async () => {
  await db.read.run(sql`create table alone (n int primary key)`);
  assert.deepEqual(await db.alone(sql`insert into alone values (1), (2) returning n`), { n: 1 });
  await assert.rejects(db.alone(sql`insert into alone values (3), (1) returning n`), { code: '23505' });
  assert.equal(await db.alone(sql`select n from alone where n = 3`), undefined);
});
