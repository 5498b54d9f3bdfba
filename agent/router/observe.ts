// A cheap look at a running router without starting a program: the network files of a process inside the namespace
// tell its addresses, routes and whether it forwards. The parsers are pure; reading is the only effect.
// It sees what breaks traffic, not everything that could differ; converge.ts looks closely.
// The files are the kernel's own and never wait for a disk: read at once they cost a tenth of what a promise each does.
import { readFileSync, readlinkSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { RouterSpec } from '#protocol/messages.ts';
import type { Link } from '../net/iproute.ts';
import { toIp } from './ipv4.ts';
import { GUEST_NIC, NAMESPACE_DIR, PUBLIC_NIC } from './names.ts';
import type { Names } from './names.ts';
import type { Cables } from './cables.ts';

const NSFS_MAGIC = 0x6e736673;

const attempt = <T>(read: () => T): T | null => {
  try {
    return read();
  } catch {
    return null;
  }
};

/** An identity of the namespace behind the name; null when there is none (a bare file left by an unmounted one is none). */
export function namespaceId(name: string): number | null {
  const path = join(NAMESPACE_DIR, name);
  return attempt(() => (statfsSync(path).type === NSFS_MAGIC ? statSync(path).ino : null));
}

/** Whether a process is in the namespace with this identity. */
export const livesIn = (pid: number, namespace: number): boolean =>
  attempt(() => readlinkSync(`/proc/${pid}/ns/net`)) === `net:[${namespace}]`;

/** The process in a pid file if it was started with this argument; null when it does not run. A pid alone may by now be
 * somebody else's; a dead child nobody reaped has no arguments any more. */
export function processOf(pidFile: string, argument: string): number | null {
  return attempt(() => {
    const pid = Number(readFileSync(pidFile, 'utf8'));
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(argument) ? pid : null;
  });
}

/** All addresses the kernel takes for its own, from /proc/net/fib_trie. */
export function localAddresses(fibTrie: string): Set<string> {
  const found = new Set<string>();
  for (const match of fibTrie.matchAll(/\|-- (\d+\.\d+\.\d+\.\d+)\n\s+\/32 host LOCAL/g))
    if (!match[1]!.startsWith('127.')) found.add(match[1]!);
  return found;
}

/** `gateway dev` of the default route from /proc/net/route, or null. */
export function defaultRoute(routes: string): string | null {
  for (const line of routes.split('\n').slice(1)) {
    const [dev, destination, gateway, , , , , mask] = line.split('\t');
    if (destination !== '00000000' || mask !== '00000000') continue;
    const bytes = gateway!.match(/../g)!.toReversed().join(''); // little-endian, as the kernel prints it here
    return `${toIp(Number.parseInt(bytes, 16))} ${dev}`;
  }
  return null;
}

/** From /proc/net/snmp, whose first number of IP says 1 for forwarding. */
export const isForwarding = (snmp: string): boolean => /^Ip: 1 /m.test(snmp);

export type Inside = { addresses: Set<string>; route: string | null; forwards: boolean };

/** Null when the process is gone. */
export function insideOf(pid: number): Inside | null {
  return attempt(() => {
    const [trie, routes, snmp] = ['fib_trie', 'route', 'snmp'].map((file) =>
      readFileSync(`/proc/${pid}/net/${file}`, 'utf8'),
    ) as [string, string, string];
    return { addresses: localAddresses(trie), route: defaultRoute(routes), forwards: isForwarding(snmp) };
  });
}

/** What of the inside is not as it should be, in words an administrator understands. */
export function insideDifferences(spec: RouterSpec, inside: Inside): string[] {
  const wanted = [spec.guest.address, ...(spec.public?.addresses ?? []).map((address) => address.ip)];
  const route = spec.public === null ? null : `${spec.public.gateway} ${PUBLIC_NIC}`;
  return [
    ...wanted.filter((ip) => !inside.addresses.has(ip)).map((ip) => `address ${ip} missing`),
    ...[...inside.addresses].filter((ip) => !wanted.includes(ip)).map((ip) => `unexpected address ${ip}`),
    ...(inside.route === route
      ? []
      : [inside.route === null ? 'default route missing' : `default route by ${inside.route}`]),
    ...(inside.forwards ? [] : ['forwarding was off']),
  ];
}

/** The same for the host's ends of the cables. */
export function cableDifferences(wanted: Cables, names: Names, host: readonly Link[]): string[] {
  const problems = wanted.cables.flatMap((cable) => {
    const link = host.find((one) => one.ifname === cable.outside);
    if (link === undefined) return [`${cable.nic} had no cable`];
    if (link.master !== cable.bridge) return [`${cable.nic} was not on bridge ${cable.bridge}`];
    return link.flags.includes('UP') && link.flags.includes('LOWER_UP') ? [] : [`${cable.nic} was down`];
  });
  const surplus = wanted.cables.length === 1 && host.some((link) => link.ifname === names.publicSide);
  return surplus ? [...problems, `${PUBLIC_NIC} was there beside ${GUEST_NIC}`] : problems;
}
