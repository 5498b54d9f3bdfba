// A guest network on this host: a bridge and, when there is an underlay, a VXLAN device that floods to the other hosts
// which have the network. The generation is kept in the bridge's alias, so that it lives exactly as long as the bridge:
// a restarted agent still refuses an older one. With `dir` the last spec is kept too, for a host that reboots alone.
// Invariant: the host's own IP stack takes no part in a guest network, it only carries frames.
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { networkSpec } from '#protocol/messages.ts';
import type { NetworkSpec } from '#protocol/messages.ts';
import { Turns } from '../dispatch.ts';
import { run } from '../process.ts';
import { Refused } from '../refused.ts';
import { base, noTenantPort, tenantPort } from './anti-spoof.ts';
import { bridgeOf, vxlanOf } from './interface-names.ts';
import { ipBatch, links, nft, sysctl } from './iproute.ts';
import type { Link } from './iproute.ts';

export type Underlay = {
  /** The address VXLAN packets leave from. */
  underlayIp: string;
  /** Where specs are kept across reboots; without it they are not. */
  dir?: string;
};

const VXLAN_PORT = 4789;
const EVERYONE = '00:00:00:00:00:00';
const turns = new Turns();

const aliasOf = (generation: number): string => `nephos generation ${generation}`;
/** -1 for a bridge that is not ours yet. */
export const generationOf = (bridge: { ifalias?: string } | undefined): number =>
  Number(/^nephos generation (\d+)$/.exec(bridge?.ifalias ?? '')?.[1] ?? -1);

export async function applyNetwork(spec: NetworkSpec, host: Underlay): Promise<void> {
  await turns.take(`network:${spec.vni}`, async () => {
    const present = await links();
    const current = generationOf(present.find((link) => link.ifname === bridgeOf(spec.vni)));
    if (spec.generation < current)
      throw new Refused(
        'stale',
        `network ${spec.vni} is at generation ${current} here; this is generation ${spec.generation}`,
      );
    if (host.dir !== undefined) await keep(host.dir, spec);
    await ipBatch(deviceChanges(spec, host.underlayIp, present));
    await Promise.all([flood(spec, host.underlayIp), seclude(spec)]);
    // Last, so that an interrupted apply is not taken for a finished one.
    await ipBatch([`link set ${bridgeOf(spec.vni)} alias "${aliasOf(spec.generation)}" up`]);
  });
}

/** Refused while a guest or a router is still plugged in: they would lose their network without anybody having said so. */
export async function removeNetwork(vni: number, host: Pick<Underlay, 'dir'> = {}): Promise<void> {
  await turns.take(`network:${vni}`, async () => {
    const present = await links();
    const names = [bridgeOf(vni), vxlanOf(vni)];
    const plugged = present
      .filter((link) => link.master === bridgeOf(vni) && link.ifname !== vxlanOf(vni))
      .map((link) => link.ifname);
    if (plugged.length > 0)
      throw new Refused(
        'refused',
        `network ${vni} is in use on this host by ${plugged.slice(0, 5).join(', ')}; detach them first`,
      );
    if (host.dir !== undefined) await rm(fileOf(host.dir, vni), { force: true });
    await ipBatch(present.filter((link) => names.includes(link.ifname)).map((link) => `link delete ${link.ifname}`));
    await nft(base() + noTenantPort(vxlanOf(vni)));
  });
}

/** After a reboot: put back every network this host had, from disk alone. Says which could not be, and why. */
export async function restoreNetworks(host: Underlay & { dir: string }): Promise<{ vni: number; error: Error }[]> {
  const failed: { vni: number; error: Error }[] = [];
  for (const name of await readdir(host.dir).catch(() => [])) {
    const vni = Number(/^(\d+)\.json$/.exec(name)?.[1] ?? 0);
    if (vni === 0) continue;
    try {
      await applyNetwork(networkSpec.parse(JSON.parse(await readFile(fileOf(host.dir, vni), 'utf8'))), host);
    } catch (error) {
      // A newer one on the bridge means somebody was faster; that is the state to have.
      if (!(error instanceof Refused && error.code === 'stale')) failed.push({ vni, error: error as Error });
    }
  }
  return failed;
}

