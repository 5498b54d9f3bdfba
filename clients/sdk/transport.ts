// One request and its answer over HTTP, with a signature or a session. Knows no definitions.
// Invariant: a caller gets what lies under the response key, or an ApiFailure or ConnectionFailure; nothing else.
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiFailure, ConnectionFailure } from './failure.ts';
import { signed, toQuery } from './signature.ts';
import type { SignatureVersion, WireParams } from './signature.ts';

interface Place {
  url: string;
  /** For one HTTP request, not for a job. Default 300. */
  timeoutS?: number;
  /** So long a call is tried again that a server said it has not done. Default 30; 0: never. Where nobody listens: a tenth. */
  patienceS?: number;
  /** Told of every request, with the parameters as the caller gave them (secrets included: mask before showing). */
  onExchange?: (exchange: Exchange) => void;
}
export type KeyOptions = Place & { apiKey: string; secretKey: string; signature?: SignatureVersion };
export type LoginOptions = Place & { username: string; password: string; domain?: string };
export type ConnectOptions = KeyOptions | LoginOptions;

export interface Exchange {
  method: 'GET' | 'POST';
  url: string;
  command: string;
  params: WireParams;
  status: number;
  tookMs: number;
}
export type Answer = Readonly<Record<string, unknown>>;
type Method = 'GET' | 'POST';

export interface Transport {
  send(command: string, params: WireParams, method: Method): Promise<Answer>;
  /** Ends the session, if there is one. */
  close(): Promise<void>;
}

export const openTransport = (options: ConnectOptions): Transport =>
  'apiKey' in options ? keyTransport(options) : sessionTransport(options);

function keyTransport(options: KeyOptions): Transport {
  const keys = { apiKey: options.apiKey, secretKey: options.secretKey, version: options.signature ?? 'v3' };
  return {
    send: async (command, params, method) =>
      (await exchange(options, { command, params, method, dress: (plain) => signed(plain, keys) })).answer,
    close: async () => {},
  };
}

interface Session {
  key: string;
  cookies: string;
}

function sessionTransport(options: LoginOptions): Transport {
  let session: Promise<Session> | undefined;
  const open = (): Promise<Session> =>
    (session ??= login(options).catch((error) => {
      session = undefined;
      throw error;
    }));
  const sendIn = async (command: string, params: WireParams, method: Method): Promise<Answer> => {
    const { key, cookies } = await open();
    return (
      await exchange(options, { command, params, method, cookies, dress: (plain) => ({ ...plain, sessionkey: key }) })
    ).answer;
  };
  return {
    send: async (command, params, method) => {
      const used = await open();
      try {
        return await sendIn(command, params, method);
      } catch (error) {
        if (!(error instanceof ApiFailure && error.status === 401)) throw error;
        if ((await session) === used) session = undefined; // it has ended meanwhile: once more with a new one
        return sendIn(command, params, method);
      }
    },
    close: async () => {
      if (session) await sendIn('logout', {}, 'POST').catch(() => {}); // a session that cannot be ended ends by its age
      session = undefined;
    },
  };
}

async function login(options: LoginOptions): Promise<Session> {
  const params = { username: options.username, password: options.password, domain: options.domain ?? '/' };
  const { answer, cookies } = await exchange(options, {
    command: 'login',
    params,
    method: 'POST',
    dress: (plain) => plain,
  });
  if (typeof answer.sessionkey !== 'string')
    throw new ConnectionFailure(`${options.url} answered the login without a sessionkey`);
  return { key: answer.sessionkey, cookies };
}

interface Outgoing {
  command: string;
  params: WireParams;
  method: Method;
  dress: (plain: WireParams) => WireParams;
  cookies?: string;
}

