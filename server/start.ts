// Puts a server together: database, authority, hub, engine, keepers, HTTP. The one place where everything meets; also what
// tests start, with other ports.
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance } from 'fastify';
import { settingDefinitions } from '#cloud/config/definitions.ts';
import type { Handler, World } from '#cloud/context.ts';
import { SYSTEM } from '#cloud/identity/system.ts';
import { openPermissions, type Permissions } from '#cloud/identity/permissions.ts';
import { findIdentity } from '#cloud/identity/session.store.ts';
import { seed } from '#cloud/seed.ts';
import { agentHypervisor } from '#drivers/host/hypervisor.ts';
import { agentNetwork } from '#drivers/host/network.ts';
import { agentImages, agentStorage } from '#drivers/host/storage.ts';
import { openDb, type Db } from '#kernel/db.ts';
import { Engine } from '#kernel/engine.ts';
import { KeeperLoop, poke } from '#kernel/keeper.ts';
import type { Log } from '#kernel/log.ts';
import { migrate } from '#kernel/migrate.ts';
import { onChange } from '#kernel/move.ts';
import { makeSealer, type Sealer } from '#kernel/seal.ts';
import { openSettings, type Settings } from '#kernel/settings.ts';
import type { Probe } from '#kernel/job.ts';
import { Hub } from './agents.ts';
import { callerOf } from './authenticate.ts';
import { openAuthority, type Authority } from './authority.ts';
import { ChangeFeed } from './changes.ts';
import type { AnonymousVerb, Server } from './dispatch.ts';
import { allHandlers } from './handlers.ts';
import { hostEvents } from './host-events.ts';
import { buildHttp, buildIntegration } from './http.ts';
import { jobHooks } from './jobs.ts';
import { keepers } from './keepers.ts';
import { login, logout } from './login.ts';
import { openExporter } from './exporter.ts';
import { openMetrics, type Metrics } from './metrics.ts';
import { readiness } from './health.ts';
import { registerServer, type Registration } from './registration.ts';
import { streamRoute } from './stream.ts';
import { consoleRoute } from './screen.ts';
import { workflows } from './workflows.ts';

export interface ServerConfig {
  databaseUrl: string;
  /** The same database past a pooler (PgBouncer), where `databaseUrl` leads to one. */
  databaseDirectUrl?: string;
  /** 32 bytes; seals secrets in the database. */
  key: Buffer;
  listen: { host: string; port: number };
  /** Where hosts dial in; several addresses where this machine has a management network of its own. */
  agents: { hosts: readonly string[]; port: number };
  /** 0: off. Loopback only. */
  integrationPort: number;
  consoleDir?: string;
  /** Password of the administrator of a new cloud. */
  adminPassword: string;
  name?: string;
  log: Log;
  /** Tests look in or kill here. */
  probe?: Probe;
  /** Port of the metrics where it is not the setting's; 0: any free one. */
  metricsPort?: number;
  /** `api` answers, `worker` runs jobs and keepers; both by default. */
  roles?: readonly ('api' | 'worker')[];
}

export interface Running {
  readonly server: Server;
  readonly world: World;
  readonly hub: Hub;
  readonly engine: Engine;
  readonly authority: Authority;
  readonly address: { url: string; agentPort: number; metricsPort?: number };
  /** This cloud was made by this start. */
  readonly created: boolean;
  stop(graceMs?: number): Promise<void>;
}

const SCHEMA = fileURLToPath(new URL('../schema/', import.meta.url));

/** What is there before anything runs: the database, brought up to date, and what is read from it. */
interface Ground {
  db: Db;
  sealer: Sealer;
  settings: Settings;
  permissions: Permissions;
  authority: Authority;
  created: boolean;
}

async function layGround(config: ServerConfig): Promise<Ground> {
  const { databaseUrl: url, databaseDirectUrl: directUrl } = config;
  await migrate(directUrl ?? url, SCHEMA);
  const db = openDb(directUrl === undefined ? { url } : { url, directUrl });
  const sealer = makeSealer(config.key);
  const { host, port } = config.listen;
  const { created } = await seed(db, {
    adminPassword: config.adminPassword,
    endpoint: `http://${host}:${port}/client/`,
  });
  const [settings, permissions, authority] = await Promise.all([
    openSettings(db, settingDefinitions),
    openPermissions(db),
    openAuthority(db, sealer),
  ]);
  return { db, sealer, settings, permissions, authority, created };
}

/** What works by itself: jobs, keepers, the feed of changes, and the hints that wake them. */
interface Machinery {
  world: World;
  hub: Hub;
  engine: Engine;
  duties: KeeperLoop;
  feed: ChangeFeed;
  metrics: Metrics;
  handlers: ReadonlyMap<string, Handler>;
  jobListeners: Set<(uuid: string) => void>;
}

