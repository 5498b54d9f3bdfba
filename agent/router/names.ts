// What a router is called on its host: a namespace and two cables, all with the same short suffix of its id.
// Invariant: two routers never share a name; a suffix taken by another router makes ours longer (the interface name
// limit leaves room for 11 characters), and once chosen it is kept with the router's state.
import { ROUTER_GUEST_SIDE, ROUTER_PUBLIC_SIDE } from '../net/interface-names.ts';

export type Names = { namespace: string; guestSide: string; publicSide: string };

export const NAMESPACE_PREFIX = 'nr-';
export const NAMESPACE_DIR = '/run/netns';
/** Inside the namespace, as CloudStack's router calls them. */
export const GUEST_NIC = 'eth0';
export const PUBLIC_NIC = 'eth2';

const SHORTEST = 8;
const LONGEST = 11;

export function namesOf(suffix: string): Names {
  return {
    namespace: `${NAMESPACE_PREFIX}${suffix}`,
    guestSide: `${ROUTER_GUEST_SIDE}${suffix}`,
    publicSide: `${ROUTER_PUBLIC_SIDE}${suffix}`,
  };
}

/** The shortest suffix of `id` that nobody has. */
export function suffixFor(id: string, taken: ReadonlySet<string>): string {
  const hex = id.replaceAll('-', '');
  for (let length = SHORTEST; length <= LONGEST; length++) {
    const suffix = hex.slice(0, length);
    if (!taken.has(suffix)) return suffix;
  }
  throw new Error(`no free name for router ${id}: ${hex.slice(0, LONGEST)} is taken`);
}
