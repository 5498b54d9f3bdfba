// A process of simulated hosts: node agent/sim/main.ts CONFIG.json. Each has its own link to every server; what they were told
// is kept in a file, so that guests are still there after a restart unless amnesia is asked for. Whoever started it with a
// channel may ask what the hosts hold, break links and make them misbehave (control.ts).
import { readFile, rename, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import pino, { type Logger } from 'pino';
import { z } from 'zod';
import { PROTOCOL_VERSION, type HostFacts } from '#protocol/messages.ts';
import { startTracing } from '#protocol/otlp.ts';
import { credentialsFromFiles, startLink, type Link } from '../link.ts';
import { openAgentLog } from '../log.ts';
import { obeyParent, type Controlled, type Saved } from './control.ts';
import { makeSimHost } from './host.ts';
import { makeSimStorage } from './storage.ts';

const simConfig = z.object({
  servers: z
    .array(z.object({ host: z.string(), port: z.number().int(), name: z.string().default('nephos-server') }))
    .min(1),
  key: z.string(),
  cert: z.string(),
  ca: z.string(),
  /** Where what hosts know is kept; absent: forgotten at exit. */
  stateFile: z.string().optional(),
  /** Images are fetched for real and kept below this folder; absent: a download is only said to have happened. */
  imagesDir: z.string().optional(),
  hosts: z
    .array(
      z.object({
        name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/),
        address: z.ipv4(),
        cpus: z.number().int().positive().default(64),
        cpuMhz: z.number().int().positive().default(2400),
        memoryMib: z.number().int().positive().default(262_144),
      }),
    )
    .min(1),
  latencyMs: z.number().nonnegative().default(0),
  failShare: z.number().min(0).max(1).default(0),
  loseReplyShare: z.number().min(0).max(1).default(0),
  /** The longest pause before a broken link is dialled again. */
  redialLongestMs: z.number().positive().default(15_000),
  pingEveryS: z.number().positive().default(5),
});
export type SimConfig = z.input<typeof simConfig>;

/** The same name is the same host, always. */
export function guidOf(name: string): string {
  const hex = createHash('sha256').update(`nephos simulated host ${name}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

const simulatorLog = (): Logger =>
  openAgentLog({ level: process.env['NEPHOS_LOG'] ?? 'info', base: { pid: process.pid } }, pino.destination(2));

export async function startSimulator(
  given: SimConfig,
  log = simulatorLog(),
): Promise<Controlled & { stop(): Promise<void> }> {
  const config = simConfig.parse(given);
  const saved = config.stateFile ? await readSaved(config.stateFile) : undefined;
  const storage = makeSimStorage(saved?.storage, { imagesDir: config.imagesDir });
  const keeper = stateKeeper(config.stateFile, () => ({
    hosts: Object.fromEntries(hosts.map((host) => [host.facts.hostname, host.save()])),
    storage: storage.save(),
  }));
  const hosts = config.hosts.map((host) =>
    makeSimHost({
      facts: factsOf(host),
      storage,
      knobs: config,
      changed: keeper.changed,
      cut: () => links.get(host.name)?.cut(),
      ...(saved?.hosts[host.name] ? { saved: saved.hosts[host.name] } : {}),
    }),
  );
  const links = new Map<string, Link>(
    hosts.map((host) => [
      host.facts.hostname,
      startLink({
        servers: config.servers,
        credentials: credentialsFromFiles(config),
        facts: () => host.facts,
        status: () => host.status(),
        handlers: host.handlers,
        log: log.child({ host: host.facts.hostname }),
        pingEveryMs: config.pingEveryS * 1000,
        backoffMs: { first: 250, longest: config.redialLongestMs },
      }),
    ]),
  );
  return {
    knobs: config,
    cut: (names) => names.forEach((name) => links.get(name)?.cut()),
    held: keeper.state,
    stop: async () => {
      await Promise.all([...links.values()].map((link) => link.stop()));
      await keeper.flush();
    },
  };
}

const factsOf = (host: z.output<typeof simConfig>['hosts'][number]): HostFacts => ({
  guid: guidOf(host.name),
  hostname: host.name,
  hypervisor: 'Simulator',
  agentVersion: '4.23.0.0',
  protocol: PROTOCOL_VERSION,
  hypervisorVersion: 'simulated',
  accelerator: 'none',
  cpus: host.cpus,
  cpuSockets: 2,
  cpuMhz: host.cpuMhz,
  memoryMib: host.memoryMib,
  arch: 'x86_64',
  privateIp: host.address,
  underlayIp: host.address,
  bridges: ['pub'],
});

async function readSaved(file: string): Promise<Saved | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Saved;
  } catch {
    return undefined;
  }
}

/** Writes the state a moment after the last change, whole or not at all. */
function stateKeeper(
  file: string | undefined,
  state: () => Saved,
): { changed(): void; flush(): Promise<void>; state(): Saved } {
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();
  const write = async (): Promise<void> => {
    timer = undefined;
    if (!file) return;
    await writeFile(`${file}.new`, JSON.stringify(state()), { mode: 0o600 });
    await rename(`${file}.new`, file);
  };
  const flush = (): Promise<void> => {
    clearTimeout(timer);
    writing = writing.then(write, write);
    return writing;
  };
  return {
    changed: () => {
      timer ??= setTimeout(() => void flush(), 100);
    },
    flush,
    state,
  };
}

if (process.argv[1] === import.meta.filename) {
  const endTracing = await startTracing({ service: 'nephos-agent', version: '0.1.0', instance: 'simulator' });
  const running = await startSimulator(JSON.parse(await readFile(process.argv[2]!, 'utf8')) as SimConfig);
  obeyParent(running);
  for (const signal of ['SIGTERM', 'SIGINT', 'disconnect'] as const)
    process.once(
      signal,
      () =>
        void running
          .stop()
          .then(endTracing)
          .then(() => process.exit(0)),
    );
}
