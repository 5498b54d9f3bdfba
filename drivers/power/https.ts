// One request to a controller over HTTPS and its bounded answer: JSON or nothing. Invariants: redirects are not followed, so that what
// is sent, logins above all, stays with whom the operator named; whose certificate is not trusted hears nothing.
import {
  Agent as PlainAgent,
  request as requestPlain,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { Agent as TlsAgent, request as requestTls } from 'node:https';
import type { SecureContext } from 'node:tls';
import { setTimeout as pass } from 'node:timers/promises';
import { PowerFailure, type PowerFailureKind } from '#cloud/out-of-band/driver.ts';

export interface Place {
  host: string;
  port: number;
  roads: Roads;
  /** How often it is asked again that cannot be reached. */
  retries: number;
  signal: AbortSignal;
}
export interface Ask {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  path: string;
  headers?: Readonly<Record<string, string>>;
  body?: unknown;
}
export interface Said {
  status: number;
  headers: IncomingHttpHeaders;
  /** Undefined where there was no body. */
  body: unknown;
}

/** Who is trusted; null: nobody is asked, and what is said goes over TCP as it is, where the operator says so. */
export type Trust = { authorities: SecureContext; verify: boolean } | null;

/** Connections of one conversation. */
export interface Roads {
  readonly tls: boolean;
  /** One that is kept, for what is only read. */
  readonly kept: PlainAgent | TlsAgent;
  /** One for each request: that a kept one was closed meanwhile may be noticed too late, and a change is never sent twice. */
  readonly fresh: PlainAgent | TlsAgent;
  close(): void;
}

export function openRoads(trust: Trust): Roads {
  const agent = (keepAlive: boolean): PlainAgent | TlsAgent =>
    trust
      ? new TlsAgent({ keepAlive, maxSockets: 1, secureContext: trust.authorities, rejectUnauthorized: trust.verify })
      : new PlainAgent({ keepAlive, maxSockets: 1 });
  const [kept, fresh] = [agent(true), agent(false)];
  return {
    tls: trust !== null,
    kept,
    fresh,
    close: () => {
      kept.destroy();
      fresh.destroy();
    },
  };
}

const MAX_BODY_BYTES = 1024 * 1024;
const RETRY_PAUSE_MS = 300;
/** Nothing was sent. */
const NOT_SENT = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EAI_AGAIN', 'ENOTFOUND']);
const BROKEN = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT']);
const UNTRUSTED = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS/;

export const named = ({ host, port }: Pick<Place, 'host' | 'port'>): string => `The controller ${host}:${port}`;
const failure = (place: Place, kind: PowerFailureKind, text: string): PowerFailure =>
  new PowerFailure(kind, `${named(place)} ${text}`);

export async function exchange(place: Place, ask: Ask): Promise<Said> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await once(place, ask);
    } catch (error) {
      if (error instanceof PowerFailure) throw error;
      const { code = '', message } = error as NodeJS.ErrnoException;
      if (place.signal.aborted) throw failure(place, 'timeout', 'has not answered in time');
      const again = NOT_SENT.has(code) || (BROKEN.has(code) && ask.method === 'GET');
      if (!again || tries >= place.retries) throw understood(place, code, message);
    }
    await pass(RETRY_PAUSE_MS, undefined, { signal: place.signal }).catch(() => {});
  }
}

function understood(place: Place, code: string, message: string): PowerFailure {
  if (NOT_SENT.has(code) || BROKEN.has(code)) return failure(place, 'unreachable', `does not answer (${code})`);
  if (UNTRUSTED.test(code))
    return failure(
      place,
      'failed',
      `shows a certificate that is not trusted (${code}): give it one of this cloud (issueCertificate), or set redfish.ignore.ssl`,
    );
  return failure(place, 'failed', `could not be asked: ${message.slice(0, 200)}`);
}

function once(place: Place, { method, path, headers, body }: Ask): Promise<Said> {
  const { host, port, roads, signal } = place;
  const text = body === undefined ? undefined : JSON.stringify(body);
  const sent =
    text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
  const options: RequestOptions = {
    host,
    port,
    method,
    path,
    signal,
    agent: method === 'GET' || method === 'DELETE' ? roads.kept : roads.fresh,
    headers: { accept: 'application/json', 'odata-version': '4.0', ...sent, ...headers },
  };
  return new Promise((resolve, reject) => {
    const answered = (answer: IncomingMessage): void => void read(place, answer).then(resolve, reject);
    const request = (roads.tls ? requestTls : requestPlain)(options, answered);
    request.once('error', reject).end(text);
  });
}

async function read(place: Place, answer: IncomingMessage): Promise<Said> {
  const { statusCode: status = 0, headers } = answer;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) {
      answer.destroy();
      throw failure(place, 'failed', `answers with more than ${MAX_BODY_BYTES} bytes`);
    }
    chunks.push(chunk);
  }
  if (status >= 300 && status < 400)
    throw failure(place, 'failed', `redirects to ${String(headers.location).slice(0, 100)}, which is not followed`);
  return { status, headers, body: parsed(Buffer.concat(chunks).toString()) };
}

function parsed(text: string): unknown {
  try {
    return text.trim() === '' ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return undefined; // an error page
  }
}
