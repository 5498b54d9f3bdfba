// Several management servers as real processes on one database, behind a small TCP balancer, with simulated hosts in the
// test's own process: what operators run, and what kills, pauses and drains are tried on.
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { simulator as simulatorAt, type SimulatorClient } from '#agent/sim/control-socket.ts';
import { startSimulator, type SimConfig } from '#agent/sim/main.ts';
import type { ServerFile } from '#server/main.ts';
import { startBalancer } from '#tools/cloud/balancer.ts';
import { requestCertificate } from '#tools/cloud/certificate.ts';
import { ensureOffering, ensureTemplate } from '#tools/cloud/guest.ts';
import { withKeys, withPassword, type Api, type Thing } from '#tools/cloud/api.ts';
import { joinHosts, makeZone, openZone, type ZonePlan } from '#tools/cloud/zone.ts';
import { ADMIN_PASSWORD, cloneDatabase } from '../database.ts';

const SERVER = fileURLToPath(new URL('../../server/main.ts', import.meta.url));

export interface ServerProcess {
  readonly name: string;
  readonly child: ChildProcess;
  readonly port: number;
  readonly agentPort: number;
  /** As the administrator, at this server. */
  readonly api: Api;
  readonly ended: Promise<{ code: number | null; signal: string | null }>;
  isAlive(): boolean;
  log(): string;
}
export interface StartOptions {
  more?: Partial<ServerFile>;
  env?: Record<string, string>;
}
export interface ServersCloud {
  readonly servers: ServerProcess[];
  /** Through the balancer: whichever server it chooses. */
  readonly api: Api;
  readonly url: string;
  readonly databaseUrl: string;
  readonly zone: Thing;
  readonly template: Thing;
  readonly offering: Thing;
  readonly simulator: Awaited<ReturnType<typeof startSimulator>>;
  /** Knobs of the simulated hosts. */
  readonly knobs: SimulatorClient;
  /** Another server, or the same one again. */
  start(name: string, options?: StartOptions): Promise<ServerProcess>;
  stop(): Promise<void>;
}

const plan = ({ hosts, clusters = 1 }: Pick<ServersCloudOptions, 'hosts' | 'clusters'>): ZonePlan => ({
  name: 'zone1',
  hypervisor: 'Simulator',
  clusters: Array.from({ length: clusters }, (_, of) =>
    Array.from({ length: hosts }, (_, n) => n).flatMap((n) =>
      Math.floor((n * clusters) / hosts) === of ? [`sim-${n + 1}`] : [],
    ),
  ),
  dns: '8.8.8.8',
  publicBridge: 'pub',
  primaryPath: '/simulated/primary',
  secondaryPath: '/simulated/secondary',
  pod: { gateway: '10.98.0.1', netmask: '255.255.255.0', start: '10.98.0.100', end: '10.98.0.200' },
  publicRange: { gateway: '198.51.100.1', netmask: '255.255.255.0', start: '198.51.100.10', end: '198.51.100.250' },
});

process.env['NEPHOS_LOG'] ??= 'silent'; // of the simulated hosts

export interface ServersCloudOptions {
  names: string[];
  hosts: number;
  /** Over which they are spread evenly; to the simulator the hosts of each are one pod, `pod-1` and on. */
  clusters?: number;
  /** How simulated hosts are started where it is not as usual. */
  simulated?: Partial<SimConfig>;
  /** An empty one of one's own; `drop` is called at the end. */
  database?: { url: string; drop: () => Promise<void> };
  /** Of the servers that are started at first. */
  env?: Record<string, string>;
}

