// How management addresses are laid out in a zone: networks of pods do not overlap, nor do their ranges, with each other or with
// public ones, and a gateway is in no range.
import { fail } from '#api/errors.ts';
import type { Tx } from '#kernel/db.ts';
import {
  checkCidr,
  checkIpv4,
  checkNetmask,
  checkRange,
  cidrContains,
  toNumber,
  type Cidr,
} from '../network/address-rules.ts';
import { lockZone, podOverlapping, rangeOverlapping, vlanRangeOverlapping } from './pod.store.ts';

/** A gateway and a netmask as the network they say. */
export function podNetwork({ gateway, netmask }: { gateway: string; netmask: string }): Cidr {
  checkIpv4('gateway', gateway);
  return checkCidr('gateway', `${gateway}/${checkNetmask('netmask', netmask)}`, { anyAddress: true });
}

interface Laid {
  zoneId: number;
  network: Cidr;
  gateway: string;
}

export async function checkPodNetwork(
  tx: Tx,
  { zoneId, network, except }: { zoneId: number; network: Cidr; except?: number },
): Promise<void> {
  await lockZone(tx, zoneId);
  const other = await podOverlapping(tx, { zoneId, cidr: network.text, except });
  if (other)
    fail(
      'invalidParameter',
      `gateway and netmask say ${network.text}, which overlaps ${other.cidr} of pod ${other.name}; pods of a zone have networks of their own`,
      { parameter: 'netmask' },
    );
}

/** A range inside the pod's network that nobody else has. */
export async function checkPodRange(
  tx: Tx,
  range: { startIp: string; endIp?: string; vlan: string; except?: number },
  { zoneId, network, gateway }: Laid,
): Promise<{ startIp: string; endIp: string }> {
  const { startIp, endIp = startIp, vlan, except } = range;
  const { first, last } = checkRange({ start: startIp, end: endIp, within: network });
  if (toNumber(gateway) >= first && toNumber(gateway) <= last)
    fail(
      'invalidParameter',
      `startip to endip (${startIp} to ${endIp}) contains the gateway ${gateway}; leave it out`,
      { parameter: 'startip' },
    );
  await lockZone(tx, zoneId);
  const pod = await rangeOverlapping(tx, { zoneId, startIp, endIp, except });
  if (pod)
    fail(
      'invalidParameter',
      `startip to endip (${startIp} to ${endIp}) overlaps ${pod.startIp} to ${pod.endIp} of pod ${pod.pod}`,
      { parameter: 'startip' },
    );
  const taken = await vlanRangeOverlapping(tx, { zoneId, vlan, startIp, endIp });
  if (taken)
    fail(
      'invalidParameter',
      `startip to endip (${startIp} to ${endIp}) overlaps the address range ${taken.startIp} to ${taken.endIp} on VLAN ${vlan}`,
      { parameter: 'startip' },
    );
  return { startIp, endIp };
}

export const insideNetwork = (network: Cidr, address: string): boolean => cidrContains(network, address);
