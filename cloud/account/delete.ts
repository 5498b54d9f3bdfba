// deleteAccount: its users are out at once; the job takes away everything it owns, then the account. A job that gives up leaves
// the account disabled, and may be asked for again.
import { deleteAccount } from '#api/identity/account.ts';
import { databaseNow } from '#kernel/clock.ts';
import type { Tx } from '#kernel/db.ts';
import { workflow } from '#kernel/job.ts';
import { implement, type World } from '../context.ts';
import { forgetLimits } from '../limit/forget.ts';
import { endSessionsOfAccount, removeUsersOf } from '../user/user.ts';
import { changeAccount, dropBelongings, type AccountRow } from './account.store.ts';
import { accountById, target } from './account.ts';
import { clearAccount, refuseWithImages } from './clear.ts';
import { moveAccount } from './state.ts';

const CLEAR_TIMEOUT_S = 3_600;

export const deleteIt = workflow<{ accountId: number }, { accountId: number }, World>(
  'account.delete',
  async (job, { accountId }, world) => {
    await job.call('clear', (call) => clearAccount(world, call, accountId), { timeoutS: CLEAR_TIMEOUT_S });
    await job.tx('gone', (tx) => endAccount(tx, accountId));
    return { accountId };
  },
);

/** Nobody gets in any more, nothing new is made for it. */
export async function closeAccount(tx: Tx, account: AccountRow): Promise<void> {
  if (account.state !== 'disabled') await moveAccount(tx, account, 'Disable');
  await endSessionsOfAccount(tx, account.id);
}

/** To be called once it owns nothing. */
export async function endAccount(tx: Tx, accountId: number): Promise<void> {
  const account = await accountById(tx, accountId);
  if (account.removed) return;
  await removeUsersOf(tx, accountId);
  await dropBelongings(tx, accountId);
  await forgetLimits(tx, accountId);
  await moveAccount(tx, account, 'Remove');
  await changeAccount(tx, accountId, { removed: databaseNow() });
}

export const remove = implement(deleteAccount, async (cx, { id }) => {
  const account = await target(cx, { id }, 'deleted');
  await refuseWithImages(cx.tx, [account.id], 'id');
  await closeAccount(cx.tx, account);
  return cx.enqueue(
    deleteIt,
    { accountId: account.id },
    {
      lanes: [`account:${account.id}`],
      about: account.uuid,
      owner: { accountId: account.id, domainId: account.domainId },
    },
  );
});
