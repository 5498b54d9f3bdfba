// Puts a server together: database, authority, links, engine, keepers, HTTP. The one place where everything meets; also what
// tests start, with other ports.
import { once } from 'node:events';
import type { Server as HttpServer } from 'node:http';
import { hostname } from 'node:os';
import { setTimeout as pass } from 'node:timers/promises';
import type { Handler, World } from '#cloud/context.ts';
import { SYSTEM } from '#cloud/identity/system.ts';
import { findIdentity } from '#cloud/identity/session.store.ts';
import { agentHypervisor } from '#drivers/host/hypervisor.ts';
import { smtpMail } from '#drivers/mail/smtp.ts';
import { powerDrivers } from '#drivers/power/drivers.ts';
import { agentNetwork } from '#drivers/host/network.ts';
import { agentImages, agentLeases, agentStorage } from '#drivers/host/storage.ts';
import type { Db } from '#kernel/db.ts';
import { Engine } from '#kernel/engine.ts';
import { KeeperLoop, poker } from '#kernel/keeper.ts';
import type { Log } from '#kernel/log.ts';
import { onChange } from '#kernel/move.ts';
import type { Probe } from '#kernel/probe.ts';
import { outsideTurn } from '#kernel/turn.ts';
import type { Hub } from './agents.ts';
import { callerOf } from './authenticate.ts';
import type { Authority } from './authority.ts';
import { Calls } from './calls.ts';
import { ChangeFeed } from './changes.ts';
import type { AnonymousVerb, Server } from './dispatch.ts';
import { layGround, leaveGround, type Ground } from './ground.ts';
import { allHandlers } from './handlers.ts';
import { BACKLOG, buildHttp, buildIntegration, closeHttp } from './http.ts';
import { jobHooks } from './jobs.ts';
import { keepers } from './keepers.ts';
import { closeLinks, makeLinks, type Links } from './links.ts';
import { announce, type Role } from './links.store.ts';
import { login, logout } from './login.ts';
import { openExporter } from './exporter.ts';
import { readiness } from './health.ts';
import { openMemories } from './memories.ts';
import { watchSchema } from './outdated.ts';
import { openMetrics, type Metrics } from './metrics.ts';
import type { Self } from './members.ts';
import { endRegistration, registerServer } from './registration.ts';
import { VERSION } from './serialize.ts';
import { Standing } from './standing.ts';
import { streamRoute } from './stream.ts';
import { consoleRoute } from './screen.ts';
import { throttleOf } from './throttle.ts';
import { workflows } from './workflows.ts';

export interface ServerConfig {
  databaseUrl: string;
  /** The same database past a pooler (PgBouncer), where `databaseUrl` leads to one. */
  databaseDirectUrl?: string;
  /** 32 bytes; seals secrets in the database. */
  key: Buffer;
  listen: { host: string; port: number };
  /** Where hosts and other servers dial in; several addresses where this machine is in several networks. `advertise` where
   * they reach it by others than it listens on. */
  agents: { hosts: readonly string[]; port: number; advertise?: readonly string[] };
  /** 0: off. Loopback only. */
  integrationPort: number;
  consoleDir?: string;
  /** Password of the administrator of a new cloud. */
  adminPassword: string;
  /** Tells it from the other servers of the cloud, and is its own again after a restart. */
  name?: string;
  /** So long a server that is about to end still answers, until balancers have seen it; within the grace. */
  leaveMs?: number;
  /** Each answer says how many statements it took: for measuring. */
  tellStatements?: boolean;
  log: Log;
  /** Tests look in or kill here. */
  probe?: Probe;
  /** Port of the metrics where it is not the setting's; 0: any free one. */
  metricsPort?: number;
  /** `api` answers, `worker` runs jobs and keepers and holds hosts; both by default. A worker answers too, for health and in need. */
  roles?: readonly Role[];
  /** The state in the database says that this process shall end: see triggerShutdown. */
  onEnd?: () => void;
}

export interface Running {
  readonly server: Server;
  readonly world: World;
  readonly links: Links;
  /** Absent in a process that holds no hosts. */
  readonly hub: Hub | undefined;
  readonly engine: Engine;
  readonly authority: Authority;
  readonly address: { url: string; agentPort: number; metricsPort?: number };
  /** This cloud was made by this start. */
  readonly created: boolean;
  /** Refuses new work, lets what runs end for `graceMs`, hands the rest over, sends hosts to other servers, and closes. */
  stop(graceMs?: number): Promise<void>;
}

/** What works by itself: links, jobs, keepers, the feed of changes, and the hints that wake them. */
interface Machinery {
  world: World;
  links: Links;
  engine: Engine;
  duties: KeeperLoop | undefined;
  feed: ChangeFeed;
  metrics: Metrics;
  handlers: ReadonlyMap<string, Handler>;
  jobListeners: Set<(uuid: string) => void>;
}

