// createVlanIpRange: public addresses of a zone, one row each; or addresses of a shared network, which its instances take.
import { createVlanIpRange } from '#api/network/range.ts';
import { fail } from '#api/errors.ts';
import type { Values } from '#api/define.ts';
import type { Tx } from '#kernel/db.ts';
import { implement, type Cx } from '../context.ts';
import { netmaskOf } from '../network/address-rules.ts';
import { checkAddresses, checkTag, rangeNetwork, readVlan } from './layout.ts';
import {
  guestNetwork,
  insertAddresses,
  insertRange,
  publicNetwork,
  rangesByIds,
  zoneOfPhysicalNetwork,
} from './public-range.store.ts';
import { rangeView } from './view.ts';

type Params = Values<typeof createVlanIpRange.params>;
interface Placed {
  zoneId: number;
  physicalNetworkId: number | null;
  networkId?: number;
  gateway: string;
  netmask: string;
  vlan: string;
}

export const create = implement(createVlanIpRange, async (cx, params) => {
  checkUnsupported(params);
  const shared = params.forVirtualNetwork === false || params.networkId !== undefined;
  const placed = shared ? await placeShared(cx.tx, params) : await placePublic(cx.tx, params);
  const id = await addRange(cx.tx, placed, {
    startIp: required(params, 'startIp'),
    endIp: params.endIp,
    forVirtualNetwork: !shared,
    forSystemVms: params.forSystemVms ?? false,
    owner: await dedicated(cx, params),
  });
  const [range] = await rangesByIds(cx.tx, [id]);
  await cx.event({
    description: `Address range ${range!.startIp} to ${range!.endIp} was added`,
    uuid: range!.uuid,
    resourceType: 'Vlan',
  });
  return rangeView(range!);
});

interface Added {
  startIp: string;
  endIp?: string;
  forVirtualNetwork: boolean;
  forSystemVms?: boolean;
  owner?: Record<string, unknown>;
}

/** Lays out and records a range; also for a shared network that is made together with its range. Refuses what does not fit. */
export async function addRange(
  tx: Tx,
  placed: Placed,
  { startIp, endIp, forVirtualNetwork, forSystemVms = false, owner = {} }: Added,
): Promise<number> {
  const network = rangeNetwork(placed.gateway, placed.netmask);
  const range = await checkAddresses(
    tx,
    { startIp, endIp },
    { zoneId: placed.zoneId, network, gateway: placed.gateway, vlan: placed.vlan },
  );
  const { id } = await insertRange(tx, {
    zone_id: placed.zoneId,
    physical_network_id: placed.physicalNetworkId,
    network_id: placed.networkId,
    vlan: placed.vlan,
    gateway: placed.gateway,
    netmask: placed.netmask,
    cidr: network.text,
    start_ip: range.startIp,
    end_ip: range.endIp,
    for_virtual_network: forVirtualNetwork,
    for_system_vms: forSystemVms,
    ...owner,
  });
  if (forVirtualNetwork) await insertAddresses(tx, { id, zoneId: placed.zoneId });
  return id;
}

function checkUnsupported(params: Params): void {
  for (const name of ['startIpv6', 'endIpv6', 'ip6Cidr', 'ip6Gateway'] as const) {
    if (params[name] !== undefined)
      fail('unsupported', `${name.toLowerCase()}: networks of this cloud are IPv4; leave it out`, {
        parameter: name.toLowerCase(),
      });
  }
  if (params.provider !== undefined)
    fail('unsupported', `provider is ${params.provider}: this cloud has no external network provider; leave it out`, {
      parameter: 'provider',
    });
  if (params.podId !== undefined)
    fail('unsupported', 'podid: ranges of a pod are for Basic zones, this cloud makes Advanced ones; leave it out', {
      parameter: 'podid',
    });
}

function required(params: Params, name: 'startIp' | 'gateway' | 'netmask'): string {
  return (
    params[name] ??
    fail(
      'missingParameter',
      `Unable to execute API command createvlaniprange due to missing parameter ${name.toLowerCase()}`,
      { parameter: name.toLowerCase() },
    )
  );
}

async function placePublic(tx: Tx, params: Params): Promise<Placed> {
  const zoneId =
    params.zoneId ??
    (params.physicalNetworkId === undefined ? undefined : await zoneOfPhysicalNetwork(tx, params.physicalNetworkId));
  if (zoneId === undefined)
    return fail('missingParameter', 'Unable to execute API command createvlaniprange due to missing parameter zoneid', {
      parameter: 'zoneid',
    });
  const carrier = await publicNetwork(tx, zoneId);
  if (!carrier)
    return fail(
      'invalidParameter',
      'zoneid: no physical network of the zone carries public traffic; add the traffic type Public to one first',
      { parameter: 'zoneid' },
    );
  if (params.physicalNetworkId !== undefined && params.physicalNetworkId !== carrier.id)
    fail(
      'invalidParameter',
      'physicalnetworkid names a physical network that does not carry public traffic of the zone',
      { parameter: 'physicalnetworkid' },
    );
  const vlan = readVlan(params.vlan);
  await checkTag(tx, { zoneId, vlan });
  return {
    zoneId,
    physicalNetworkId: carrier.id,
    gateway: required(params, 'gateway'),
    netmask: required(params, 'netmask'),
    vlan,
  };
}

/** What the network says, the range need not say again; it must not say otherwise. */
async function placeShared(tx: Tx, params: Params): Promise<Placed> {
  const networkId =
    params.networkId ??
    fail(
      'missingParameter',
      'Unable to execute API command createvlaniprange due to missing parameter networkid (with forvirtualnetwork=false)',
      { parameter: 'networkid' },
    );
  const network = await guestNetwork(tx, networkId);
  if (network.guestType !== 'Shared')
    fail(
      'invalidParameter',
      `networkid: the network ${network.name} is ${network.guestType}; ranges are added to Shared networks`,
      { parameter: 'networkid' },
    );
  if (params.zoneId !== undefined && params.zoneId !== network.zoneId)
    fail('invalidParameter', `zoneid: the network ${network.name} is in another zone`, { parameter: 'zoneid' });
  const [gateway, netmask] = [
    params.gateway ?? network.gateway,
    params.netmask ?? (network.cidr ? netmaskOf(Number(network.cidr.split('/')[1])) : null),
  ];
  if (!gateway || !netmask)
    return fail(
      'missingParameter',
      'Unable to execute API command createvlaniprange due to missing parameter gateway or netmask',
      { parameter: gateway ? 'netmask' : 'gateway' },
    );
  return {
    zoneId: network.zoneId,
    physicalNetworkId: network.physicalNetworkId,
    networkId,
    gateway,
    netmask,
    vlan: readVlan(network.vlan ?? params.vlan),
  };
}

/** For one account or one domain only. */
async function dedicated(cx: Cx, params: Params): Promise<Record<string, unknown>> {
  if (params.account === undefined && params.domainId === undefined && params.projectId === undefined) return {};
  if (params.forSystemVms)
    fail('invalidParameter', "forsystemvms: a range for system VMs is nobody's; leave account and domainid out", {
      parameter: 'forsystemvms',
    });
  if (params.account === undefined && params.projectId === undefined) return { domain_id: params.domainId };
  const owner = await cx.owner(params);
  return { account_id: owner.accountId, domain_id: owner.domainId };
}
