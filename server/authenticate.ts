// Who sent this request: a session (cookie and key) or a signature with an API key. Whatever is wrong with either, the
// answer is the same 401, so that nobody learns which part was right.

import { fail } from '#api/errors.ts';
import { readDate } from '#base/param.ts';
import type { Caller } from '#cloud/context.ts';
import type { Identity, KeyIdentity } from '#cloud/identity/session.store.ts';
import { signatureMatches } from '#cloud/identity/signature.ts';
import { databaseNowMs } from '#kernel/clock.ts';
import type { Sealer } from '#kernel/seal.ts';
import type { Settings } from '#kernel/settings.ts';
import type { Identities } from './identities.ts';
import type { ApiRequest, Decoded } from './request.ts';

export interface Authenticated {
  readonly caller: Caller;
  readonly identity: Identity;
  /** Of a session: its id hash. */
  readonly session?: string;
  /** Rules of the key pair: it may do what both they and the role allow. */
  readonly keyRules?: readonly { rule: string; permission: string }[];
}

const BEFORE_A_NEW_PASSWORD = new Set(['login', 'logout', 'updateUser', 'listApis']);

/** Who logged in with a password that was only lent chooses one before anything else. Keys were not lent: they go on working. */
export const needsNewPassword = ({ session, identity }: Authenticated, command: string): boolean =>
  session !== undefined && identity.passwordChangeRequired && !BEFORE_A_NEW_PASSWORD.has(command);

/** Answers from memory: `freshness.check()` was called for this request. */
export interface AuthContext {
  identities: Identities;
  sealer: Sealer;
  settings: Settings;
}

const MAX_AHEAD_MS = 15 * 60_000;

export const refuse = (): never => fail('unauthorized', 'unable to verify user credentials and/or request signature');

export function callerOf(identity: Identity): Caller {
  const roleType = identity.roleType;
  return {
    userId: identity.userId,
    userUuid: identity.userUuid,
    username: identity.username,
    accountId: identity.accountId,
    accountUuid: identity.accountUuid,
    accountName: identity.accountName,
    domainId: identity.domainId,
    domainUuid: identity.domainUuid,
    domainPath: identity.domainPath,
    roleId: identity.roleId,
    roleType,
    isRoot: roleType === 'Admin',
    isAdmin: roleType !== 'User',
  };
}

export async function authenticate(cx: AuthContext, request: ApiRequest, { plain }: Decoded): Promise<Authenticated> {
  const apiKey = plain.get('apikey');
  if (apiKey !== undefined) return bySignature(cx, request, { plain, apiKey });
  return bySession(cx, request, plain);
}

export const SESSION_COOKIE = 'JSESSIONID';
export const KEY_COOKIE = 'sessionkey';

async function bySession(
  cx: AuthContext,
  request: ApiRequest,
  plain: ReadonlyMap<string, string>,
): Promise<Authenticated> {
  const id = request.cookies.get(SESSION_COOKIE)?.split('.')[0];
  const inCookie = request.cookies.get(KEY_COOKIE);
  const inParameter = plain.get('sessionkey');
  if (!id) return refuse();
  const idHash = cx.sealer.hash(id);
  const found = await cx.identities.ofSession(idHash);
  if (!found) return refuse();
  const matches = (key: string | undefined): boolean => key !== undefined && cx.sealer.hash(key) === found.keyHash;
  const where = cx.settings.text('api.sessionkey.check.locations');
  const right =
    where === 'ParameterOnly'
      ? matches(inParameter)
      : where === 'CookieOrParameter'
        ? matches(inCookie) || matches(inParameter)
        : matches(inCookie) && matches(inParameter);
  if (!right) return refuse();
  const timeoutS = cx.settings.number('session.timeout') * 60;
  if (!(await cx.identities.touch(found, { idHash, timeoutS }))) return refuse();
  return { caller: callerOf(found), identity: found, session: idHash };
}

async function bySignature(
  cx: AuthContext,
  request: ApiRequest,
  { plain, apiKey }: { plain: ReadonlyMap<string, string>; apiKey: string },
): Promise<Authenticated> {
  const signature = plain.get('signature');
  if (!signature) return refuse();
  const found = await cx.identities.ofKey(apiKey);
  if (!found || !mayUseKeys(cx, found)) return refuse();
  checkExpiry(cx, plain);
  if (!signatureMatches(found.secret, request.sent, signature)) return refuse();
  return {
    caller: callerOf(found),
    identity: found,
    ...(found.rules ? { keyRules: found.rules } : {}),
  };
}

const mayUseKeys = ({ settings }: AuthContext, found: KeyIdentity): boolean =>
  found.keyAccess ?? settings.boolean('api.key.access', { scope: 'Domain', id: found.domainId });

function checkExpiry({ settings }: AuthContext, plain: ReadonlyMap<string, string>): void {
  const strict = settings.boolean('enforce.post.requests.and.timestamps');
  const version = plain.get('signatureversion');
  if (version !== '3') {
    if (strict) refuse();
    return;
  }
  let expires: Date;
  try {
    expires = readDate(plain.get('expires') ?? '', false);
  } catch {
    return refuse();
  }
  const ahead = expires.getTime() - databaseNowMs();
  if (ahead < 0 || (strict && ahead > MAX_AHEAD_MS)) refuse();
}
