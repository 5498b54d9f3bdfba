// What a laboratory consists of and what each part is called. Pure: nothing here touches the machine.
// Invariant: every name that is visible outside a namespace begins with the laboratory's own name.

import ipaddr from 'ipaddr.js';

export type LabOptions = {
  /** Directory for the laboratory's files; they live in `<dir>/<name>`, which stopLab removes. `<dir>/accelerator.json` stays. */
  dir: string;
  /** 1 to 6 of a-z and 0-9, beginning with a letter; two laboratories on one machine differ in it. */
  name: string;
  /** How many hosts, 1 to 200. */
  hosts: number;
  /** The public network; default 198.19.113.0/24. Two laboratories on one machine need different ones. */
  publicCidr?: string;
};

export type LabHost = {
  /** From 1. */
  index: number;
  hostname: string;
  /** Named network namespace of the host. */
  netns: string;
  /** Address on phy0: management and VXLAN. */
  underlayIp: string;
  /** Files of this host. */
  dir: string;
};

export type Lab = {
  name: string;
  /** `<dir>/<name>`. */
  dir: string;
  /** 10.99.<subnet>.0/24 is the underlay of this laboratory. */
  subnet: number;
  /** The root namespace's address on the underlay: where a management server listens so that the hosts reach it. */
  managementIp: string;
  publicCidr: string;
  /** The «Internet»: gateway of the public network. */
  gatewayIp: string;
  /** The root namespace's address on the public network, so that a browser here reaches public addresses. */
  publicRootIp: string;
  publicPrefix: number;
  hosts: LabHost[];
};

/** Of the addresses that are set apart for laboratories (RFC 2544): never routed, and rarer in use than the documentation's. */
export const DEFAULT_PUBLIC_CIDR = '198.19.113.0/24';
/** Bridge of the public traffic in every host. */
export const PUBLIC_BRIDGE = 'pub';
/** Where name spaces that have no other holder are kept by a bind mount. */
export const KEEP_DIR = '/run/nephos-lab';
export const LAB_ENVIRONMENT = 'NEPHOS_LAB';

export const fabricOf = (name: string): string => `${name}-fab`;
export const internetOf = (name: string): string => `${name}-inet`;
export const hostNetns = (name: string, index: number): string => `${name}-h${index}`;
/** Ends of the two veths that are in the root namespace. */
export const rootPublic = (name: string): string => `${name}-pub`;
export const rootManagement = (name: string): string => `${name}-mgt`;
export const netnsFile = (netns: string): string => `/run/netns/${netns}`;
/** Bind mount of a host's UTS namespace: its number tells which processes belong to the host. */
export const utsFile = (name: string, index: number): string => `${KEEP_DIR}/${name}/h${index}.uts`;

const toNumber = (ip: string): number => ip.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
const toIp = (n: number): string => [24, 16, 8, 0].map((shift) => Math.floor(n / 2 ** shift) % 256).join('.');

/** The network of an interface which the public one would hide: the machine would be cut off from it. */
export function overlapping(
  publicCidr: string,
  interfaces: NodeJS.Dict<{ family: string; cidr: string | null }[]>,
): string | undefined {
  const wanted = ipaddr.parseCIDR(publicCidr);
  for (const [name, addresses = []] of Object.entries(interfaces)) {
    const hit = addresses.find(
      ({ family, cidr }) => family === 'IPv4' && cidr !== null && overlap(ipaddr.parseCIDR(cidr), wanted),
    );
    if (hit) return `${hit.cidr} (${name})`;
  }
  return undefined;
}

type Range = ReturnType<typeof ipaddr.parseCIDR>;
const overlap = (a: Range, b: Range): boolean => a[0].match(b) || b[0].match(a);

/** Work out every name and address. Throws a TypeError that says what would be accepted. */
export function planLab(options: LabOptions, subnet: number): Lab {
  if (!/^[a-z][a-z0-9]{0,5}$/.test(options.name))
    throw new TypeError(
      `a laboratory's name is 1 to 6 of a-z and 0-9 and begins with a letter, not ${JSON.stringify(options.name)}`,
    );
  if (!Number.isInteger(options.hosts) || options.hosts < 1 || options.hosts > 200)
    throw new TypeError(`a laboratory has 1 to 200 hosts, not ${options.hosts}`);
  const publicCidr = options.publicCidr ?? DEFAULT_PUBLIC_CIDR;
  const parts = /^((?:\d{1,3}\.){3}\d{1,3})\/(\d{1,2})$/.exec(publicCidr);
  const prefix = Number(parts?.[2]);
  if (parts === null || prefix < 8 || prefix > 29 || parts[1]!.split('.').some((part) => Number(part) > 255)) {
    throw new TypeError(
      `a public network is written like ${DEFAULT_PUBLIC_CIDR} with a prefix of 8 to 29, not ${JSON.stringify(publicCidr)}`,
    );
  }
  const base = Math.floor(toNumber(parts[1]!) / 2 ** (32 - prefix)) * 2 ** (32 - prefix);
  const dir = `${options.dir}/${options.name}`;
  return {
    name: options.name,
    dir,
    subnet,
    managementIp: `10.99.${subnet}.254`,
    publicCidr: `${toIp(base)}/${prefix}`,
    gatewayIp: toIp(base + 1),
    publicRootIp: toIp(base + 2),
    publicPrefix: prefix,
    hosts: Array.from({ length: options.hosts }, (_, i) => ({
      index: i + 1,
      hostname: `${options.name}-h${i + 1}`,
      netns: hostNetns(options.name, i + 1),
      underlayIp: `10.99.${subnet}.${i + 1}`,
      dir: `${dir}/h${i + 1}`,
    })),
  };
}
