// The router's interfaces: what the host and the namespace should have, compared with what they have, as iproute2
// batches. Pure functions. Interfaces come up last and only after the firewall is loaded (see converge.ts).
import type { RouterSpec } from '#protocol/messages.ts';
import type { AddressedLink, Link } from '../net/iproute.ts';
import { bridgeOf } from '../net/interface-names.ts';
import { GUEST_NIC, PUBLIC_NIC } from './names.ts';
import type { Names } from './names.ts';

type Cable = { nic: string; outside: string; bridge: string; mac: string; mtu: number; addresses: string[] };
export type Cables = { cables: Cable[]; gateway: string | null; source: string | null };

/** `bridgeMtu` of the public bridge, which the public side follows. */
export function cablesOf(spec: RouterSpec, names: Names, bridgeMtu: (bridge: string) => number): Cables {
  const guest: Cable = {
    nic: GUEST_NIC,
    outside: names.guestSide,
    bridge: bridgeOf(spec.guest.vni),
    mac: spec.guest.mac,
    mtu: spec.guest.mtu,
    addresses: [`${spec.guest.address}/${spec.guest.prefix}`],
  };
  if (spec.public === null) return { cables: [guest], gateway: null, source: null };
  // One card has one MAC: that of the address the router itself speaks as.
  const main = spec.public.addresses.find((address) => address.sourceNat) ?? spec.public.addresses[0]!;
  const outward: Cable = {
    nic: PUBLIC_NIC,
    outside: names.publicSide,
    bridge: spec.public.bridge,
    mac: main.mac,
    mtu: bridgeMtu(spec.public.bridge),
    addresses: spec.public.addresses.map((address) => `${address.ip}/${address.prefix}`),
  };
  return { cables: [guest, outward], gateway: spec.public.gateway, source: main.ip };
}

export type Laying = {
  /** For the router's namespace, first of all. */
  clearing: string[];
  /** For the host's namespace, before the firewall is loaded. */
  outside: string[];
  /** For the router's namespace, after it. */
  inside: string[];
  /** Public addresses that are new, for which neighbours must be told. */
  announced: string[];
  nics: string[];
  /** A card was made anew: whoever was bound to the old one must start again. */
  renewed: boolean;
};

/** `within` is null when the namespace does not exist yet. */
export function laying(
  wanted: Cables,
  names: Names,
  host: readonly Link[],
  within: readonly AddressedLink[] | null,
): Laying {
  const laid: Laying = {
    clearing: [],
    outside: within === null ? [`netns add ${names.namespace}`] : [],
    inside: ['link set lo up'],
    announced: [],
    nics: wanted.cables.map((cable) => cable.nic),
    renewed: false,
  };
  for (const cable of wanted.cables) lay(cable, names, { host, within: within ?? [] }, laid);
  if (wanted.cables.length === 1 && host.some((link) => link.ifname === names.publicSide))
    laid.outside.push(`link delete ${names.publicSide}`);
  // On link, so that a gateway outside of the address's own prefix is reached too.
  if (wanted.gateway !== null)
    laid.inside.push(`route replace default via ${wanted.gateway} dev ${PUBLIC_NIC} onlink src ${wanted.source}`);
  return laid;
}

function lay(
  cable: Cable,
  names: Names,
  present: { host: readonly Link[]; within: readonly AddressedLink[] },
  laid: Laying,
): void {
  const outside = present.host.find((link) => link.ifname === cable.outside);
  const found = present.within.find((link) => link.ifname === cable.nic);
  const nic = outside === undefined ? undefined : found;
  if (nic === undefined) {
    // Half a cable is none: its other end went with a namespace or was deleted by hand.
    if (outside !== undefined) laid.outside.push(`link delete ${cable.outside}`);
    else if (found !== undefined) laid.clearing.push(`link delete ${cable.nic}`);
    laid.outside.push(
      `link add ${cable.outside} mtu ${cable.mtu} type veth peer name ${cable.nic} address ${cable.mac} mtu ${cable.mtu} netns ${names.namespace}`,
    );
    laid.renewed = true;
  }
  if (
    nic === undefined ||
    outside?.master !== cable.bridge ||
    !outside.flags.includes('UP') ||
    outside.mtu !== cable.mtu
  ) {
    laid.outside.push(`link set ${cable.outside} mtu ${cable.mtu} master ${cable.bridge} up`);
  }
  if (nic !== undefined && (nic.address !== cable.mac || nic.mtu !== cable.mtu))
    laid.inside.push(`link set ${cable.nic} address ${cable.mac} mtu ${cable.mtu}`);
  const now = (nic?.addr_info ?? [])
    .filter((address) => address.family === 'inet')
    .map((address) => `${address.local}/${address.prefixlen}`);
  const missing = cable.addresses.filter((address) => !now.includes(address));
  laid.inside.push(...missing.map((address) => `address add ${address} dev ${cable.nic}`));
  laid.inside.push(
    ...now
      .filter((address) => !cable.addresses.includes(address))
      .map((address) => `address delete ${address} dev ${cable.nic}`),
  );
  laid.inside.push(`link set ${cable.nic} up`);
  if (cable.nic === PUBLIC_NIC) laid.announced.push(...missing.map((address) => address.split('/')[0]!));
}

/** Forwarding, and no more help to strangers than they need. Set once the interfaces exist: some are per interface. */
export const settings = (nics: readonly string[]): string[] => [
  'net.ipv4.ip_forward=1',
  'net.ipv4.conf.all.rp_filter=1',
  'net.ipv4.conf.all.accept_redirects=0',
  'net.ipv4.conf.all.send_redirects=0',
  ...nics.map((nic) => `net.ipv4.conf.${nic}.send_redirects=0`),
  // Answer ARP only for what the asked side has, and only speak as that.
  'net.ipv4.conf.all.arp_ignore=1',
  'net.ipv4.conf.all.arp_announce=2',
  // Removing the first address of a subnet must not take the others with it.
  'net.ipv4.conf.all.promote_secondaries=1',
  'net.ipv6.conf.all.disable_ipv6=1',
  'net.ipv6.conf.default.disable_ipv6=1',
  'net.netfilter.nf_conntrack_acct=1',
  // A connection that was ended must not be picked up again from its middle, with the roles swapped.
  'net.netfilter.nf_conntrack_tcp_loose=0',
];
