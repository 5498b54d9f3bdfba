// Cards of guests: an address and a MAC of their own, never given to two; and their end, with everything that leads to them.
import { fail } from '#api/errors.ts';
import type { Tx } from '#kernel/db.ts';
import { clearStaticNatTo } from '../address/address.ts';
import { raiseGeneration } from '../router/router.ts';
import { endRulesOfNics } from '../rule/rule.ts';
import { checkCidr, checkIpv4, cidrContains, toNumber } from './address-rules.ts';
import { guestMac } from './mac.ts';
import { lockNetwork, type NetworkRow } from './network.store.ts';
import { freeIp, insertNic, ipTaken, nicsOf, removeNics, removeSecondaries, type NicRow } from './nic.store.ts';

export interface NewNic {
  vmId: number;
  networkId: number;
  deviceId: number;
  isDefault: boolean;
  ip?: string;
  mac?: string;
}
const MAC = /^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/;
const MAC_TRIES = 5;

export async function addNic(
  tx: Tx,
  { vmId, networkId, deviceId, isDefault, ip, mac }: NewNic,
): Promise<{ id: number; uuid: string }> {
  const network = await lockNetwork(tx, networkId);
  if (network.removed || network.deleting || network.state === 'Destroy')
    fail('invalidParameter', `networkids: the network ${network.name} is being deleted`, { parameter: 'networkids' });
  const address = await addressFor(tx, network, ip);
  const nic = await insertWithMac(
    tx,
    { vm_id: vmId, network_id: networkId, device_id: deviceId, is_default: isDefault, ip: address },
    mac,
  );
  await raiseGeneration(tx, [networkId]);
  return nic;
}

/** The wished address, or a free one; null where the network has no addresses of its own (L2). The network's row must be locked. */
export async function addressFor(tx: Tx, network: NetworkRow, wished: string | undefined): Promise<string | null> {
  const { cidr, gateway } = network;
  if (cidr === null || gateway === null) {
    if (wished !== undefined)
      fail(
        'invalidParameter',
        `ipaddress is ${wished}; the network ${network.name} hands out no addresses, leave it out`,
        { parameter: 'ipaddress' },
      );
    return null;
  }
  if (wished === undefined)
    return (
      (await freeIp(tx, { id: network.id, cidr, gateway })) ??
      fail('insufficientAddressCapacity', `All addresses of the network ${network.name} (${cidr}) are taken`)
    );
  return checkWished(tx, { id: network.id, name: network.name, cidr, gateway }, wished);
}

async function checkWished(
  tx: Tx,
  { id, name, cidr, gateway }: { id: number; name: string; cidr: string; gateway: string },
  wished: string,
): Promise<string> {
  const refuse = (why: string): never =>
    fail('invalidParameter', `ipaddress: ${wished} ${why}; a free address of ${cidr} is accepted`, {
      parameter: 'ipaddress',
    });
  const range = checkCidr('cidr', cidr);
  checkIpv4('ipaddress', wished);
  if (!cidrContains(range, wished)) refuse(`is not in the network ${name}`);
  if (wished === gateway) refuse('is the gateway');
  if (toNumber(wished) === range.first) refuse("is the network's own address");
  if (toNumber(wished) === range.last) refuse('is the broadcast address');
  if (await ipTaken(tx, { networkId: id, ip: wished })) refuse('is taken');
  return wished;
}

async function insertWithMac(
  tx: Tx,
  values: Readonly<Record<string, unknown>>,
  wished: string | undefined,
): Promise<{ id: number; uuid: string }> {
  if (wished !== undefined) {
    const mac = wished.toLowerCase().replaceAll('-', ':');
    if (!MAC.test(mac) || mac === '00:00:00:00:00:00')
      fail(
        'invalidParameter',
        `macaddress is '${wished.slice(0, 40)}'; a unicast MAC address is accepted, for instance 02:00:4c:5f:00:12`,
        { parameter: 'macaddress' },
      );
    return (
      (await insertNic(tx, { ...values, mac })) ??
      fail('invalidParameter', `macaddress: another network card has ${mac}`, { parameter: 'macaddress' })
    );
  }
  for (let attempt = 1; attempt <= MAC_TRIES; attempt += 1) {
    const nic = await insertNic(tx, { ...values, mac: guestMac() });
    if (nic) return nic;
  }
  return fail('internal', 'no free MAC address was found');
}

/** All cards of the guest end, with what leads to them; the routers are to be told afterwards. */
export async function freeNics(tx: Tx, vmId: number): Promise<void> {
  await endNics(tx, await nicsOf(tx, vmId));
}

export async function endNics(tx: Tx, nics: readonly NicRow[]): Promise<void> {
  if (nics.length === 0) return;
  await raiseGeneration(tx, [...new Set(nics.map((nic) => nic.networkId))]);
  const ids = nics.map((nic) => nic.id);
  await endRulesOfNics(tx, ids);
  await clearStaticNatTo(tx, ids);
  await removeSecondaries(tx, ids);
  await removeNics(tx, ids);
}
