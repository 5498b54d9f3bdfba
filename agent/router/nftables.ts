// The router's whole packet policy as one nftables transaction: a pure function of the spec. Loading it replaces our
// table at one instant; connections and their translations live in the connection table and are not touched.
// Filtering of what comes to a public address happens before translation, on the address and port the outside used,
// so a public address behaves the same from the Internet and from a guest.
// Invariants: without a rule nothing comes in; nothing leaves the public side under an address that is not ours.
import type { RouterSpec } from '#protocol/messages.ts';
import { distinct, networkOf } from './ipv4.ts';
import { GUEST_NIC, PUBLIC_NIC } from './names.ts';

export const TABLE = 'inet nephos_router';
/** IPv4 and TCP headers without options: what a frame carries besides the segment. */
const HEADERS = 40;

type Firewall = RouterSpec['firewall'][number];
type Egress = RouterSpec['egress']['rules'][number];
type Forward = RouterSpec['portForwards'][number];
type Ports = { start: number; end: number };

const span = ({ start, end }: Ports): string => (start === end ? `${start}` : `${start}-${end}`);
const lines = (all: readonly string[]): string => all.map((line) => `\n    ${line}`).join('');
const chain = (name: string, rules: readonly string[]): string => `\n  chain ${name} {${lines(rules)}\n  }\n`;
const hook = (kind: string, where: string, priority: string, policy: 'accept' | 'drop'): string => `type ${kind} hook ${where} priority ${priority}; policy ${policy};`;

/** Nothing to match when the list is empty (anywhere) or holds everything. */
function within(field: string, cidrs: readonly string[]): string {
  const kept = distinct(cidrs);
  if (kept.length === 0 || kept[0] === '0.0.0.0/0') return '';
  return `${field} { ${kept.join(', ')} } `;
}

function protocol(rule: Firewall | Egress): string {
  const { protocol: name, ports, icmpType = -1, icmpCode = -1 } = rule;
  if (name === 'all') return '';
  if (name !== 'icmp') return ports === undefined ? `meta l4proto ${name} ` : `${name} dport ${span(ports)} `;
  if (icmpType === -1) return 'meta l4proto icmp ';
  return icmpCode === -1 ? `icmp type ${icmpType} ` : `icmp type ${icmpType} icmp code ${icmpCode} `;
}

const firewallChain = (ip: string): string => `fw_${ip}`;

function firewallChains(spec: RouterSpec): string {
  const addresses = spec.public?.addresses.map((address) => address.ip) ?? [];
  return addresses.map((ip) => chain(firewallChain(ip), [
    ...spec.firewall.filter((rule) => rule.publicIp === ip).map((rule) => `${within('ip saddr', rule.sourceCidrs)}${protocol(rule)}accept`),
    'drop',
  ])).join('');
}

function publicIn(spec: RouterSpec): string {
  const addresses = spec.public?.addresses.map((address) => address.ip) ?? [];
  const verdicts = addresses.map((ip) => `${ip} : goto ${firewallChain(ip)}`);
  return chain('public_in', [
    hook('filter', 'prerouting', 'mangle', 'accept'),
    'ct state established,related accept',
    'ct state invalid drop',
    ...(verdicts.length === 0 ? [] : [`ip daddr vmap { ${verdicts.join(', ')} }`]),
    `iifname "${PUBLIC_NIC}" drop`,
  ]);
}

/** nftables translates a range to a range in any order it likes; port by port keeps the promise that 8001 goes to 9001. */
function forward({ publicIp, protocol: name, publicPorts, guestIp, guestPorts }: Forward): string {
  const from = `ip daddr ${publicIp} ${name} dport ${span(publicPorts)}`;
  if (publicPorts.start === guestPorts.start && publicPorts.end === guestPorts.end) return `${from} dnat ip to ${guestIp}`;
  if (guestPorts.start === guestPorts.end) return `${from} dnat ip to ${guestIp}:${guestPorts.start}`;
  const pairs = Array.from({ length: publicPorts.end - publicPorts.start + 1 }, (_, i) => `${publicPorts.start + i} : ${guestIp} . ${guestPorts.start + i}`);
  return `${from} dnat ip to ${name} dport map { ${pairs.join(', ')} }`;
}

