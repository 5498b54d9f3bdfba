// Which connections of a router its rules would no longer admit: pure functions over the kernel's connection table.
// An established connection is not asked again by the firewall, so when a rule goes, what it let in must be ended by
// name. Judged is every connection against the whole new spec, not the difference of two specs: that is right after a
// missed generation, a crash between two steps, or a repair as well.
// Invariant: says about a connection what nftables.ts would say about its first packet.
import type { RouterSpec } from '#protocol/messages.ts';
import { holds, networkOf, rangeOf } from './ipv4.ts';
import type { Range } from './ipv4.ts';

export type Side = { src: string; dst: string; sport?: number; dport?: number };
export type Flow = Side & {
  protocol: string;
  icmp?: { type: number; code: number; id: number };
  /** As the answers come: its source is whom the first packet reached, its destination as whom it went out. */
  reply: Side;
};

/** What `conntrack -L` prints. Lines that are no IPv4 connection are left out. */
export function parseFlows(text: string): Flow[] {
  return text
    .split('\n')
    .map(parseFlow)
    .filter((flow) => flow !== null);
}

function parseFlow(line: string): Flow | null {
  const fields = [...line.matchAll(/(src|dst|sport|dport|type|code|id)=(\S+)/g)].map(
    ([, key, value]) => [key!, value!] as const,
  );
  const second = fields.findIndex(([key], index) => index > 0 && key === 'src');
  if (second < 0) return null;
  const [first, reply] = [new Map(fields.slice(0, second)), new Map(fields.slice(second))];
  const icmp = first.has('type')
    ? { type: Number(first.get('type')), code: Number(first.get('code')), id: Number(first.get('id')) }
    : undefined;
  return { protocol: line.split(' ', 1)[0]!, ...side(first), icmp, reply: side(reply) };
}

function side(fields: ReadonlyMap<string, string>): Side {
  const number = (key: string): number | undefined => (fields.has(key) ? Number(fields.get(key)) : undefined);
  return { src: fields.get('src') ?? '', dst: fields.get('dst') ?? '', sport: number('sport'), dport: number('dport') };
}

type Match = Pick<RouterSpec['firewall'][number], 'protocol' | 'ports' | 'icmpType' | 'icmpCode'>;
type Judged = { match: Match; sources: Range[]; destinations: Range[] };
type Ports = { start: number; end: number };

const among = (ports: Ports | undefined, port: number | undefined): boolean =>
  ports === undefined || (port !== undefined && port >= ports.start && port <= ports.end);
const either = (wanted: number | undefined, is: number | undefined): boolean =>
  wanted === undefined || wanted === -1 || wanted === is;
const somewhere = (ranges: readonly Range[], ip: string): boolean =>
  ranges.length === 0 || ranges.some((range) => holds(range, ip));

function matches({ match, sources, destinations }: Judged, flow: Flow): boolean {
  if (match.protocol !== 'all' && match.protocol !== flow.protocol) return false;
  if (
    match.protocol === 'icmp' &&
    !(either(match.icmpType, flow.icmp?.type) && (match.icmpType === -1 || either(match.icmpCode, flow.icmp?.code)))
  )
    return false;
  if ((match.protocol === 'tcp' || match.protocol === 'udp') && !among(match.ports, flow.dport)) return false;
  return somewhere(sources, flow.src) && somewhere(destinations, flow.dst);
}

/** A function that says whether the rules would let the connection begin. */
export function admitted(spec: RouterSpec): (flow: Flow) => boolean {
  const guests = rangeOf(networkOf(spec.guest.address, spec.guest.prefix));
  const own = new Set([spec.guest.address, ...(spec.public?.addresses ?? []).map((address) => address.ip)]);
  const incoming = incomingRules(spec);
  const leaves = leaving(spec);
  return (flow) => {
    if (flow.dst !== spec.guest.address && own.has(flow.dst)) return incoming(flow);
    if (own.has(flow.src)) return true; // the router's own questions
    if (flow.src === '0.0.0.0' || flow.dst === '255.255.255.255') return true; // a guest without an address yet
    if (!holds(guests, flow.src)) return false;
    return holds(guests, flow.dst) || leaves(flow);
  };
}

