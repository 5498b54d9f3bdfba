// disableAccount and enableAccount. Users of an account that is not enabled are out with the next call; disabling stops its
// instances too, locking leaves them running.
import { disableAccount, enableAccount } from '#api/identity/account.ts';
import { accountMachine } from '#api/states/identity.ts';
import { next, type EventOf, type StateOf } from '#api/machine.ts';
import { fail } from '#api/errors.ts';
import { tellChange } from '#kernel/move.ts';
import { enqueue } from '#kernel/queue.ts';
import type { Tx } from '#kernel/db.ts';
import { implement } from '../context.ts';
import { recorded, type Recorded } from '../recorded.ts';
import { endSessionsOfAccount } from '../user/user.ts';
import { stopVm } from '../vm/stop.ts';
import { changeAccount, runningGuests, type AccountRow } from './account.store.ts';
import { showAccount, target } from './account.ts';

/** The machine's states are spelled with capitals, the wire's without. */
export async function moveAccount(tx: Tx, account: AccountRow, event: EventOf<typeof accountMachine>): Promise<string> {
  const state = `${account.state.charAt(0).toUpperCase()}${account.state.slice(1)}` as StateOf<typeof accountMachine>;
  const step =
    next(accountMachine, state, event) ??
    fail('wrongState', `The account ${account.name} is ${account.state}: ${event} is not possible`, {
      parameter: 'id',
    });
  const to = step.to.toLowerCase();
  if (to !== 'removed') await changeAccount(tx, account.id, { state: to });
  await tellChange(tx, { entity: 'account', uuid: account.uuid, accountId: account.id, domainId: account.domainId });
  return to;
}

export const disable = implement(
  disableAccount,
  async (cx, params) => {
    const account = await target(cx, params, params.lock ? 'locked' : 'disabled');
    await moveAccount(cx.tx, account, params.lock ? 'Lock' : 'Disable');
    await endSessionsOfAccount(cx.tx, account.id);
    const owner = { accountId: account.id, domainId: account.domainId };
    if (!params.lock) {
      for (const guest of await runningGuests(cx.tx, account.id)) {
        await enqueue(
          cx.tx,
          stopVm,
          { vmId: guest.id, force: false },
          {
            lanes: [`vm:${guest.id}`],
            userId: cx.caller.userId,
            ...owner,
            resourceType: 'VirtualMachine',
            resourceUuid: guest.uuid,
          },
        );
      }
    }
    return cx.enqueue(recorded, { id: account.id }, { lanes: [], about: account.uuid, owner });
  },
  async (cx, { id }: Recorded) => showAccount(cx, id),
);

export const enable = implement(enableAccount, async (cx, params) => {
  const account = await target(cx, params);
  await moveAccount(cx.tx, account, 'Enable');
  await cx.event({
    description: `Account ${account.name} was enabled`,
    uuid: account.uuid,
    owner: { accountId: account.id, domainId: account.domainId },
  });
  return showAccount(cx, account.id);
});
