// The commands that answer before anyone is known: log in and log out.
import { randomBytes } from 'node:crypto';
import { ApiError, fail } from '#api/errors.ts';
import { checkNobody, checkPassword } from '#cloud/identity/password.ts';
import {
  clearFailedLogins,
  countFailedLogin,
  deleteSession,
  domainByKey,
  domainByPath,
  findForLogin,
  findSession,
  hasKeys,
  insertSession,
  type Identity,
  type LoginRow,
} from '#cloud/identity/session.store.ts';
import { databaseNowMs } from '#kernel/clock.ts';
import { insertEvent, type EventRow } from '#kernel/event.ts';
import { callerOf, KEY_COOKIE, SESSION_COOKIE } from './authenticate.ts';
import type { AnonymousVerb, Server } from './dispatch.ts';
import type { ApiRequest, Decoded } from './request.ts';

const SAME_SITE: Record<string, string> = {
  lax: '; SameSite=Lax',
  strict: '; SameSite=Strict',
  noneandsecure: '; SameSite=None; Secure',
  null: '',
};

/** `a/b` means `/a/b/`; without a domain it is ROOT. */
function domainPath(given: string | undefined): string {
  const inner = (given ?? '').replace(/^\/+|\/+$/g, '');
  return inner === '' || inner.toUpperCase() === 'ROOT' ? '/' : `/${inner}/`;
}

export const login: AnonymousVerb = async (server, request, decoded) => {
  if (request.method !== 'POST') fail('methodNotAllowed', 'login must be sent by POST');
  const user = await checkCredentials(server, decoded);
  const previous = request.cookies.get(SESSION_COOKIE);
  if (previous) await deleteSession(server.db.read, server.sealer.hash(previous));
  return openSession(server, request, user);
};

async function checkCredentials(server: Server, { plain }: Decoded): Promise<LoginRow> {
  const username =
    plain.get('username') ??
    fail('missingParameter', 'Unable to execute API command login due to missing parameter username', {
      parameter: 'username',
    });
  const password =
    plain.get('password') ??
    fail('missingParameter', 'Unable to execute API command login due to missing parameter password', {
      parameter: 'password',
    });
  const key = plain.get('domainid');
  const user = await findForLogin(server.db.read, {
    username,
    domain: key ? domainByKey(key) : domainByPath(domainPath(plain.get('domain'))),
  });
  const right = user ? await checkPassword(password, user.password) : await checkNobody(password);
  if (!user || !right) {
    if (user)
      await countFailedLogin(server.db.read, {
        userId: user.userId,
        lockAfter: server.settings.number('incorrect.login.attempts.allowed'),
      });
    return refuseLogin();
  }
  if (user.state !== 'enabled' || user.accountState !== 'enabled' || user.domainState !== 'Active') refuseLogin();
  await clearFailedLogins(server.db.read, user.userId);
  return user;
}

const refuseLogin = (): never => {
  throw new LoginRefused();
};
/** 531 without a cserrorcode, the same sentence whatever was wrong. */
class LoginRefused extends ApiError {
  override readonly csErrorCode = undefined;
  constructor() {
    super('authenticationFailed', 'Failed to authenticate user; check the user name, the password and the domain');
  }
}

async function openSession(server: Server, request: ApiRequest, user: LoginRow): ReturnType<AnonymousVerb> {
  const id = randomBytes(24).toString('hex');
  const key = randomBytes(20).toString('base64url');
  const timeoutS = server.settings.number('session.timeout') * 60;
  await insertSession(server.db.read, {
    id_hash: server.sealer.hash(id),
    key_hash: server.sealer.hash(key),
    user_id: user.userId,
    source_ip: request.sourceIp,
    expires: new Date(databaseNowMs() + timeoutS * 1000),
  });
  await insertEvent(server.db.read, loginEvent('USER.LOGIN', user));
  const secure = server.settings.boolean('enable.secure.session.cookie') ? '; Secure' : '';
  const sameSite = SAME_SITE[server.settings.text('api.sessionkey.cookie.samesite').toLowerCase()] ?? '; SameSite=Lax';
  return {
    content: {
      username: user.username,
      userid: user.userUuid,
      domainid: user.domainUuid,
      timeout: timeoutS,
      account: user.accountName,
      firstname: user.firstName,
      lastname: user.lastName,
      type: String(user.accountType),
      ...(user.timezone ? { timezone: user.timezone, timezoneoffset: timezoneOffset(user.timezone) } : {}),
      registered: String(await hasKeys(server.db.read, user.userId)),
      sessionkey: key,
      is2faenabled: 'false',
      is2faverified: 'true',
      issuerfor2fa: 'Nephos',
      ...(user.passwordChangeRequired ? { passwordchangerequired: true } : {}),
      ...(callerOf(user).isRoot ? { managementserverid: await server.managementServerId() } : {}),
    },
    cookies: [
      `${SESSION_COOKIE}=${id}; Path=/client; HttpOnly${sameSite}${secure}`,
      `${KEY_COOKIE}=${key}; Path=/client; HttpOnly${sameSite}${secure}`,
    ],
  };
}

const loginEvent = (type: 'USER.LOGIN' | 'USER.LOGOUT', user: Identity): EventRow => ({
  type,
  state: 'Completed',
  description: `User ${user.username} logged ${type === 'USER.LOGIN' ? 'in' : 'out'}`,
  userId: user.userId,
  accountId: user.accountId,
  domainId: user.domainId,
  startId: null,
  resourceType: 'User',
  resourceUuid: user.userUuid,
});

/** Hours east of UTC now, `-8.0`. */
function timezoneOffset(zone: string): string {
  try {
    const name =
      new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' })
        .formatToParts(new Date())
        .find((part) => part.type === 'timeZoneName')?.value ?? 'GMT';
    const found = /GMT([+-])(\d{2}):(\d{2})/.exec(name);
    return found ? (Number(`${found[1]}1`) * (Number(found[2]) + Number(found[3]) / 60)).toFixed(1) : '0.0';
  } catch {
    return '0.0';
  }
}

export const logout: AnonymousVerb = async (server, request) => {
  const id = request.cookies.get(SESSION_COOKIE);
  const user = id === undefined ? undefined : await findSession(server.db.read, server.sealer.hash(id));
  if (!id || !(await deleteSession(server.db.read, server.sealer.hash(id))))
    fail('invalidParameter', 'there is no session to log out of');
  if (user) await insertEvent(server.db.read, loginEvent('USER.LOGOUT', user));
  return {
    content: { description: 'success' },
    cookies: [...request.cookies.keys()].map((name) => `${name}=; Path=/client; Max-Age=0`),
  };
};