function incomingRules(spec: RouterSpec): (flow: Flow) => boolean {
  const rules = spec.firewall.map((rule) => ({
    publicIp: rule.publicIp,
    match: rule,
    sources: rule.sourceCidrs.map(rangeOf),
    destinations: [],
  }));
  return (flow) => rules.some((rule) => rule.publicIp === flow.dst && matches(rule, flow)) && reaches(spec, flow);
}

/** Whether the translation of today would send it where it was sent when it began. */
function reaches(spec: RouterSpec, flow: Flow): boolean {
  const forward = spec.portForwards.find(
    (one) => one.publicIp === flow.dst && one.protocol === flow.protocol && among(one.publicPorts, flow.dport),
  );
  if (forward !== undefined) {
    const shift = forward.guestPorts.start === forward.guestPorts.end ? 0 : flow.dport! - forward.publicPorts.start;
    return flow.reply.src === forward.guestIp && flow.reply.sport === forward.guestPorts.start + shift;
  }
  const nat = spec.staticNats.find((one) => one.publicIp === flow.dst);
  return flow.reply.src === (nat?.guestIp ?? flow.dst);
}

function leaving(spec: RouterSpec): (flow: Flow) => boolean {
  const rules = spec.egress.rules.map((rule) => ({
    match: rule,
    sources: rule.sourceCidrs.map(rangeOf),
    destinations: rule.destinationCidrs.map(rangeOf),
  }));
  const source = spec.public?.addresses.find((address) => address.sourceNat)?.ip;
  const own = new Map(spec.staticNats.map((nat) => [nat.guestIp, nat.publicIp]));
  // Either address is still the guest's to leave under: one that got its own keeps what it had begun before.
  return (flow) =>
    rules.some((rule) => matches(rule, flow)) !== spec.egress.defaultAllow &&
    (flow.reply.dst === source || flow.reply.dst === own.get(flow.src));
}

/** Arguments for one `conntrack -D` each. Few commands for many connections: whole destinations, services or sources
 * when everything they have is dead, else one by one. */
export function deletions(flows: readonly Flow[], isDead: (flow: Flow) => boolean): string[][] {
  const groupings: ((flow: Flow) => string[])[] = [
    (flow) => ['-d', flow.dst],
    (flow) => ['-s', flow.src],
    (flow) => ['-d', flow.dst, ...protocolOf(flow), ...(flow.dport === undefined ? [] : ['--dport', `${flow.dport}`])],
    (flow) => ['-s', flow.src, '-d', flow.dst, ...protocolOf(flow), ...portsOf(flow)],
  ];
  const commands: string[][] = [];
  let rest = flows.map((flow) => ({ flow, dead: isDead(flow) }));
  for (const grouping of groupings) {
    const groups = Map.groupBy(rest, ({ flow }) => grouping(flow).join(' '));
    const doomed = [...groups].filter(([, members]) => members.every(({ dead }) => dead));
    commands.push(...doomed.map(([arguments_]) => arguments_.split(' ')));
    const gone = new Set(doomed.map(([key]) => key));
    rest = rest.filter(({ flow }) => !gone.has(grouping(flow).join(' ')));
  }
  return commands;
}

/** conntrack takes no `unknown`; without a protocol the addresses alone name the connection. */
const protocolOf = (flow: Flow): string[] => (flow.protocol === 'unknown' ? [] : ['-p', flow.protocol]);

function portsOf(flow: Flow): string[] {
  if (flow.icmp !== undefined)
    return ['--icmp-type', `${flow.icmp.type}`, '--icmp-code', `${flow.icmp.code}`, '--icmp-id', `${flow.icmp.id}`];
  return flow.sport === undefined ? [] : ['--sport', `${flow.sport}`, '--dport', `${flow.dport}`];
}
