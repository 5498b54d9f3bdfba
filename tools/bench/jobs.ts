// `npm run bench:jobs`: what jobs cost. Jobs per second against the raw commits of the same database in the same run, what looking
// for work costs with many waiting, and what doing nothing costs. Ends with 1 where jobs make less than a quarter of what the
// commits allow, or looking for work grows with what waits.
import type { Db, Tx } from '#kernel/db.ts';
import type { Workflow } from '#kernel/job.ts';
import { claim } from '#kernel/queue.ts';
import { sql, type Sql } from '#kernel/sql.ts';
import { benchEngine, cpuNow, eight, empty, fill, openEngineWorld, STEPS, type EngineWorld } from './engine-world.ts';
import { benchOptions } from './options.ts';
import { newTable } from './table.ts';

const SHARE = 0.25;
/** Pages read by one claim may differ this much between few and many waiting jobs. */
const FLAT = 2;
const ROUNDS = 3;
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const round = (n: number, digits = 0): string => n.toFixed(digits);

/** The same pool and as many at once: what one row and its commit cost without any engine. */
async function rawCommits(db: Db, atOnce: number, count: number): Promise<number> {
  await db.read.run(sql`create table if not exists bench_raw (n int not null)`);
  let next = 0;
  const began = performance.now();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (next < count) {
        const n = next++;
        await db.tx((tx) => tx.run(sql`insert into bench_raw values (${n})`));
      }
    }),
  );
  return count / ((performance.now() - began) / 1000);
}

const transactions = async (db: Db): Promise<number> =>
  (await db.read.one<{ n: number }>(sql`select pg_snapshot_xmax(pg_current_snapshot())::text::bigint as n`)).n;
const left = async (db: Db): Promise<number> =>
  (await db.read.one<{ n: number }>(sql`select count(*)::int as n from job where finished is null`)).n;

interface Measured {
  perSecond: number;
  commitsPerJob: number;
  nodeMs: number;
  postgresMs: number;
}

async function measure(
  { db, postgres }: EngineWorld,
  flow: Workflow<{ n: number }, unknown>,
  { atOnce, count }: { atOnce: number; count: number },
): Promise<Measured> {
  await db.read.run(sql`truncate job, job_step, lane, job_lane, bench_effect`);
  await fill(db, flow, count);
  await db.read.run(sql`analyze job`);
  const engine = benchEngine(db, { slots: atOnce });
  const before = { ...cpuNow(postgres), writes: await transactions(db) };
  const began = performance.now();
  await engine.start();
  while ((await left(db)) > 0)
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
  const seconds = (performance.now() - began) / 1000;
  const writes = (await transactions(db)) - before.writes;
  const cpu = cpuNow(postgres);
  await engine.stop();
  const { n } = await db.read.one<{ n: number }>(sql`select count(*)::int as n from bench_effect`);
  if (flow === eight && n !== count * STEPS) throw new Error(`${n} effects, not ${count * STEPS}`);
  return {
    perSecond: count / seconds,
    commitsPerJob: writes / count,
    nodeMs: (cpu.nodeMs - before.nodeMs) / count,
    postgresMs: (cpu.postgresMs - before.postgresMs) / count,
  };
}

async function throughput(world: EngineWorld, scale: number): Promise<boolean> {
  const table = newTable([
    'at once',
    'job',
    'jobs/s',
    'raw commits/s',
    'commits/job',
    'of what the commits allow',
    'CPU ms/job node + PostgreSQL',
  ]);
  let met = true;
  for (const atOnce of [1, 50, 500]) {
    for (const [name, flow] of [
      ['empty', empty],
      [`${STEPS} steps`, eight],
    ] as const) {
      const count = Math.max(20, Math.round((atOnce === 1 ? 60 : 400) * scale * (flow === empty ? 2 : 1)));
      const rounds: (Measured & { commits: number; share: number })[] = [];
      for (let turn = 0; turn < ROUNDS; turn += 1) {
        // Before and after: the machine may have other things to do.
        const raw = [await rawCommits(world.db, atOnce, 500 * scale)];
        const measured = await measure(world, flow, { atOnce, count });
        raw.push(await rawCommits(world.db, atOnce, 500 * scale));
        const commits = (raw[0]! + raw[1]!) / 2;
        rounds.push({ ...measured, commits, share: (measured.perSecond * measured.commitsPerJob) / commits });
      }
      const { share, commits, ...measured } = rounds.toSorted((a, b) => a.share - b.share)[Math.floor(ROUNDS / 2)]!;
      met &&= share >= SHARE;
      table.push([
        atOnce,
        name,
        round(measured.perSecond),
        round(commits),
        round(measured.commitsPerJob, 1),
        `${round(share * 100)} %`,
        `${round(measured.nodeMs, 2)} + ${round(measured.postgresMs, 2)}`,
      ]);
    }
  }
  say(table.toString());
  say(
    `raw commits: one row inserted in a transaction of its own, over the same pool, as many at once; the median of ${ROUNDS} rounds; target: ${SHARE * 100} % or more`,
  );
  return met;
}

