// /client/api, straight from the runtime's HTTP server: reads a call's bytes, has it answered, writes the answer. Every call of
// every client passes here, so nothing is done for it that it does not need. What a call means is dispatch.ts's.
// Invariant: each request is answered exactly once, or its connection is gone.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { ApiError } from '#api/errors.ts';
import type { Log } from '#kernel/log.ts';
import type { Reply } from './dispatch.ts';
import { senderOf, type Sender } from './observe.ts';
import { mergeSent, parseCookies, parseQuery, type ApiRequest } from './request.ts';
import { errorContent, writeBody } from './serialize.ts';

export const MAX_BODY_BYTES = 1_048_576;
/** Answers that are shorter are not worth packing. */
const PACKED_FROM_BYTES = 2_048;
const PATIENCE_MS = 60_000;

export const SECURITY_HEADERS = {
  'x-content-type-options': 'nosniff',
  'x-xss-protection': '1;mode=block',
  'x-frame-options': 'SAMEORIGIN',
  'referrer-policy': 'same-origin',
  'content-security-policy':
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; connect-src 'self' ws: wss:; frame-ancestors 'self'; object-src 'none'; base-uri 'self'",
};
const SECURITY = Object.entries(SECURITY_HEADERS).flat();

export interface ApiCall {
  readonly sender: Sender;
  readonly request: ApiRequest;
}

export interface ApiRoute {
  /** Bodies are not read. */
  queryOnly?: true;
  answer: (call: ApiCall) => Promise<Reply>;
  draining: () => boolean;
  log: Log;
  /** Whoever takes nothing of an answer for so long is cut off: what waits for it is held in memory. */
  patienceMs?: number;
}

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

/** Is the request one for the API? */
export const isApiCall = ({ method, url = '' }: IncomingMessage): boolean =>
  (method === 'GET' || method === 'POST') &&
  (url.startsWith('/client/api?') ||
    url === '/client/api' ||
    url === '/client/api/' ||
    url.startsWith('/client/api/?'));

/** Answers whatever request it is given as an API call. */
export function apiRoute(route: ApiRoute): Listener {
  return (request, response) => {
    if (request.method === 'GET' || route.queryOnly) void respond(route, { request, response, body: '' });
    else
      readBody(request).then(
        (body) => respond(route, { request, response, body }),
        (error: Error) => void refuse(route, { request, response }, error),
      );
  };
}

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
}

/** Never rejects. */
async function respond(route: ApiRoute, { request, response, body }: Exchange & { body: string }): Promise<void> {
  try {
    const call = { sender: senderOf(request.headers), request: readRequest(request, body) };
    const reply = await route.answer(call);
    await write(route, { request, response }, reply);
  } catch (error) {
    await refuse(route, { request, response }, error as Error);
  }
}

/** Whoever went away while sending is not answered. */
async function refuse(route: ApiRoute, { request, response }: Exchange, error: Error): Promise<void> {
  if (request.destroyed && !request.complete) return;
  if (!(error instanceof ApiError)) route.log.error({ err: error }, 'request.failed');
  await write(route, { request, response }, unreadable(request, error));
}

/** The whole body is taken before it is refused, and what is too much is not kept: who is refused halfway through sending may
 * never see why. */
function readBody(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MAX_BODY_BYTES) chunks = [];
      else chunks.push(chunk);
    });
    request.once('end', () => {
      const refusal = refusalOf(request, bytes);
      if (refusal) reject(refusal);
      else resolve(chunks.length === 1 ? chunks[0]!.toString() : Buffer.concat(chunks).toString());
    });
    request.once('error', reject);
  });
}

function refusalOf({ headers }: IncomingMessage, bytes: number): ApiError | undefined {
  const coding = headers['content-encoding'];
  if (coding !== undefined && coding !== 'identity')
    return new ApiError('badRequest', `content-encoding is ${coding.slice(0, 40)}; bodies are accepted unpacked`);
  if (bytes > MAX_BODY_BYTES)
    return new ApiError(
      'badRequest',
      `The request body is larger than ${MAX_BODY_BYTES} bytes, the most that is accepted`,
    );
  return undefined;
}

const NOTHING: Map<string, string> = new Map();

export function readRequest(request: IncomingMessage, body: string): ApiRequest {
  const { url = '', headers } = request;
  const question = url.indexOf('?');
  const query = question < 0 ? new Map<string, string>() : parseQuery(url.slice(question + 1));
  const isForm = body !== '' && !(headers['content-type'] ?? '').startsWith('application/json');
  return {
    method: request.method === 'POST' ? 'POST' : 'GET',
    sent: isForm ? mergeSent(query, parseQuery(body, true)) : query,
    cookies: headers.cookie === undefined ? NOTHING : parseCookies(headers.cookie),
    sourceIp: request.socket.remoteAddress ?? '',
  };
}

async function write(
  { draining, patienceMs = PATIENCE_MS }: ApiRoute,
  { request, response }: Exchange,
  reply: Reply,
): Promise<void> {
  const { status, contentType, headers, cookies } = reply;
  const named = [...SECURITY, 'content-type', contentType];
  for (const name in headers) named.push(name, headers[name]!);
  for (const cookie of cookies) named.push('set-cookie', cookie);
  // whoever keeps a connection dials anew, and reaches a server that stays
  if (draining()) named.push('connection', 'close');
  let chunks = reply.chunks ?? [reply.text];
  let bytes = 0;
  for (const chunk of chunks) bytes += typeof chunk === 'string' ? Buffer.byteLength(chunk) : chunk.length;
  if (bytes >= PACKED_FROM_BYTES) {
    named.push('vary', 'accept-encoding');
    if (takesGzip(request.headers['accept-encoding'])) {
      const packed = await pack(reply.text);
      chunks = [packed];
      bytes = packed.length;
      named.push('content-encoding', 'gzip');
    }
  }
  if (response.destroyed) return;
  named.push('content-length', String(bytes));
  response.writeHead(status, named);
  const last = chunks.length - 1;
  for (let index = 0; index < last; index += 1) response.write(chunks[index]!);
  response.end(chunks[last]);
  if (response.writableLength > 0 && !response.writableFinished) response.setTimeout(patienceMs, cutOff);
}

const pack = promisify(gzip) as (text: string) => Promise<Buffer>;
const takesGzip = (accepted: string | string[] | undefined): boolean =>
  typeof accepted === 'string' && /(?:^|[\s,])(?:gzip|\*)(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/i.test(accepted);

function cutOff(this: ServerResponse): void {
  this.destroy();
}

/** For what could not be read: its body is what would have said in which form the answer is wanted. */
function unreadable(request: IncomingMessage, error: Error): Reply {
  const own = error instanceof ApiError ? error : undefined;
  return { ...unreadableBody(request, own ?? fault(error)), headers: {}, cookies: [] };
}
const fault = (error: Error): ApiError =>
  new ApiError('badRequest', `The request could not be read: ${error.message}`, { cause: error });

export function unreadableBody(
  { url = '', headers }: Pick<IncomingMessage, 'url' | 'headers'>,
  error: ApiError,
): Pick<Reply, 'text' | 'contentType' | 'status'> {
  const xml = !/[?&]response=json/i.test(url) && !/\bapplication\/json\b/i.test(headers.accept ?? '');
  const body = writeBody('errorresponse', errorContent(error, { xml, isRoot: false }), { xml, authenticated: false });
  return { ...body, status: error.status };
}
