// A cloud that runs in the test's own process: a server on a database of its own, simulated hosts that dial in to it over TLS,
// and a zone ready for instances. What server and hosts log is kept, line by line, for tests that read it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openAgentLog } from '#agent/log.ts';
import { startSimulator } from '#agent/sim/main.ts';
import { openDb } from '#kernel/db.ts';
import { openLog } from '#kernel/log.ts';
import { sql } from '#kernel/sql.ts';
import { startServer, type Running, type ServerConfig } from '#server/start.ts';
import { withPassword, type Api, type Thing } from '#tools/cloud/api.ts';
import { ensureOffering, ensureTemplate } from '#tools/cloud/guest.ts';
import { joinHosts, makeZone, openZone, type ZonePlan } from '#tools/cloud/zone.ts';
import { ADMIN_PASSWORD, cloneDatabase } from './database.ts';

export type Line = Readonly<Record<string, unknown>> & { msg: string };

export interface LiveCloud {
  readonly running: Running;
  readonly api: Api;
  readonly zone: Thing;
  readonly offering: Thing;
  readonly template: Thing;
  /** Everything logged since the start, at debug. */
  readonly serverLog: Line[];
  readonly agentLog: Line[];
  /** Where the controllers of its hosts answer; 0 where they have none. */
  readonly controllersPort: number;
  stop(): Promise<void>;
}

type LiveOptions = Partial<ServerConfig> & {
  settings?: Readonly<Record<string, string>>;
  /** Its hosts have controllers that know this login. */
  controllers?: { username: string; password: string };
};

const HOSTS = ['sim-1', 'sim-2'];
const PLAN: ZonePlan = {
  name: 'zone1',
  hypervisor: 'Simulator',
  clusters: [HOSTS],
  dns: '8.8.8.8',
  pod: { gateway: '10.98.0.1', netmask: '255.255.255.0', start: '10.98.0.10', end: '10.98.0.20' },
  publicRange: { gateway: '198.18.0.1', netmask: '255.255.255.0', start: '198.18.0.10', end: '198.18.0.200' },
  publicBridge: 'pub',
  primaryPath: '/primary',
  secondaryPath: '/secondary',
};

function collector(lines: Line[]): { write(text: string): void } {
  return {
    write: (text) => {
      for (const line of text.split('\n')) if (line !== '') lines.push(JSON.parse(line) as Line);
    },
  };
}

export async function startLiveCloud({ settings = {}, controllers, ...more }: LiveOptions = {}): Promise<LiveCloud> {
  const { url, drop } = await cloneDatabase();
  await preset(url, settings);
  const dir = mkdtempSync(path.join(tmpdir(), 'nephos-live-'));
  const [serverLog, agentLog]: Line[][] = [[], []];
  const running = await startServer({
    databaseUrl: url,
    key: Buffer.alloc(32, 7),
    listen: { host: '127.0.0.1', port: 0 },
    agents: { hosts: ['127.0.0.1'], port: 0 },
    integrationPort: 0,
    adminPassword: ADMIN_PASSWORD,
    log: openLog({ level: 'debug', to: collector(serverLog!) }),
    ...more,
  });
  const simulator = await startHosts(running, { dir, lines: agentLog!, controllers });
  const stop = async (): Promise<void> => {
    await simulator.stop();
    await running.stop(0);
    await drop();
    rmSync(dir, { recursive: true });
  };
  try {
    const api = withPassword({ api: `${running.address.url}/client/api`, username: 'admin', password: ADMIN_PASSWORD });
    const zone = await makeZone(api, PLAN);
    await joinHosts(api, { zone, plan: PLAN, say: () => {}, check: () => {} });
    await openZone(api, { zone, plan: PLAN });
    const offering = await ensureOffering(api);
    const image = { zone, url: 'http://198.51.100.1/tiny.qcow2', hypervisor: 'Simulator', say: () => {} };
    const template = await ensureTemplate(api, image);
    const logs = { serverLog: serverLog!, agentLog: agentLog! };
    return { running, api, zone, offering, template, ...logs, controllersPort: simulator.controllersPort ?? 0, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Settings that are read when a server starts. */
async function preset(url: string, settings: Readonly<Record<string, string>>): Promise<void> {
  const db = openDb({ url, max: 1 });
  for (const [name, value] of Object.entries(settings))
    await db.read.run(sql`insert into setting(name, value) values (${name}, ${value})`);
  await db.close();
}

async function startHosts(
  running: Running,
  { dir, lines, controllers }: { dir: string; lines: Line[]; controllers: LiveOptions['controllers'] },
): Promise<{ controllersPort: number | undefined; stop(): Promise<void> }> {
  const { key, cert } = await running.authority.issue({ commonName: 'simulator', names: ['127.0.0.1'], days: 30 });
  const files = { key: path.join(dir, 'key.pem'), cert: path.join(dir, 'cert.pem'), ca: path.join(dir, 'ca.pem') };
  for (const [file, text] of [
    [files.key, key],
    [files.cert, cert],
    [files.ca, running.authority.caPem],
  ] as const)
    writeFileSync(file, text, { mode: 0o600 });
  return startSimulator(
    {
      servers: [{ host: '127.0.0.1', port: running.address.agentPort }],
      ...files,
      hosts: HOSTS.map((name, index) => ({ name, address: `10.98.0.${11 + index}` })),
      pingEveryS: 1,
      ...(controllers ? { controllers: { port: 0, ...controllers } } : {}),
    },
    openAgentLog({ level: 'debug', base: { agent: 'simulator' } }, collector(lines)),
  );
}
