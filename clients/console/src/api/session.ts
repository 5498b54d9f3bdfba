// Who is logged in here. The session itself is the server's: cookies that no script can read, and a key that every call
// has to carry besides. The key lives in memory and in sessionStorage; other tabs of the same browser are asked for it,
// so that a link opened in a new tab does not ask for the password again.
import { cell } from '../cell.ts';

export type RoleType = 'Admin' | 'ResourceAdmin' | 'DomainAdmin' | 'User';

export interface Session {
  readonly key: string;
  readonly userId: string;
  readonly userName: string;
  readonly fullName: string;
  readonly account: string;
  readonly domainId: string;
  readonly roleType: RoleType;
}

/** Why the login page is shown although nobody asked for it. */
export type Ended = 'expired' | 'loggedOut';

const STORED = 'nephos.session';
const ASK_MS = 150;

export const session = cell<Session | undefined>(read());
export const ended = cell<Ended | undefined>(undefined);
const tabs = typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel('nephos.session');

type Told = { kind: 'who' } | { kind: 'session'; session: Session } | { kind: 'ended'; key: string };

function read(): Session | undefined {
  try {
    return JSON.parse(sessionStorage.getItem(STORED) ?? 'null') ?? undefined;
  } catch {
    return undefined;
  }
}

function keep(value: Session | undefined): void {
  if (value) sessionStorage.setItem(STORED, JSON.stringify(value));
  else sessionStorage.removeItem(STORED);
  session.set(value);
}

/** A login has succeeded here. It ended every earlier session of this browser, so the other tabs take the new one. */
export function begin(value: Session): void {
  ended.set(undefined);
  keep(value);
  tabs?.postMessage({ kind: 'session', session: value } satisfies Told);
}

/** The session is over. Calls that were under way for an earlier key must not end a newer one. */
export function end(why: Ended, key: string | undefined = session.get()?.key): void {
  if (session.get()?.key !== key) return;
  keep(undefined);
  ended.set(why);
  if (key && why === 'loggedOut') tabs?.postMessage({ kind: 'ended', key } satisfies Told);
}

tabs?.addEventListener('message', ({ data }: MessageEvent<Told>) => {
  const own = session.get();
  if (data.kind === 'who' && own) tabs.postMessage({ kind: 'session', session: own } satisfies Told);
  if (data.kind === 'session' && data.session.key !== own?.key) {
    ended.set(undefined);
    keep(data.session);
  }
  if (data.kind === 'ended' && data.key === own?.key) end('loggedOut', undefined);
});

/** Waits a moment for another tab to tell its session. */
export async function adopt(): Promise<Session | undefined> {
  if (session.get() || !tabs) return session.get();
  tabs.postMessage({ kind: 'who' } satisfies Told);
  await new Promise<void>((resolve) => {
    const stop = session.watch(() => {
      stop();
      resolve();
    });
    setTimeout(() => {
      stop();
      resolve();
    }, ASK_MS);
  });
  return session.get();
}

/** The session of somebody who must be logged in for this to be shown at all. */
export function mine(): Session {
  const own = session.get();
  if (!own) throw new Error('nobody is logged in');
  return own;
}

export const isAdmin = (): boolean => session.get()?.roleType === 'Admin';
