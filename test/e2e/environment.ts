// A whole cloud for a scenario, started as a user starts it (`npm run cloud`), beside whatever runs on this machine: own data
// folder, ports, namespaces and public network. Afterwards nothing of it may be left.
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { enterHost, labLeftovers, readLab } from '#agent/lab/lab.ts';
import { startPostgres } from '#server/postgres.ts';
import { withKeys, type Api, type Params, type Thing } from '#tools/cloud/api.ts';
import { runningChild, startChild } from '#tools/cloud/children.ts';
import type { CloudFile } from '#tools/cloud/cloud-file.ts';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
const MAIN = path.join(PROJECT, 'tools/cloud/main.ts');
const SERVER = path.join(PROJECT, 'server/main.ts');
const AGENT = path.join(PROJECT, 'agent/main.ts');
const READY_WITHIN_MS = 15 * 60_000;

export interface TestCloudOptions {
  mode: 'simulator' | 'kvm';
  hosts?: number;
  guest?: boolean;
  /** Simulated hosts fetch images for real. */
  fetchImages?: boolean;
  /** Environment of its processes, for instance DATABASE_URL. */
  env?: Readonly<Record<string, string>>;
}

export interface TestCloud {
  readonly api: Api;
  readonly file: CloudFile;
  readonly dataDir: string;
  readonly labName: string;
  readonly zone: Thing;
  readonly template: Thing;
  readonly offering: Thing;
  /** Calls as somebody else. */
  as(keys: { apikey: string; secretkey: string }): Api;
  /** Ctrl-C, and the same cloud started again. */
  restart(): Promise<void>;
  /** The management server dies at once (SIGKILL) and is started again as before; all else goes on. Says after how many
   * milliseconds the new one was ready. */
  crashServer(meanwhile?: () => Promise<void>): Promise<number>;
  /** The agent of host `index` (from 1) dies at once; what it started goes on. */
  crashAgent(index: number): Promise<void>;
  /** Started again as before. */
  startAgent(index: number): Promise<void>;
  /** For tests that count rows. */
  databaseUrl(): Promise<string>;
  /** Everything ended and removed; throws where something is left. */
  stop(): Promise<void>;
}

export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

export async function startTestCloud({
  mode,
  hosts = 1,
  guest = false,
  fetchImages = false,
  env: extra = {},
}: TestCloudOptions): Promise<TestCloud> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'nephos-e2e-'));
  const labName = `t${Math.floor(Math.random() * 36 ** 3).toString(36)}`;
  const [port, agentPort] = [await freePort(), await freePort()];
  const env = {
    ...process.env,
    NEPHOS_DATA: dataDir,
    NEPHOS_LISTEN: `127.0.0.1:${port}`,
    NEPHOS_AGENT_PORT: String(agentPort),
    NEPHOS_LAB_NAME: labName,
    NEPHOS_PUBLIC_CIDR: `198.18.${Math.floor(Math.random() * 250)}.0/24`,
    NEPHOS_CACHE: process.env['NEPHOS_CACHE'] ?? path.join(PROJECT, 'data', 'image-cache'),
    NEPHOS_FETCH_IMAGES: fetchImages ? 'yes' : undefined,
    DATABASE_URL: undefined,
    NEPHOS_TEST_DATABASE_URL: undefined,
    ...extra,
  };
  const argv = [
    MAIN,
    '--yes',
    ...(mode === 'simulator' ? ['--simulator'] : ['--hosts', String(hosts)]),
    ...(guest ? [] : ['--no-guest']),
  ];
  let child = await launch(argv, env);
  const file = JSON.parse(readFileSync(path.join(dataDir, 'cloud.json'), 'utf8')) as CloudFile;
  const api = withKeys(file);
  const one = async (command: string, name: string, params: Params = {}): Promise<Thing> =>
    (await api.list(command, params)).find((thing) => thing.name === name) ?? assert.fail(`no ${name} in ${command}`);
  return {
    api,
    file,
    dataDir,
    labName,
    zone: await one('listZones', 'zone1'),
    template: await one('listTemplates', 'tiny', { templatefilter: 'self' }),
    offering: await one('listServiceOfferings', 'Tiny Instance'),
    as: (keys) => withKeys({ api: file.api, ...keys }),
    restart: async () => {
      if (hasEnded(child)) await runToEnd([MAIN, 'stop'], env); // a crash has ended it without its servers
      else await end(child);
      child = await launch(argv, env);
    },
    crashServer: async (meanwhile) => {
      // The command would end the cloud with its server: it goes first, without a chance to.
      if (!hasEnded(child)) await end(child, 'SIGKILL');
      await crash(dataDir, 'server');
      await meanwhile?.();
      return startServer(dataDir, extra);
    },
    crashAgent: (index) => crash(dataDir, `agent-${index}`),
    startAgent: (index) => startAgent({ dataDir, labName }, index),
    databaseUrl: async () =>
      extra['DATABASE_URL'] ?? (await startPostgres({ dataDir: path.join(dataDir, 'postgres') })).url,
    stop: async () => {
      await end(child);
      await runToEnd([MAIN, 'stop', '--all'], env);
      const left = mode === 'kvm' ? await labLeftovers(labName) : [];
      rmSync(dataDir, { recursive: true, force: true });
      assert.deepEqual(left, [], 'something of the laboratory is left');
    },
  };
}

