// Accounts of a part of the tree of domains.
import type { Tx } from '#kernel/db.ts';
import { accountsBelow } from './account.store.ts';

export const accountsOfTree = (tx: Tx, path: string): ReturnType<typeof accountsBelow> => accountsBelow(tx, path);
