// A new isolated or layer-2 network as rows: counted, with its addresses and its place among the physical networks decided.
import { fail } from '#api/errors.ts';
import type { Cx, Owner } from '../context.ts';
import { reserve } from '../limit/limit.ts';
import { checkCidr, isPrivateCidr, toText, type Cidr } from './address-rules.ts';
import {
  accountName,
  defaultOffering,
  guestPhysicalNetwork,
  inheritedDomain,
  insertNetwork,
  offeringById,
  zoneById,
  type OfferingRow,
} from './network.store.ts';

export interface NewNetwork {
  owner: Owner;
  zoneId: number;
  offering: OfferingRow;
  name: string;
  displayText?: string;
  /** Absent: the zone's, or a layer-2 network's none. */
  addresses?: { cidr: Cidr; gateway: string };
  networkDomain?: string;
  physicalNetworkId?: number;
  display?: boolean;
  mtu?: number;
  dns1?: string;
  dns2?: string;
}

const FALLBACK_CIDR = '10.1.1.0/24';

export async function makeNetwork(cx: Cx, wanted: NewNetwork): Promise<{ id: number; uuid: string }> {
  const { owner, zoneId, offering } = wanted;
  const zone = await zoneById(cx.tx, zoneId);
  const physical = await guestPhysicalNetwork(cx.tx, {
    zoneId,
    tags: offering.tags,
    ...(wanted.physicalNetworkId === undefined ? {} : { id: wanted.physicalNetworkId }),
  });
  if (!physical)
    fail(
      'invalidParameter',
      `The zone ${zone.name} has no enabled physical network for guest traffic${offering.tags.length > 0 ? ` tagged ${offering.tags.join(', ')}` : ''}`,
      { parameter: 'physicalnetworkid' },
    );
  await reserve(cx.tx, cx.settings, owner, { networks: 1 });
  const addresses =
    offering.guestType === 'L2' ? undefined : (wanted.addresses ?? zoneAddresses(zone.guestCidr ?? FALLBACK_CIDR));
  return insertNetwork(cx.tx, {
    account_id: owner.accountId,
    domain_id: owner.domainId,
    zone_id: zoneId,
    physical_network_id: physical.id,
    offering_id: offering.id,
    name: wanted.name,
    display_text: wanted.displayText ?? wanted.name,
    guest_type: offering.guestType,
    cidr: addresses?.cidr.text,
    gateway: addresses?.gateway,
    network_domain: offering.services.includes('Dns')
      ? (wanted.networkDomain ?? (await domainFor(cx, wanted)))
      : undefined,
    egress_allow: offering.egressDefaultAllow,
    display: wanted.display,
    mtu: wanted.mtu,
    dns1: wanted.dns1,
    dns2: wanted.dns2,
  });
}

/** The first address is the gateway. */
function zoneAddresses(text: string): { cidr: Cidr; gateway: string } {
  const cidr = checkCidr('guestcidraddress', text);
  return { cidr, gateway: toText(cidr.first + 1) };
}

async function domainFor(cx: Cx, { owner, zoneId }: NewNetwork): Promise<string> {
  return (
    (await inheritedDomain(cx.tx, { accountId: owner.accountId, zoneId })) ??
    `cs${owner.accountId.toString(16)}${cx.settings.text('guest.domain.suffix', { scope: 'Zone', id: zoneId })}`
  );
}

/** The network an account gets with its first guest. */
export async function makeDefaultNetwork(cx: Cx, { owner, zoneId }: { owner: Owner; zoneId: number }): Promise<number> {
  const offering =
    (await defaultOffering(cx.tx)) ??
    fail(
      'invalidParameter',
      'networkids: name a network; there is no enabled offering of isolated networks with source NAT to make one of',
      { parameter: 'networkids' },
    );
  const name = `${await accountName(cx.tx, owner.accountId)}-network`;
  const made = await makeNetwork(cx, { owner, zoneId, offering: await offeringById(cx.tx, offering.id), name });
  await cx.event({
    type: 'NETWORK.CREATE',
    description: `Network ${name} was created for the first instance of its account`,
    uuid: made.uuid,
    resourceType: 'Network',
    owner,
  });
  return made.id;
}

/** Room for a gateway and guests, not more than the operator allows, and addresses that are nobody's on the Internet. */
export function checkGuestCidr(cx: Pick<Cx, 'settings'>, cidr: Cidr, { zoneId }: { zoneId: number }): void {
  const widest = cx.settings.number('network.guest.cidr.limit', { scope: 'Zone', id: zoneId });
  if (cidr.prefix > 29)
    fail('invalidParameter', `netmask: /${cidr.prefix} leaves no room for guests; /29 or larger is accepted`, {
      parameter: 'netmask',
    });
  if (cidr.prefix < Math.max(8, widest))
    fail('invalidParameter', `netmask: /${cidr.prefix} is too large; /${Math.max(8, widest)} to /29 is accepted`, {
      parameter: 'netmask',
    });
  if (!isPrivateCidr(cidr) && !cx.settings.boolean('allow.non.rfc1918.compliant.ips')) {
    fail(
      'invalidParameter',
      `gateway: ${cidr.text} is not in a private range; 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 and 100.64.0.0/10 are accepted`,
      { parameter: 'gateway' },
    );
  }
}
