// A public address's row for verbs of rules and NAT, which hang on it.
import type { Tx } from '#kernel/db.ts';
import { addressById, addressesOf, changeAddress, lockAddress, type AddressRow } from './address.store.ts';

export type { AddressRow };
/** Waits for whoever changes it now, unless only looked at. */
export const lockedAddress = (tx: Tx, id: number, { lock = true } = {}): Promise<AddressRow> =>
  lock ? lockAddress(tx, id) : addressById(tx, id);
export const addressesOfNetwork = (tx: Tx, networkId: number): Promise<AddressRow[]> => addressesOf(tx, networkId);

/** Static NAT from this address, or to nobody. */
export const leadTo = (
  tx: Tx,
  id: number,
  target: { vmId: number; nicId: number; ip: string } | null,
): Promise<number> =>
  changeAddress(tx, id, {
    static_nat_vm_id: target?.vmId ?? null,
    static_nat_nic_id: target?.nicId ?? null,
    static_nat_ip: target?.ip ?? null,
  });
