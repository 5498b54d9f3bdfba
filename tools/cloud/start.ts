// The start, step by step.
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline/promises';
import type { Lab } from '#agent/lab/lab.ts';
import { PUBLIC_BRIDGE } from '#agent/lab/lab.ts';
import { kvmPackages } from '#agent/kvm/packages.ts';
import { imagePackages } from '#agent/image/packages.ts';
import { routerPackages } from '#agent/router/packages.ts';
import { buildConsole } from '../../clients/console/build.ts';
import { ensurePackages } from '../packages.ts';
import { buildGuestImage } from '../guest-image/build.ts';
import { guestImagePackages } from '../guest-image/packages.ts';
import { withKeys, type Api, type Thing } from './api.ts';
import { newPassword, readCloudFile, writeCloudFile, type CloudFile } from './cloud-file.ts';
import { ending } from './ending.ts';
import { ensureGuest, ensureOffering, ensureTemplate, ensureWayIn, waitForPage } from './guest.ts';
import { startAgents, startHosts } from './kvm-hosts.ts';
import type { Options } from './options.ts';
import type { Progress } from './progress.ts';
import { checkServerPorts, ensureKeys, runningServers, startDatabase, startServers } from './server.ts';
import { SIM_CLUSTERS, SIM_PROCESS, startSimulatedHosts } from './sim-hosts.ts';
import { stayUntilStopped, stopCloud } from './stop.ts';
import { joinHosts, makeZone, openZone, type ZonePlan } from './zone.ts';
import { checkAlive } from './children.ts';

export async function startCloud(options: Options, progress: Progress): Promise<number> {
  if (options.fresh) await beginAnew(options, progress);
  const mode = await remember(options);
  if (!options.simulator)
    await progress.step('Debian packages', () =>
      ensurePackages([...kvmPackages, ...routerPackages, ...imagePackages, ...guestImagePackages], {
        ask: !options.yes,
      }),
    );
  await checkPorts(options);
  try {
    await bringUp({ options, progress, mode });
  } catch (error) {
    await stopCloud(options, progress); // what was started for nothing is ended; a next start goes on from here
    throw error;
  }
  return stayUntilStopped(options, progress);
}

async function bringUp({
  options,
  progress,
  mode,
}: {
  options: Options;
  progress: Progress;
  mode: CloudFile['mode'];
}): Promise<void> {
  const console_ = await progress.step('Console', (say) => buildConsole({ log: say }));
  // Before the laboratory is there: its public network may hide a mirror of Debian's packages.
  const image = options.simulator ? undefined : await progress.step('Guest image', (say) => guestImage(options, say));
  const databaseUrl = await progress.step('PostgreSQL', () => startDatabase(options));
  const lab = options.simulator
    ? undefined
    : await progress.step(`${options.hosts} KVM ${options.hosts === 1 ? 'host' : 'hosts'} in network namespaces`, () =>
        startHosts(options),
      );
  await progress.step(options.servers === 1 ? 'Management server' : `${options.servers} management servers`, () =>
    startServers(options, {
      databaseUrl,
      consoleDir: console_.dist,
      agentHosts: dialInAt(options, lab),
    }),
  );
  const cloud = await progress.step('Administrator', () => ensureKeys(options));
  const api = withKeys(cloud);
  const zone = await makeItAZone({ options, progress, api, lab });
  const sold = await offerTemplate({ progress, api, zone, mode, image });
  const guest = options.guest ? await firstGuest({ progress, api, zone, mode }, sold) : {};
  const file = writeCloudFile(options.dataDir, { zoneid: zone.id, ...guest }) as CloudFile;
  progress.note(ending(file, options));
  process.stdout.write(`ready ${new URL(file.api).origin}/client/\n`);
}

/** The mode and number of hosts of a cloud stay; asking for another is refused rather than mixed. */
async function remember(options: Options): Promise<CloudFile['mode']> {
  mkdirSync(options.dataDir, { recursive: true, mode: 0o700 });
  const known = readCloudFile(options.dataDir);
  const mode = options.simulator ? 'simulator' : 'kvm';
  if (known.mode !== undefined && known.mode !== mode)
    throw new Error(
      `The cloud in ${options.dataDir} was made with ${known.mode === 'kvm' ? 'KVM hosts' : 'simulated hosts'}; start it so, choose another folder with NEPHOS_DATA, or begin anew with --fresh`,
    );
  options.hosts = Math.max(options.hosts, known.hosts ?? 1);
  writeCloudFile(options.dataDir, {
    mode,
    hosts: options.hosts,
    username: 'admin',
    api: `http://${options.listen.host}:${options.listen.port}/client/api`,
    password: known.password ?? process.env['NEPHOS_ADMIN_PASSWORD'] ?? newPassword(),
  });
  return mode;
}

/** Whoever listens everywhere hears the laboratory's hosts too. */
const dialInAt = ({ agentHosts }: Options, lab: Lab | undefined): string[] =>
  lab && !agentHosts.includes('0.0.0.0') ? [...agentHosts, lab.managementIp] : agentHosts;

async function checkPorts(options: Options): Promise<void> {
  if (runningServers(options.dataDir).length > 0)
    throw new Error('This cloud runs already; stop it with: npm run cloud -- stop');
  await checkServerPorts(options);
}

