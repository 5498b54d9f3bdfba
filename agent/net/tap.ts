// A guest's card on the host: on the right bridge, guarded against spoofing, limited in rate. Repeatable: attaching
// twice is attaching once, detaching what is not there is done.
// Invariant: the guard is loaded before the card is on the bridge, so there is no instant in which it may lie.
import type { NicSpec } from '#protocol/messages.ts';
import { Refused } from '../refused.ts';
import { CommandFailed, run, runStatus } from '../process.ts';
import { antiSpoof, forget, listGuard } from './anti-spoof.ts';
import { bridgeOf, queueOf } from './interface-names.ts';
import { ipBatch, links, nft, sysctl } from './iproute.ts';
import type { Link } from './iproute.ts';
import { limit, unlimited } from './rate-limit.ts';
import type { Limit } from './rate-limit.ts';

/** Load the guard alone. The interface need not exist yet: called before a guest starts, its first frame is judged already. */
export const guardTap = (nic: NicSpec): Promise<void> => nft(antiSpoof([nic]));

/** The interface exists (QEMU or libvirt made it). Throws `missing` when it or the network's bridge does not. */
export async function attachTap(nic: NicSpec): Promise<void> {
  await guardTap(nic);
  const present = await links();
  const bridge = bridgeOf(nic.vni);
  const tap = find(present, nic.tap, `card ${nic.mac} has no interface ${nic.tap} on this host`);
  find(present, bridge, `network ${nic.vni} is not on this host; network.apply makes it`);
  const move = tap.master === bridge ? '' : ` master ${bridge}`;
  // Else the host itself would speak on the tenant's wire: the kernel asks for IPv6 routers on every interface.
  await sysctl([`net.ipv6.conf.${nic.tap}.disable_ipv6=1`]);
  await ipBatch([`link set ${nic.tap} mtu ${nic.mtu}${move} up`]);
  await shape(nic.tap, nic.rateMbps, present);
}

/** `mac` says whose card it is: an interface that has meanwhile become another card's keeps its guard. */
export async function detachTap({ tap, mac }: { tap: string; mac: string }): Promise<void> {
  const guard = await runStatus(listGuard(tap));
  if (guard.code === 0 && !guard.stdout.includes(mac)) return;
  const present = await links();
  if (present.some((link) => link.ifname === tap)) await ipBatch([`link set ${tap} nomaster`]);
  await shape(tap, null, present);
  await nft(forget(tap));
}

function find(present: readonly Link[], name: string, otherwise: string): Link {
  const link = present.find((one) => one.ifname === name);
  if (link === undefined) throw new Refused('missing', otherwise);
  return link;
}

async function shape(tap: string, rateMbps: number | null, present: readonly Link[]): Promise<void> {
  const hasQueue = present.some((link) => link.ifname === queueOf(tap));
  const exists = present.some((link) => link.ifname === tap);
  if (rateMbps === null && !hasQueue) return;
  const kinds = exists ? await queueingOf(tap) : [];
  const now = { hasQueue, hasIngress: kinds.includes('ingress'), hasRoot: kinds.includes('tbf') };
  const change: Limit = rateMbps === null ? unlimited(tap, now) : limit(tap, rateMbps, now);
  if (rateMbps !== null) await ipBatch(change.ip);
  if (change.tc.length > 0) await run(['tc', '-batch', '-'], { input: `${change.tc.join('\n')}\n` });
  if (rateMbps === null) await ipBatch(change.ip);
}

async function queueingOf(tap: string): Promise<string[]> {
  try {
    const { stdout } = await run(['tc', '-json', 'qdisc', 'show', 'dev', tap]);
    return (JSON.parse(stdout) as { kind: string }[]).map((qdisc) => qdisc.kind);
  } catch (error) {
    if (error instanceof CommandFailed) return []; // the interface went away meanwhile: nothing to shape
    throw error;
  }
}
