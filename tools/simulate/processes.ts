// The processes of a simulated region: PostgreSQL, the servers that hold the links, and a simulator for each zone.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { simulator, type SimulatorClient } from '#agent/sim/control-socket.ts';
import type { SimConfig } from '#agent/sim/main.ts';
import type { ServerFile } from '#server/main.ts';
import { startPostgres, stopPostgres, type PostgresOptions } from '#server/postgres.ts';
import { endChild, runningChild, startChild } from '../cloud/children.ts';
import type { CertificateFiles } from '../cloud/certificate.ts';
import { readCloudFile } from '../cloud/cloud-file.ts';
import type { SimulateOptions } from './options.ts';
import type { RegionPlan } from './plan.ts';

const SERVER = fileURLToPath(new URL('../../server/main.ts', import.meta.url));
const SIMULATOR = fileURLToPath(new URL('../../agent/sim/main.ts', import.meta.url));
/** One loopback address has about 28,000 ports to leave from. */
const LOOPBACK_ADDRESSES = 4;

export type Places = Pick<SimulateOptions, 'dataDir' | 'listen' | 'agentPort'>;

export const postgresDir = ({ dataDir }: Pick<Places, 'dataDir'>): string => path.join(dataDir, 'postgres');
export const hostsDir = ({ dataDir }: Pick<Places, 'dataDir'>): string => path.join(dataDir, 'hosts');
export const certificateFiles = (places: Places): CertificateFiles => {
  const dir = hostsDir(places);
  return { key: path.join(dir, 'key.pem'), cert: path.join(dir, 'cert.pem'), ca: path.join(dir, 'ca.pem') };
};
export const serverNames = (plan: RegionPlan): string[] =>
  Array.from({ length: plan.servers }, (_, index) => `server-${index + 1}`);
export const simulatorNames = (plan: RegionPlan): string[] => plan.zones.map(({ name }) => `simulator-${name}`);

export const startDatabase = async (places: Places, settings: PostgresOptions['settings'] = {}): Promise<string> =>
  (await startPostgres({ dataDir: postgresDir(places), settings })).url;

export async function startServers(
  places: Places,
  { plan, databaseUrl, consoleDir }: { plan: RegionPlan; databaseUrl: string; consoleDir?: string },
): Promise<void> {
  const { password } = readCloudFile(places.dataDir);
  for (const [index, name] of serverNames(plan).entries()) {
    const config: ServerFile = {
      keyFile: path.join(places.dataDir, 'cloud.key'),
      listen: `${places.listen.host}:${places.listen.port + index}`,
      agentPort: places.agentPort + index,
      name,
      logFile: path.join(places.dataDir, 'logs', `${name}.json.log`),
      ...(consoleDir ? { consoleDir } : {}),
    };
    const file = path.join(places.dataDir, `${name}.json`);
    writeFileSync(file, JSON.stringify(config, null, 2), { mode: 0o600 });
    await startChild({
      dataDir: places.dataDir,
      name,
      argv: [process.execPath, SERVER, file],
      readyWhen: 'ready ',
      env: {
        DATABASE_URL: databaseUrl,
        NEPHOS_LISTEN: config.listen!, // ours is the first one's
        NEPHOS_LOG: process.env['NEPHOS_LOG'] ?? 'warn',
        ...(password ? { NEPHOS_ADMIN_PASSWORD: password } : {}),
      },
    });
  }
}

export async function startSimulators(
  places: Places,
  { plan, latencies }: { plan: RegionPlan; latencies: SimulateOptions['latencies'] },
): Promise<void> {
  const dir = hostsDir(places);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  for (const [index, zone] of plan.zones.entries()) {
    const config: SimConfig = {
      // A zone begins with a server of its own, so that the links are spread.
      servers: serverNames(plan).map((_, server) => ({
        host: '127.0.0.1',
        port: places.agentPort + ((index + server) % plan.servers),
      })),
      ...certificateFiles(places),
      stateFile: path.join(dir, `${zone.name}.jsonl`),
      controlSocket: path.join(dir, `${zone.name}.sock`),
      fleets: [zone.fleet],
      latencies,
      loopbackAddresses: LOOPBACK_ADDRESSES,
    };
    const file = path.join(dir, `${zone.name}.json`);
    writeFileSync(file, JSON.stringify(config, null, 2), { mode: 0o600 });
    await startChild({
      dataDir: places.dataDir,
      name: `simulator-${zone.name}`,
      argv: [process.execPath, SIMULATOR, file],
      readyWhen: 'ready',
      env: { NEPHOS_LOG: process.env['NEPHOS_LOG'] ?? 'error' },
    });
  }
}

export const simulatorOf = (places: Places, zone: string): SimulatorClient =>
  simulator(path.join(hostsDir(places), `${zone}.sock`));

export const isRunning = ({ dataDir }: Places, plan: RegionPlan): boolean =>
  serverNames(plan).some((name) => runningChild(dataDir, name) !== undefined);

/** Servers first: hosts that vanish are then nobody's concern. */
export async function stopProcesses(places: Places, plan: RegionPlan): Promise<void> {
  await Promise.all(serverNames(plan).map((name) => endChild(places.dataDir, name)));
  await Promise.all(simulatorNames(plan).map((name) => endChild(places.dataDir, name)));
  await stopPostgres(postgresDir(places));
}
