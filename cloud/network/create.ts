// createNetwork: a row, counted and with its addresses; nothing is on a host before its first guest, unless the offering says so.
import { createNetwork } from '#api/network/network.ts';
import type { Values } from '#api/define.ts';
import { fail } from '#api/errors.ts';
import { workflow } from '#kernel/job.ts';
import { enqueue } from '#kernel/queue.ts';
import { takeNamed } from '../address/address.ts';
import { implement, type Cx, type World } from '../context.ts';
import { checkCidr, checkIpv4, checkNetmask, toNumber, type Cidr } from './address-rules.ts';
import { checkGuestCidr, makeNetwork, type NewNetwork } from './make.ts';
import { changeNetwork, offeringById, zoneById, type OfferingRow } from './network.store.ts';
import { showNetwork } from './network.view.ts';
import { prepareRouter } from './prepare.ts';
import { beginShutdown } from './tidy.ts';

type Params = Values<typeof createNetwork.params>;

/** For offerings whose networks are there without a guest. */
export const implementNetwork = workflow<{ networkId: number }, { networkId: number }, World>(
  'network.implement',
  async (job, { networkId }, world) => {
    await job.call(
      'implement',
      async (call) => {
        await prepareRouter(world, call, networkId);
        return {};
      },
      {
        undo: async () => {
          await beginShutdown(world, networkId);
          world.poke('networks.tidy');
        },
      },
    );
    return { networkId };
  },
);

export const create = implement(createNetwork, async (cx, params) => {
  const owner = await cx.owner(params);
  const zone = await zoneById(cx.tx, params.zoneId);
  if (zone.allocationState !== 'Enabled' && !cx.caller.isRoot)
    fail('permissionDenied', `zoneid: the zone ${zone.name} is disabled`, { parameter: 'zoneid' });
  const offering = await offeringById(cx.tx, params.networkOfferingId);
  checkOffering(offering, params);
  checkParameters(params, offering);
  const wanted: NewNetwork = {
    owner,
    zoneId: params.zoneId,
    offering,
    name: checkName(params.name),
    displayText: params.displayText,
    addresses: readAddresses(cx, params, offering),
    networkDomain: readDomain(params.networkDomain, offering),
    physicalNetworkId: params.physicalNetworkId,
    display: params.displayNetwork,
    mtu: readMtu(params.privateMtu),
    ...readNameServers(params, offering),
  };
  const { id, uuid } = await makeNetwork(cx, wanted);
  if (params.externalId !== undefined)
    await changeNetwork(cx.tx, id, { details: JSON.stringify({ externalid: params.externalId }) });
  if (params.sourceNatIpAddress !== undefined)
    await takeNamed(cx.tx, cx.settings, {
      zoneId: params.zoneId,
      networkId: id,
      owner,
      sourceNat: true,
      address: params.sourceNatIpAddress,
      parameter: 'sourcenatipaddress',
    });
  if (offering.isPersistent)
    await enqueue(
      cx.tx,
      implementNetwork,
      { networkId: id },
      { lanes: [`network:${id}`], accountId: owner.accountId, domainId: owner.domainId, userId: cx.caller.userId },
    );
  await cx.event({ description: `Network ${wanted.name} was created`, uuid, resourceType: 'Network', owner });
  return showNetwork(cx, id);
});

function checkOffering(offering: OfferingRow, { zoneId }: Params): void {
  const refuse = (why: string): never =>
    fail('invalidParameter', `networkofferingid: the offering ${offering.name} ${why}`, {
      parameter: 'networkofferingid',
    });
  if (offering.trafficType !== 'Guest' || offering.systemOnly) refuse('is not for guest networks');
  if (offering.forVpc) refuse('is for the tiers of a VPC');
  if (offering.state !== 'Enabled') refuse('is disabled');
  if (offering.zoneIds.length > 0 && !offering.zoneIds.includes(zoneId)) refuse('is not sold in this zone');
  if (offering.guestType === 'Shared')
    fail(
      'unsupported',
      `networkofferingid: the offering ${offering.name} makes shared networks; this cloud makes Isolated and L2 ones`,
      { parameter: 'networkofferingid' },
    );
  if (offering.specifyVlan)
    fail(
      'unsupported',
      `networkofferingid: the offering ${offering.name} wants a VLAN named; networks of this cloud get their identifier by themselves`,
      { parameter: 'networkofferingid' },
    );
}

/** What would mean something that is not done here is refused rather than forgotten. */
const UNSUPPORTED = [
  'asNumber',
  'associatedNetworkId',
  'bgpPeerIds',
  'cidrSize',
  'endIp',
  'endIpv6',
  'ip6Cidr',
  'ip6Dns1',
  'ip6Dns2',
  'ip6Gateway',
  'isolatedPvlan',
  'routerIp',
  'routerIpv6',
  'startIp',
  'startIpv6',
  'tungstenVirtualRouterUuid',
  'vlan',
  'publicMtu',
  'bypassVlanOverlapCheck',
  'keepMacAddressOnPublicNic',
] as const satisfies readonly (keyof Params)[];

