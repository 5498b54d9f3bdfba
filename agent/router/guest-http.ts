// The HTTP side of metadata and passwords: one small server per door of a router. Every guest is a stranger here, so
// everything it can hold open or make long is bounded, per server and per address.
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Doors } from './doors.ts';
import { answerMetadata, answerPassword } from './metadata.ts';
import type { Answer, GuestData } from './metadata.ts';

export type GuestHttp = { namespaceId: number; close(): void };
export type GuestHttpOptions = {
  /** What is known of the guest with this address, now. */
  guest: (ip: string) => GuestData | undefined;
  onPasswordTaken: (ip: string, passwordId: string) => void;
};

const MAX_CONNECTIONS = 512;
const MAX_PER_GUEST = 16;
/** Far more than any boot asks; a guest that asks on and on must not keep the agent from its work. */
const MAX_REQUESTS_PER_S = 100;

export function serveGuests(doors: Doors, options: GuestHttpOptions): GuestHttp {
  const open = new Map<string, number>();
  const within = allowance();
  const metadata = serve(doors.metadata, open, (request, ip) =>
    within(ip) ? answerMetadata(options.guest(ip), request.url ?? '/') : BUSY,
  );
  const password = serve(doors.password, open, (request, ip) => {
    if (!within(ip)) return BUSY;
    const answer = answerPassword(options.guest(ip), request.headers['domu_request']?.toString());
    if (answer.taken !== null) options.onPasswordTaken(ip, answer.taken);
    return answer;
  });
  return {
    namespaceId: doors.namespaceId,
    close() {
      for (const server of [metadata, password]) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
}

const BUSY: Answer = { status: 429, type: 'text/plain', body: 'too many requests\n' };

/** Counts anew each second. */
function allowance(): (ip: string) => boolean {
  const asked = new Map<string, number>();
  let second = 0;
  return (ip) => {
    const now = Math.floor(performance.now() / 1000);
    if (now !== second) asked.clear();
    second = now;
    const count = (asked.get(ip) ?? 0) + 1;
    asked.set(ip, count);
    return count <= MAX_REQUESTS_PER_S;
  };
}

type Answerer = (request: IncomingMessage, ip: string) => Answer;

function serve(door: Doors['metadata'], open: Map<string, number>, answer: Answerer): Server {
  const server = createServer(
    {
      maxHeaderSize: 4096,
      headersTimeout: 5000,
      requestTimeout: 5000,
      keepAliveTimeout: 2000,
      connectionsCheckingInterval: 5000,
    },
    (request, response) => respond(request, response, answer),
  );
  server.maxConnections = MAX_CONNECTIONS;
  server.maxHeadersCount = 64;
  server.timeout = 10_000;
  server.on('connection', (socket) => count(socket, open));
  server.on('clientError', (_error, socket) => socket.destroy());
  server.listen(door);
  return server;
}

function count(socket: Socket, open: Map<string, number>): void {
  const ip = socket.remoteAddress ?? '';
  const held = (open.get(ip) ?? 0) + 1;
  open.set(ip, held);
  socket.once('close', () => {
    const left = (open.get(ip) ?? 1) - 1;
    if (left === 0) open.delete(ip);
    else open.set(ip, left);
  });
  if (held > MAX_PER_GUEST) socket.destroy();
}

function respond(request: IncomingMessage, response: ServerResponse, answer: Answerer): void {
  const reads = request.method === 'GET' || request.method === 'HEAD';
  const { status, type, body } = reads
    ? answer(request, request.socket.remoteAddress ?? '')
    : { status: 405, type: 'text/plain', body: 'bad_request' };
  const bytes = Buffer.from(body);
  response.writeHead(status, {
    'content-type': type,
    'content-length': bytes.length,
    'cache-control': 'no-store',
    ...(reads ? {} : { allow: 'GET, HEAD' }),
    ...(status === 200 ? {} : { connection: 'close' }),
  });
  response.end(request.method === 'HEAD' ? undefined : bytes);
}
