// A database of its own and workflows to measure the engine with, and what they cost in CPU time.
import { mkdtempSync, chmodSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { openDb, type Db } from '#kernel/db.ts';
import { Engine } from '#kernel/engine.ts';
import { workflow, type Workflow } from '#kernel/job.ts';
import { silentLog } from '#kernel/log.ts';
import { migrate } from '#kernel/migrate.ts';
import { enqueue } from '#kernel/queue.ts';
import { sql } from '#kernel/sql.ts';
import { startPostgres, stopPostgres, type Postgres } from '#server/postgres.ts';

const SCHEMA = fileURLToPath(new URL('../../schema/', import.meta.url));
export const STEPS = 8;
/** What the server's pool has. */
export const CONNECTIONS = 16;

export interface EngineWorld {
  db: Db;
  url: string;
  dataDir: string;
  postgres: Postgres;
  stop(): Promise<void>;
}

/** Commits are durable: they are what a job costs. */
export async function openEngineWorld(): Promise<EngineWorld> {
  const dir = mkdtempSync(path.join(tmpdir(), 'nephos-bench-'));
  chmodSync(dir, 0o755); // as root PostgreSQL runs as somebody else
  const dataDir = path.join(dir, 'postgres');
  const postgres = await startPostgres({ dataDir });
  await migrate(postgres.url, SCHEMA);
  const db = openDb({ url: postgres.url, max: CONNECTIONS });
  await db.read.run(sql`create table bench_effect (job text not null, step int not null, worker text)`);
  return {
    db,
    url: postgres.url,
    dataDir,
    postgres,
    stop: async () => {
      await db.close();
      await stopPostgres(dataDir); // the one that runs now: a benchmark may have crashed the first
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

export const empty = workflow<{ n: number }, unknown>('bench.empty', async () => ({}));
/** Each step writes one row, in the transaction in which it is remembered. */
export const eight = workflow<{ n: number }, unknown>('bench.eight', async (job) => {
  for (let step = 1; step <= STEPS; step += 1)
    await job.tx(`step ${step}`, (tx) =>
      tx.run(sql`insert into bench_effect(job, step) values (${job.uuid}, ${step})`),
    );
});

export const benchEngine = (
  db: Db,
  options: { slots: number; workflows?: readonly Workflow<never, unknown, never>[]; name?: string },
): Engine =>
  new Engine({
    db,
    log: silentLog,
    workflows: options.workflows ?? ([empty, eight] as never),
    world: undefined,
    name: options.name ?? 'bench',
    slots: options.slots,
    hooks: { describe: (error) => ({ code: 'internal', text: (error as Error).message }) },
  });

/** Puts jobs in line, each in a lane of its own as a job of an instance is. */
export async function fill(db: Db, flow: Workflow<{ n: number }, unknown>, count: number): Promise<void> {
  for (let n = 0; n < count; n += 500)
    await db.tx(async (tx) => {
      for (let i = n; i < Math.min(count, n + 500); i += 1) await enqueue(tx, flow, { n: i }, { lanes: [`vm:${i}`] });
    });
}

const TICK_MS = 10;
const statOf = (pid: string | number): string[] => {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  } catch {
    return [];
  }
};

/** CPU time of this process and of PostgreSQL with its backends so far. */
export function cpuNow(postgres: Postgres): { nodeMs: number; postgresMs: number } {
  const { user, system } = process.cpuUsage();
  const ofTree = [
    '' + postgres.pid,
    ...readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && Number(statOf(pid)[1]) === postgres.pid),
  ];
  const postgresMs = ofTree.reduce((sum, pid) => {
    const stat = statOf(pid);
    return sum + (Number(stat[11] ?? 0) + Number(stat[12] ?? 0)) * TICK_MS;
  }, 0);
  return { nodeMs: (user + system) / 1000, postgresMs };
}