function checkParameters(params: Params, offering: OfferingRow): void {
  for (const name of UNSUPPORTED) {
    if (params[name] !== undefined && params[name] !== false)
      fail('unsupported', `${name.toLowerCase()} is not supported by this cloud's networks; leave it out`, {
        parameter: name.toLowerCase(),
      });
  }
  if (params.isolatedPvlanType !== undefined && params.isolatedPvlanType !== 'none')
    fail('unsupported', 'isolatedpvlantype: this cloud has no private VLANs; leave it out', {
      parameter: 'isolatedpvlantype',
    });
  if (params.aclType === 'domain')
    fail(
      'invalidParameter',
      'acltype is domain; networks of the kinds Isolated and L2 are for one account: account is accepted',
      { parameter: 'acltype' },
    );
  if (params.subdomainAccess)
    fail('invalidParameter', 'subdomainaccess is for networks that belong to a domain; leave it out', {
      parameter: 'subdomainaccess',
    });
  if (params.sourceNatIpAddress !== undefined && !offering.services.includes('SourceNat'))
    fail('invalidParameter', `sourcenatipaddress: the offering ${offering.name} has no service SourceNat`, {
      parameter: 'sourcenatipaddress',
    });
}

export function checkName(text: string): string {
  const name = text.trim();
  if (name === '' || name.length > 255)
    fail('invalidParameter', `name has ${name.length} characters; 1 to 255 are accepted`, { parameter: 'name' });
  return name;
}

/** From gateway and netmask, which come together or not at all. */
function readAddresses(
  cx: Cx,
  { gateway, netmask, zoneId }: Params,
  offering: OfferingRow,
): { cidr: Cidr; gateway: string } | undefined {
  if (gateway === undefined && netmask === undefined) return undefined;
  if (offering.guestType === 'L2')
    fail('invalidParameter', 'gateway: networks of the kind L2 have no addresses; leave out gateway and netmask', {
      parameter: 'gateway',
    });
  if (gateway === undefined)
    return fail('missingParameter', 'gateway is missing; with netmask both are needed', { parameter: 'gateway' });
  if (netmask === undefined)
    return fail('missingParameter', 'netmask is missing; with gateway both are needed', { parameter: 'netmask' });
  checkIpv4('gateway', gateway);
  const cidr = checkCidr('gateway', `${gateway}/${checkNetmask('netmask', netmask)}`, { anyAddress: true });
  checkGuestCidr(cx, cidr, { zoneId });
  if (toNumber(gateway) === cidr.first || toNumber(gateway) === cidr.last)
    fail(
      'invalidParameter',
      `gateway: ${gateway} is the network's own or the broadcast address of ${cidr.text}; another address of it is accepted`,
      { parameter: 'gateway' },
    );
  return { cidr, gateway };
}

const DOMAIN = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i;
export function readDomain(
  text: string | undefined,
  offering: Pick<OfferingRow, 'name' | 'services'>,
): string | undefined {
  if (text === undefined) return undefined;
  if (!offering.services.includes('Dns'))
    fail('invalidParameter', `networkdomain: the offering ${offering.name} has no service Dns; leave it out`, {
      parameter: 'networkdomain',
    });
  if (text.length > 190 || !DOMAIN.test(text))
    fail(
      'invalidParameter',
      `networkdomain is '${text.slice(0, 60)}'; labels of letters, digits and hyphens joined by dots are accepted, at most 190 characters`,
      { parameter: 'networkdomain' },
    );
  return text.toLowerCase();
}

export function readNameServers(
  { dns1, dns2 }: { dns1?: string; dns2?: string },
  offering: Pick<OfferingRow, 'name' | 'services'>,
): { dns1?: string; dns2?: string } {
  const given = {
    ...(dns1 === undefined ? {} : { dns1: checkIpv4('dns1', dns1) }),
    ...(dns2 === undefined ? {} : { dns2: checkIpv4('dns2', dns2) }),
  };
  if ((dns1 ?? dns2) !== undefined && !offering.services.includes('Dns'))
    fail('invalidParameter', `dns1: the offering ${offering.name} has no service Dns; leave it out`, {
      parameter: 'dns1',
    });
  if (dns1 === undefined && dns2 !== undefined)
    fail('missingParameter', 'dns1 is missing; dns2 is given', { parameter: 'dns1' });
  return given;
}

const [LEAST_MTU, MOST_MTU] = [1280, 8950];
export function readMtu(mtu: number | undefined): number | undefined {
  if (mtu !== undefined && (mtu < LEAST_MTU || mtu > MOST_MTU))
    fail('invalidParameter', `privatemtu is ${mtu}; ${LEAST_MTU} to ${MOST_MTU} are accepted`, {
      parameter: 'privatemtu',
    });
  return mtu;
}
