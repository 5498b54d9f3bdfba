// What the protocol's types cannot say about a router and would otherwise surface as an unreadable complaint of
// nftables or dnsmasq, or worse as a router that quietly does something else.
// Invariant: a spec that passes renders into configurations that load.
import type { RouterSpec } from '#protocol/messages.ts';
import { Refused } from '../refused.ts';
import { holds, networkOf, rangeOf } from './ipv4.ts';

const DOMAIN = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i;

export function checkSpec(spec: RouterSpec): void {
  const problem = problems(spec).next();
  if (!problem.done) throw new Refused('invalid', `router ${spec.id}: ${problem.value}`);
}

function* problems(spec: RouterSpec): Generator<string> {
  yield* guestProblems(spec.guest);
  yield* publicProblems(spec);
  yield* translationProblems(spec);
}

function* guestProblems(guest: RouterSpec['guest']): Generator<string> {
  if (guest.domain !== '' && !DOMAIN.test(guest.domain))
    yield `guest.domain ${JSON.stringify(guest.domain)} is no domain name; an empty one means none`;
  const network = networkOf(guest.address, guest.prefix);
  const range = rangeOf(network);
  for (const host of guest.hosts) {
    if (!holds(range, host.ip)) yield `guest.hosts: ${host.ip} of ${host.name} lies outside ${network}`;
    if (host.ip === guest.address) yield `guest.hosts: ${host.ip} of ${host.name} is the gateway's own address`;
  }
  yield* doubles(
    'guest.hosts: address',
    guest.hosts.map((host) => host.ip),
  );
  yield* doubles(
    'guest.hosts: MAC',
    guest.hosts.map((host) => host.mac),
  );
}

function* publicProblems(spec: RouterSpec): Generator<string> {
  const addresses = spec.public?.addresses ?? [];
  const known = new Set(addresses.map((address) => address.ip));
  yield* doubles(
    'public.addresses: address',
    addresses.map((address) => address.ip),
  );
  if (spec.public !== null && addresses.length === 0)
    yield 'public.addresses is empty; give at least one, or public: null';
  if (addresses.filter((address) => address.sourceNat).length > 1)
    yield 'public.addresses: more than one has sourceNat; at most one may';
  const users = [
    ['firewall', spec.firewall],
    ['portForwards', spec.portForwards],
    ['staticNats', spec.staticNats],
  ] as const;
  for (const [field, rules] of users) {
    for (const rule of rules)
      if (!known.has(rule.publicIp)) yield `${field}: ${rule.publicIp} is none of public.addresses`;
  }
  for (const rule of [...spec.firewall, ...spec.egress.rules]) {
    if (rule.ports !== undefined && rule.ports.end < rule.ports.start)
      yield `a rule's ports end at ${rule.ports.end}, before ${rule.ports.start}`;
  }
}

function* translationProblems(spec: RouterSpec): Generator<string> {
  for (const { publicIp, publicPorts, guestPorts } of spec.portForwards) {
    const [outside, inside] = [publicPorts, guestPorts].map((ports) => ports.end - ports.start) as [number, number];
    const text = `portForwards: ${publicIp} ports ${publicPorts.start}-${publicPorts.end} to ${guestPorts.start}-${guestPorts.end}`;
    if (outside < 0 || inside < 0) yield `${text}: a range ends before it starts`;
    if (inside !== outside && inside !== 0)
      yield `${text}: both ranges must have one length, or the guest's be a single port`;
  }
  yield* doubles(
    'staticNats: public address',
    spec.staticNats.map((nat) => nat.publicIp),
  );
  yield* doubles(
    'staticNats: guest address',
    spec.staticNats.map((nat) => nat.guestIp),
  );
}

function* doubles(what: string, values: readonly string[]): Generator<string> {
  const seen = new Set<string>();
  for (const value of values) {
    if (seen.has(value)) yield `${what} ${value} is given twice`;
    seen.add(value);
  }
}
