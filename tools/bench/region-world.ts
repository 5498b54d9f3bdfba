// A simulated region to measure: its processes, what they use of the machine, and the machine's own limits beside it.
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { simulator } from '#agent/sim/control-socket.ts';
import type { Summary } from '#agent/sim/control-socket.ts';
import { runningChild } from '../cloud/children.ts';
import { openProgress } from '../cloud/progress.ts';
import { controlSockets } from '../simulate/knob.ts';
import type { SimulateOptions } from '../simulate/options.ts';
import { serverNames, simulatorNames } from '../simulate/processes.ts';
import { startRegion, stopRegion, type Region } from '../simulate/start.ts';
import { STATEMENT_SETTINGS } from './statements.ts';

export interface RegionSize {
  zones: number;
  hosts: number;
  vms: number;
  /** More than the hosts need. */
  servers?: number;
  /** Counts what statements cost: see statements.ts. */
  watched?: boolean;
  latencies: SimulateOptions['latencies'];
  port: number;
}
export interface MeasuredRegion extends Region {
  readonly options: SimulateOptions;
  /** CPU milliseconds used so far, and MiB held. */
  used(): { server: number; simulator: number; postgres: number };
  memory(): { serverMib: number; simulatorMib: number; postgresMib: number };
  simulated(): Promise<Summary[]>;
  stop(): Promise<void>;
}

export async function startMeasured({
  port,
  watched = false,
  servers: least = 1,
  ...size
}: RegionSize): Promise<MeasuredRegion> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'nephos-bench-region-'));
  chmodSync(dataDir, 0o755); // as root PostgreSQL runs as somebody else
  const options: SimulateOptions = {
    verb: 'start',
    words: [],
    ...size,
    servers: least,
    fresh: false,
    build: 'load',
    dataDir,
    listen: { host: '127.0.0.1', port },
    agentPort: port + 50,
  };
  const progress = openProgress();
  const stop = async (): Promise<void> => {
    await stopRegion(options, progress);
    rmSync(dataDir, { recursive: true, force: true });
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void stop().then(() => process.exit(130)));
  try {
    const region = await startRegion(options, progress, {
      console: false,
      settings: watched ? STATEMENT_SETTINGS : {},
    });
    const pids = (names: string[]): number[] =>
      names.map((name) => runningChild(dataDir, name)).filter((pid) => pid !== undefined);
    const servers = pids(serverNames(region.plan));
    const simulators = pids(simulatorNames(region.plan));
    const postmaster = Number(readFileSync(path.join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]);
    return {
      ...region,
      options,
      used: () => ({
        server: cpuOf(servers),
        simulator: cpuOf(simulators),
        postgres: cpuOf([postmaster, ...childrenOf(postmaster)]),
      }),
      memory: () => ({
        serverMib: residentMib(servers),
        simulatorMib: residentMib(simulators),
        postgresMib: proportionalMib([postmaster, ...childrenOf(postmaster)]),
      }),
      simulated: () => Promise.all(controlSockets(dataDir).map((socket) => simulator(socket).summary())),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

const TICK_MS = 10;
const statOf = (pid: number | string): string[] => {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  } catch {
    return [];
  }
};
const childrenOf = (parent: number): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(statOf(name)[1]) === parent)
    .map(Number);
/** With the children that have ended, which PostgreSQL has many of. */
const cpuOf = (pids: readonly number[]): number =>
  pids.reduce(
    (sum, pid) =>
      sum +
      statOf(pid)
        .slice(11, 15)
        .reduce((ticks, text) => ticks + Number(text) * TICK_MS, 0),
    0,
  );
const residentMib = (pids: readonly number[]): number =>
  pids.reduce(
    (sum, pid) => sum + Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024,
    0,
  );
/** Memory that processes share is divided among them. */
const proportionalMib = (pids: readonly number[]): number =>
  pids.reduce((sum, pid) => {
    try {
      return sum + Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0) / 1024;
    } catch {
      return sum; // it has ended, or is another user's
    }
  }, 0);

/** How many small transactions this PostgreSQL commits in a second, one client and sixteen: no deploy can be cheaper than its commits. */
export async function commitsPerS(databaseUrl: string, clients: number, forMs = 2_000): Promise<number> {
  const pool = await Promise.all(
    Array.from({ length: clients }, async () => {
      const client = new pg.Client({ connectionString: databaseUrl });
      await client.connect();
      return client;
    }),
  );
  await pool[0]!.query('create table if not exists bench_commit (n bigint)');
  const until = performance.now() + forMs;
  let commits = 0;
  await Promise.all(
    pool.map(async (client) => {
      while (performance.now() < until) {
        await client.query('insert into bench_commit values (1)');
        commits += 1;
      }
    }),
  );
  await pool[0]!.query('drop table bench_commit');
  await Promise.all(pool.map((client) => client.end()));
  return commits / (forMs / 1000);
}

export const percentile = (times: readonly number[], share: number): number =>
  times.toSorted((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