async function buildMachinery(config: ServerConfig, ground: Ground, name: string): Promise<Machinery> {
  const { log } = config;
  const { db, settings, permissions } = ground;
  const handlers = allHandlers();
  const feed = new ChangeFeed({ db, log });
  const jobListeners = new Set<(uuid: string) => void>();
  const meter = openMetrics({ pool: () => db.pool, links: () => hub.size, runningJobs: () => engine.running });
  const hub = await startHub({ config, authority: ground.authority, db, world: () => world, called: meter.hostCalled });
  const world = makeWorld({ ground, log, hub, engine: () => engine });
  const duties = new KeeperLoop({ keepers: keepers(world), db, log, meter });
  const heard = (hint: string): void => {
    if (hint === 'keeper') duties.wake();
    else if (hint === 'change') feed.wake();
    else if (hint === 'settings') void settings.refresh().catch(() => {});
    else if (hint === 'permissions') void permissions.refresh().catch(() => {});
    else for (const listener of jobListeners) listener(hint.slice('job:'.length));
  };
  const hooks = jobHooks({ handlers, world: () => world, onHint: heard });
  const probe = config.probe ? { probe: config.probe } : {};
  const engine = new Engine({ db, log, workflows, world, name, hooks, meter, ...probe });
  return { world, hub, engine, duties, feed, metrics: meter, handlers, jobListeners };
}

function makeWorld({ ground, log, hub, engine }: { ground: Ground; log: Log; hub: Hub; engine: () => Engine }): World {
  const { db, settings, sealer, authority } = ground;
  return {
    db,
    settings,
    sealer,
    log,
    authority,
    drivers: {
      hosts: hub,
      hypervisor: agentHypervisor(hub),
      storage: agentStorage(hub),
      image: agentImages(hub),
      network: agentNetwork(hub),
    },
    poke: (keeper) =>
      void poke(db, keeper).then(
        () => engine().hint('keeper'),
        () => {},
      ),
    tell: (what) => engine().hint(what),
    enqueued: () => engine().wake(),
  };
}

export async function startServer(config: ServerConfig): Promise<Running> {
  const { log } = config;
  const ground = await layGround(config);
  const { db, settings, permissions, sealer } = ground;
  const name = config.name ?? `${hostname()}:${config.listen.port}`;
  const machinery = await buildMachinery(config, ground, name);
  const { world, hub, engine, duties, feed, metrics, handlers, jobListeners } = machinery;
  const offChange = onChange(() => {
    feed.wake();
    engine.hint('change');
  });
  let draining = false;
  const registration = await registerServer(db, { name, address: config.listen.host, hub });
  const server: Server = {
    db,
    settings,
    permissions,
    sealer,
    log,
    handlers,
    world,
    metrics,
    wake: () => engine.wake(),
    draining: () => draining,
    anonymous: new Map<string, AnonymousVerb>([
      ['login', login],
      ['logout', logout],
    ]),
    managementServerId: async () => registration.uuid,
  };
  await feed.start();
  const http = await openHttp({ config, server, feed, hub, jobListeners, engine });
  const exporter = await openExporter({ server, metrics, port: config.metricsPort });
  await engine.start();
  await duties.start();
  const { created, authority } = ground;
  const address = { url: http.url, agentPort: http.agentPort, ...(exporter ? { metricsPort: exporter.port } : {}) };
  const stop = async (graceMs = 5_000): Promise<void> => {
    draining = true;
    offChange();
    await duties.stop();
    await engine.stop(graceMs);
    await exporter?.close();
    metrics.close();
    await closeAll({ http: http.apps, hub, registration, feed });
    settings.close();
    permissions.close();
    await db.close();
  };
  return { server, world, hub, engine, authority, created, address, stop };
}

async function startHub({
  config,
  authority,
  db,
  world,
  called,
}: {
  config: ServerConfig;
  authority: Authority;
  db: Db;
  world: () => World;
  called: Metrics['hostCalled'];
}): Promise<Hub> {
  const { key, cert } = await authority.serverCredentials(config.agents.hosts);
  return new Hub({
    key,
    cert,
    ca: authority.caPem,
    log: config.log,
    called,
    events: hostEvents({ db, log: config.log, world }),
  });
}

interface OpenHttp {
  config: ServerConfig;
  server: Server;
  feed: ChangeFeed;
  hub: Hub;
  jobListeners: Set<(uuid: string) => void>;
  engine: Engine;
}

async function openHttp({
  config,
  server,
  feed,
  hub,
  jobListeners,
  engine,
}: OpenHttp): Promise<{ url: string; agentPort: number; apps: FastifyInstance[] }> {
  const app = await buildHttp({
    server,
    consoleDir: config.consoleDir,
    extend: (routes) => {
      streamRoute(routes, { server, feed, jobListeners });
      consoleRoute(routes, { server, hub });
    },
    ready: () => readiness({ db: server.db, engine, draining: server.draining() }),
  });
  const apps = [app];
  let agentPort = config.agents.port;
  for (const host of config.agents.hosts) agentPort = await hub.listen(host, agentPort);
  const url = await app.listen({ host: config.listen.host, port: config.listen.port });
  const integrationPort = config.integrationPort || server.settings.number('integration.api.port');
  if (integrationPort > 0) {
    const system = await findIdentity(server.db.read, SYSTEM.userId);
    const integration = buildIntegration(server, { caller: callerOf(system!), identity: system! });
    await integration.listen({ host: '127.0.0.1', port: integrationPort });
    apps.push(integration);
  }
  return { url, agentPort, apps };
}

async function closeAll({
  http,
  hub,
  registration,
  feed,
}: {
  http: FastifyInstance[];
  hub: Hub;
  registration: Registration;
  feed: ChangeFeed;
}): Promise<void> {
  feed.stop();
  await Promise.all(http.map((app) => app.close()));
  await hub.close();
  await registration.end();
}
