// Public addresses as networks need them: taken under the account's limit, given back without anything pointing at them.
import { fail } from '#api/errors.ts';
import { databaseNow } from '#kernel/clock.ts';
import type { Tx } from '#kernel/db.ts';
import type { Settings } from '#kernel/settings.ts';
import type { Owner } from '../context.ts';
import { release, reserve } from '../limit/limit.ts';
import { checkIpv4 } from '../network/address-rules.ts';
import {
  addressByText,
  addressesOf,
  changeAddress,
  clearStaticNatTo,
  freeAddress,
  lockAddress,
  moveAddress,
  releasingOf,
  wipe,
  type AddressRow,
} from './address.store.ts';

export { clearStaticNatTo };

interface Wanted {
  zoneId: number;
  networkId: number | null;
  owner: Owner;
  sourceNat: boolean;
}

/** Any free address of the zone. The network's row must be locked where there is one. */
export async function takeAddress(tx: Tx, settings: Settings, wanted: Wanted): Promise<number> {
  const free = await freeAddress(tx, wanted);
  if (!free)
    return fail(
      'insufficientAddressCapacity',
      'There is no free public address in this zone; a range can be added with createVlanIpRange',
    );
  await takeThis(tx, settings, { ...wanted, id: free.id });
  return free.id;
}

/** The address so named, if the owner may have it. */
export async function takeNamed(
  tx: Tx,
  settings: Settings,
  wanted: Wanted & { address: string; parameter: string },
): Promise<number> {
  const { address, zoneId, owner, parameter } = wanted;
  const refuse = (): never =>
    fail(
      'invalidParameter',
      `${parameter}: ${address} is not a public address of this zone that the account can have`,
      { parameter },
    );
  checkIpv4(parameter, address);
  const found = (await addressByText(tx, { zoneId, address })) ?? refuse();
  const free =
    found.state === 'Free' &&
    !found.system &&
    !found.forSystemVms &&
    (found.rangeAccountId === null || found.rangeAccountId === owner.accountId);
  if (!free && !(found.state === 'Reserved' && found.accountId === owner.accountId)) refuse();
  await takeThis(tx, settings, { ...wanted, id: found.id });
  return found.id;
}

/** This address, which must be free or set aside for the owner. */
export async function takeThis(
  tx: Tx,
  settings: Settings,
  { id, networkId, owner, sourceNat }: Wanted & { id: number },
): Promise<void> {
  const before = await lockAddress(tx, id);
  if (before.state !== 'Reserved') await reserve(tx, settings, owner, { publicIps: 1 });
  await moveAddress(tx, id, 'Allocate');
  await changeAddress(tx, id, {
    account_id: owner.accountId,
    domain_id: owner.domainId,
    network_id: networkId,
    source_nat: sourceNat,
    allocated: databaseNow(),
    reserved: false,
  });
}

/** The address a network's guests leave by; made sure of once, and the same for as long as the network lives. */
export async function ensureSourceNat(
  tx: Tx,
  settings: Settings,
  { networkId, zoneId, owner }: { networkId: number; zoneId: number; owner: Owner },
): Promise<void> {
  if ((await addressesOf(tx, networkId)).some((address) => address.sourceNat)) return;
  await takeAddress(tx, settings, { zoneId, networkId, owner, sourceNat: true });
}

/** Nothing points at it any more: it is anybody's. */
export async function freeAddressOf(
  tx: Tx,
  address: Pick<AddressRow, 'id' | 'uuid' | 'state' | 'accountId' | 'domainId'>,
): Promise<void> {
  if (address.state === 'Free') return;
  if (address.state !== 'Releasing') await moveAddress(tx, address.id, 'ReleaseRequested');
  await moveAddress(tx, address.id, 'OperationSucceeded');
  await changeAddress(tx, address.id, {
    account_id: null,
    domain_id: null,
    network_id: null,
    source_nat: false,
    static_nat_vm_id: null,
    static_nat_nic_id: null,
    static_nat_ip: null,
    allocated: null,
    reserved: false,
    display: true,
  });
  await wipe(tx, address.uuid);
  if (address.accountId !== null && address.domainId !== null)
    await release(tx, { accountId: address.accountId, domainId: address.domainId }, { publicIps: 1 });
}

/** One that was set aside: nothing is behind it, so it is anybody's at once. */
export async function freeReserved(
  tx: Tx,
  address: Pick<AddressRow, 'id' | 'uuid' | 'accountId' | 'domainId'>,
): Promise<void> {
  await moveAddress(tx, address.id, 'Unreserve');
  await changeAddress(tx, address.id, {
    account_id: null,
    domain_id: null,
    reserved: false,
    allocated: null,
    display: true,
  });
  await wipe(tx, address.uuid);
  await release(tx, { accountId: address.accountId!, domainId: address.domainId! }, { publicIps: 1 });
}

/** All of a network's, when it is deleted. */
export async function freeAddressesOf(tx: Tx, networkId: number): Promise<void> {
  for (const address of await addressesOf(tx, networkId)) await freeAddressOf(tx, address);
}

/** Those that were given back, once no router has them. The network's row must be locked. */
export async function freeReleased(tx: Tx, networkId: number): Promise<void> {
  for (const address of await releasingOf(tx, networkId)) await freeAddressOf(tx, address);
}