const translateIn = (spec: RouterSpec): string => chain('translate_in', [
  hook('nat', 'prerouting', 'dstnat', 'accept'),
  ...spec.portForwards.map(forward),
  ...spec.staticNats.map((nat) => `ip daddr ${nat.publicIp} dnat ip to ${nat.guestIp}`),
]);

function translateOut(spec: RouterSpec): string {
  const network = networkOf(spec.guest.address, spec.guest.prefix);
  const source = spec.public?.addresses.find((address) => address.sourceNat);
  return chain('translate_out', [
    hook('nat', 'postrouting', 'srcnat', 'accept'),
    // A guest reaching another by the public address: the answer must come back through here.
    `oifname "${GUEST_NIC}" ip saddr ${network} ct status dnat snat ip to ${spec.guest.address}`,
    ...spec.staticNats.map((nat) => `oifname "${PUBLIC_NIC}" ip saddr ${nat.guestIp} snat ip to ${nat.publicIp}`),
    ...(source === undefined ? [] : [`oifname "${PUBLIC_NIC}" ip saddr ${network} snat ip to ${source.ip}`]),
  ]);
}

/** After translation: an address that is not ours would tell the outside of a tenant's own network. */
function leaving(spec: RouterSpec): string {
  const addresses = spec.public?.addresses.map((address) => address.ip) ?? [];
  if (addresses.length === 0) return '';
  return chain('leaving', [
    hook('filter', 'postrouting', '300', 'accept'),
    `oifname "${PUBLIC_NIC}" ip saddr != { ${addresses.join(', ')} } drop`,
  ]);
}

const forwarding = (spec: RouterSpec): string => chain('forwarding', [
  hook('filter', 'forward', 'filter', 'drop'),
  // For guests that ignore the MTU they were offered.
  `tcp flags syn / syn,rst tcp option maxseg size set ${spec.guest.mtu - HEADERS}`,
  'ct state established,related accept',
  `iifname "${GUEST_NIC}" oifname "${PUBLIC_NIC}" ip saddr ${networkOf(spec.guest.address, spec.guest.prefix)} goto egress`,
  `oifname "${GUEST_NIC}" ct status dnat accept`,
]);

/** As in CloudStack: rules are the exceptions from the default, so with an allowing default they forbid. */
const egress = (spec: RouterSpec): string => chain('egress', [
  ...spec.egress.rules.map((rule) => `${within('ip saddr', rule.sourceCidrs)}${within('ip daddr', rule.destinationCidrs)}${protocol(rule)}${spec.egress.defaultAllow ? 'drop' : 'accept'}`),
  spec.egress.defaultAllow ? 'accept' : 'drop',
]);

const toRouter = (spec: RouterSpec): string => chain('to_router', [
  hook('filter', 'input', 'filter', 'drop'),
  'iifname "lo" accept',
  'ct state established,related accept',
  `iifname "${GUEST_NIC}" udp dport 67 accept`,
  `iifname "${GUEST_NIC}" ip daddr ${spec.guest.address} udp dport 53 accept`,
  `iifname "${GUEST_NIC}" ip daddr ${spec.guest.address} tcp dport { 53, 80, 8080 } accept`,
  // From outside only where public_in let it pass.
  'icmp type echo-request accept',
]);

/** Everything for `nft -f`. */
export const nftables = (spec: RouterSpec): string => [
  `add table ${TABLE}\ndelete table ${TABLE}\ntable ${TABLE} {`,
  publicIn(spec), firewallChains(spec), translateIn(spec), translateOut(spec), leaving(spec), forwarding(spec), egress(spec), toRouter(spec),
  '}\n',
].join('');
