// An instance's row for verbs of other nouns that change something of it.
import type { Tx } from '#kernel/db.ts';
import { lockVm, type VmRow } from './vm.store.ts';

/** Waits for whoever changes it now. */
export const lockedGuest = (tx: Tx, id: number): Promise<VmRow> => lockVm(tx, id);