async function buildMachinery(config: ServerConfig, ground: Ground, self: Self): Promise<Machinery> {
  const { log } = config;
  const { db, settings, authority } = ground;
  const handlers = allHandlers();
  const feed = new ChangeFeed({ db, log });
  const jobListeners = new Set<(uuid: string) => void>();
  const addresses = config.agents.hosts;
  const [worker, worldOf] = [() => engine.worker, () => world];
  const meter = openMetrics({
    pool: () => db.pool,
    links: () => links.hosting?.hub.size ?? 0,
    runningJobs: () => engine.running,
  });
  const called = meter.hostCalled;
  const links: Links = await makeLinks({
    db,
    log,
    settings,
    authority,
    self,
    addresses,
    world: worldOf,
    worker,
    called,
    end: () => config.onEnd?.(),
  });
  const world = makeWorld({ ground, log, links, engine: () => engine });
  const works = self.roles.includes('worker');
  const duties = works ? new KeeperLoop({ keepers: keepers(world), db, log, meter, owner: worker }) : undefined;
  const hints = hearHints({ ground, links, duties, feed, jobListeners });
  const hooks = { ...jobHooks({ handlers, world: worldOf, onHint: hints.heard }), onDeaf: hints.all };
  const probe = config.probe ? { probe: config.probe } : {};
  const slots = works ? {} : { slots: 0 };
  const name = config.name ?? '';
  const { contracts } = ground;
  sayWhenFull(db, log);
  const engine: Engine = new Engine({ db, log, workflows, world, name, hooks, meter, contracts, ...probe, ...slots });
  return { world, links, engine, duties, feed, metrics: meter, handlers, jobListeners };
}

/** Each time once: everything else about it is quiet, as it may last. */
const sayWhenFull = (db: Db, log: Log): void =>
  db.room.listen((full) => (full ? log.error('database.full') : log.info('database.room')));

interface Hearing extends Pick<Machinery, 'links' | 'duties' | 'feed' | 'jobListeners'> {
  ground: Ground;
}

/** What other servers say has changed. None of it is relied on: each has a slow look of its own as the floor. */
function hearHints({ ground, links, duties, feed, jobListeners }: Hearing): {
  heard: (hint: string) => void;
  all: () => void;
} {
  const ignore = (): void => {};
  const known: Readonly<Record<string, () => void>> = {
    keeper: () => duties?.wake(),
    change: () => feed.wake(),
    settings: () => void ground.settings.refresh().catch(ignore),
    permissions: () => void ground.permissions.refresh().catch(ignore),
    servers: () => void links.members.refresh().catch(ignore),
    links: () => void links.directory.refresh().catch(ignore),
  };
  return {
    heard: (hint) => {
      if (Object.hasOwn(known, hint)) known[hint]!();
      else for (const listener of jobListeners) listener(hint.slice('job:'.length));
    },
    all: () => {
      Object.values(known).forEach((look) => look());
      void links.directory.readAll();
    },
  };
}

function makeWorld(parts: { ground: Ground; log: Log; links: Links; engine: () => Engine }): World {
  const { ground, log, links, engine } = parts;
  const { db, settings, sealer, authority } = ground;
  const { routes } = links;
  return {
    db,
    settings,
    sealer,
    log,
    authority,
    drivers: {
      hosts: routes,
      hypervisor: agentHypervisor(routes),
      storage: agentStorage(routes),
      image: agentImages(routes),
      network: agentNetwork(routes),
      mail: smtpMail,
      leases: agentLeases(routes),
      power: powerDrivers(settings, { authority: authority.caPem }),
    },
    poke: poker(db, () => engine().hint('keeper')),
    tell: (what) => {
      if (what === 'servers') void links.members.refresh().catch(() => {});
      if (what === 'links') void links.directory.refresh();
      engine().hint(what);
    },
    enqueued: () => outsideTurn(() => engine().wake()),
  };
}

export async function startServer(given: ServerConfig): Promise<Running> {
  const config = { ...given, name: given.name ?? `${hostname()}:${given.listen.port}` };
  const { log } = config;
  const ground = await layGround(config);
  const { db, settings, permissions, sealer, created, authority } = ground;
  const self = await registerServer(db, {
    name: config.name,
    address: config.listen.host,
    version: VERSION,
    roles: config.roles ?? ['api', 'worker'],
    agentAddresses: config.agents.advertise ?? config.agents.hosts,
    facts: {},
  });
  const machinery = await buildMachinery(config, ground, self);
  const { world, links, engine, feed, metrics, handlers } = machinery;
  const offChange = onChange(() =>
    outsideTurn(() => {
      feed.wake();
      engine.hint('change');
    }),
  );
  const standing = makeStanding({ config, ground, machinery });
  throttleOf(settings, { db, servers: () => links.members.answering });
  const server: Server = {
    db,
    settings,
    permissions,
    ...openMemories(ground),
    sealer,
    log,
    handlers,
    world,
    metrics,
    wake: () => engine.wake(),
    draining: () => standing.draining,
    anonymous: new Map<string, AnonymousVerb>([
      ['login', login],
      ['logout', logout],
    ]),
    managementServerId: async () => self.uuid,
  };
  const { close, ...address } = await setGoing({ config, server, machinery, self });
  const offSchema = watchSchema({ db, log, contracts: ground.contracts, end: () => config.onEnd?.() });
  const stop = async (graceMs = 5_000): Promise<void> => {
    offSchema();
    await standing.leave();
    offChange();
    const leaveMs = Math.min(graceMs, config.leaveMs ?? 0);
    await finish(machinery, { graceMs, leaveMs });
    await close({ leaveMs: 0, graceMs });
    await engine.stop(0);
    closeLinks(links);
    await endRegistration(db, self);
    metrics.close();
    await leaveGround(ground);
  };
  return { server, world, links, hub: links.hosting?.hub, engine, authority, created, address, stop };
}

