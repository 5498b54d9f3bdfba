// What a guest's card may send, as nftables text: pure functions, no side effects. The bridge family has no
// connection tracking and needs none here: every rule is about one frame. Frames are judged where they enter the
// bridge, so a lie reaches neither another guest nor the router nor another host.
// What is dropped is counted, rule by rule, so that an administrator sees who lies about what.
// Invariant: a card with an address speaks IPv4 and ARP as that MAC and those addresses, and nothing else.
import type { NicSpec } from '#protocol/messages.ts';
import { ROUTER_GUEST_SIDE } from './interface-names.ts';

export const TABLE = 'bridge nephos';
/** ifname is padded to 16 bytes by the kernel; the name itself has at most 15 characters (`interfaceName` of the protocol). */
const chainOf = (tap: string): string => `tap_${tap}`;
const set = (values: readonly string[]): string => `{ ${values.join(', ')} }`;

/** The table, the hook that finds a card's chain by its name, and the wall between tenants and the host itself. */
export const base = (): string => `add table ${TABLE}
add map ${TABLE} taps { type ifname : verdict; }
add set ${TABLE} ports { type ifname; }
add chain ${TABLE} from_guests { type filter hook prerouting priority -300; policy accept; }
flush chain ${TABLE} from_guests
add rule ${TABLE} from_guests iifname vmap @taps
add chain ${TABLE} to_host { type filter hook input priority -300; policy accept; }
flush chain ${TABLE} to_host
add rule ${TABLE} to_host iifname @ports drop
add rule ${TABLE} to_host iifname "${ROUTER_GUEST_SIDE}*" drop
`;

/** Names a port whose frames must never be delivered to the host's own IP stack (which answers ARP for any address it has). */
export const tenantPort = (port: string): string => `add element ${TABLE} ports { "${port}" }\n`;
export const noTenantPort = (port: string): string =>
  `${tenantPort(port)}delete element ${TABLE} ports { "${port}" }\n`;

function rules(nic: NicSpec): string[] {
  const own = [`ether saddr != ${nic.mac} counter drop`, `ether type arp arp saddr ether != ${nic.mac} counter drop`];
  // A network without addresses of ours (an L2 network): what the guests speak, and who serves DHCP, is their own affair.
  if (nic.ip === null) return own;
  const addresses = [nic.ip, ...nic.secondaryIps];
  return [
    ...own,
    // 0.0.0.0 asks whether an address is free before taking it.
    `ether type arp arp saddr ip ${set(['0.0.0.0', ...addresses])} accept`,
    'ether type ip udp sport 67 udp dport 68 counter drop',
    'ether type ip ip saddr 0.0.0.0 udp sport 68 udp dport 67 accept',
    `ether type ip ip saddr ${set(addresses)} accept`,
    // What is left: foreign addresses, IPv6 with its router advertisements, tagged frames that would hide all of these.
    'counter drop',
  ];
}

function guard(nic: NicSpec): string {
  const chain = chainOf(nic.tap);
  return (
    [
      `add chain ${TABLE} ${chain}`,
      `flush chain ${TABLE} ${chain}`,
      ...rules(nic).map((rule) => `add rule ${TABLE} ${chain} ${rule}`),
      `add element ${TABLE} taps { "${nic.tap}" : goto ${chain} }`,
      '',
    ].join('\n') + tenantPort(nic.tap)
  );
}

/** Guards for these cards, replacing what the same cards had and leaving all other cards alone. One transaction. */
export const antiSpoof = (nics: readonly NicSpec[]): string => base() + nics.map(guard).join('');

/** Takes a card's guard away; a card that has none is no error. */
export function forget(tap: string): string {
  const chain = chainOf(tap);
  return (
    base() +
    [
      `add chain ${TABLE} ${chain}`,
      `add element ${TABLE} taps { "${tap}" : goto ${chain} }`,
      `delete element ${TABLE} taps { "${tap}" : goto ${chain} }`,
      `flush chain ${TABLE} ${chain}`,
      `delete chain ${TABLE} ${chain}`,
      '',
    ].join('\n') +
    noTenantPort(tap)
  );
}

export const listGuard = (tap: string): string[] => ['nft', 'list', 'chain', ...TABLE.split(' '), chainOf(tap)];