async function beginAnew(options: Options, progress: Progress): Promise<void> {
  if (!existsSync(options.dataDir)) return;
  if (!options.yes && process.stdin.isTTY) {
    const ask = createInterface({ input: process.stdin, output: process.stderr });
    const answer = await ask.question(`Forget the cloud in ${options.dataDir}, with its guests and disks? [y/N] `);
    ask.close();
    if (!/^y(es)?$/i.test(answer.trim())) throw new Error('Left as it is');
  }
  await stopCloud({ ...options, all: true }, progress);
  for (const name of [
    'postgres',
    'postgres.log',
    'postgres.secrets.json',
    'postgres.lib',
    'hosts',
    'lab',
    'primary',
    'secondary',
    'logs',
    'cloud.json',
    'cloud.key',
    ...readdirSync(options.dataDir).filter((name) => /^(server(-\d+)?|balancer)\.json$/.test(name)),
  ]) {
    rmSync(path.join(options.dataDir, name), { recursive: true, force: true });
  }
}

interface Making {
  options: Options;
  progress: Progress;
  api: Api;
  lab: Lab | undefined;
}

async function makeItAZone({ options, progress, api, lab }: Making): Promise<Thing> {
  const plan = lab ? labPlan(options, lab) : simulatedPlan;
  const zone = await progress.step('Zone, pod, cluster and physical network', () => makeZone(api, plan));
  await progress.step(lab ? 'Hosts and their agents' : 'Simulated hosts', async (say) => {
    await (lab ? startAgents(options, lab, api) : startSimulatedHosts(options, api));
    const children = lab ? lab.hosts.map((host) => `agent-${host.index}`) : [SIM_PROCESS];
    await joinHosts(api, { zone, plan, say, check: () => checkAlive(options.dataDir, children) });
  });
  await progress.step('Storage', () => openZone(api, { zone, plan }));
  return zone;
}

const NETMASK_24 = '255.255.255.0';
const simulatedPlan: ZonePlan = {
  name: 'zone1',
  hypervisor: 'Simulator',
  clusters: SIM_CLUSTERS,
  dns: '8.8.8.8',
  publicBridge: 'pub',
  primaryPath: '/simulated/primary',
  secondaryPath: '/simulated/secondary',
  pod: { gateway: '10.98.0.1', netmask: NETMASK_24, start: '10.98.0.100', end: '10.98.0.200' },
  publicRange: { gateway: '198.51.100.1', netmask: NETMASK_24, start: '198.51.100.10', end: '198.51.100.250' },
};

function labPlan(options: Options, lab: Lab): ZonePlan {
  const [net, prefix] = lab.publicCidr.split('/');
  if (prefix !== '24') throw new Error(`NEPHOS_PUBLIC_CIDR is ${lab.publicCidr}; a /24 is accepted`);
  const at = (base: string, last: number): string => base.replace(/\d+$/, String(last));
  return {
    name: 'zone1',
    hypervisor: 'KVM',
    clusters: [lab.hosts.map((host) => host.hostname)],
    dns: '8.8.8.8',
    publicBridge: PUBLIC_BRIDGE,
    primaryPath: path.join(options.dataDir, 'primary'),
    secondaryPath: path.join(options.dataDir, 'secondary'),
    pod: {
      gateway: lab.managementIp,
      netmask: NETMASK_24,
      start: at(lab.managementIp, 200),
      end: at(lab.managementIp, 250),
    },
    publicRange: { gateway: lab.gatewayIp, netmask: NETMASK_24, start: at(net!, 10), end: at(net!, 250) },
  };
}

interface Guesting {
  progress: Progress;
  api: Api;
  zone: Thing;
  mode: CloudFile['mode'];
}

interface Sold {
  template: Thing;
  offering: Thing;
}

/** What the first guest is made from, and every other one can be. */
async function offerTemplate({
  progress,
  api,
  zone,
  mode,
  image,
}: Guesting & { image: string | undefined }): Promise<Sold> {
  const hypervisor = mode === 'kvm' ? 'KVM' : 'Simulator';
  const template = await progress.step('Template', async (say) => {
    const url = image === undefined ? 'http://images.example/tiny.qcow2' : await readable(api, image);
    return ensureTemplate(api, { zone, url, hypervisor, say });
  });
  return { template, offering: await ensureOffering(api) };
}

async function firstGuest(
  { progress, api, zone, mode }: Guesting,
  { template, offering }: Sold,
): Promise<Partial<CloudFile>> {
  const guest = await progress.step('First guest', (say) => ensureGuest(api, { zone, template, offering, say }));
  const address = await progress.step('A way in: public address, firewall, port forwarding', () =>
    ensureWayIn(api, guest),
  );
  if (mode === 'simulator') return { virtualmachineid: guest.id };
  const page = `http://${address}/`;
  await progress.step(`The guest answers at ${page}`, () => waitForPage(page, guest.name!));
  return { virtualmachineid: guest.id, url: page };
}

async function guestImage(options: Options, say: (text: string) => void): Promise<string> {
  const cacheDir = process.env['NEPHOS_CACHE'] ?? path.join(options.dataDir, 'image-cache');
  return (await buildGuestImage({ cacheDir, log: say })).path;
}

/** Its URL, once hosts may read images from its folder. */
async function readable(api: Api, image: string): Promise<string> {
  await api.make('updateConfiguration', { name: 'secstorage.allowed.paths', value: path.dirname(image) });
  return `file://${image}`;
}
