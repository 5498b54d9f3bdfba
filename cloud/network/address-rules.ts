// What is accepted as an address, a CIDR, a range, and the little arithmetic on them. Pure. Every refusal names the parameter.
import ipaddr from 'ipaddr.js';
import { fail } from '#api/errors.ts';

export const isIpv4 = (text: string): boolean => ipaddr.IPv4.isValidFourPartDecimal(text);

export function checkIpv4(parameter: string, text: string): string {
  if (!isIpv4(text))
    fail(
      'invalidParameter',
      `${parameter} is '${text.slice(0, 60)}'; an IPv4 address is accepted, for instance 10.1.1.1`,
      { parameter },
    );
  return text;
}

export interface Cidr {
  readonly network: number;
  readonly prefix: number;
  readonly first: number;
  readonly last: number;
  readonly text: string;
}

/** `10.1.1.0/24` → numbers. The address must be the network's own unless `anyAddress`. */
export function checkCidr(parameter: string, text: string, { anyAddress = false } = {}): Cidr {
  const [address = '', bits = '', ...more] = text.split('/');
  const prefix = Number(bits);
  if (more.length > 0 || !isIpv4(address) || !/^\d{1,2}$/.test(bits) || prefix > 32) {
    return fail(
      'invalidParameter',
      `${parameter} is '${text.slice(0, 60)}'; a CIDR is accepted, for instance 10.1.1.0/24`,
      { parameter },
    );
  }
  const size = 2 ** (32 - prefix);
  const network = Math.floor(toNumber(address) / size) * size;
  if (!anyAddress && network !== toNumber(address))
    fail(
      'invalidParameter',
      `${parameter} is ${text}; the network's own address is accepted: ${toText(network)}/${prefix}`,
      { parameter },
    );
  return { network, prefix, first: network, last: network + size - 1, text: `${toText(network)}/${prefix}` };
}

export const toNumber = (address: string): number =>
  address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
export const toText = (number: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');

export const cidrContains = (cidr: Cidr, address: string): boolean => {
  const n = toNumber(address);
  return n >= cidr.first && n <= cidr.last;
};
export const cidrsOverlap = (a: Cidr, b: Cidr): boolean => a.first <= b.last && b.first <= a.last;

const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10'].map((text) =>
  checkCidr('private', text),
);
/** RFC 1918 and RFC 6598: where guest networks may live. */
export const isPrivateCidr = (cidr: Cidr): boolean =>
  PRIVATE.some((range) => range.first <= cidr.first && cidr.last <= range.last);

/** Prefix length of a dotted netmask. */
export function checkNetmask(parameter: string, netmask: string): number {
  const prefix = isIpv4(netmask) ? ipaddr.IPv4.parse(netmask).prefixLengthFromSubnetMask() : null;
  if (prefix === null)
    return fail(
      'invalidParameter',
      `${parameter} is '${netmask.slice(0, 60)}'; a netmask is accepted, for instance 255.255.255.0`,
      { parameter },
    );
  return prefix;
}
export const netmaskOf = (prefix: number): string => toText(prefix === 0 ? 0 : 2 ** 32 - 2 ** (32 - prefix));

/** A range of addresses, both ends in the network; `end` defaults to `start`. Returns them as numbers. */
export function checkRange({
  start,
  end = start,
  within,
  names = ['startip', 'endip'],
}: {
  start: string;
  end?: string;
  within?: Cidr;
  names?: readonly [string, string];
}): { first: number; last: number } {
  checkIpv4(names[0], start);
  checkIpv4(names[1], end);
  const range = { first: toNumber(start), last: toNumber(end) };
  if (range.last < range.first)
    fail(
      'invalidParameter',
      `${names[1]} ${end} comes before ${names[0]} ${start}; the end must not be before the start`,
      { parameter: names[1] },
    );
  if (within && !(cidrContains(within, start) && cidrContains(within, end)))
    fail('invalidParameter', `${names[0]} to ${names[1]} (${start} to ${end}) is not inside ${within.text}`, {
      parameter: names[0],
    });
  return range;
}
