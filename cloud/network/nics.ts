// Cards of guests: an address and a MAC of their own, never given to two; and their end, with everything that leads to them.
import { fail } from '#api/errors.ts';
import type { Tx } from '#kernel/db.ts';
import { clearStaticNatTo } from '../address/address.ts';
import { raiseGeneration } from '../router/router.ts';
import { endRulesOfNics } from '../rule/rule.ts';
import { checkCidr, checkIpv4, cidrContains, toNumber } from './address-rules.ts';
import { guestMac } from './mac.ts';
import { closedAmong, type NetworkRow } from './network.store.ts';
import {
  freeIp,
  holdIp,
  insertNic,
  ipTaken,
  macTaken,
  nicsOf,
  removeNics,
  removeSecondaries,
  type NicRow,
} from './nic.store.ts';

export interface NewNic {
  vmId: number;
  network: GuestNetwork;
  deviceId: number;
  isDefault: boolean;
  ip?: string | undefined;
  mac?: string | undefined;
}
/** What of a network counts for its cards. */
export type GuestNetwork = Pick<NetworkRow, 'id' | 'name' | 'cidr' | 'gateway'>;
const MAC = /^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/;
const TRIES = 20;

/** A guest's cards. Nobody waits for others who add some to the same networks: addresses are held one by one, and the networks' rows
 * are only referred to. The routers learn of them when the guest's networks are prepared for it. */
export async function addNics(tx: Tx, nics: readonly NewNic[]): Promise<{ id: number; uuid: string }[]> {
  const made: { id: number; uuid: string }[] = [];
  for (const nic of nics) made.push(await insertCard(tx, nic));
  // Who began to delete a network was waited for by the reference to it; who begins now finds the cards.
  const [closed] = await closedAmong(
    tx,
    nics.map(({ network }) => network.id),
  );
  if (closed)
    fail('invalidParameter', `networkids: the network ${closed.name} is being deleted`, { parameter: 'networkids' });
  return made;
}

async function insertCard(tx: Tx, { network, ...nic }: NewNic): Promise<{ id: number; uuid: string }> {
  const mac = nic.mac === undefined ? undefined : await wishedMac(tx, nic.mac);
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    const ip = await addressFor(tx, network, nic.ip);
    const made = await insertNic(tx, { ...nic, networkId: network.id, ip, mac: mac ?? guestMac() });
    if (made) return made;
  }
  return fail('internal', `no free address was found in the network ${network.name}`);
}

async function wishedMac(tx: Tx, wished: string): Promise<string> {
  const mac = wished.toLowerCase().replaceAll('-', ':');
  if (!MAC.test(mac) || mac === '00:00:00:00:00:00')
    fail(
      'invalidParameter',
      `macaddress is '${wished.slice(0, 40)}'; a unicast MAC address is accepted, for instance 02:00:4c:5f:00:12`,
      { parameter: 'macaddress' },
    );
  if (await macTaken(tx, mac))
    fail('invalidParameter', `macaddress: another network card has ${mac}`, { parameter: 'macaddress' });
  return mac;
}

/** The wished address, or a free one, held for this transaction; null where the network has no addresses of its own (L2). */
export async function addressFor(tx: Tx, network: GuestNetwork, wished: string | undefined): Promise<string | null> {
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

/** For an address that is not a card's first: one that was given in the moment before it was held is not taken again. */
export async function anotherAddressFor(
  tx: Tx,
  network: GuestNetwork,
  wished: string | undefined,
): Promise<string | null> {
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    const ip = await addressFor(tx, network, wished);
    if (ip === null || wished !== undefined || !(await ipTaken(tx, { networkId: network.id, ip }))) return ip;
  }
  return fail('internal', `no free address was found in the network ${network.name}`);
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
  await holdIp(tx, { networkId: id, ip: wished });
  if (await ipTaken(tx, { networkId: id, ip: wished })) refuse('is taken');
  return wished;
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
