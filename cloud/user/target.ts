// The user that a verb is about to act on: not the system's, not one with more rights than the caller.
import { fail } from '#api/errors.ts';
import type { Cx } from '../context.ts';
import { checkMayGrant } from '../identity/grant.ts';
import { userById, type UserRow } from './user.store.ts';

/** `to`: what is to be done to it, for instance `deleted`; the installation's own users and the caller cannot be. */
export async function target(cx: Cx, id: number, to?: string): Promise<UserRow> {
  const user = await userById(cx.tx, id);
  if (user.id === 1 || (to !== undefined && user.isDefault))
    fail(
      'permissionDenied',
      `id: the user ${user.username} belongs to the installation and cannot be ${to ?? 'changed'}`,
      { parameter: 'id' },
    );
  if (to !== undefined && user.id === cx.caller.userId)
    fail('permissionDenied', `id: nobody can be ${to} by themselves`, { parameter: 'id' });
  if (user.id !== cx.caller.userId) checkMayGrant(cx, user, { what: `id: the user ${user.username}`, parameter: 'id' });
  return user;
}
