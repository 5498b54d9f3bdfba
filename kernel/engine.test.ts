// The engine on a database of its own: order within lanes, many at once, failure and retry, and taking over from a worker that
// vanished.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { cloneDatabase } from '#test/database.ts';
import { openDb, type Db } from './db.ts';
import { Engine } from './engine.ts';
import { workflow, type Workflow } from './job.ts';
import { silentLog } from './log.ts';
import { enqueue } from './queue.ts';
import { sql } from './sql.ts';

let db: Db;
let drop: () => Promise<void>;
before(async () => {
  const clone = await cloneDatabase();
  db = openDb({ url: clone.url, max: 10 });
  drop = clone.drop;
});
after(async () => {
  await db.close();
  await drop();
});

const order: string[] = [];
let running = 0;
let mostAtOnce = 0;
const note = workflow<{ lane: string; n: number }, unknown>('test.note', async (job, { lane, n }) => {
  await job.call('work', async () => {
    running += 1;
    mostAtOnce = Math.max(mostAtOnce, running);
    await new Promise((resolve) => {
      setTimeout(resolve, 2);
    });
    running -= 1;
    order.push(`${lane}${n}`);
    return {};
  });
});
const failing = workflow<Record<string, never>, unknown>('test.fail', async (job) => {
  await job.tx('break', async () => {
    throw new Error('as asked');
  });
});

const engineOf = (workflows: Workflow<never, unknown, never>[]): Engine =>
  new Engine({
    db,
    log: silentLog,
    workflows,
    world: undefined,
    name: 'test',
    pollMs: 30,
    hooks: { describe: (error) => ({ code: 'internal', text: (error as Error).message }) },
  });

async function until(condition: () => Promise<boolean>, ms = 10_000): Promise<void> {
  const end = Date.now() + ms;
  while (!(await condition())) {
    assert.ok(Date.now() < end, 'it did not come in time');
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
  }
}
const unfinished = async (): Promise<number> =>
  (await db.read.one<{ n: number }>(sql`select count(*) as n from job where finished is null`)).n;

test('jobs of one lane run in order, lanes side by side', async () => {
  const engine = engineOf([note] as never);
  await engine.start();
  for (let n = 0; n < 10; n += 1) {
    for (const lane of ['a', 'b', 'c']) await db.tx((tx) => enqueue(tx, note, { lane, n }, { lanes: [lane] }));
  }
  engine.wake();
  await until(async () => (await unfinished()) === 0);
  for (const lane of ['a', 'b', 'c'])
    assert.deepEqual(
      order.filter((one) => one.startsWith(lane)),
      Array.from({ length: 10 }, (_, n) => `${lane}${n}`),
    );
  assert.ok(mostAtOnce > 1 && mostAtOnce <= 3, `${mostAtOnce} ran at once`);
  assert.equal((await db.read.rows(sql`select 1 from lane`)).length, 0);
  await engine.stop();
});

test('a job in two lanes waits for both', async () => {
  order.length = 0;
  await db.tx((tx) => enqueue(tx, note, { lane: 'x', n: 1 }, { lanes: ['x'] }));
  await db.tx((tx) => enqueue(tx, note, { lane: 'y', n: 1 }, { lanes: ['y'] }));
  await db.tx((tx) => enqueue(tx, note, { lane: 'both', n: 2 }, { lanes: ['y', 'x'] }));
  await db.tx((tx) => enqueue(tx, note, { lane: 'x', n: 3 }, { lanes: ['x'] }));
  const engine = engineOf([note] as never);
  await engine.start();
  await until(async () => (await unfinished()) === 0);
  assert.deepEqual(
    [order.slice(0, 2).sort(), order.slice(2)],
    [
      ['x1', 'y1'],
      ['both2', 'x3'],
    ],
  );
  await engine.stop();
});

