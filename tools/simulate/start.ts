// A simulated region, step by step: from nothing to running guests, or from what is there.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { PostgresOptions } from '#server/postgres.ts';
import { buildConsole } from '../../clients/console/build.ts';
import { withKeys, type Api, type Thing } from '../cloud/api.ts';
import { requestCertificate } from '../cloud/certificate.ts';
import { runningChild } from '../cloud/children.ts';
import { newPassword, readCloudFile, writeCloudFile, type CloudFile } from '../cloud/cloud-file.ts';
import { checkPort } from '../cloud/ports.ts';
import type { Progress } from '../cloud/progress.ts';
import { ensureKeys } from '../cloud/server.ts';
import { addHosts, buildZone, deployGuests, ensureOffering, ensureTenants, furnishZone, liftLimits } from './build.ts';
import { loadGuests, loadHosts } from './load.ts';
import type { SimulateOptions } from './options.ts';
import { regionPlan, type RegionPlan, type Size } from './plan.ts';
import {
  certificateFiles,
  hostsDir,
  isRunning,
  serverNames,
  simulatorNames,
  simulatorOf,
  startDatabase,
  startServers,
  startSimulators,
  stopProcesses,
} from './processes.ts';

/** region.json: what stands in the data folder. */
interface RegionFile extends Omit<Size, 'servers'> {
  servers?: number;
  built: boolean;
}
const regionFile = (dataDir: string): string => path.join(dataDir, 'region.json');
function readRegion(dataDir: string): (RegionFile & Size) | undefined {
  try {
    const known = JSON.parse(readFileSync(regionFile(dataDir), 'utf8')) as RegionFile;
    return { ...known, servers: known.servers ?? 1 };
  } catch {
    return undefined;
  }
}
const writeRegion = (dataDir: string, region: RegionFile): void =>
  writeFileSync(regionFile(dataDir), JSON.stringify(region), { mode: 0o600 });
export const knownPlan = (dataDir: string): RegionPlan | undefined => {
  const region = readRegion(dataDir);
  return region && regionPlan(region);
};

const CONNECT_WITHIN_MS = 15 * 60_000;
/** Of a large region on a busy machine some hosts dial anew at any moment: with so many of them for so long it has come up. */
const ENOUGH = 0.999;
const ENOUGH_FOR_MS = 20_000;

export interface Region {
  readonly plan: RegionPlan;
  readonly cloud: CloudFile;
  readonly databaseUrl: string;
  readonly api: Api;
}

/** Everything runs and all hosts are linked when this comes back. */
export async function startRegion(
  options: SimulateOptions,
  progress: Progress,
  { console: withConsole = true, settings = {} }: { console?: boolean; settings?: PostgresOptions['settings'] } = {},
): Promise<Region> {
  const plan = await prepare(options);
  const console_ = withConsole ? await progress.step('Console', (say) => buildConsole({ log: say })) : undefined;
  const databaseUrl = await progress.step('PostgreSQL', () => startDatabase(options, settings));
  await progress.step(plan.servers === 1 ? 'Management server' : `${plan.servers} management servers`, () =>
    startServers(options, { plan, databaseUrl, ...(console_ ? { consoleDir: console_.dist } : {}) }),
  );
  const cloud = await ensureKeys(options);
  const region: Region = { plan, cloud, databaseUrl, api: withKeys(cloud) };
  const making = { options, progress, region };
  const known = readRegion(options.dataDir)!;
  if (!known.built) await build(making);
  else await connectHosts(making);
  writeRegion(options.dataDir, { ...known, built: true });
  return region;
}

export async function stopRegion(options: SimulateOptions, progress: Progress): Promise<void> {
  const plan = knownPlan(options.dataDir);
  if (plan) await progress.step('Stopping the region', () => stopProcesses(options, plan));
}

/** A region that is only half built is begun anew: it is simulated, nothing is lost. */
async function prepare(options: SimulateOptions): Promise<RegionPlan> {
  const { zones, hosts, vms, servers, dataDir } = options;
  const plan = regionPlan(options);
  const known = readRegion(dataDir);
  const running = known && regionPlan(known);
  if (running && isRunning(options, running)) throw new Error('This region runs already; nephos simulate stop ends it');
  if (running) await stopProcesses(options, running);
  if (options.fresh || (known && !known.built)) forget(dataDir);
  else if (known && (known.zones !== zones || known.hosts !== hosts || known.vms !== vms))
    throw new Error(
      `The region in ${dataDir} has ${known.zones} zones, ${known.hosts} hosts and ${known.vms} guests; start it so, choose another folder with NEPHOS_SIMULATE_DATA, or begin anew with --fresh`,
    );
  for (let index = 0; index < plan.servers; index += 1) {
    await checkPort(options.listen.host, options.listen.port + index, 'NEPHOS_LISTEN=127.0.0.1:8088');
    await checkPort('127.0.0.1', options.agentPort + index, 'NEPHOS_AGENT_PORT=8270');
  }
  mkdirSync(hostsDir(options), { recursive: true, mode: 0o700 });
  // There may be more or fewer servers than the last time.
  writeRegion(dataDir, { zones, hosts, vms, servers, built: existsSync(regionFile(dataDir)) && known?.built === true });
  writeCloudFile(dataDir, {
    mode: 'simulator',
    hosts,
    username: 'admin',
    api: `http://${options.listen.host}:${options.listen.port}/client/api`,
    password: readCloudFile(dataDir).password ?? newPassword(),
  });
  return plan;
}