async function exchange(place: Place, outgoing: Outgoing): Promise<{ answer: Answer; cookies: string }> {
  const { command, params, method } = outgoing;
  const query = toQuery(outgoing.dress({ ...params, command, response: 'json' }));
  const startedMs = performance.now();
  const reply = await reach(place, method === 'GET' ? `?${query}` : '', {
    method,
    headers: {
      // What is refused before it is read does not know of response=json.
      accept: 'application/json',
      ...(outgoing.cookies ? { cookie: outgoing.cookies } : {}),
      ...(method === 'POST' ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
    },
    ...(method === 'POST' ? { body: query } : {}),
  });
  place.onExchange?.({
    method,
    url: place.url,
    command,
    params,
    status: reply.status,
    tookMs: performance.now() - startedMs,
  });
  const cookies = reply.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';', 1)[0]!)
    .join('; ');
  return { answer: unwrap(reply.status, reply.text, place.url), cookies };
}

interface Reached {
  status: number;
  headers: Headers;
  text: string;
}
const DEFAULT_PATIENCE_S = 30;
/** A wrong address is told soon. */
const UNHEARD_SHARE = 0.1;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_000;

/** A server that ends, or whose database is away, says 503 and «retry-after» where nothing was done. */
async function reach(place: Place, query: string, init: RequestInit): Promise<Reached> {
  const patienceMs = (place.patienceS ?? DEFAULT_PATIENCE_S) * 1000;
  const started = performance.now();
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2)) {
    const spentMs = performance.now() - started + pauseMs;
    try {
      const reply = await reachOnce(place, query, init);
      if (spentMs > patienceMs || reply.status !== 503 || !reply.headers.has('retry-after')) return reply;
    } catch (error) {
      if (spentMs > patienceMs * UNHEARD_SHARE || !neverSent(error)) throw error;
    }
    await sleep(pauseMs * (0.5 + Math.random() / 2));
  }
}

/** Nobody listens there at the moment: the call left nobody's hands. */
const neverSent = (error: unknown): boolean =>
  codesOf((error as Error).cause).some((code) => code === 'ECONNREFUSED' || code === 'UND_ERR_CONNECT_TIMEOUT');
function codesOf(error: unknown): string[] {
  const { code, cause, errors } = (error ?? {}) as { code?: string; cause?: unknown; errors?: unknown[] };
  return [...(code ? [code] : []), ...(cause ? codesOf(cause) : []), ...(errors ?? []).flatMap(codesOf)];
}

async function reachOnce(place: Place, query: string, init: RequestInit): Promise<Reached> {
  const timeoutS = place.timeoutS ?? 300;
  try {
    const reply = await fetch(place.url + query, {
      ...init,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutS * 1000),
    });
    return { status: reply.status, headers: reply.headers, text: await reply.text() };
  } catch (cause) {
    throw new ConnectionFailure(`cannot reach ${place.url}: ${reasonOf(cause, timeoutS)}`, { cause });
  }
}

function reasonOf(error: unknown, timeoutS: number): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${timeoutS} s`;
  const cause = error.cause as (Error & { code?: string }) | undefined;
  return cause?.message || cause?.code || error.message;
}

// The key of the one member says little (69 commands have an irregular one), so it is not looked at.
function unwrap(status: number, text: string, url: string): Answer {
  const body = Object.values(readJson(status, text, url))[0];
  const answer = (typeof body === 'object' && body !== null ? body : {}) as Answer;
  const failed = typeof answer.errorcode === 'number' || status >= 400;
  if (!failed) return answer;
  const csErrorCode = typeof answer.cserrorcode === 'number' ? answer.cserrorcode : undefined;
  const code = typeof answer.errorcode === 'number' ? answer.errorcode : status;
  throw new ApiFailure({
    status,
    code,
    csErrorCode,
    text: typeof answer.errortext === 'string' ? answer.errortext : 'no reason given',
  });
}

function readJson(status: number, text: string, url: string): object {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null) return parsed;
  } catch {
    /* told below, for both */
  }
  throw new ConnectionFailure(
    `${url} answered HTTP ${status} with something that is not the API's: ${text.slice(0, 120).trim() || '(nothing)'}`,
  );
}
