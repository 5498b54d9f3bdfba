// Where a domain lies in the tree and how it is, for other nouns.
import { fail } from '#api/errors.ts';
import type { Tx } from '#kernel/db.ts';
import type { Caller } from '../context.ts';
import { domainById } from './domain.store.ts';

export const pathOfDomain = async (tx: Tx, id: number): Promise<string> => (await domainById(tx, id)).path;
export const domainState = async (tx: Tx, id: number): Promise<string> => (await domainById(tx, id)).state;

/** Throws unless a list may show the caller what is in the domain: administrators from theirs down, others their own. One that is
 * deleted has nothing in it, which is no secret. */
export async function checkMayList(
  { tx, caller }: { tx: Tx; caller: Caller },
  domainId: number,
  parameter = 'domainid',
): Promise<void> {
  const may = caller.isAdmin
    ? (await pathOfDomain(tx, domainId)).startsWith(caller.domainPath)
    : domainId === caller.domainId;
  if (!may) fail('permissionDenied', `Account ${caller.accountName} may not list that domain`, { parameter });
}
