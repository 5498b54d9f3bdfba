// updateNetwork: its names, its domain and name servers, and the offering behind it.
import { updateNetwork } from '#api/network/network.ts';
import type { Values } from '#api/define.ts';
import { fail } from '#api/errors.ts';
import { isUuid } from '#base/id.ts';
import { workflow } from '#kernel/job.ts';
import { implement, type Cx, type World } from '../context.ts';
import { applyChange, raiseGeneration } from '../router/router.ts';
import { checkName, readDomain, readMtu, readNameServers } from './create.ts';
import {
  changeNetwork,
  lockNetwork,
  offeringById,
  uuidTaken,
  type NetworkRow,
  type OfferingRow,
} from './network.store.ts';
import { showNetwork } from './network.view.ts';
import { rulesByService } from './use.store.ts';

type Params = Values<typeof updateNetwork.params>;

/** Tells the router what was recorded already. */
export const applyIt = workflow<{ networkId: number }, { networkId: number }, World>(
  'network.apply',
  async (job, { networkId }, world) => {
    await job.call('tell the router', async (call) => ({ told: await applyChange(world, call, networkId) }));
    return { networkId };
  },
);

export const update = implement(
  updateNetwork,
  async (cx, params) => {
    const network = await lockNetwork(cx.tx, params.id);
    if (network.isSystem)
      fail('invalidParameter', `id: the network ${network.name} is the platform's own`, { parameter: 'id' });
    if (network.deleting) fail('wrongState', `The network ${network.name} is being deleted`, { parameter: 'id' });
    checkSupported(params);
    const offering = await offeringById(cx.tx, params.networkOfferingId ?? network.offeringId);
    if (offering.id !== network.offeringId) await checkOffering(cx, { network, offering });
    if (params.privateMtu !== undefined && network.state !== 'Allocated')
      fail(
        'wrongState',
        `privatemtu: the network ${network.name} is ${network.state}; the MTU of one that is Allocated can be changed`,
        { parameter: 'privatemtu' },
      );
    await changeNetwork(cx.tx, network.id, {
      name: params.name === undefined ? undefined : checkName(params.name),
      display_text: params.displayText,
      network_domain: readDomain(params.networkDomain, offering),
      ...readNameServers(params, offering),
      display: params.displayNetwork,
      uuid: await readCustomId(cx, params.customId),
      offering_id: offering.id === network.offeringId ? undefined : offering.id,
      egress_allow: offering.id === network.offeringId ? undefined : offering.egressDefaultAllow,
      mtu: readMtu(params.privateMtu),
    });
    await raiseGeneration(cx.tx, [network.id]);
    return cx.enqueue(
      applyIt,
      { networkId: network.id },
      { lanes: [`network:${network.id}`], about: params.customId ?? network.uuid, owner: network },
    );
  },
  async (cx, { networkId }: { networkId: number }) => showNetwork(cx, networkId),
);

function checkSupported(params: Params): void {
  for (const name of [
    'changeCidr',
    'guestVmCidr',
    'ip6Dns1',
    'ip6Dns2',
    'publicMtu',
    'sourceNatIpAddress',
    'keepMacAddressOnPublicNic',
  ] as const) {
    if (params[name] !== undefined && params[name] !== false)
      fail('unsupported', `${name.toLowerCase()} of a network cannot be changed in this cloud; leave it out`, {
        parameter: name.toLowerCase(),
      });
  }
}

async function checkOffering(
  cx: Cx,
  { network, offering }: { network: NetworkRow; offering: OfferingRow },
): Promise<void> {
  const refuse = (why: string): never =>
    fail('invalidParameter', `networkofferingid: the offering ${offering.name} ${why}`, {
      parameter: 'networkofferingid',
    });
  if (offering.trafficType !== 'Guest' || offering.systemOnly || offering.forVpc)
    refuse('is not for networks of accounts');
  if (offering.state !== 'Enabled') refuse('is disabled');
  if (offering.guestType !== network.guestType)
    refuse(`makes ${offering.guestType} networks; the network ${network.name} is ${network.guestType}`);
  if (offering.zoneIds.length > 0 && !offering.zoneIds.includes(network.zoneId)) refuse('is not sold in this zone');
  const used = await rulesByService(cx.tx, network.id);
  const missing = Object.entries(used).find(
    ([service, n]) => service !== 'Egress' && n > 0 && !offering.services.includes(service),
  );
  if (missing)
    refuse(`has no service ${missing[0]}, which the network ${network.name} uses; remove what uses it first`);
  if (used['Egress']! > 0 && offering.egressDefaultAllow !== network.egressAllow)
    refuse('has another egress policy; remove the egress rules first');
}

async function readCustomId(cx: Cx, customId: string | undefined): Promise<string | undefined> {
  if (customId === undefined) return undefined;
  if (!isUuid(customId))
    fail('invalidParameter', `customid is '${customId.slice(0, 60)}'; a UUID is accepted`, { parameter: 'customid' });
  if (await uuidTaken(cx.tx, customId))
    fail('invalidParameter', `customid: another network has ${customId}`, { parameter: 'customid' });
  return customId;
}
