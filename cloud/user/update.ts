// updateUser: names, password, keys. Who is no administrator says the current password to get a new one; a new password ends
// every other session.
import { updateUser } from '#api/identity/user.ts';
import type { Values } from '#api/define.ts';
import { fail } from '#api/errors.ts';
import { implement, type Cx } from '../context.ts';
import { checkPassword, hashPassword } from '../identity/password.ts';
import { addKey } from '../user-key/register.ts';
import { apiKeyIsTaken } from '../user-key/user-key.ts';
import { checkPolicy } from './password-policy.ts';
import { changeUser, endSessionsOf, userById, type UserRow } from './user.store.ts';
import { target } from './target.ts';
import { checkEmail, checkTimezone, checkUsername, readAccess, refuseTakenName, userView } from './user.ts';

type Params = Values<typeof updateUser.params>;

export const update = implement(updateUser, async (cx, params) => {
  const user = await target(cx, params.id);
  if (params.mandate2fa)
    fail('unsupported', 'mandate2fa: this cloud has no second factor; leave it out or say false', {
      parameter: 'mandate2fa',
    });
  const username = params.username === undefined ? undefined : checkUsername(params.username);
  if (username !== undefined) await refuseTakenName(cx.tx, { domainId: user.domainId, username, except: user.id });
  const password =
    params.password === undefined
      ? undefined
      : await newPassword(cx, params, { ...user, username: username ?? user.username });
  await changeUser(cx.tx, user.id, {
    username,
    password,
    first_name: params.firstName,
    last_name: params.lastName,
    email: checkEmail(params.email),
    timezone: checkTimezone(params.timezone),
    api_key_access: readAccess(params.apiKeyAccess),
    password_change_required:
      params.passwordChangeRequired ?? (password !== undefined && user.id === cx.caller.userId ? false : undefined),
    ...(password === undefined ? {} : { failed_logins: 0 }),
  });
  if (password !== undefined)
    await endSessionsOf(cx.tx, [user.id], user.id === cx.caller.userId ? cx.session : undefined);
  await setKeys(cx, params, user);
  if (params.apiKeyAccess !== undefined)
    await cx.event({
      type: 'API.KEY.ACCESS.UPDATE',
      description: `API key access of user ${user.username} is ${params.apiKeyAccess} now`,
      uuid: user.uuid,
      owner: user,
    });
  await cx.event({ description: `User ${user.username} was changed`, uuid: user.uuid, owner: user });
  return userView(await userById(cx.tx, user.id), cx);
});

/** Its hash. */
async function newPassword(cx: Cx, { password, currentPassword }: Params, user: UserRow): Promise<string> {
  if (user.source !== 'NATIVE')
    fail(
      'invalidParameter',
      `password: the user ${user.username} logs in through ${user.source}, where the password is changed`,
      { parameter: 'password' },
    );
  if (!cx.caller.isAdmin) {
    if (currentPassword === undefined)
      fail('missingParameter', 'currentpassword must be given to set a new password', { parameter: 'currentpassword' });
    if (!(await checkPassword(currentPassword, user.password)))
      fail('invalidParameter', 'currentpassword is not the current password', { parameter: 'currentpassword' });
  }
  checkPolicy(cx.settings, { password: password!, username: user.username, domainId: user.domainId });
  return hashPassword(password!);
}

async function setKeys(cx: Cx, { userApiKey, userSecretKey }: Params, user: UserRow): Promise<void> {
  if (userApiKey === undefined && userSecretKey === undefined) return;
  if (userApiKey === undefined || userSecretKey === undefined)
    fail('missingParameter', 'userapikey and usersecretkey are set together', {
      parameter: userApiKey === undefined ? 'userapikey' : 'usersecretkey',
    });
  if (await apiKeyIsTaken(cx.tx, userApiKey))
    fail('invalidParameter', 'userapikey: that key is in use', { parameter: 'userapikey' });
  await addKey(cx, user, { apiKey: userApiKey, secretKey: userSecretKey });
}
