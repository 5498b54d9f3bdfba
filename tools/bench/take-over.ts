// `npm run bench:takeover [-- --kills N --pauses N --crashes N]`: with 200 jobs in flight on two workers, how long until the first
// job of a worker that is killed, or stopped, goes on at the other, and until jobs go on after a crash of the database. Beside it
// what the same jobs take undisturbed, and how long the database itself was away.
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Db } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';
import { startPostgres } from '#server/postgres.ts';
import { benchEngine, fill, openEngineWorld, type EngineWorld } from './engine-world.ts';
import { benchOptions } from './options.ts';
import { newTable } from './table.ts';
import { slow } from './take-over.flow.ts';

const WORKER = fileURLToPath(new URL('./take-over.worker.ts', import.meta.url));
const JOBS = 200;
/** A run that takes longer is broken, not slow. */
const WITHIN_MS = 120_000;
type Fault = 'none' | 'kill' | 'pause' | 'crash';
/** Seconds as measured of the prototype, from another run on this kind of machine: until the first goes on, for a crash until all
 * have ended (with the database away for 2.3 s of them). */
const ANCHORS: Readonly<Record<Fault, string>> = {
  none: '',
  kill: '0.40 first',
  pause: '5.3 first',
  crash: '4.2 all',
};

const until = async (what: string, condition: () => boolean | Promise<boolean>): Promise<void> => {
  for (const end = performance.now() + WITHIN_MS; !(await condition());) {
    if (performance.now() > end) throw new Error(`waited ${WITHIN_MS / 1000} s until ${what}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
  }
};
const left = async (db: Db): Promise<number> =>
  (await db.read.one<{ n: number }>(sql`select count(*)::int as n from job where finished is null`)).n;

function startWorker(url: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [WORKER, url], { stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise((resolve, reject) => {
    child.stdout.once('data', () => resolve(child));
    child.once('exit', (code) => reject(new Error(`a worker ended (${code})`)));
  });
}

/** Jobs the victim is at: some steps done, more to do. */
async function heldBy(db: Db, pid: number): Promise<Set<string>> {
  const rows = await db.read.rows<{ uuid: string }>(
    sql`select j.uuid from job j join worker w on w.id = j.owner where w.name = ${`worker ${pid}`} and j.state = 'running'`,
  );
  return new Set(rows.map(({ uuid }) => uuid));
}

interface Sample {
  /** Until the first of them begins its next step. */
  firstMs: number;
  /** Until that step is done. */
  doneMs: number;
  allMs: number;
  /** How long no database could be asked. */
  awayMs: number;
}

async function once(world: EngineWorld, fault: Fault): Promise<Sample> {
  const { db } = world;
  await db.read.run(sql`truncate job, job_step, lane, job_lane`);
  const victim = await startWorker(world.url);
  const seen: { held?: Set<string>; begunAt?: number; doneAt?: number } = {};
  const flow = slow({
    begun: (job) => {
      if (seen.held?.has(job)) seen.begunAt ??= performance.now();
    },
    done: (job) => {
      if (seen.held?.has(job)) seen.doneAt ??= performance.now();
    },
  });
  await fill(db, flow, JOBS);
  await until('the victim is at its jobs', async () => (await heldBy(db, victim.pid!)).size >= JOBS / 2 - 1);
  const survivor = benchEngine(db, { slots: JOBS, workflows: [flow] as never, name: 'survivor' });
  await survivor.start();
  const held = await heldBy(db, victim.pid!);
  const [struckAt, struckOn] = [performance.now(), Date.now()];
  const awayMs = await strike(world, victim, fault);
  seen.held = held;
  await until('all jobs have ended', async () => (await left(db).catch(() => 1)) === 0);
  const endedAt = performance.now();
  if (fault === 'crash') seen.begunAt = seen.doneAt = struckAt + ((await firstSinceStart(db)) - struckOn);
  await survivor.stop(0);
  victim.kill('SIGKILL');
  const [begunAt = struckAt, doneAt = struckAt] = [seen.begunAt, seen.doneAt];
  return { firstMs: begunAt - struckAt, doneMs: doneAt - struckAt, allMs: endedAt - struckAt, awayMs };
}

/** Does it, and waits until the database takes changes again where it was that. Returns how long it did not. */
async function strike(world: EngineWorld, victim: ChildProcess, fault: Fault): Promise<number> {
  if (fault === 'kill') victim.kill('SIGKILL');
  if (fault === 'pause') victim.kill('SIGSTOP');
  if (fault !== 'crash') return 0;
  const began = performance.now();
  process.kill(world.postgres.pid, 'SIGQUIT');
  await until('PostgreSQL has ended', () => !existsSync(`/proc/${world.postgres.pid}`));
  world.postgres = await startPostgres({ dataDir: world.dataDir });
  return performance.now() - began;
}

/** When the first step was remembered since the database started. */
const firstSinceStart = async (db: Db): Promise<number> =>
  (
    await db.read.one<{ at: number }>(
      sql`select (extract(epoch from min(ended)) * 1000)::float8 as at from job_step where ended > pg_postmaster_start_time()`,
    )
  ).at;

const seconds = (ms: number): string => (ms / 1000).toFixed(2);
const at = (values: readonly number[], share: number): string =>
  seconds(values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))]!);
const both = (values: readonly number[]): string => `${at(values, 0.5)}, ${at(values, 0.99)}`;

const values = benchOptions({
  command: 'npm run bench:takeover',
  options: {
    kills: { kind: 'number', default: 10, means: 'times a worker is killed' },
    pauses: { kind: 'number', default: 3, means: 'times a worker is paused' },
    crashes: { kind: 'number', default: 3, means: 'times the database crashes' },
  },
});
const world = await openEngineWorld();
try {
  const table = newTable([
    `seconds, ${JOBS} jobs in flight`,
    'times',
    'next step begins: p50, p99',
    'is done: p50, p99',
    'all ended: p50, p99',
    'anchor',
    'database away: p50',
  ]);
  for (const [fault, times] of [
    ['none', 2],
    ['kill', values.kills],
    ['pause', values.pauses],
    ['crash', values.crashes],
  ] as const) {
    if (times === 0) continue;
    const runs: Sample[] = [];
    for (let n = 0; n < times; n += 1) {
      const run = await once(world, fault);
      process.stderr.write(`${fault} ${n + 1}: ${seconds(run.firstMs)} ${seconds(run.doneMs)} ${seconds(run.allMs)}\n`);
      runs.push(run);
    }
    const of = (what: keyof Sample): number[] => runs.map((run) => run[what]);
    const first = fault === 'none' ? ['', ''] : [both(of('firstMs')), both(of('doneMs'))];
    table.push([
      fault === 'none' ? 'nothing happens' : fault,
      times,
      ...first,
      both(of('allMs')),
      ANCHORS[fault],
      fault === 'crash' ? at(of('awayMs'), 0.5) : '',
    ]);
  }
  process.stdout.write(
    `${table.toString()}\n${availableParallelism()} cores for the workers and PostgreSQL, load ${loadavg()[0]!.toFixed(1)} at the end. After a crash the first step is the first one that is remembered anew.\n`,
  );
} finally {
  await world.stop();
}
