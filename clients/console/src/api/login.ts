// Logging in and out.
import { Refusal, sentenceOf } from './failure.ts';
import { send } from './call.ts';
import { begin, end } from './session.ts';
import type { RoleType } from './session.ts';
import { t } from '../words/t.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
  /** Path of the domain; empty is the root domain. */
  readonly domain: string;
}

/** CloudStack's numbers of account types. */
const roleTypes: Readonly<Record<string, RoleType>> = {
  0: 'User',
  1: 'Admin',
  2: 'DomainAdmin',
  3: 'ResourceAdmin',
  4: 'ResourceAdmin',
};

/** Throws an Error whose message can be shown. */
export async function login({ username, password, domain }: Credentials): Promise<void> {
  const answer = await send('login', { username, password, ...(domain.trim() ? { domain: domain.trim() } : {}) }).catch(
    (error: unknown) => {
      throw new Error(inPlainWords(error), { cause: error });
    },
  );
  const text = (name: string): string => String(answer[name] ?? '');
  begin({
    key: text('sessionkey'),
    userId: text('userid'),
    userName: text('username'),
    fullName: [text('firstname'), text('lastname')].filter(Boolean).join(' '),
    account: text('account'),
    domainId: text('domainid'),
    roleType: roleTypes[text('type')] ?? 'User',
  });
}

function inPlainWords(error: unknown): string {
  if (!(error instanceof Refusal)) return sentenceOf(error);
  if (error.code === 531) return t('login.wrong');
  if (error.code === 401) return t('login.noDomain');
  if (error.code === 429) return t('login.tooOften');
  return error.message;
}

/** Ends the session here even when the server cannot be told: what is left of it there expires. */
export async function logout(): Promise<void> {
  await send('logout').catch(() => undefined);
  end('loggedOut');
}