export async function startServersCloud(options: ServersCloudOptions): Promise<ServersCloud> {
  const { names, env = {}, database = await cloneDatabase() } = options;
  const dir = mkdtempSync(path.join(tmpdir(), 'nephos-servers-'));
  const keyFile = path.join(dir, 'key');
  await writeFile(keyFile, Buffer.alloc(32, 7));
  const servers: ServerProcess[] = [];
  const start = async (name: string, options: StartOptions = {}): Promise<ServerProcess> => {
    const started = await startOne({ dir, name, databaseUrl: database.url, keyFile }, options);
    const place = servers.findIndex((one) => one.name === name);
    if (place < 0) servers.push(started);
    else servers[place] = started;
    return started;
  };
  for (const name of names) await start(name, { env });
  const balancer = await startBalancer({ origins: () => servers.map(({ port }) => `http://127.0.0.1:${port}`) });
  const url = `http://127.0.0.1:${balancer.port}/client/api`;
  const keys = await keysOf(servers[0]!.api, url);
  const api = withKeys({ api: url, ...keys });
  for (const server of servers) Object.assign(server, { api: apiAt(server, keys) });
  // hosts that are at the wrong server move within a second or two instead of ten
  await api.make('updateConfiguration', { name: 'indirect.agent.lb.check.interval', value: 1 });
  // dealt by their numbers, so that each server has some of a few
  await api.make('updateConfiguration', { name: 'indirect.agent.lb.algorithm', value: 'roundrobin' });
  const zone = await makeZone(api, plan(options));
  const simulator = await startHosts({ dir, api, servers, options });
  await joinHosts(api, { zone, plan: plan(options), say: () => {}, check: () => {} });
  await openZone(api, { zone, plan: plan(options) });
  const image = { zone, url: 'http://images.example/tiny.qcow2', hypervisor: 'Simulator', say: () => {} };
  const template = await ensureTemplate(api, image);
  const offering = await ensureOffering(api);
  return {
    servers,
    api,
    url,
    zone,
    template,
    offering,
    simulator,
    knobs: simulatorAt(path.join(dir, 'sim.sock')),
    databaseUrl: database.url,
    start: async (name, options) => {
      const server = await start(name, options);
      return Object.assign(server, { api: apiAt(server, keys) });
    },
    stop: async () => {
      await simulator.stop();
      await balancer.stop();
      for (const server of servers) {
        if (!server.isAlive()) continue;
        server.child.kill('SIGCONT');
        server.child.kill('SIGKILL');
        await server.ended;
      }
      await database.drop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

const apiAt = ({ port }: ServerProcess, keys: Keys): Api =>
  withKeys({ api: `http://127.0.0.1:${port}/client/api`, ...keys });

interface Keys {
  apikey: string;
  secretkey: string;
}
async function keysOf(api: Api, url: string): Promise<Keys> {
  const [admin] = await api.list('listUsers', { username: 'admin' });
  const made = await api.make('registerUserKeys', { id: admin!.id, name: 'servers' });
  await api.make('updateConfiguration', { name: 'endpoint.url', value: url });
  return { apikey: String(made['apikey']), secretkey: String(made['secretkey']) };
}

interface Place {
  dir: string;
  name: string;
  databaseUrl: string;
  keyFile: string;
}

async function startOne(
  { dir, name, databaseUrl, keyFile }: Place,
  { more = {}, env = {} }: StartOptions,
): Promise<ServerProcess> {
  const [port, agentPort] = [await freePort(), await freePort()];
  const logFile = path.join(dir, `${name}.log`);
  const config: ServerFile = {
    keyFile,
    listen: `127.0.0.1:${port}`,
    agentPort,
    name,
    logFile,
    metricsPort: 0,
    ...more,
  };
  await mkdir(dir, { recursive: true });
  await writeFile(path.join(dir, `${name}.json`), JSON.stringify(config));
  const child = spawn(process.execPath, [SERVER, path.join(dir, `${name}.json`)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, DATABASE_URL: databaseUrl, NEPHOS_ADMIN_PASSWORD: ADMIN_PASSWORD, ...env },
  });
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  const log = (): string => {
    try {
      return readFileSync(logFile, 'utf8');
    } catch {
      return '';
    }
  };
  await ready(child, log);
  const api = withPassword({
    api: `http://127.0.0.1:${port}/client/api`,
    username: 'admin',
    password: ADMIN_PASSWORD,
  });
  const isAlive = (): boolean => child.exitCode === null && child.signalCode === null;
  return { name, child, port, agentPort, api, ended, isAlive, log };
}

const ready = (child: ChildProcess, log: () => string): Promise<void> =>
  new Promise((resolve, reject) => {
    let said = '';
    const hear = (chunk: Buffer): void => {
      said += chunk.toString();
      if (/^ready http/m.test(said)) resolve();
    };
    child.stdout!.on('data', hear);
    child.stderr!.on('data', hear);
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${said}${log().slice(-2_000)}`)));
  });

async function startHosts({
  dir,
  api,
  servers,
  options,
}: {
  dir: string;
  api: Api;
  servers: readonly ServerProcess[];
  options: ServersCloudOptions;
}): Promise<Awaited<ReturnType<typeof startSimulator>>> {
  const files = { key: path.join(dir, 'sim.key'), cert: path.join(dir, 'sim.pem'), ca: path.join(dir, 'ca.pem') };
  await requestCertificate(api, { commonName: 'simulator', names: ['127.0.0.1'], files });
  return startSimulator({
    // one of them is enough: it says where the others are
    servers: [{ host: '127.0.0.1', port: servers[0]!.agentPort }],
    ...files,
    hosts: plan(options)
      .clusters.flatMap((names, of) => names.map((name) => ({ name, pod: `pod-${of + 1}` })))
      .map((host, n) => ({ ...host, address: `10.98.0.${11 + n}` })),
    pingEveryS: 1,
    redialLongestMs: 1_000,
    controlSocket: path.join(dir, 'sim.sock'),
    ...options.simulated,
  });
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

/** Names of the servers that hold hosts, with how many. */
export async function holders(api: Api): Promise<Record<string, number>> {
  const servers = await api.list('listManagementServers');
  return Object.fromEntries(
    servers.filter((one) => Number(one['agentscount']) > 0).map((one) => [one.name!, Number(one['agentscount'])]),
  );
}
/** Every host is linked to one server, and nobody counts one twice. */
export async function allLinked(api: Api, hosts: number): Promise<boolean> {
  const counts = Object.values(await holders(api)).reduce((sum, count) => sum + count, 0);
  const up = (await api.list('listHosts', { type: 'Routing', state: 'Up' })).length;
  return counts === hosts && up === hosts;
}
export const must = <T>(value: T | undefined): T => value ?? assert.fail('it is not there');
