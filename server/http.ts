// The HTTP side: /client/api for the API (api-route.ts), /client/ for the console, /client/stream for changes, health. It knows
// bytes and headers; what an API call means is dispatch.ts's. Invariant: no client can hold what others need: whoever is slow
// to ask, or to take its answer, loses its connection and nothing else.
import { existsSync } from 'node:fs';
import { createServer, type RequestListener, type Server as HttpServer } from 'node:http';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import fastifyCompress from '@fastify/compress';
import fastifyStatic from '@fastify/static';
import fastifyWebsocket from '@fastify/websocket';
import { ApiError } from '#api/errors.ts';
import { countStatements } from '#kernel/db.ts';
import type { Calls } from './calls.ts';
import { answer, type Reply, type Server } from './dispatch.ts';
import type { Readiness } from './health.ts';
import { apiRoute, isApiCall, MAX_BODY_BYTES, SECURITY_HEADERS, unreadableBody } from './api-route.ts';
import { observed } from './observe.ts';
import type { Authenticated } from './authenticate.ts';

/** Idle connections stay for longer than balancers keep theirs, so that it is they who close first. */
const KEEP_IDLE_MS = 72_000;
/** Headers, and then the whole request, must have come within this. */
const HEADERS_MS = 20_000;
const REQUEST_MS = 60_000;
const CHECKED_EVERY_MS = 10_000;
/** Connections that may wait to be accepted: when a server comes back, all clients dial at once. The kernel's
 * net.core.somaxconn is its upper bound. */
export const BACKLOG = 16_384;

export interface HttpOptions {
  server: Server;
  /** Folder of the built console; absent: the API alone. */
  consoleDir?: string;
  /** Adds routes that need more than the API: the change stream, the guests' screens. */
  extend?: (app: FastifyInstance) => void;
  ready: () => Promise<Readiness>;
  calls: Calls;
  /** Says in a header of each answer how many statements it took: for measuring. */
  tellStatements?: boolean;
  /** A request must have come in whole within this; default 60 s. */
  receiveWithinMs?: number;
}

export async function buildHttp({
  server,
  consoleDir,
  extend,
  ready,
  calls,
  tellStatements = false,
  receiveWithinMs = REQUEST_MS,
}: HttpOptions): Promise<FastifyInstance> {
  const around: Around = tellStatements ? (work) => calls.run(() => counted(work)) : (work) => calls.run(work);
  const api = apiRoute({
    answer: ({ sender, request }) => around(() => observed(server, { sender, request }, () => answer(server, request))),
    draining: server.draining,
    log: server.log,
  });
  const app = Fastify({
    serverFactory: (others) =>
      httpServer(receiveWithinMs, (request, response) => (isApiCall(request) ? api : others)(request, response)),
    bodyLimit: MAX_BODY_BYTES,
    trustProxy: false,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 256 },
  });
  app.setErrorHandler((error, request, reply) =>
    answerBroken(error as Error & { statusCode?: number }, request, reply),
  );
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(SECURITY_HEADERS);
    // whoever keeps a connection dials anew, and reaches a server that stays
    if (server.draining()) reply.header('connection', 'close');
  });
  await app.register(fastifyCompress, { global: true, encodings: ['gzip'], threshold: 2_048 });
  await app.register(fastifyWebsocket, { options: { maxPayload: 1 << 20 } });
  healthRoutes(app, ready);
  extend?.(app);
  if (consoleDir && existsSync(consoleDir)) await serveConsole(app, consoleDir);
  return app;
}

type Around = (work: () => Promise<Reply>) => Promise<Reply>;

function httpServer(requestTimeout: number, listener: RequestListener): HttpServer {
  const headersTimeout = Math.min(HEADERS_MS, requestTimeout);
  const connectionsCheckingInterval = Math.min(CHECKED_EVERY_MS, requestTimeout);
  const limits = { headersTimeout, requestTimeout, connectionsCheckingInterval, keepAliveTimeout: KEEP_IDLE_MS };
  return createServer(limits, listener);
}

/** For load balancers: does the process live, and should it be sent work. */
function healthRoutes(app: FastifyInstance, ready: () => Promise<Readiness>): void {
  app.get('/healthz', async () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    const { problems, ...facts } = await ready();
    const status = problems.length === 0 ? 'ready' : 'not ready';
    return reply
      .code(problems.length === 0 ? 200 : 503)
      .header('cache-control', 'no-store')
      .send({ status, problems, ...facts });
  });
}

const counted: Around = async (work) => {
  const { result, statements } = await countStatements(work);
  result.headers['x-nephos-statements'] = String(statements);
  return result;
};

/** What Fastify itself refuses: too large, malformed. The API's own failures are answered by dispatch. */
function answerBroken(
  error: Error & { statusCode?: number },
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const own =
    error instanceof ApiError ? error : new ApiError('badRequest', `The request could not be read: ${error.message}`);
  const { text, contentType, status } = unreadableBody({ url: request.url, headers: request.headers }, own);
  return reply.code(status).header('content-type', contentType).send(text);
}

async function serveConsole(app: FastifyInstance, root: string): Promise<void> {
  await app.register(fastifyStatic, {
    root,
    prefix: '/client/',
    wildcard: true,
    index: 'index.html',
    maxAge: '1h',
    setHeaders: (reply, path) => {
      if (path.endsWith('.html')) void reply.header('cache-control', 'no-cache');
    },
  });
  app.get('/', async (_request, reply) => reply.redirect('/client/'));
  app.get('/client', async (_request, reply) => reply.redirect('/client/'));
  app.setNotFoundHandler((request, reply) => {
    const isPage =
      request.method === 'GET' &&
      request.url.startsWith('/client/') &&
      (request.headers.accept ?? '').includes('text/html');
    return isPage
      ? reply.header('cache-control', 'no-cache').sendFile('index.html')
      : reply.code(404).send({ error: 'not found' });
  });
}

/** The integration port: no authentication, loopback only, every call is the system user's; query string only. */
export const buildIntegration = (server: Server, system: Authenticated): HttpServer =>
  httpServer(
    REQUEST_MS,
    apiRoute({
      queryOnly: true,
      answer: (call) => observed(server, call, () => answer(server, call.request, system)),
      draining: server.draining,
      log: server.log,
    }),
  );

/** Answers what was asked and then closes; calls that take longer are cut off. */
export async function closeHttp({ app, others }: OpenHttp, withinMs: number): Promise<void> {
  const late = setTimeout(() => [app.server, ...others].forEach((server) => server.closeAllConnections()), withinMs);
  await Promise.all([app.close(), ...others.map(closed)]);
  clearTimeout(late);
}
export interface OpenHttp {
  readonly app: FastifyInstance;
  readonly others: readonly HttpServer[];
}

const closed = (server: HttpServer): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
  });