type Env = Record<string, string | undefined>;

function launch(argv: readonly string[], env: Env): Promise<ChildProcess> {
  const child = spawn(process.execPath, argv, {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: PROJECT,
  });
  let said = '';
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => {
      clearTimeout(timer);
      child.kill('SIGTERM');
      reject(new Error(`the cloud ${why}:\n${said.slice(-4_000)}`));
    };
    const timer = setTimeout(() => fail('did not start in time'), READY_WITHIN_MS);
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (!/^ready http/m.test(said)) return;
      clearTimeout(timer);
      child.removeAllListeners('exit');
      resolve(child);
    });
    child.once('exit', (code) => fail(`ended with ${code}`));
  });
}

async function crash(dataDir: string, name: string): Promise<void> {
  const pid = runningChild(dataDir, name) ?? assert.fail(`${name} does not run`);
  process.kill(pid, 'SIGKILL');
  await until(`${name} is dead`, () => Promise.resolve(runningChild(dataDir, name) === undefined));
}

async function startAgent({ dataDir, labName }: { dataDir: string; labName: string }, index: number): Promise<void> {
  const lab = await readLab(path.join(dataDir, 'lab'), labName);
  const config = path.join(dataDir, 'hosts', lab!.hosts[index - 1]!.hostname, 'agent.json');
  const argv = [...enterHost(lab!, index), process.execPath, AGENT, config];
  (await startChild({ dataDir, name: `agent-${index}`, argv })).child.unref();
}

async function startServer(dataDir: string, extra: Readonly<Record<string, string>>): Promise<number> {
  const url = extra['DATABASE_URL'] ?? (await startPostgres({ dataDir: path.join(dataDir, 'postgres') })).url;
  const since = performance.now();
  const { child } = await startChild({
    dataDir,
    name: 'server',
    argv: [process.execPath, SERVER, path.join(dataDir, 'server.json')],
    readyWhen: 'ready ',
    env: { ...extra, DATABASE_URL: url },
  });
  const tookMs = performance.now() - since;
  child.stdout?.destroy();
  child.unref();
  return tookMs;
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;
const end = (child: ChildProcess, signal: NodeJS.Signals = 'SIGINT'): Promise<void> =>
  new Promise((resolve) => {
    if (hasEnded(child)) {
      resolve();
      return;
    }
    child.once('exit', () => resolve());
    child.kill(signal);
  });

function runToEnd(argv: readonly string[], env: Env): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, argv, {
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
      cwd: PROJECT,
    });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`stop --all ended with ${code}: ${said.slice(-2_000)}`)),
    );
  });
}

/** Waits for a condition; no sleeping for a guess. */
export async function until<T>(
  what: string,
  attempt: () => Promise<T | undefined | false>,
  withinMs = 150_000,
): Promise<T> {
  const end = Date.now() + withinMs;
  let last: unknown;
  for (;;) {
    try {
      const found = await attempt();
      if (found !== undefined && found !== false) return found;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end)
      assert.fail(`not within ${withinMs / 1000} s: ${what}${last ? ` (${(last as Error).message})` : ''}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 100);
    });
  }
}

/** The text behind a URL, or undefined where nothing answers in time. */
export const page = (url: string, timeoutMs = 2_000): Promise<string | undefined> =>
  fetch(url, { signal: AbortSignal.timeout(timeoutMs) }).then(
    (answer) => answer.text(),
    () => undefined,
  );

/** The error a call must end in, refused at once or by its job. */
export async function refusal(
  work: Promise<unknown>,
): Promise<{ status?: number; csErrorCode?: number; text: string }> {
  try {
    await work;
  } catch (error) {
    const { status, csErrorCode, text, message } = error as {
      status?: number;
      csErrorCode?: number;
      text?: string;
      message: string;
    };
    return { status, csErrorCode, text: text ?? message };
  }
  return assert.fail('it was accepted, but had to be refused');
}