const fileOf = (dir: string, vni: number): string => join(dir, `${vni}.json`);

async function keep(dir: string, spec: NetworkSpec): Promise<void> {
  await mkdir(dir, { recursive: true });
  const file = fileOf(dir, spec.vni);
  await writeFile(`${file}.new`, JSON.stringify(spec));
  await rename(`${file}.new`, file);
}

/** The ip commands that make bridge and VXLAN device what they should be; `present` is what the host has. */
export function deviceChanges(spec: NetworkSpec, underlayIp: string, present: readonly Link[]): string[] {
  const [bridge, vxlan] = [bridgeOf(spec.vni), vxlanOf(spec.vni)];
  const found = present.find((link) => link.ifname === vxlan);
  const fits = found?.linkinfo?.info_data?.id === spec.vni && found.linkinfo.info_data.local === underlayIp;
  return [
    // Without multicast snooping: nobody on a tenant's network asks for memberships, so it would drop, not save.
    ...(present.some((link) => link.ifname === bridge)
      ? []
      : [`link add ${bridge} type bridge stp_state 0 forward_delay 0 mcast_snooping 0`]),
    ...(found !== undefined && !fits ? [`link delete ${vxlan}`] : []),
    ...(fits ? [] : [`link add ${vxlan} type vxlan id ${spec.vni} dstport ${VXLAN_PORT} local ${underlayIp} ttl 64`]),
    `link set ${vxlan} mtu ${spec.mtu} master ${bridge}`,
    `link set ${bridge} mtu ${spec.mtu} arp off`,
  ];
}

type FloodEntry = { mac: string; dst?: string };

/** The bridge(8) commands that turn the flood list into `peers`. */
export function floodChanges(vni: number, peers: readonly string[], entries: readonly FloodEntry[]): string[] {
  const now = entries.filter((entry) => entry.mac === EVERYONE && entry.dst !== undefined).map((entry) => entry.dst!);
  const change = (verb: 'append' | 'delete', peer: string): string =>
    `fdb ${verb} ${EVERYONE} dev ${vxlanOf(vni)} dst ${peer}`;
  return [
    ...peers.filter((peer) => !now.includes(peer)).map((peer) => change('append', peer)),
    ...now.filter((peer) => !peers.includes(peer)).map((peer) => change('delete', peer)),
  ];
}

async function flood(spec: NetworkSpec, underlayIp: string): Promise<void> {
  const { stdout } = await run(['bridge', '-json', 'fdb', 'show', 'dev', vxlanOf(spec.vni)]);
  const peers = [...new Set(spec.peers)].filter((peer) => peer !== underlayIp);
  const changes = floodChanges(spec.vni, peers, stdout.trim() === '' ? [] : (JSON.parse(stdout) as FloodEntry[]));
  if (changes.length > 0) await run(['bridge', '-batch', '-'], { input: `${changes.join('\n')}\n` });
  // Only now may frames come and go.
  await ipBatch([`link set ${vxlanOf(spec.vni)} up`]);
}

/** Keeps bridged frames out of the host's IP stack and its firewall: br_netfilter would show them to every rule made
 * for the host's own traffic, and to one connection table in which tenants with the same addresses would meet. */
async function seclude(spec: NetworkSpec): Promise<void> {
  await Promise.all([
    sysctl([
      'net.bridge.bridge-nf-call-iptables=0',
      'net.bridge.bridge-nf-call-ip6tables=0',
      'net.bridge.bridge-nf-call-arptables=0',
      ...[bridgeOf(spec.vni), vxlanOf(spec.vni)].map((name) => `net.ipv6.conf.${name}.disable_ipv6=1`),
    ]),
    nft(base() + tenantPort(vxlanOf(spec.vni))),
  ]);
}
