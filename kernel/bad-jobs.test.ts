// Jobs that would be bad for the rest: one that its servers die of, one that can never be ended, a hundred thousand at once. They
// come to an end or wait, and what is behind and beside them goes on.
import assert from 'node:assert/strict';
import { after, before, test, type TestContext } from 'node:test';
import { cloneDatabase } from '#test/database.ts';
import { openDb, type Db } from './db.ts';
import { Engine, type EngineHooks } from './engine.ts';
import { workflow, type JobError, type Workflow } from './job.ts';
import { silentLog } from './log.ts';
import { claim, enqueue, startUndoing } from './queue.ts';
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

/** Started; it ends with the test. */
async function engineFor(
  t: TestContext,
  workflows: readonly unknown[],
  { slots = 100, ...hooks }: Partial<EngineHooks> & { slots?: number } = {},
): Promise<Engine> {
  const engine = new Engine({
    db,
    log: silentLog,
    workflows: workflows as Workflow<never, unknown, never>[],
    world: undefined,
    name: 'test',
    pollMs: 20,
    slots,
    hooks: { describe: (error) => ({ code: 'internal', text: (error as Error).message }), ...hooks },
  });
  t.after(() => engine.stop(0));
  await engine.start();
  return engine;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 60_000;
  while (!(await condition())) {
    assert.ok(Date.now() < end, 'it did not come in time');
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
  }
}
interface Row {
  state: string;
  undoing: boolean;
  broken: number;
  error: JobError | null;
}
const jobOf = (id: number): Promise<Row> =>
  db.read.one<Row>(sql`select state, undoing, broken, error from job where id = ${id}`);
const endOf = async (id: number): Promise<Row> => {
  await until(async () => ['done', 'failed', 'cancelled'].includes((await jobOf(id)).state));
  return jobOf(id);
};
/** A server that takes the job up and dies at once, over and over; whoever lives puts it back in line. */
async function dieOf(id: number, times: number): Promise<void> {
  for (let death = 1; death <= times; death += 1) {
    await db.read.run(
      sql`update job set state = 'running', owner = -1, epoch = epoch + 1, attempts = attempts + 1 where id = ${id}`,
    );
    await until(async () => (await jobOf(id)).state === 'queued');
    assert.equal((await jobOf(id)).broken, death);
  }
  await db.read.run(sql`update job set run_at = now() where id = ${id}`);
}

test('a job that its servers die of is undone instead of killing the next one, and its lane goes on', async (t) => {
  const did: string[] = [];
  const deadly = workflow<Record<string, never>, unknown>('test.deadly', async (job) => {
    await job.call('first', async () => ({}), { undo: async () => void did.push('undone') });
    await job.call('deadly', async () => void did.push('deadly'));
  });
  const behind = workflow<Record<string, never>, unknown>('test.behind', async () => {});
  await engineFor(t, [], { slots: 0 });
  const { id } = await db.tx((tx) => enqueue(tx, deadly, {}, { lanes: ['deadly'] }));
  const next = await db.tx((tx) => enqueue(tx, behind, {}, { lanes: ['deadly'] }));
  await dieOf(id, 8);
  await engineFor(t, [deadly, behind]);
  const { state, error } = await endOf(id);
  assert.equal(state, 'failed');
  assert.match(error!.text, /^Its servers died or could not go on 8 times; it was undone$/);
  assert.equal((await endOf(next.id)).state, 'done');
  assert.deepEqual(did, ['undone'], 'what may have begun is undone, and the deadly step is not tried');
});

test('a job with one death after each step is not taken for a bad one', async (t) => {
  const steps = Array.from({ length: 12 }, (_, n) => `step ${n}`);
  const long = workflow<Record<string, never>, unknown>('test.long', async (job) => {
    for (const name of steps) await job.tx(name, async () => ({}));
  });
  const { id } = await db.tx((tx) => enqueue(tx, long, {}, { lanes: [] }));
  await db.read.run(sql`update job set broken = 7, attempts = 40 where id = ${id}`);
  await engineFor(t, [long]);
  const { state, broken } = await endOf(id);
  assert.deepEqual([state, broken], ['done', 0]);
});

test('a job that cannot even be undone ends where it is, is told of, and its lane goes on', async (t) => {
  const stubborn = workflow<Record<string, never>, unknown>('test.stubborn', async (job) => {
    await job.tx('kept', async () => ({}), { undo: async () => {} });
    throw new Error('as ever');
  });
  let ends = 0;
  const onFinish: EngineHooks['onFinish'] = async (_tx, row, outcome) => {
    if (row.kind !== 'test.stubborn') return outcome;
    ends += 1;
    throw new Error('it cannot be ended');
  };
  const behind = workflow<Record<string, never>, unknown>('test.behind', async () => {});
  await engineFor(t, [stubborn, behind], { onFinish });
  const { id } = await db.tx((tx) => enqueue(tx, stubborn, {}, { lanes: ['stubborn'] }));
  const next = await db.tx((tx) => enqueue(tx, behind, {}, { lanes: ['stubborn'] }));
  // The pauses between the runs, which grow to a minute, are cut short.
  await until(async () => {
    await db.read.run(sql`update job set run_at = now() where id = ${id} and state = 'queued'`);
    return (await jobOf(id)).state === 'failed';
  });
  assert.equal((await jobOf(id)).error!.text, 'as ever', 'why it failed is kept');
  assert.equal((await endOf(next.id)).state, 'done');
  assert.ok(ends === 8, `${ends} runs`);
});

