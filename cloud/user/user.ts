// Users as other nouns see them: how one looks, what one must be like, and making one.
import { isUuid } from '#base/id.ts';
import type { Shape } from '#api/define.ts';
import type { userResponse } from '#api/identity/responses.ts';
import { fail } from '#api/errors.ts';
import type { Cx, ResultCx } from '../context.ts';
import { hashPassword } from '../identity/password.ts';
import { checkPolicy } from './password-policy.ts';
import {
  endKeysOf,
  endSessionsOf,
  insertUser,
  lockNames,
  changeUser,
  userUuidTaken,
  usernameTaken,
  usersOfAccounts,
  type UserRow,
} from './user.store.ts';
import { databaseNow } from '#kernel/clock.ts';

export { usersOfAccounts, userById, type UserRow } from './user.store.ts';

const ACCESS = new Map([
  [true, 'Enabled'],
  [false, 'Disabled'],
  [null, 'Inherit'],
]);
export const shownAccess = (access: boolean | null): string => ACCESS.get(access)!;
/** ENABLED, DISABLED, INHERIT as sent; undefined: unchanged. */
export const readAccess = (text: string | undefined): boolean | null | undefined =>
  text === undefined ? undefined : text === 'INHERIT' ? null : text === 'ENABLED';
export function accessFilter(text: string | undefined): boolean | null | undefined {
  const value = text?.toUpperCase();
  if (value !== undefined && !['ENABLED', 'DISABLED', 'INHERIT'].includes(value))
    fail('invalidParameter', `apikeyaccess is '${text!.slice(0, 60)}'; accepted: Enabled, Disabled, Inherit`, {
      parameter: 'apikeyaccess',
    });
  return readAccess(value);
}

/** The key is shown to the user and to administrators above; the secret never is, unless the installation wants that. */
export const userView = (
  user: UserRow,
  { caller, settings, sealer }: Pick<ResultCx, 'caller' | 'settings' | 'sealer'>,
): Shape<typeof userResponse> => ({
  id: user.uuid,
  username: user.username,
  firstname: user.firstName,
  lastname: user.lastName,
  email: user.email,
  timezone: user.timezone,
  state: user.state,
  created: user.created,
  usersource: user.source.toLowerCase(),
  account: user.accountName,
  accountid: user.accountUuid,
  accounttype: user.accountType,
  domain: user.domainName,
  domainid: user.domainUuid,
  roleid: user.roleUuid,
  rolename: user.roleName,
  roletype: user.roleType,
  isdefault: user.isDefault,
  is2faenabled: false,
  is2famandated: false,
  iscallerchilddomain: user.domainId !== caller.domainId && user.domainPath.startsWith(caller.domainPath),
  apikeyaccess: shownAccess(user.apiKeyAccess),
  ...(maySeeKey(user, caller) ? { apikey: user.apiKey } : {}),
  ...(settings.boolean('use.secret.key.in.response') && user.sealedSecret !== null && maySeeKey(user, caller)
    ? { secretkey: sealer.open(user.sealedSecret) }
    : {}),
});

const maySeeKey = (user: UserRow, caller: ResultCx['caller']): boolean =>
  caller.isRoot || user.id === caller.userId || (caller.isAdmin && user.roleType !== 'Admin');

export function checkTimezone(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    new Intl.DateTimeFormat('en', { timeZone: text }).format();
    return text;
  } catch {
    return fail(
      'invalidParameter',
      `timezone is '${text.slice(0, 60)}'; the name of a time zone is accepted, for instance Europe/Berlin or UTC`,
      { parameter: 'timezone' },
    );
  }
}

const EMAIL = /^[^\s@]+@[^\s@]+$/;
export function checkEmail(text: string | undefined): string | undefined {
  if (text !== undefined && !EMAIL.test(text))
    fail('invalidParameter', `email is '${text.slice(0, 60)}'; an address like name@host is accepted`, {
      parameter: 'email',
    });
  return text;
}

export function checkUsername(text: string): string {
  const name = text.trim();
  if (name === '' || /\p{Cc}/u.test(name))
    fail('invalidParameter', 'username is empty; a text without control characters is accepted', {
      parameter: 'username',
    });
  return name;
}

export async function refuseTakenName(
  tx: Cx['tx'],
  { domainId, username, except }: { domainId: number; username: string; except?: number },
): Promise<void> {
  await lockNames(tx, domainId);
  if (await usernameTaken(tx, { domainId, username, except }))
    fail('invalidParameter', `username: there is a user ${username} in this domain already`, { parameter: 'username' });
}

/** A UUID that the thing to be made shall have, as clients that copy clouds wish. */
export function wishedUuid(text: string | undefined, parameter: string): string | undefined {
  if (text !== undefined && !isUuid(text))
    fail('invalidParameter', `${parameter} is '${text.slice(0, 60)}'; a UUID is accepted`, { parameter });
  return text?.toLowerCase();
}

export interface NewUser {
  username: string;
  password: string;
  firstName: string;
  lastName: string;
  email?: string;
  timezone?: string;
  userId?: string;
  passwordChangeRequired?: boolean;
}

export async function addUser(
  cx: Cx,
  account: { id: number; domainId: number },
  wanted: NewUser,
): Promise<{ id: number; uuid: string }> {
  const username = checkUsername(wanted.username);
  const uuid = wishedUuid(wanted.userId, 'userid');
  if (uuid !== undefined && (await userUuidTaken(cx.tx, uuid)))
    fail('invalidParameter', `userid: there is a user ${uuid} already`, { parameter: 'userid' });
  await refuseTakenName(cx.tx, { domainId: account.domainId, username });
  checkPolicy(cx.settings, { password: wanted.password, username, domainId: account.domainId });
  return insertUser(cx.tx, {
    uuid,
    account_id: account.id,
    username,
    password: await hashPassword(wanted.password),
    first_name: wanted.firstName,
    last_name: wanted.lastName,
    email: checkEmail(wanted.email),
    timezone: checkTimezone(wanted.timezone),
    password_change_required: wanted.passwordChangeRequired ?? false,
  });
}

/** Users of an account that is going: none of them gets in any more. */
export async function removeUsersOf(tx: Cx['tx'], accountId: number): Promise<void> {
  const users = await usersOfAccounts(tx, [accountId]);
  const ids = users.map(({ id }) => id);
  await endSessionsOf(tx, ids);
  await endKeysOf(tx, ids);
  for (const id of ids) await changeUser(tx, id, { removed: databaseNow() });
}

export const endSessionsOfAccount = async (tx: Cx['tx'], accountId: number): Promise<number> =>
  endSessionsOf(
    tx,
    (await usersOfAccounts(tx, [accountId])).map(({ id }) => id),
  );
