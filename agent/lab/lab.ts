// The one-machine laboratory: several hosts, a public network and an «Internet» on one Linux machine, for
// `npm run cloud` and for tests. Only root can make it. It starts no agent and no server.
// Invariants: starting again adopts what runs; after stopLab `labLeftovers` is empty; two laboratories with different
// names and public networks do not touch each other.
import { mkdir, readFile, readdir, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { readFileSync, statSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { chooseAccelerator } from '../kvm/accelerator.ts';
import { qemuVersion } from '../kvm/facts.ts';
import { keptNamespaces, markedProcesses, processesOf } from './belonging.ts';
import { fabricIsUp, hasLink, startFabric, stopFabric } from './fabric.ts';
import { anchorOf, dismantleHost, enter, leftControlGroups, libvirtdOf, startHost } from './host.ts';
import { DEFAULT_PUBLIC_CIDR, KEEP_DIR, overlapping, planLab, rootManagement, rootPublic, utsFile } from './names.ts';
import type { Lab, LabHost, LabOptions } from './names.ts';
import { endProcesses } from './sweep.ts';

export { DEFAULT_PUBLIC_CIDR, PUBLIC_BRIDGE } from './names.ts';
export type { Lab, LabHost, LabOptions } from './names.ts';

const planFile = (dir: string, name: string): string => `${dir}/${name}/lab.json`;

/** The laboratory that was started here under this name. */
export async function readLab(dir: string, name: string): Promise<Lab | undefined> {
  const text = await readFile(planFile(dir, name), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as Lab);
}

/** Bring up what is missing. More hosts than before are added; fewer are not taken away. */
export async function startLab(options: LabOptions): Promise<Lab> {
  if (process.getuid?.() !== 0)
    throw new Error('a laboratory is made of namespaces and bridges, which only root may make');
  const before = await readLab(options.dir, options.name);
  const hosts = Math.max(options.hosts, before?.hosts.length ?? 0);
  const publicCidr = options.publicCidr ?? before?.publicCidr ?? DEFAULT_PUBLIC_CIDR;
  const lab = planLab({ ...options, hosts, publicCidr }, before?.subnet ?? freeSubnet(options.name));
  const taken = before === undefined ? overlapping(lab.publicCidr, networkInterfaces()) : undefined;
  if (taken !== undefined)
    throw new Error(`the public network ${lab.publicCidr} overlaps with ${taken} of this machine; choose another`);
  await mkdir(lab.dir, { recursive: true });
  await writeFile(`${planFile(options.dir, options.name)}.new`, JSON.stringify(lab, null, 2));
  await rename(`${planFile(options.dir, options.name)}.new`, planFile(options.dir, options.name));
  const [hideKvm] = await Promise.all([kvmIsBroken(options.dir), startFabric(lab)]);
  for (const host of lab.hosts) await startHost(lab, host, { hideKvm });
  return lab;
}

/** Asked once for all hosts; the answer stays in `dir` for the next laboratory, as the machine stays the same. */
async function kvmIsBroken(dir: string): Promise<boolean> {
  const present = await stat('/dev/kvm').then(
    () => true,
    () => false,
  );
  return (
    present &&
    (await chooseAccelerator({ qemuVersion: await qemuVersion(), cacheFile: `${dir}/accelerator.json` })) === 'tcg'
  );
}

/** A third byte of 10.99.x.0/24 that no interface of this machine uses; each name has its favourite. */
function freeSubnet(name: string): number {
  const taken = new Set(
    Object.values(networkInterfaces())
      .flatMap((one) => one ?? [])
      .map(({ address }) => /^10\.99\.(\d+)\./.exec(address)?.[1]),
  );
  const favourite = Buffer.from(name).reduce((sum, byte) => (sum * 31 + byte) % 251, 7);
  for (let step = 0; step < 251; step++) {
    const subnet = (favourite + step) % 251;
    if (!taken.has(String(subnet))) return subnet;
  }
  throw new Error('all of 10.99.0.0/16 is in use on this machine');
}

export type LabStatus = {
  fabric: boolean;
  hosts: { index: number; anchor: number | undefined; libvirtd: number | undefined }[];
};

export async function labStatus(lab: Lab): Promise<LabStatus> {
  const hosts = await Promise.all(
    lab.hosts.map(async (host) => {
      const anchor = await anchorOf(lab, host);
      return {
        index: host.index,
        anchor,
        libvirtd: anchor === undefined ? undefined : await libvirtdOf(lab, host, anchor),
      };
    }),
  );
  return { fabric: await fabricIsUp(lab), hosts };
}

/** Arguments to put before a command so that it runs inside host `index` (from 1). The command keeps the pid it is started with. */
export function enterHost(lab: Lab, index: number): string[] {
  const host: LabHost | undefined = lab.hosts[index - 1];
  if (host === undefined)
    throw new TypeError(`laboratory ${lab.name} has hosts 1 to ${lab.hosts.length}, not ${index}`);
  try {
    const anchor = Number(readFileSync(`${host.dir}/anchor.pid`, 'utf8'));
    // The same namespace, or the number belongs to another process by now.
    if (statSync(`/proc/${anchor}/ns/uts`).ino === statSync(utsFile(lab.name, index)).ino) return enter(anchor);
  } catch {
    /* told below */
  }
  throw new Error(`host ${index} of laboratory ${lab.name} does not run`);
}

/** End everything of the laboratory and remove its files; guests of its hosts end with it. Works without its files, too. */
export async function stopLab(options: { dir: string; name: string }): Promise<void> {
  const { name } = options;
  const lab = await readLab(options.dir, name);
  // The names make paths that are removed: check them as at the start.
  planLab({ ...options, hosts: 1 }, 0);
  await endProcesses(async () => processesOf(await keptNamespaces(name)));
  for (const index of await hostIndexes(name, lab)) await dismantleHost(name, index, `${name}-h${index}`);
  await stopFabric(name);
  await rm(`${KEEP_DIR}/${name}`, { recursive: true, force: true });
  await rmdir(KEEP_DIR).catch(() => {}); // unless another laboratory uses it
  await rm(`${options.dir}/${name}`, { recursive: true, force: true });
}

async function hostIndexes(name: string, lab: Lab | undefined): Promise<Set<number>> {
  const kept = await readdir(`${KEEP_DIR}/${name}`).catch(() => []);
  const named = await readdir('/run/netns').catch(() => []);
  const seen = [
    ...kept.map((file) => /^h(\d+)\.uts$/.exec(file)?.[1]),
    ...named.map((file) => new RegExp(`^${name}-h(\\d+)$`).exec(file)?.[1]),
  ];
  return new Set([
    ...(lab?.hosts.map((host) => host.index) ?? []),
    ...seen.filter((index) => index !== undefined).map(Number),
  ]);
}

/** Whatever is still there of a laboratory of this name: one line each, empty when it is gone without a trace. */
export async function labLeftovers(name: string): Promise<string[]> {
  const ours = (entry: string): boolean => new RegExp(`^${name}-(fab|inet|h\\d+)$`).test(entry);
  const [named, keepers, mounts, marked] = await Promise.all([
    readdir('/run/netns').catch(() => []),
    readdir(`${KEEP_DIR}/${name}`).catch(() => undefined),
    readFile('/proc/self/mounts', 'utf8'),
    markedProcesses(name),
  ]);
  const left = named.filter(ours).map((netns) => `network namespace ${netns}`);
  if (keepers !== undefined) left.push(`directory ${KEEP_DIR}/${name}`);
  for (const line of mounts.split('\n'))
    if (line.includes(` ${KEEP_DIR}/${name}/`)) left.push(`mount ${line.split(' ')[1]}`);
  for (const link of [rootManagement(name), rootPublic(name)])
    if (await hasLink(null, link)) left.push(`interface ${link}`);
  for (const pid of new Set([...marked, ...(await processesOf(await keptNamespaces(name)))]))
    left.push(`process ${pid}`);
  for (let index = 1; index <= 16; index++)
    left.push(...(await leftControlGroups(`${name}-h${index}`)).map((dir) => `control group ${dir}`));
  return left;
}