test('a cancelled job that another server goes on undoing ends cancelled', async (t) => {
  const undone: string[] = [];
  const slow = workflow<Record<string, never>, unknown>('test.cancelled', async (job) => {
    await job.call('made', async () => ({}), { undo: async () => void undone.push('made') });
    await job.call('never', async () => ({}));
  });
  const { id } = await db.tx((tx) => enqueue(tx, slow, {}, { lanes: ['c'] }));
  // What the server that began to undo it had written when it died.
  const [row] = await claim(db.read, { owner: -1, kinds: new Map([[slow.kind, 1]]), limit: 1 });
  await db.read.run(
    sql`insert into job_step(job_id, name, out, started) values (${id}, 'made', '{}', clock_timestamp())`,
  );
  await db.read.run(sql`update job set cancel = true where id = ${id}`);
  const described: JobError = { code: 'wrongState', text: 'the job was cancelled', cancelled: true };
  assert.equal(await startUndoing(db.read, row!, described), 1);
  await engineFor(t, [slow]);
  assert.equal((await endOf(id)).state, 'cancelled');
  assert.deepEqual(undone, ['made']);
});

test('a job that is cancelled while it runs says so for whoever undoes it', async (t) => {
  const gate = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const waits = workflow<Record<string, never>, unknown>('test.waits', async (job) => {
    await job.call('wait', async () => {
      begun.resolve();
      await gate.promise;
      throw new Error('cut off');
    });
  });
  const engine = await engineFor(t, [waits]);
  const { id } = await db.tx((tx) => enqueue(tx, waits, {}, { lanes: [] }));
  engine.wake();
  await begun.promise;
  gate.resolve();
  assert.equal((await endOf(id)).error!.cancelled, undefined, 'a failure is no cancelling');
  const other = await db.tx(async (tx) => {
    const job = await enqueue(tx, waits, {}, { lanes: [] });
    await tx.run(sql`update job set cancel = true where id = ${job.id}`);
    return job;
  });
  engine.wake();
  const { state, error } = await endOf(other.id);
  assert.deepEqual([state, error!.cancelled], ['cancelled', true]);
});

test('a hundred thousand jobs wait at the start: taking some up costs as little as with none, in order', async (t) => {
  const order: number[] = [];
  const small = workflow<{ n: number }, unknown>('test.small', async (_job, { n }) => void order.push(n));
  const { kind, version } = small;
  for (let first = 1; first <= 100_000; first += 10_000)
    await db.read.run(sql`insert into job(kind, version, input, run_at)
    select ${kind}, ${version}, jsonb_build_object('n', n), now() - interval '1 hour' + n * interval '1 millisecond' from generate_series(${first}::int, ${first + 9_999}::int) n`);
  await db.read.run(sql`analyze job`);
  const engine = await engineFor(t, [small], { slots: 20 });
  await until(async () => order.length >= 300);
  await engine.stop();
  await engine.stop();
  const first = order.slice(0, 300).toSorted((a, b) => a - b);
  assert.deepEqual(
    first,
    Array.from({ length: 300 }, (_, n) => n + 1),
    'those that wait longest come first',
  );
  assert.ok((await pagesToClaim(kind)) < 2_000, 'a claim reads what it takes and not what waits');
  assert.equal(
    (await db.read.one<{ n: number }>(sql`select count(*)::int as n from job where kind = ${kind}`)).n,
    100_000,
    'none is lost',
  );
});

/** Pages that claiming ten more reads, of the some 10,000 that the jobs take. */
async function pagesToClaim(kind: string): Promise<number> {
  const undo = new Error('rolled back');
  let pages = 0;
  await db
    .tx(async (tx) => {
      const before = await read(tx);
      await claim(tx, { owner: -1, kinds: new Map([[kind, 1]]), limit: 10 });
      pages = (await read(tx)) - before;
      throw undo;
    })
    .catch((error: unknown) => {
      if (error !== undo) throw error;
    });
  return pages;
}
const read = async (tx: Pick<Db['read'], 'one'>): Promise<number> =>
  (
    await tx.one<{ n: number }>(
      sql`select (pg_stat_get_xact_blocks_fetched('job'::regclass) + pg_stat_get_xact_blocks_fetched('job_ready'::regclass))::int as n`,
    )
  ).n;