test('a failed job says why, and its lane goes on', async () => {
  const failed = await db.tx((tx) => enqueue(tx, failing, {}, { lanes: ['f'] }));
  const next = await db.tx((tx) => enqueue(tx, note, { lane: 'f', n: 1 }, { lanes: ['f'] }));
  const engine = engineOf([note, failing] as never);
  await engine.start();
  await until(async () => (await unfinished()) === 0);
  const rows = await db.read.rows<{ id: number; state: string; error: { text: string } | null }>(
    sql`select id, state, error from job where id = any(${[failed.id, next.id]}) order by id`,
  );
  assert.deepEqual(
    rows.map((row) => [row.state, row.error?.text]),
    [
      ['failed', 'as asked'],
      ['done', undefined],
    ],
  );
  await engine.stop();
});

test('jobs of a worker that is gone go on elsewhere, under a new epoch', async () => {
  const job = await db.tx((tx) => enqueue(tx, note, { lane: 'lost', n: 1 }, { lanes: ['lost'] }));
  const ghost = new pg.Client({ connectionString: db.config.connectionString });
  await ghost.connect();
  const {
    rows: [worker],
  } = await ghost.query<{ id: number }>("insert into worker(name, version) values ('ghost', 1) returning id");
  await ghost.query(`update job set state = 'running', owner = $1, epoch = 1 where id = $2`, [worker!.id, job.id]);
  await ghost.end(); // it held no advisory lock: dead
  const engine = engineOf([note] as never);
  await engine.start();
  await until(async () => (await unfinished()) === 0);
  const row = await db.read.one<{ state: string; epoch: number }>(
    sql`select state, epoch from job where id = ${job.id}`,
  );
  assert.equal(row.state, 'done');
  assert.ok(row.epoch >= 3, 'the epoch grew when it was given back and when it was claimed');
  await engine.stop();
});

test('an unknown kind of job is left for a server that knows it', async () => {
  const stranger = await db.tx((tx) => enqueue(tx, { kind: 'test.newer', version: 1 }, {}, { lanes: ['n'] }));
  const engine = engineOf([note] as never);
  await engine.start();
  const other = await db.tx((tx) => enqueue(tx, note, { lane: 'z', n: 1 }, { lanes: ['z'] }));
  await until(
    async () =>
      (await db.read.one<{ state: string }>(sql`select state from job where id = ${other.id}`)).state === 'done',
  );
  assert.equal(
    (await db.read.one<{ state: string }>(sql`select state from job where id = ${stranger.id}`)).state,
    'queued',
  );
  await engine.stop();
});

test('a job of a newer version waits for a server that has it, and an older job runs on either', async () => {
  const ran: string[] = [];
  const flow = (version: number) =>
    workflow<Record<string, never>, unknown>(
      'test.upgraded',
      async (job) => job.call('run', async () => void ran.push(`${job.id} by ${version}`)),
      version,
    );
  const add = (version: number, lane: string) => db.tx((tx) => enqueue(tx, flow(version), {}, { lanes: [lane] }));
  const states = async (ids: number[]): Promise<string[]> =>
    (await db.read.rows<{ state: string }>(sql`select state from job where id = any(${ids}) order by id`)).map(
      ({ state }) => state,
    );
  const older = engineOf([flow(1)] as never);
  await older.start();
  const [ahead, behind] = [await add(2, 'up'), await add(1, 'down')];
  await until(async () => (await states([behind.id]))[0] === 'done');
  assert.deepEqual(await states([ahead.id]), ['queued'], 'the older server leaves it');
  await older.stop();
  const newer = engineOf([flow(2)] as never);
  await newer.start();
  const late = await add(1, 'late');
  await until(async () => (await states([ahead.id, late.id])).every((state) => state === 'done'));
  assert.deepEqual(ran, [`${behind.id} by 1`, `${ahead.id} by 2`, `${late.id} by 2`]);
  await newer.stop();
});

test('a host that cannot be reached is no lost database: the job fails, and is not given back for ever', async () => {
  const refused = workflow<Record<string, never>, unknown>('test.refused', async (job) =>
    job.call('ask', async () => {
      throw Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:443'), { code: 'ECONNREFUSED' });
    }),
  );
  const engine = engineOf([refused] as never);
  await engine.start();
  const { id } = await db.tx((tx) => enqueue(tx, refused, {}, { lanes: ['refused'] }));
  await until(
    async () => (await db.read.one<{ state: string }>(sql`select state from job where id = ${id}`)).state === 'failed',
  );
  await engine.stop();
});
