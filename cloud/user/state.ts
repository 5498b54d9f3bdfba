// lockUser, disableUser, enableUser. A user who is not enabled is out with the next call, whether by session or key.
import { disableUser, enableUser, lockUser } from '#api/identity/user.ts';
import { implement, type Cx } from '../context.ts';
import { recorded, type Recorded } from '../recorded.ts';
import { changeUser, endSessionsOf, userById, type UserRow } from './user.store.ts';
import { target } from './target.ts';
import { userView } from './user.ts';

async function setState(cx: Cx, id: number, state: 'enabled' | 'disabled' | 'locked'): Promise<UserRow> {
  const user = await target(cx, id, state === 'enabled' ? undefined : state);
  await changeUser(cx.tx, id, { state, ...(state === 'enabled' ? { failed_logins: 0 } : {}) });
  if (state !== 'enabled') await endSessionsOf(cx.tx, [id]);
  return user;
}

export const lock = implement(lockUser, async (cx, { id }) => {
  const user = await setState(cx, id, 'locked');
  await cx.event({
    description: `User ${user.username} was locked`,
    uuid: user.uuid,
    resourceType: 'User',
    owner: user,
  });
  return userView(await userById(cx.tx, id), cx);
});

export const enable = implement(enableUser, async (cx, { id }) => {
  const user = await setState(cx, id, 'enabled');
  await cx.event({
    description: `User ${user.username} was enabled`,
    uuid: user.uuid,
    resourceType: 'User',
    owner: user,
  });
  return userView(await userById(cx.tx, id), cx);
});

export const disable = implement(
  disableUser,
  async (cx, { id }) => {
    const user = await setState(cx, id, 'disabled');
    return cx.enqueue(recorded, { id }, { lanes: [], about: user.uuid, owner: user });
  },
  async (cx, { id }: Recorded) => userView(await userById(cx.tx, id), cx),
);
