// An owner that is gone has neither limits nor counts.
import type { Tx } from '#kernel/db.ts';
import { forgetLimits as forget } from './counts.store.ts';

export const forgetLimits = (tx: Tx, accountId: number): Promise<void> =>
  forget(tx, { ownerType: 'a', ownerId: accountId });
export const forgetDomainLimits = (tx: Tx, domainId: number): Promise<void> =>
  forget(tx, { ownerType: 'd', ownerId: domainId });