interface Plan {
  ms: number;
  pages: number;
}

/** Explains what `work` asks instead of only doing it. */
async function explained(db: Db, work: (tx: Tx) => Promise<unknown>): Promise<Plan> {
  let plan: Plan = { ms: 0, pages: 0 };
  class Back extends Error {}
  await db
    .tx(async (tx) => {
      const rows = async <T>(statement: Sql): Promise<T[]> => {
        const [row] = await tx.rows<{ 'QUERY PLAN': { 'Execution Time': number; Plan: Record<string, number> }[] }>(
          sql`explain (analyze, buffers, format json) ${statement}`,
        );
        const { Plan: top, 'Execution Time': ms } = row!['QUERY PLAN'][0]!;
        plan = { ms, pages: top['Shared Hit Blocks']! + top['Shared Read Blocks']! };
        return [];
      };
      await work({ ...tx, rows });
      throw new Back();
    })
    .catch((error: unknown) => {
      if (!(error instanceof Back)) throw error;
    });
  return plan;
}

const claimOne = (tx: Tx) => claim(tx, { owner: 1, kinds: new Map([[empty.kind, empty.version]]), limit: 1 });

async function claimCost({ db }: EngineWorld): Promise<boolean> {
  const table = newTable(['waiting jobs', 'blocked lanes', 'claim of one: ms', 'pages']);
  const pages: number[] = [];
  for (const [waiting, blocked] of [
    [100, 0],
    [10_000, 0],
    [100_000, 0],
    [100_000, 10_000],
  ] as const) {
    await db.read.run(sql`truncate job, job_step, lane, job_lane`);
    await db.read.run(sql`insert into job(kind, input) select ${empty.kind}, '{}' from generate_series(1, ${waiting})`);
    // Each lane has a job that runs and ten that wait behind it.
    await db.read.run(
      sql`insert into job(kind, input, blocked, run_at) select ${empty.kind}, '{}', 1, now() - interval '1 hour' from generate_series(1, ${blocked * 10})`,
    );
    await db.read.run(sql`vacuum analyze job`);
    const plans = [];
    for (let n = 0; n < 7; n += 1) plans.push(await explained(db, claimOne));
    const best = plans.toSorted((a, b) => a.ms - b.ms)[3]!;
    pages.push(best.pages);
    table.push([waiting, blocked, round(best.ms, 2), best.pages]);
  }
  say(table.toString());
  return Math.max(...pages) <= Math.min(...pages) * FLAT;
}

async function idleCost({ db, postgres }: EngineWorld, seconds: number): Promise<void> {
  await db.read.run(sql`truncate job, job_step, lane, job_lane`);
  const engine = benchEngine(db, { slots: 100 });
  await engine.start();
  const before = cpuNow(postgres);
  await new Promise((resolve) => {
    setTimeout(resolve, seconds * 1000);
  });
  const after = cpuNow(postgres);
  await engine.stop();
  const share = (a: number, b: number): string => `${round((b - a) / seconds / 10, 2)} %`;
  say(
    `idle, of one core: node ${share(before.nodeMs, after.nodeMs)}, PostgreSQL ${share(before.postgresMs, after.postgresMs)}`,
  );
}

const values = benchOptions({
  command: 'npm run bench:jobs',
  options: {
    scale: { kind: 'number', default: 1, means: 'times as many jobs; 0.1 for a first look' },
    part: { kind: 'choice', of: ['all', 'claim', 'idle', 'throughput'], default: 'all', means: 'what is measured' },
  },
});
const wanted = (part: typeof values.part): boolean => values.part === 'all' || values.part === part;
const world = await openEngineWorld();
try {
  const flat = !wanted('claim') || (await claimCost(world));
  if (wanted('idle')) await idleCost(world, 5);
  const fast = !wanted('throughput') || (await throughput(world, values.scale));
  if (!fast) say('MISSED: jobs make less than they could of what the commits allow');
  if (!flat) say('MISSED: looking for work grows with what waits');
  process.exitCode = fast && flat ? 0 : 1;
} finally {
  await world.stop();
}
