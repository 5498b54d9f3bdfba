// deleteDomain: an empty one, or with cleanup everything in it and below it, account by account, then the domains from the
// bottom up. While that goes on the domain is Inactive: nobody gets in and nothing is made in it.
import { deleteDomain } from '#api/identity/domain.ts';
import { domainMachine } from '#api/states/identity.ts';
import { fail } from '#api/errors.ts';
import { databaseNow } from '#kernel/clock.ts';
import type { Tx } from '#kernel/db.ts';
import { workflow } from '#kernel/job.ts';
import { move } from '#kernel/move.ts';
import { accountsOfTree } from '../account/tree.ts';
import { clearAccount, refuseWithImages } from '../account/clear.ts';
import { endAccount } from '../account/delete.ts';
import { implement, type World } from '../context.ts';
import { forgetDomainLimits } from '../limit/forget.ts';
import { boundTo, changeDomain, contentsOf, domainById, dropSettings, lockTree, subtree } from './domain.store.ts';

const CLEAR_TIMEOUT_S = 3_600;
const moving = { entity: 'domain', table: 'domain', ownerless: true, machine: domainMachine } as const;

export const deleteIt = workflow<{ domainId: number }, { domainId: number }, World>(
  'domain.delete',
  async (job, { domainId }, world) => {
    job.undoTx('open', (tx) => open(tx, domainId));
    const { accountIds } = await job.tx('accounts', async (tx) => ({
      accountIds: (await accountsOfTree(tx, (await domainById(tx, domainId)).path)).map(({ id }) => id),
    }));
    for (const accountId of accountIds) {
      await job.call(`clear ${accountId}`, (call) => clearAccount(world, call, accountId), {
        timeoutS: CLEAR_TIMEOUT_S,
      });
      await job.tx(`gone ${accountId}`, (tx) => endAccount(tx, accountId));
    }
    await job.tx('gone', (tx) => end(tx, domainId));
    return { domainId };
  },
);

async function open(tx: Tx, domainId: number): Promise<void> {
  for (const { id, state } of await subtree(tx, (await domainById(tx, domainId)).path))
    if (state === 'Inactive') await move(tx, moving, id, 'OperationFailed');
}

async function end(tx: Tx, domainId: number): Promise<void> {
  await lockTree(tx);
  for (const { id } of await subtree(tx, (await domainById(tx, domainId)).path)) {
    await move(tx, moving, id, 'OperationSucceeded');
    await forgetDomainLimits(tx, id);
    await dropSettings(tx, id);
    await changeDomain(tx, id, { removed: databaseNow() });
  }
}

export const remove = implement(deleteDomain, async (cx, { id, cleanup = false }) => {
  await lockTree(cx.tx);
  const domain = await domainById(cx.tx, id);
  if (domain.parentId === null) fail('invalidParameter', 'id: the ROOT domain cannot be deleted', { parameter: 'id' });
  if (cx.caller.domainPath.startsWith(domain.path))
    fail('permissionDenied', 'id: nobody deletes the domain they are in', { parameter: 'id' });
  const { accounts, children } = await contentsOf(cx.tx, id);
  if (!cleanup && (accounts > 0 || children > 0))
    fail(
      'resourceInUse',
      `The domain ${domain.name} still has ${accounts} accounts and ${children} domains in it; cleanup=true deletes them with everything they own`,
      { parameter: 'id' },
    );
  const bound = await boundTo(cx.tx, domain.path);
  if (bound.length > 0)
    fail(
      'resourceInUse',
      `The domain ${domain.name} cannot be deleted, set aside for it are: ${bound.map(({ kind, n }) => `${n} ${kind}${n === 1 ? '' : 's'}`).join(', ')}`,
      { parameter: 'id' },
    );
  await refuseWithImages(
    cx.tx,
    (await accountsOfTree(cx.tx, domain.path)).map((account) => account.id),
    'id',
  );
  for (const one of await subtree(cx.tx, domain.path)) await move(cx.tx, moving, one.id, 'DeleteRequested');
  return cx.enqueue(
    deleteIt,
    { domainId: id },
    {
      lanes: [`domain:${id}`],
      about: domain.uuid,
      owner: { accountId: cx.caller.accountId, domainId: cx.caller.domainId },
    },
  );
});
