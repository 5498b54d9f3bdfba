// What a rule may match: protocols, ports, ICMP types, sources and destinations; and when two rules mean the same packets. Pure.
import { fail } from '#api/errors.ts';
import { checkCidr } from '../network/address-rules.ts';

export interface Match {
  protocol: string;
  startPort: number | null;
  endPort: number | null;
  icmpType: number | null;
  icmpCode: number | null;
}
interface Given {
  protocol: string;
  startPort?: number;
  endPort?: number;
  icmpType?: number;
  icmpCode?: number;
}

const NUMBERS: Readonly<Record<string, string>> = { 1: 'icmp', 6: 'tcp', 17: 'udp' };
const MAX_PORT = 65_535;
const MAX_CIDRS = 200;

/** The protocol by its name or number, one of `accepted`. */
export function checkProtocol(text: string, accepted: readonly string[]): string {
  const name = NUMBERS[text] ?? text.toLowerCase();
  if (!accepted.includes(name))
    fail('invalidParameter', `protocol is '${text.slice(0, 40)}'; accepted: ${accepted.join(', ')}`, {
      parameter: 'protocol',
    });
  return name;
}

export function checkMatch(given: Given, accepted: readonly string[]): Match {
  const protocol = checkProtocol(given.protocol, accepted);
  if (protocol === 'icmp') return icmp(given);
  if (given.icmpType !== undefined || given.icmpCode !== undefined)
    fail('invalidParameter', `icmptype and icmpcode are for the protocol icmp, not ${protocol}`, {
      parameter: 'icmptype',
    });
  if (protocol === 'all') {
    if (given.startPort !== undefined || given.endPort !== undefined)
      fail('invalidParameter', 'startport: the protocol all has no ports; leave them out', { parameter: 'startport' });
    return { protocol, startPort: null, endPort: null, icmpType: null, icmpCode: null };
  }
  if (given.startPort === undefined) {
    if (given.endPort !== undefined)
      fail('missingParameter', 'startport is missing; endport is given', { parameter: 'startport' });
    return { protocol, startPort: 1, endPort: MAX_PORT, icmpType: null, icmpCode: null };
  }
  const { start, end } = checkPorts({ start: given.startPort, end: given.endPort, names: ['startport', 'endport'] });
  return { protocol, startPort: start, endPort: end, icmpType: null, icmpCode: null };
}

function icmp({ startPort, endPort, icmpType = -1, icmpCode = -1 }: Given): Match {
  if (startPort !== undefined || endPort !== undefined)
    fail('invalidParameter', 'startport: the protocol icmp has no ports; icmptype and icmpcode say what is meant', {
      parameter: 'startport',
    });
  if (icmpType < -1 || icmpType > 255)
    fail('invalidParameter', `icmptype is ${icmpType}; -1 (any) to 255 are accepted`, { parameter: 'icmptype' });
  if (icmpCode < -1 || icmpCode > 255)
    fail('invalidParameter', `icmpcode is ${icmpCode}; -1 (any) to 255 are accepted`, { parameter: 'icmpcode' });
  if (icmpType === -1 && icmpCode !== -1)
    fail('invalidParameter', 'icmpcode: a code has no meaning without icmptype', { parameter: 'icmpcode' });
  return { protocol: 'icmp', startPort: null, endPort: null, icmpType, icmpCode };
}

/** `end` defaults to `start`. */
export function checkPorts({
  start,
  end = start,
  names,
}: {
  start: number;
  end?: number;
  names: readonly [string, string];
}): { start: number; end: number } {
  for (const [index, port] of [start, end].entries()) {
    if (port < 1 || port > MAX_PORT)
      fail('invalidParameter', `${names[index]} is ${port}; 1 to ${MAX_PORT} are accepted`, {
        parameter: names[index]!,
      });
  }
  if (end < start)
    fail(
      'invalidParameter',
      `${names[1]} ${end} comes before ${names[0]} ${start}; the end must not be before the start`,
      { parameter: names[1] },
    );
  return { start, end };
}

/** CIDRs as given, or `otherwise`. A bare address is that address alone. */
export function checkCidrs(
  parameter: string,
  given: readonly string[] | undefined,
  otherwise: readonly string[],
): string[] {
  if (!given || given.length === 0) return [...otherwise];
  if (given.length > MAX_CIDRS)
    fail('invalidParameter', `${parameter} names ${given.length} CIDRs; at most ${MAX_CIDRS} are accepted`, {
      parameter,
    });
  return [
    ...new Set(
      given.map((text) => checkCidr(parameter, text.trim().includes('/') ? text.trim() : `${text.trim()}/32`).text),
    ),
  ];
}

/** Do both speak of some same packet, apart from where it comes from? */
export function overlap(a: Match, b: Match): boolean {
  if (a.protocol === 'all' || b.protocol === 'all') return true;
  if (a.protocol !== b.protocol) return false;
  if (a.protocol === 'icmp') return both(a.icmpType, b.icmpType) && both(a.icmpCode, b.icmpCode);
  return a.startPort! <= b.endPort! && b.startPort! <= a.endPort!;
}
const both = (a: number | null, b: number | null): boolean => a === -1 || b === -1 || a === b;

export const shareAny = (a: readonly string[], b: readonly string[]): boolean => a.some((one) => b.includes(one));
/** For a sentence: `tcp 80 to 90`. */
export const named = ({ protocol, startPort, endPort, icmpType, icmpCode }: Match): string =>
  protocol === 'icmp'
    ? `icmp type ${icmpType} code ${icmpCode}`
    : startPort === null
      ? protocol
      : `${protocol} ${startPort}${endPort === startPort ? '' : ` to ${endPort}`}`;
