// The cables of a laboratory: a namespace with one bridge for the underlay (management and VXLAN) and one for the
// public network, the two veths by which the root namespace takes part, and the namespace that plays the Internet.
// Every step looks before it acts, so that a second start adopts what is there.
import { mkdir } from 'node:fs/promises';
import { CommandFailed, run, startDetached } from '../process.ts';
import { keptNamespaces, namespaceNumber, processesOf } from './belonging.ts';
import { fabricOf, internetOf, LAB_ENVIRONMENT, netnsFile, rootManagement, rootPublic } from './names.ts';
import type { Lab } from './names.ts';

/** Addresses of the «Internet» besides the gateway: what people ping, and where resolvers are expected. */
export const FAMOUS_IP = '8.8.8.8';
const UNDERLAY_BRIDGE = 'under';
const PUBLIC_FABRIC_BRIDGE = 'public';

export const ip = async (...words: string[]): Promise<string> => (await run(['ip', ...words])).stdout;

/** Words that aim an ip command at a named namespace. */
const within = (netns: string | null): string[] => (netns === null ? [] : ['-n', netns]);

export async function hasLink(netns: string | null, link: string): Promise<boolean> {
  try {
    await ip(...within(netns), 'link', 'show', 'dev', link);
    return true;
  } catch (error) {
    if (error instanceof CommandFailed && error.exitCode === 1) return false;
    throw error;
  }
}

export async function ensureNetns(netns: string): Promise<void> {
  if ((await namespaceNumber(netnsFile(netns))) === undefined) {
    await run(['ip', 'netns', 'del', netns]).catch(() => {}); // a keeper whose mount was lost
    await ip('netns', 'add', netns);
  }
  await ip('-n', netns, 'link', 'set', 'lo', 'up');
}

export async function ensureBridge(netns: string, bridge: string): Promise<void> {
  if (!(await hasLink(netns, bridge)))
    await ip(
      '-n',
      netns,
      'link',
      'add',
      bridge,
      'type',
      'bridge',
      'stp_state',
      '0',
      'forward_delay',
      '0',
      'mcast_snooping',
      '0',
    );
  await ip('-n', netns, 'link', 'set', bridge, 'up');
}

/** A cable from a bridge of the fabric (end `port`) to `link` in another namespace (null: the root namespace). */
export async function ensureCable(
  lab: Lab,
  cable: { port: string; bridge: 'underlay' | 'public'; netns: string | null; link: string },
): Promise<void> {
  const fabric = fabricOf(lab.name);
  if (!(await hasLink(cable.netns, cable.link))) {
    const peer = cable.netns === null ? [] : ['netns', cable.netns];
    if (cable.netns === null)
      await ip('link', 'add', cable.link, 'type', 'veth', 'peer', 'name', cable.port, 'netns', fabric);
    else await ip('-n', fabric, 'link', 'add', cable.port, 'type', 'veth', 'peer', 'name', cable.link, ...peer);
  }
  const bridge = cable.bridge === 'underlay' ? UNDERLAY_BRIDGE : PUBLIC_FABRIC_BRIDGE;
  await ip('-n', fabric, 'link', 'set', cable.port, 'master', bridge, 'up');
  await ip(...within(cable.netns), 'link', 'set', cable.link, 'up');
}

export async function ensureAddress(netns: string | null, link: string, address: string): Promise<void> {
  await ip(...within(netns), 'addr', 'replace', address, 'dev', link);
}

export async function startFabric(lab: Lab): Promise<void> {
  await mkdir('/run/netns', { recursive: true });
  const fabric = fabricOf(lab.name);
  await ensureNetns(fabric);
  await ensureBridge(fabric, UNDERLAY_BRIDGE);
  await ensureBridge(fabric, PUBLIC_FABRIC_BRIDGE);
  await ensureCable(lab, { port: 'root-mgt', bridge: 'underlay', netns: null, link: rootManagement(lab.name) });
  await ensureAddress(null, rootManagement(lab.name), `${lab.managementIp}/24`);
  await ensureCable(lab, { port: 'root-pub', bridge: 'public', netns: null, link: rootPublic(lab.name) });
  await ensureAddress(null, rootPublic(lab.name), `${lab.publicRootIp}/${lab.publicPrefix}`);
  await startInternet(lab);
}

async function startInternet(lab: Lab): Promise<void> {
  const internet = internetOf(lab.name);
  await ensureNetns(internet);
  await ensureCable(lab, { port: 'inet', bridge: 'public', netns: internet, link: 'eth0' });
  await ensureAddress(internet, 'eth0', `${lab.gatewayIp}/${lab.publicPrefix}`);
  await ensureAddress(internet, 'lo', `${FAMOUS_IP}/32`);
  const netns = await namespaceNumber(netnsFile(internet));
  const running = await processesOf({ uts: new Set(), net: new Set(netns === undefined ? [] : [netns]) });
  if (running.length > 0) return;
  const program = new URL('./internet.ts', import.meta.url).pathname;
  await startDetached(
    [
      'nsenter',
      `--net=${netnsFile(internet)}`,
      '--',
      process.execPath,
      '--disable-warning=ExperimentalWarning',
      program,
      lab.gatewayIp,
    ],
    { env: { [LAB_ENVIRONMENT]: lab.name } },
  );
}

/** The cables in the root namespace and the namespaces; what used them must have ended. */
export async function stopFabric(name: string): Promise<void> {
  for (const link of [rootManagement(name), rootPublic(name)])
    if (await hasLink(null, link)) await ip('link', 'del', link);
  for (const netns of [fabricOf(name), internetOf(name)]) await run(['ip', 'netns', 'del', netns]).catch(() => {});
}

/** Whether the Internet's server and all cables are there. */
export async function fabricIsUp(lab: Lab): Promise<boolean> {
  const kept = await keptNamespaces(lab.name);
  if (
    kept.net.size < 2 ||
    !(await hasLink(null, rootManagement(lab.name))) ||
    !(await hasLink(null, rootPublic(lab.name)))
  )
    return false;
  return (await processesOf({ uts: new Set(), net: kept.net })).length > 0;
}