interface Parts {
  config: ServerConfig;
  ground: Ground;
  machinery: Machinery;
}

function makeStanding({ config, ground, machinery }: Parts): Standing {
  const { db, settings } = ground;
  const { links, engine, duties, world } = machinery;
  return new Standing({
    db,
    settings,
    engine,
    duties,
    log: config.log,
    hub: links.hosting?.hub,
    spread: links.hosting?.spread,
    members: links.members,
    tell: () => world.tell('servers'),
    end: () => config.onEnd?.(),
  });
}

/** What runs may end, hosts go elsewhere, and whoever sends calls here has the time to notice. */
async function finish(
  { links, engine, duties, feed }: Machinery,
  { graceMs, leaveMs }: { graceMs: number; leaveMs: number },
): Promise<void> {
  const hub = links.hosting?.hub;
  await Promise.all([
    pass(leaveMs),
    duties?.stop(graceMs),
    hub && hostsGone(hub, links, graceMs),
    engine.finishJobs(graceMs),
  ]);
  feed.stop();
}

interface Going {
  config: ServerConfig;
  server: Server;
  machinery: Machinery;
  self: Self;
}
interface Http {
  url: string;
  agentPort: number;
  metricsPort?: number;
  close(patience: { leaveMs: number; graceMs: number }): Promise<void>;
}

/** First what is known, then who may ask, then what works; hosts are sent here when everything is there. */
async function setGoing({ config, server, machinery, self }: Going): Promise<Http> {
  const { links, feed, engine, duties } = machinery;
  const { db } = server;
  await links.members.refresh();
  await links.directory.start();
  await feed.start();
  let agentPort: number | null = null;
  if (links.hosting) {
    agentPort = config.agents.port;
    for (const host of config.agents.hosts) agentPort = await links.hosting.door.listen(host, agentPort);
  }
  const http = await openHttp({ config, server, machinery });
  await engine.start();
  await links.members.start();
  await announce(db.read, { ...self, agentPort, servicePort: Number(new URL(http.url).port) });
  server.world.tell('servers');
  links.hosting?.spread.start();
  await duties?.start();
  return { ...http, agentPort: agentPort ?? 0 };
}

async function openHttp({
  config,
  server,
  machinery,
}: Pick<Going, 'config' | 'server' | 'machinery'>): Promise<Omit<Http, 'agentPort'>> {
  const { links, feed, metrics, engine, duties, jobListeners } = machinery;
  const calls = new Calls();
  const app = await buildHttp({
    server,
    calls,
    consoleDir: config.consoleDir,
    tellStatements: config.tellStatements,
    extend: (routes) => {
      streamRoute(routes, { server, feed, jobListeners });
      consoleRoute(routes, { server, routes: links.routes });
    },
    ready: () => readiness({ db: server.db, engine: duties && engine, draining: server.draining() }),
  });
  const others: HttpServer[] = [];
  const url = await app.listen({ host: config.listen.host, port: config.listen.port, backlog: BACKLOG });
  const integrationPort = config.integrationPort || server.settings.number('integration.api.port');
  if (integrationPort > 0) {
    const system = await findIdentity(server.db.read, SYSTEM.userId);
    const integration = buildIntegration(server, { caller: callerOf(system!), identity: system! });
    await once(integration.listen(integrationPort, '127.0.0.1'), 'listening');
    others.push(integration);
  }
  const exporter = await openExporter({ server, metrics, port: config.metricsPort });
  return {
    url,
    ...(exporter ? { metricsPort: exporter.port } : {}),
    close: async (patience) => {
      await calls.ebb(patience);
      await exporter?.close();
      await closeHttp({ app, others }, patience.graceMs);
    },
  };
}

const HOSTS_LOOK_MS = 50;
/** Waits while hosts move to other servers; where there is no other, they stay until the links are closed. */
async function hostsGone(hub: Hub, { members, hosting }: Links, withinMs: number): Promise<void> {
  hosting?.door.shut();
  const until = performance.now() + withinMs;
  const others = (): boolean => members.takingHosts.some((member) => member.id !== members.self.id);
  while (hub.size > 0 && others() && performance.now() < until) await pass(HOSTS_LOOK_MS);
}
