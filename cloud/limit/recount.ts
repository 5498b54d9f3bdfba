// Counting again: when a domain moved, and when somebody asks. Counts are taken from the things themselves; what is counted
// must match what reserves and releases.
import type { Tx } from '#kernel/db.ts';
import { accountsUnder, COUNTED, domainsAlong, pathOf, recountAccounts, recountDomains } from './counts.store.ts';

/** Everything in a domain, below it, and its share in all above. */
export async function recountUnder(tx: Tx, domainId: number, types: readonly number[] = COUNTED): Promise<void> {
  const path = await pathOf(tx, domainId);
  const [accounts, domains] = [await accountsUnder(tx, path), await domainsAlong(tx, path)];
  for (const type of types.filter((one) => COUNTED.includes(one))) {
    await recountAccounts(tx, { type, accountIds: accounts });
    await recountDomains(tx, { type, domainIds: domains });
  }
}
