// Where a domain lies in the tree and how it is, for other nouns.
import type { Tx } from '#kernel/db.ts';
import { domainById } from './domain.store.ts';

export const pathOfDomain = async (tx: Tx, id: number): Promise<string> => (await domainById(tx, id)).path;
export const domainState = async (tx: Tx, id: number): Promise<string> => (await domainById(tx, id)).state;
