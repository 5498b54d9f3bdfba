// What a rule stands on: a public address that is in use by a network with the service, or the network itself; and the card it leads to.
import { fail } from '#api/errors.ts';
import { isUuid } from '#base/id.ts';
import type { Tx } from '#kernel/db.ts';
import { lockedAddress, type AddressRow } from '../address/look.ts';
import { lockedNetwork, type NetworkRow } from '../network/look.ts';
import { targetNic, uuidTaken } from './rule.store.ts';

export interface Place {
  address: AddressRow;
  network: NetworkRow;
}

/** Locks the network first, then the address, as everything does that holds both. */
export async function placeOf(
  tx: Tx,
  { publicIpId, service }: { publicIpId: number; service: string },
): Promise<Place> {
  const { networkId } = await lockedAddress(tx, publicIpId, { lock: false });
  if (networkId === null)
    return fail('invalidParameter', 'ipaddressid: that address is in no network; associateIpAddress puts it in one', {
      parameter: 'ipaddressid',
    });
  const network = await openNetwork(tx, { networkId, service, parameter: 'ipaddressid' });
  const address = await lockedAddress(tx, publicIpId);
  if (address.state !== 'Allocated' || address.networkId !== networkId)
    fail('wrongState', `${address.address} is ${address.state}; an address that is Allocated can have rules`, {
      parameter: 'ipaddressid',
    });
  return { address, network };
}

export async function openNetwork(
  tx: Tx,
  { networkId, service, parameter }: { networkId: number; service: string; parameter: string },
): Promise<NetworkRow> {
  const network = await lockedNetwork(tx, networkId);
  if (network.removed || network.deleting)
    fail('wrongState', `The network ${network.name} is being deleted`, { parameter });
  if (!network.services.includes(service))
    fail('invalidParameter', `${parameter}: the network ${network.name} has no service ${service}`, { parameter });
  return network;
}

const GONE = ['Destroyed', 'Expunging', 'Expunged', 'Error'];

/** The card of the guest in the network and the address meant: the card's own, or a secondary one. */
export async function targetOf(
  tx: Tx,
  { vmId, network, guestIp }: { vmId: number; network: NetworkRow; guestIp: string | undefined },
): Promise<{ nicId: number; ip: string }> {
  const nic = await targetNic(tx, { vmId, networkId: network.id });
  if (!nic || nic.ip === null)
    return fail('invalidParameter', `virtualmachineid: the instance has no address in the network ${network.name}`, {
      parameter: 'virtualmachineid',
    });
  if (GONE.includes(nic.vmState))
    fail('wrongState', `virtualmachineid: the instance ${nic.vmName} is ${nic.vmState}`, {
      parameter: 'virtualmachineid',
    });
  const ip = guestIp ?? nic.ip;
  const known = [nic.ip, ...nic.others];
  if (!known.includes(ip))
    fail(
      'invalidParameter',
      `vmguestip: ${ip.slice(0, 40)} is no address of the instance in this network; accepted: ${known.join(', ')}`,
      { parameter: 'vmguestip' },
    );
  return { nicId: nic.id, ip };
}

export async function readCustomId(tx: Tx, customId: string | undefined): Promise<string | undefined> {
  if (customId === undefined) return undefined;
  if (!isUuid(customId))
    fail('invalidParameter', `customid is '${customId.slice(0, 60)}'; a UUID is accepted`, { parameter: 'customid' });
  if (await uuidTaken(tx, customId))
    fail('invalidParameter', `customid: another rule has ${customId}`, { parameter: 'customid' });
  return customId;
}
