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

/** `open`: all rules give one verdict, so their order says nothing and one more can simply be added. Such a rule only
 * admits more, except where it `forbids`. */
export type Chain = { name: string; rules: string[]; open?: 'admits' | 'forbids' };

const span = ({ start, end }: Ports): string => (start === end ? `${start}` : `${start}-${end}`);
const hook = (kind: string, where: string, priority: string, policy: 'accept' | 'drop'): string =>
  `type ${kind} hook ${where} priority ${priority}; policy ${policy};`;

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
const addressesOf = (spec: RouterSpec): string[] => spec.public?.addresses.map((address) => address.ip) ?? [];
const networkOfGuests = ({ guest }: RouterSpec): string => networkOf(guest.address, guest.prefix);

const firewall = (spec: RouterSpec): Chain[] =>
  addressesOf(spec).map((ip) => ({
    name: firewallChain(ip),
    open: 'admits',
    rules: spec.firewall
      .filter((rule) => rule.publicIp === ip)
      .map((rule) => `${within('ip saddr', rule.sourceCidrs)}${protocol(rule)}accept`),
  }));

function publicIn(spec: RouterSpec): Chain {
  const addresses = addressesOf(spec);
  const chains = addresses.map((ip) => `${ip} : jump ${firewallChain(ip)}`);
  return {
    name: 'public_in',
    rules: [
      hook('filter', 'prerouting', 'mangle', 'accept'),
      'ct state established,related accept',
      'ct state invalid drop',
      ...(addresses.length === 0
        ? []
        : [`ip daddr vmap { ${chains.join(', ')} }`, `ip daddr { ${addresses.join(', ')} } drop`]),
      `iifname "${PUBLIC_NIC}" drop`,
    ],
  };
}

/** nftables translates a range to a range in any order it likes; port by port keeps the promise that 8001 goes to 9001. */
function forward({ publicIp, protocol: name, publicPorts, guestIp, guestPorts }: Forward): string {
  const from = `ip daddr ${publicIp} ${name} dport ${span(publicPorts)}`;
  if (publicPorts.start === guestPorts.start && publicPorts.end === guestPorts.end)
    return `${from} dnat ip to ${guestIp}`;
  if (guestPorts.start === guestPorts.end) return `${from} dnat ip to ${guestIp}:${guestPorts.start}`;
  const pairs = Array.from(
    { length: publicPorts.end - publicPorts.start + 1 },
    (_, i) => `${publicPorts.start + i} : ${guestIp} . ${guestPorts.start + i}`,
  );
  return `${from} dnat ip to ${name} dport map { ${pairs.join(', ')} }`;
}

const translateIn = (spec: RouterSpec): Chain[] => [
  { name: 'port_forwards', open: 'admits', rules: spec.portForwards.map(forward) },
  {
    name: 'static_in',
    open: 'admits',
    rules: spec.staticNats.map((nat) => `ip daddr ${nat.publicIp} dnat ip to ${nat.guestIp}`),
  },
  {
    name: 'translate_in',
    rules: [hook('nat', 'prerouting', 'dstnat', 'accept'), 'jump port_forwards', 'jump static_in'],
  },
];

function translateOut(spec: RouterSpec): Chain[] {
  const source = spec.public?.addresses.find((address) => address.sourceNat);
  return [
    {
      name: 'static_out',
      open: 'admits',
      rules: spec.staticNats.map((nat) => `ip saddr ${nat.guestIp} snat ip to ${nat.publicIp}`),
    },
    {
      name: 'translate_out',
      rules: [
        hook('nat', 'postrouting', 'srcnat', 'accept'),
        // A guest reaching another by the public address: the answer must come back through here.
        `oifname "${GUEST_NIC}" ip saddr ${networkOfGuests(spec)} ct status dnat snat ip to ${spec.guest.address}`,
        `oifname "${PUBLIC_NIC}" jump static_out`,
        ...(source === undefined
          ? []
          : [`oifname "${PUBLIC_NIC}" ip saddr ${networkOfGuests(spec)} snat ip to ${source.ip}`]),
      ],
    },
  ];
}

