// A network's row for verbs of addresses, rules and routers, which change what its router should be.
import type { Tx } from '#kernel/db.ts';
import { lockNetwork, networkById, type NetworkRow } from './network.store.ts';

export type { NetworkRow };
/** Waits for whoever changes it now. */
export const lockedNetwork = (tx: Tx, id: number): Promise<NetworkRow> => lockNetwork(tx, id);
export const seenNetwork = (tx: Tx, id: number): Promise<NetworkRow> => networkById(tx, id);