function forget(dataDir: string): void {
  for (const name of [
    'postgres',
    'postgres.log',
    'postgres.secrets.json',
    'postgres.lib',
    'hosts',
    'logs',
    'cloud.json',
    'cloud.key',
    'region.json',
  ])
    rmSync(path.join(dataDir, name), { recursive: true, force: true });
}

interface Making {
  options: SimulateOptions;
  progress: Progress;
  region: Region;
}

async function build(making: Making): Promise<void> {
  const { options, progress, region } = making;
  const { api, plan, databaseUrl } = region;
  const load = options.build === 'load';
  const zones: { zone: Thing; shape: RegionPlan['zones'][number] }[] = [];
  for (const shape of plan.zones)
    zones.push({ zone: await progress.step(`Zone ${shape.name}`, (say) => buildZone(api, shape, say)), shape });
  if (load)
    await progress.step(`${options.hosts} hosts`, async (say) => {
      for (const { shape } of zones) await loadHosts(databaseUrl, shape, say);
    });
  if (!load) await startSimulated(making);
  else await connectHosts(making);
  if (!load)
    for (const one of zones) await progress.step(`Hosts of ${one.shape.name}`, (say) => addHosts(api, one, say));
  await progress.step('Storage, template, offering', async () => {
    for (const { zone, shape } of zones) await furnishZone(api, zone, shape);
    await ensureOffering(api);
  });
  await progress.step('Tenants', async (say) => {
    await liftLimits(api);
    for (const { shape } of zones) await ensureTenants(api, shape, say);
  });
  for (const one of zones) {
    const guests = one.shape.networks.reduce((sum, network) => sum + network.guests, 0);
    await progress.step(`${guests} guests of ${one.shape.name}`, (say) =>
      load ? loadGuests({ databaseUrl, places: options, shape: one.shape }, say) : deployGuests(api, one, say),
    );
  }
}

async function startSimulated({ options, progress, region }: Making): Promise<void> {
  const { plan, api } = region;
  await progress.step('Simulated hosts', async () => {
    const files = certificateFiles(options);
    if (!existsSync(files.cert)) await requestCertificate(api, { commonName: 'simulator', names: [], files });
    await startSimulators(options, { plan, latencies: options.latencies });
  });
}

async function connectHosts(making: Making): Promise<void> {
  const { options, progress, region } = making;
  await startSimulated(making);
  await progress.step(`${options.hosts} links`, async (say) => {
    const until = Date.now() + CONNECT_WITHIN_MS;
    let enoughSince: number | undefined;
    for (;;) {
      checkProcesses(options, region.plan);
      const up = await linkedHosts(making);
      if (up >= options.hosts) return;
      enoughSince = up >= options.hosts * ENOUGH ? (enoughSince ?? Date.now()) : undefined;
      if (enoughSince !== undefined && Date.now() - enoughSince > ENOUGH_FOR_MS) {
        progress.note(`${options.hosts - up} of ${options.hosts} hosts are dialling again: this machine is busy`);
        return;
      }
      if (Date.now() > until)
        throw new Error(`only ${up} of ${options.hosts} hosts are linked; see ${path.join(options.dataDir, 'logs')}`);
      say(`${up} of ${options.hosts}`);
      await new Promise((resolve) => {
        setTimeout(resolve, 250);
      });
    }
  });
}

/** A link is there a moment before the servers have written it down; they are asked when nearly all are there. */
async function linkedHosts({ options, region }: Making): Promise<number> {
  const summaries = await Promise.all(region.plan.zones.map(({ name }) => simulatorOf(options, name).summary()));
  const linked = summaries.reduce((sum, { links }) => sum + links, 0);
  return linked < options.hosts * ENOUGH ? linked : Math.min(linked, await hostsUp(region.api));
}

async function hostsUp(api: Api): Promise<number> {
  const { count } = await api.call('listHosts', { type: 'Routing', state: 'Up', page: 1, pagesize: 1 });
  return Number(count ?? 0);
}

function checkProcesses({ dataDir }: SimulateOptions, plan: RegionPlan): void {
  for (const name of [...serverNames(plan), ...simulatorNames(plan)])
    if (runningChild(dataDir, name) === undefined)
      throw new Error(`${name} ended; see ${path.join(dataDir, 'logs', `${name}.log`)}`);
}
