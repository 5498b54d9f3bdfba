// createUser, moveUser, deleteUser.
import { createUser, deleteUser, moveUser } from '#api/identity/user.ts';
import { fail } from '#api/errors.ts';
import { done, implement } from '../context.ts';
import { findAccount } from '../access.ts';
import { accountById } from '../account/account.ts';
import { checkMayGrant } from '../identity/grant.ts';
import { changeUser, endKeysOf, endSessionsOf, moveKeys, userById } from './user.store.ts';
import { addUser, userView, refuseTakenName } from './user.ts';
import { target } from './target.ts';
import { databaseNow } from '#kernel/clock.ts';

export const create = implement(createUser, async (cx, params) => {
  const owner = await findAccount(cx.tx, cx.caller, {
    account: params.account,
    domainId: params.domainId ?? cx.caller.domainId,
  });
  const account = await accountById(cx.tx, owner.accountId);
  if (account.id === 1) fail('permissionDenied', 'account: the system account gets no users', { parameter: 'account' });
  checkMayGrant(cx, account, { what: `account: a user of ${account.name}`, parameter: 'account' });
  const { id, uuid } = await addUser(cx, account, params);
  await cx.event({ description: `User ${params.username} was created in account ${account.name}`, uuid, owner });
  return userView(await userById(cx.tx, id), cx);
});

/** Within the domain: a user's name is the only one there. */
export const moveIt = implement(moveUser, async (cx, params) => {
  if ((params.account === undefined) === (params.accountId === undefined))
    fail('invalidParameter', 'account or accountid must be given, and not both', { parameter: 'accountid' });
  const user = await target(cx, params.id, 'moved');
  const to = await accountById(
    cx.tx,
    params.accountId ??
      (await findAccount(cx.tx, cx.caller, { account: params.account!, domainId: user.domainId })).accountId,
  );
  if (to.domainId !== user.domainId)
    fail(
      'invalidParameter',
      `accountid: the account ${to.name} is in another domain than the user ${user.username}; an account of the same domain is accepted`,
      { parameter: 'accountid' },
    );
  if (to.id === user.accountId)
    fail('invalidParameter', `accountid: the user ${user.username} is in the account ${to.name} already`, {
      parameter: 'accountid',
    });
  checkMayGrant(cx, to, { what: `accountid: a user of ${to.name}`, parameter: 'accountid' });
  await refuseTakenName(cx.tx, { domainId: to.domainId, username: user.username, except: user.id });
  await changeUser(cx.tx, user.id, { account_id: to.id });
  await moveKeys(cx.tx, user.id, { accountId: to.id, domainId: to.domainId });
  await cx.event({
    description: `User ${user.username} was moved from account ${user.accountName} to ${to.name}`,
    uuid: user.uuid,
    owner: { accountId: to.id, domainId: to.domainId },
  });
  return done;
});

export const remove = implement(deleteUser, async (cx, { id }) => {
  const user = await target(cx, id, 'deleted');
  await endSessionsOf(cx.tx, [id]);
  await endKeysOf(cx.tx, [id]);
  await changeUser(cx.tx, id, { removed: databaseNow() });
  await cx.event({ description: `User ${user.username} was deleted`, uuid: user.uuid, owner: user });
  return done;
});
