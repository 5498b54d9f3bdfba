// How this agent speaks to iproute2: batches on standard input, JSON back. No knowledge of networks or routers.
// Everything happens in the network namespace the agent runs in, or in the one that is named.
import { run } from '../process.ts';

export type Link = {
  ifname: string;
  flags: string[];
  mtu: number;
  master?: string;
  address?: string;
  ifalias?: string;
  linkinfo?: { info_kind?: string; info_data?: { id?: number; local?: string } };
};
export type Address = { family: string; local: string; prefixlen: number; scope?: string };
export type AddressedLink = Link & { addr_info: Address[] };

const json = <T>(text: string): T[] =>
  text.trim() === '' ? [] : (JSON.parse(text) as T[]).filter((entry) => Object.keys(entry as object).length > 0);
const inside = (namespace: string | undefined): string[] => (namespace === undefined ? [] : ['-n', namespace]);

/** All interfaces, with what kind they are. */
export async function links(): Promise<Link[]> {
  return json<Link>((await run(['ip', '-details', '-json', 'link', 'show'])).stdout);
}

/** Ends of cables only, and of them what is asked often: name, flags, MTU and bridge. */
export async function cableEnds(): Promise<Link[]> {
  return json<Link>((await run(['ip', '-json', 'link', 'show', 'type', 'veth'])).stdout);
}

export async function addressedLinks(namespace: string): Promise<AddressedLink[]> {
  const { stdout } = await run(['ip', ...inside(namespace), '-json', 'address', 'show']);
  return json<AddressedLink>(stdout);
}

/** Commands without the leading `ip`, done in order by one process; the first that fails ends the batch. */
export async function ipBatch(commands: readonly string[], namespace?: string): Promise<void> {
  if (commands.length === 0) return;
  await run(['ip', ...inside(namespace), '-batch', '-'], { input: `${commands.join('\n')}\n` });
}

/** Replace or extend the firewall in one transaction: all of `text` takes effect at one instant, or nothing does. */
export async function nft(text: string, namespace?: string): Promise<void> {
  await run([...enter(namespace), 'nft', '-f', '-'], { input: text });
}

export async function sysctl(settings: readonly string[], namespace?: string): Promise<void> {
  // -e: a kernel without IPv6 or without br_netfilter has no such key, and needs none.
  await run([...enter(namespace), 'sysctl', '-e', '-q', '-w', ...settings]);
}

/** nsenter and not `ip netns exec`: the latter builds a mount namespace each time, which costs more than the program. */
export const enter = (namespace: string | undefined): string[] =>
  namespace === undefined ? [] : ['nsenter', `--net=/run/netns/${namespace}`, '--'];