/** After translation: an address that is not ours would tell the outside of a tenant's own network. */
function leaving(spec: RouterSpec): Chain[] {
  const addresses = addressesOf(spec);
  if (addresses.length === 0) return [];
  return [
    {
      name: 'leaving',
      rules: [
        hook('filter', 'postrouting', '300', 'accept'),
        `oifname "${PUBLIC_NIC}" ip saddr != { ${addresses.join(', ')} } drop`,
      ],
    },
  ];
}

/** As in CloudStack: egress rules are the exceptions from the default, so with an allowing default they forbid. */
function forwarding(spec: RouterSpec): Chain[] {
  const { defaultAllow, rules } = spec.egress;
  const [exception, otherwise] = defaultAllow ? ['drop', 'accept'] : ['accept', 'drop'];
  const outward = `iifname "${GUEST_NIC}" oifname "${PUBLIC_NIC}" ip saddr ${networkOfGuests(spec)}`;
  return [
    {
      name: 'egress',
      open: defaultAllow ? 'forbids' : 'admits',
      rules: rules.map(
        (rule) =>
          `${within('ip saddr', rule.sourceCidrs)}${within('ip daddr', rule.destinationCidrs)}${protocol(rule)}${exception}`,
      ),
    },
    {
      name: 'forwarding',
      rules: [
        hook('filter', 'forward', 'filter', 'drop'),
        // For guests that ignore the MTU they were offered.
        `tcp flags syn / syn,rst tcp option maxseg size set ${spec.guest.mtu - HEADERS}`,
        'ct state established,related accept',
        `${outward} jump egress`,
        `${outward} ${otherwise}`,
        `oifname "${GUEST_NIC}" ct status dnat accept`,
      ],
    },
  ];
}

const toRouter = (spec: RouterSpec): Chain => ({
  name: 'to_router',
  rules: [
    hook('filter', 'input', 'filter', 'drop'),
    'iifname "lo" accept',
    'ct state established,related accept',
    `iifname "${GUEST_NIC}" udp dport 67 accept`,
    `iifname "${GUEST_NIC}" ip daddr ${spec.guest.address} udp dport 53 accept`,
    `iifname "${GUEST_NIC}" ip daddr ${spec.guest.address} tcp dport { 53, 80, 8080 } accept`,
    // From outside only where public_in let it pass.
    'icmp type echo-request accept',
  ],
});

/** The policy, chain by chain; one that is jumped to comes before the one that jumps. */
export const chainsOf = (spec: RouterSpec): Chain[] => [
  ...firewall(spec),
  publicIn(spec),
  ...translateIn(spec),
  ...translateOut(spec),
  ...leaving(spec),
  ...forwarding(spec),
  toRouter(spec),
];

/** Everything for `nft -f`: takes the place of whatever our table held. */
export function nftables(chains: readonly Chain[]): string {
  const text = chains.map(
    ({ name, rules }) => `\n  chain ${name} {${rules.map((rule) => `\n    ${rule}`).join('')}\n  }\n`,
  );
  return `add table ${TABLE}\ndelete table ${TABLE}\ntable ${TABLE} {${text.join('')}}\n`;
}

/** When `after` only has more rules where order says nothing: these alone, which the kernel takes without waiting for
 * every packet in flight as a replacement does (a quarter of the time). Null when it takes a replacement. */
export function additions(
  before: readonly Chain[],
  after: readonly Chain[],
): { text: string; forbids: boolean } | null {
  if (before.length !== after.length) return null;
  const added: string[] = [];
  let forbids = false;
  for (const [index, chain] of after.entries()) {
    const more = moreRules(before[index]!, chain);
    if (more === null) return null;
    if (more.length > 0 && chain.open === 'forbids') forbids = true;
    added.push(...more.map((rule) => `add rule ${TABLE} ${chain.name} ${rule}\n`));
  }
  return { text: added.join(''), forbids };
}

function moreRules(before: Chain, after: Chain): string[] | null {
  const same =
    before.rules.length === after.rules.length && before.rules.every((rule, index) => rule === after.rules[index]);
  if (before.name !== after.name || before.open !== after.open) return null;
  if (same) return [];
  if (after.open === undefined) return null;
  const more = [...after.rules];
  for (const rule of before.rules) {
    const index = more.indexOf(rule);
    if (index < 0) return null;
    more.splice(index, 1);
  }
  return more;
}
