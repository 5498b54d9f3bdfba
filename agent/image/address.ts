// Which addresses an image may be fetched from. Anything that is not the public internet is refused by name, unless the
// operator has allowed its network. It knows no names and opens no connection.
// Invariant: what it lets through is the address itself; an IPv4 address in IPv6 clothing is judged as what it is.
import { BlockList, isIP, isIPv4 } from 'node:net';
import ipaddr from 'ipaddr.js';

type Range = readonly [network: string, prefix: number, what: string];

const NOT_PUBLIC_V4: readonly Range[] = [
  ['0.0.0.0', 8, 'unspecified'],
  ['10.0.0.0', 8, 'private'],
  ['100.64.0.0', 10, 'shared by a carrier’s customers'],
  ['127.0.0.0', 8, 'the host itself'],
  ['169.254.0.0', 16, 'link-local (where clouds keep their metadata)'],
  ['172.16.0.0', 12, 'private'],
  ['192.0.0.0', 24, 'reserved'],
  ['192.0.2.0', 24, 'for documentation'],
  ['192.88.99.0', 24, 'a tunnel’s'],
  ['192.168.0.0', 16, 'private'],
  ['198.18.0.0', 15, 'for benchmarks'],
  ['198.51.100.0', 24, 'for documentation'],
  ['203.0.113.0', 24, 'for documentation'],
  ['224.0.0.0', 4, 'multicast'],
  ['240.0.0.0', 4, 'reserved'],
];

/** Of IPv6 only 2000::/3 is public; within it these are not, or lead to an IPv4 address of the sender's choice. */
const NOT_PUBLIC_V6: readonly Range[] = [
  ['2001::', 23, 'reserved or a tunnel’s'],
  ['2001:db8::', 32, 'for documentation'],
  ['2002::', 16, 'a tunnel’s'],
  ['3fff::', 20, 'for documentation'],
];
/** Names for the best known of the rest. */
const OUTSIDE_V6: readonly Range[] = [
  ['::1', 128, 'the host itself'],
  ['64:ff9b::', 32, 'a translator’s'],
  ['fc00::', 7, 'private'],
  ['fe80::', 10, 'link-local'],
  ['ff00::', 8, 'multicast'],
];

const PUBLIC_V6: Range = ['2000::', 3, 'public'];

const lists = new Map<Range, BlockList>();

function inside(address: string, range: Range): boolean {
  const family = isIPv4(range[0]) ? 'ipv4' : 'ipv6';
  let list = lists.get(range);
  if (list === undefined) {
    list = new BlockList();
    list.addSubnet(range[0], range[1], family);
    lists.set(range, list);
  }
  return list.check(address, family);
}

/** The address as such: an IPv4 address mapped into IPv6 comes out as IPv4. */
export function plainAddress(address: string): string {
  return isIP(address) === 6 ? ipaddr.process(address.replace(/%.*/, '')).toString() : address;
}

/** What is wrong with fetching from this address, or null when nothing is. `allowedInternal` are networks (CIDR). */
export function whyNotPublic(address: string, allowedInternal: readonly string[]): string | null {
  if (isIP(address) === 0) return 'no address';
  const plain = plainAddress(address);
  if (isIPv4(plain)) {
    if (allowedInternal.some((cidr) => insideCidr(plain, cidr))) return null;
    if (plain !== address) return 'an IPv4 address written as IPv6';
    return NOT_PUBLIC_V4.find((range) => inside(plain, range))?.[2] ?? null;
  }
  const named = [...NOT_PUBLIC_V6, ...OUTSIDE_V6].find((range) => inside(plain, range));
  if (named !== undefined) return named[2];
  return inside(plain, PUBLIC_V6) ? null : 'not public';
}

function insideCidr(address: string, cidr: string): boolean {
  const [network = '', prefix = '32'] = cidr.split('/');
  const list = new BlockList();
  list.addSubnet(network, Number(prefix), 'ipv4');
  return list.check(address, 'ipv4');
}
