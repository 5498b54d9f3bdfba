// The processes of a cloud that is to be tortured: PostgreSQL of its own, several management servers, simulated hosts. It starts,
// stops, pauses and kills them; whoever asks for what is not its business.
import { fork, spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, rmSync, chmodSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Granted, Saved, Wish } from '#agent/sim/control.ts';
import type { SimConfig } from '#agent/sim/main.ts';
import type { MutantName } from './mutants.ts';
import type { ServerFile } from '#server/main.ts';
import { startPostgres, type Postgres } from '#server/postgres.ts';

const SERVER = fileURLToPath(new URL('../../server/main.ts', import.meta.url));
const SIMULATOR = fileURLToPath(new URL('../../agent/sim/main.ts', import.meta.url));
const MUTATE = new URL('./mutants.ts', import.meta.url).href;
export const PASSWORD = 'under torture';

export interface ServerProcess {
  readonly name: string;
  readonly url: string;
  readonly agentPort: number;
  /** Undefined while it is dead. */
  child: ChildProcess | undefined;
  /** It has said so, and has not died since. */
  ready: boolean;
  paused: boolean;
}

export interface Processes {
  readonly dir: string;
  readonly servers: readonly ServerProcess[];
  readonly databaseUrl: string;
  /** Resolves when it answers. */
  startServer(server: ServerProcess): Promise<void>;
  killServer(server: ServerProcess): Promise<void>;
  startSimulator(config: Omit<SimConfig, 'servers'>): void;
  simulator(wish: Omit<Wish, 'id'>): Promise<Saved>;
  /** PostgreSQL dies at once, without writing down anything, and comes again. */
  crashDatabase(downMs: number): Promise<void>;
  stop(options?: { keep: boolean }): Promise<void>;
}

export interface ProcessOptions {
  servers: number;
  /** The first of the ports; free ones without it. */
  port?: number;
  /** PostgreSQL writes through to the disk at each commit. */
  fsync: boolean;
  /** Servers are broken in this way. */
  mutant?: MutantName;
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

export async function startProcesses(options: ProcessOptions): Promise<Processes> {
  const dir = mkdtempSync(path.join(tmpdir(), 'nephos-chaos-'));
  chmodSync(dir, 0o755); // as root PostgreSQL runs as somebody else
  const dataDir = path.join(dir, 'postgres');
  const postgresOptions = { dataDir, durable: options.fsync };
  let postgres = await startPostgres(postgresOptions);
  await keepCommits(postgres, options);
  const servers = await Promise.all(
    Array.from({ length: options.servers }, async (_, index): Promise<ServerProcess> => {
      const port = options.port === undefined ? await freePort() : options.port + 2 * index;
      const agentPort = options.port === undefined ? await freePort() : options.port + 2 * index + 1;
      const url = `http://127.0.0.1:${port}/client/api`;
      return { name: `server-${index + 1}`, url, agentPort, child: undefined, ready: false, paused: false };
    }),
  );
  for (const server of servers) writeConfig(dir, server);
  let simulator: ReturnType<typeof simulatorIn> | undefined;
  return {
    dir,
    servers,
    databaseUrl: postgres.url,
    startServer: (server) => startServer(dir, server, { postgres, mutant: options.mutant }),
    killServer: async (server) => end(server, 'SIGKILL'),
    startSimulator: (config) => {
      simulator = simulatorIn(dir, {
        ...config,
        servers: servers.map(({ agentPort: port }) => ({ host: '127.0.0.1', port, name: 'nephos-server' })),
      });
    },
    simulator: (wish) => simulator!.ask(wish),
    crashDatabase: async (downMs) => {
      process.kill(postgres.pid, 'SIGQUIT');
      await pass(downMs);
      while (existsSync(`/proc/${postgres.pid}`)) await pass(10); // one that still dies must not be adopted
      postgres = await startPostgres(postgresOptions);
    },
    stop: async ({ keep } = { keep: false }) => {
      await Promise.all(servers.map((server) => end(server, 'SIGTERM')));
      await simulator?.end();
      await postgres.stop();
      if (!keep) rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Without fsync a commit still is in the kernel's hands before it is answered: the process may die, the machine may not. */
async function keepCommits(postgres: Postgres, { fsync }: ProcessOptions): Promise<void> {
  if (fsync) return;
  const { Client } = (await import('pg')).default;
  const client = new Client({ connectionString: postgres.url });
  await client.connect();
  await client.query('alter database nephos set synchronous_commit = on');
  await client.end();
}

function writeConfig(dir: string, server: ServerProcess): void {
  const config: ServerFile = {
    keyFile: path.join(dir, 'cloud.key'),
    listen: new URL(server.url).host,
    agentPort: server.agentPort,
    name: server.name,
    logFile: path.join(dir, `${server.name}.log`),
  };
  writeFileSync(configOf(dir, server), JSON.stringify(config), { mode: 0o600 });
}
const configOf = (dir: string, { name }: ServerProcess): string => path.join(dir, `${name}.json`);

function startServer(
  dir: string,
  server: ServerProcess,
  { postgres, mutant }: { postgres: Postgres; mutant: MutantName | undefined },
): Promise<void> {
  if (server.child) throw new Error(`${server.name} runs already`);
  const log = openSync(path.join(dir, `${server.name}.err`), 'a');
  const child = spawn(process.execPath, [...(mutant ? ['--import', MUTATE] : []), SERVER, configOf(dir, server)], {
    stdio: ['ignore', 'pipe', log],
    env: { ...process.env, DATABASE_URL: postgres.url, NEPHOS_ADMIN_PASSWORD: PASSWORD, NEPHOS_MUTANT: mutant },
  });
  closeSync(log);
  server.child = child;
  server.paused = false;
  child.once('exit', () => Object.assign(server, { child: undefined, ready: false, paused: false }));
  return new Promise((resolve, reject) => {
    child.once('exit', (code, signal) => reject(new Error(`${server.name} ended (${signal ?? code})`)));
    child.stdout!.once('data', () => {
      server.ready = true;
      resolve();
    });
  });
}

async function end(server: ServerProcess, signal: NodeJS.Signals): Promise<void> {
  const { child } = server;
  if (!child) return;
  const gone = new Promise((resolve) => {
    child.once('exit', resolve);
  });
  if (server.paused) child.kill('SIGCONT');
  child.kill(signal);
  await gone;
}

function simulatorIn(
  dir: string,
  config: SimConfig,
): { ask(wish: Omit<Wish, 'id'>): Promise<Saved>; end(): Promise<void> } {
  const file = path.join(dir, 'simulator.json');
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  const log = openSync(path.join(dir, 'simulator.log'), 'a');
  const child = fork(SIMULATOR, [file], { stdio: ['ignore', log, log, 'ipc'] });
  closeSync(log);
  let nextId = 1;
  const waiting = new Map<number, (held: Saved) => void>();
  child.on('message', ({ id, held }: Granted) => {
    waiting.get(id)?.(held);
    waiting.delete(id);
  });
  return {
    ask: (wish) =>
      new Promise((resolve) => {
        const id = nextId++;
        waiting.set(id, resolve);
        child.send({ id, ...wish } satisfies Wish);
      }),
    end: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve());
        child.kill('SIGTERM');
      }),
  };
}
