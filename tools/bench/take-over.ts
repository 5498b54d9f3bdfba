// `npm run bench:takeover [-- --kills N --pauses N --crashes N]`: with 200 jobs in flight on two workers, how long until the first
// job of a worker that is killed, or stopped, goes on at the other, and until one goes on after a crash of the database.
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import type { Db } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';
import { startPostgres } from '#server/postgres.ts';
import { benchEngine, fill, openEngineWorld, type EngineWorld } from './engine-world.ts';
import { slow } from './take-over.flow.ts';

const WORKER = fileURLToPath(new URL('./take-over.worker.ts', import.meta.url));
const JOBS = 200;
type Fault = 'kill' | 'pause' | 'crash';
/** Seconds until the first goes on, as measured of the prototype; from another run, on this kind of machine. */
const ANCHORS: Readonly<Record<Fault, number>> = { kill: 0.5, pause: 5.3, crash: 4.2 };

const until = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await condition()))
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
};
const left = async (db: Db): Promise<number> =>
  (await db.read.one<{ n: number }>(sql`select count(*)::int as n from job where finished is null`)).n;

function startWorker(url: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [WORKER, url], { stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise((resolve) => {
    child.stdout.once('data', () => resolve(child));
  });
}

/** Jobs the victim is at: some steps done, more to do. */
async function heldBy(db: Db, pid: number): Promise<Set<string>> {
  const rows = await db.read.rows<{ uuid: string }>(
    sql`select j.uuid from job j join worker w on w.id = j.owner where w.name = ${`worker ${pid}`} and j.state = 'running'`,
  );
  return new Set(rows.map(({ uuid }) => uuid));
}

async function once(world: EngineWorld, fault: Fault): Promise<{ firstMs: number; allMs: number }> {
  const { db } = world;
  await db.read.run(sql`truncate job, job_step, lane, job_lane`);
  const victim = await startWorker(world.url);
  const seen: { held?: Set<string>; firstAt?: number } = {};
  const flow = slow((job) => {
    if (seen.held?.has(job)) seen.firstAt ??= performance.now();
  });
  await fill(db, flow, JOBS);
  await until(async () => (await heldBy(db, victim.pid!)).size >= JOBS / 2 - 1);
  const survivor = benchEngine(db, { slots: JOBS, workflows: [flow] as never, name: 'survivor' });
  await survivor.start();
  const victims = await heldBy(db, victim.pid!);
  const struckAt = performance.now();
  if (fault === 'kill') victim.kill('SIGKILL');
  if (fault === 'pause') victim.kill('SIGSTOP');
  if (fault === 'crash') {
    process.kill(world.postgres.pid, 'SIGQUIT');
    await until(() => !existsSync(`/proc/${world.postgres.pid}`));
    await startPostgres({ dataDir: world.dataDir }).then((postgres) => (world.postgres = postgres));
  }
  seen.held = victims;
  await until(() => seen.firstAt !== undefined);
  await until(async () => (await left(db).catch(() => 1)) === 0);
  const allMs = performance.now() - struckAt;
  await survivor.stop(0);
  victim.kill('SIGKILL');
  return { firstMs: seen.firstAt! - struckAt, allMs };
}

const at = (values: readonly number[], share: number): string =>
  (values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))]! / 1000).toFixed(2);

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '10' },
    pauses: { type: 'string', default: '3' },
    crashes: { type: 'string', default: '3' },
  },
});
const world = await openEngineWorld();
try {
  const table = new Table({
    head: [`fault, ${JOBS} jobs in flight`, 'times', 'first goes on s: p50', 'p99', 'anchor', 'all ended s: p50'],
  });
  for (const [fault, times] of [
    ['kill', Number(values.kills)],
    ['pause', Number(values.pauses)],
    ['crash', Number(values.crashes)],
  ] as const) {
    if (times === 0) continue;
    const runs = [];
    for (let n = 0; n < times; n += 1) runs.push(await once(world, fault));
    const [first, all] = [runs.map((run) => run.firstMs), runs.map((run) => run.allMs)];
    table.push([fault, times, at(first, 0.5), at(first, 0.99), ANCHORS[fault], at(all, 0.5)]);
  }
  process.stdout.write(`${table.toString()}\n`);
} finally {
  await world.stop();
}
