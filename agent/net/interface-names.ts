// The names of the interfaces a guest network has on a host. Names are how libvirt, nftables and an administrator find
// them, so they are derived from the network alone and the same on every host (live migration needs that).
// Invariant: 15 characters at most, the kernel's limit.
import { createHash } from 'node:crypto';

/** The bridge guests of the network are plugged into. */
export const bridgeOf = (vni: number): string => `br${vni}`;
/** The device that carries the network's frames to the other hosts. */
export const vxlanOf = (vni: number): string => `vx${vni}`;
/** Where what a limited tap sends is queued; a tap can shape only what it delivers. */
export const queueOf = (tap: string): string => `ifb-${createHash('sha256').update(tap).digest('hex').slice(0, 8)}`;
/** The host's ends of a router's cables begin so; no guest and no administrator uses these. */
export const ROUTER_GUEST_SIDE = 'nrg-';
export const ROUTER_PUBLIC_SIDE = 'nrp-';
