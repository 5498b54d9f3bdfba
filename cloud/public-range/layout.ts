// What makes a good range of addresses: inside its network, without the gateway, nobody else's, and on a VLAN that hosts carry.
import { fail } from '#api/errors.ts';
import type { Tx } from '#kernel/db.ts';
import {
  checkCidr,
  checkIpv4,
  checkNetmask,
  checkRange,
  toNumber,
  toText,
  type Cidr,
} from '../network/address-rules.ts';
import {
  kvmCluster,
  lockZone,
  networkSaidOtherwise,
  podRangeOverlapping,
  rangeOverlapping,
} from './public-range.store.ts';

/** Each address is a row; this many are made at a time at most. */
const MAX_ADDRESSES = 2 ** 20;
const MAX_VLAN = 4_094;

export interface Layout {
  zoneId: number;
  network: Cidr;
  gateway: string;
  vlan: string;
  except?: number;
}

export function rangeNetwork(gateway: string, netmask: string): Cidr {
  checkIpv4('gateway', gateway);
  const prefix = checkNetmask('netmask', netmask);
  if (prefix < 8 || prefix > 30)
    fail('invalidParameter', `netmask is ${netmask}; from 255.0.0.0 to 255.255.255.252 is accepted`, {
      parameter: 'netmask',
    });
  return checkCidr('gateway', `${gateway}/${prefix}`, { anyAddress: true });
}

/** `untagged`, `100` or `vlan://100` → `untagged` or the number. */
export function readVlan(text: string | undefined): string {
  const tag = (text ?? 'untagged')
    .trim()
    .toLowerCase()
    .replace(/^vlan:\/\//, '');
  if (tag === 'untagged') return tag;
  if (!/^\d{1,4}$/.test(tag) || Number(tag) < 1 || Number(tag) > MAX_VLAN)
    fail(
      'invalidParameter',
      `vlan is '${text?.slice(0, 40)}'; untagged or a number from 1 to ${MAX_VLAN} is accepted`,
      { parameter: 'vlan' },
    );
  return String(Number(tag));
}

/** Public traffic runs as it comes on the bridge of KVM hosts. */
export async function checkTag(tx: Tx, { zoneId, vlan }: { zoneId: number; vlan: string }): Promise<void> {
  if (vlan === 'untagged') return;
  const kvm = await kvmCluster(tx, zoneId);
  if (kvm)
    fail(
      'unsupported',
      `vlan is ${vlan}; hosts of the KVM cluster ${kvm.name} carry public traffic untagged, accepted: untagged`,
      { parameter: 'vlan' },
    );
}

export async function checkAddresses(
  tx: Tx,
  { startIp, endIp = startIp }: { startIp: string; endIp?: string },
  layout: Layout,
): Promise<{ startIp: string; endIp: string }> {
  const { network, gateway, zoneId, vlan, except } = layout;
  const { first, last } = checkRange({ start: startIp, end: endIp, within: network });
  for (const [what, address] of [
    ['network address', network.first],
    ['broadcast address', network.last],
    ['gateway', toNumber(gateway)],
  ] as const) {
    if (address >= first && address <= last)
      fail(
        'invalidParameter',
        `startip to endip (${startIp} to ${endIp}) contains the ${what} ${toText(address)}; leave it out`,
        { parameter: 'startip' },
      );
  }
  if (last - first + 1 > MAX_ADDRESSES)
    fail(
      'invalidParameter',
      `startip to endip is ${last - first + 1} addresses; at most ${MAX_ADDRESSES} are accepted in one range`,
      { parameter: 'endip' },
    );
  await lockZone(tx, zoneId);
  const other = await rangeOverlapping(tx, { zoneId, startIp, endIp, except });
  if (other)
    fail(
      'invalidParameter',
      `startip to endip (${startIp} to ${endIp}) overlaps the range ${other.startIp} to ${other.endIp}`,
      { parameter: 'startip' },
    );
  const said = await networkSaidOtherwise(tx, { zoneId, cidr: network.text, vlan, gateway, except });
  if (said)
    fail(
      'invalidParameter',
      `gateway, netmask and vlan say ${gateway} in ${network.text} on VLAN ${vlan}; another range of that network says ${said.gateway} in ${said.cidr} on VLAN ${said.vlan}`,
      { parameter: 'gateway' },
    );
  const pod = vlan === 'untagged' ? await podRangeOverlapping(tx, { zoneId, startIp, endIp }) : undefined;
  if (pod)
    fail(
      'invalidParameter',
      `startip to endip (${startIp} to ${endIp}) overlaps management addresses of the pod ${pod.pod}: ${pod.startIp} to ${pod.endIp}`,
      { parameter: 'startip' },
    );
  return { startIp, endIp };
}
