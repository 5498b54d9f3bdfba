// The HTTP side: /client/api for the API, /client/ for the console, /client/stream for changes, health. It knows bytes and
// headers; what an API call means is dispatch.ts's.
import { existsSync } from 'node:fs';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import fastifyCompress from '@fastify/compress';
import fastifyStatic from '@fastify/static';
import fastifyWebsocket from '@fastify/websocket';
import { ApiError } from '#api/errors.ts';
import { countStatements } from '#kernel/db.ts';
import type { Calls } from './calls.ts';
import { answer, type Reply, type Server } from './dispatch.ts';
import type { Readiness } from './health.ts';
import { observed, senderOf } from './observe.ts';
import { mergeSent, parseCookies, parseQuery, type ApiRequest } from './request.ts';
import { errorContent, writeBody } from './serialize.ts';
import type { Authenticated } from './authenticate.ts';

const MAX_BODY_BYTES = 1_048_576;
const SECURITY_HEADERS = {
  'x-content-type-options': 'nosniff',
  'x-xss-protection': '1;mode=block',
  'x-frame-options': 'SAMEORIGIN',
  'referrer-policy': 'same-origin',
  'content-security-policy':
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; connect-src 'self' ws: wss:; frame-ancestors 'self'; object-src 'none'; base-uri 'self'",
};

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
}

export async function buildHttp({
  server,
  consoleDir,
  extend,
  ready,
  calls,
  tellStatements = false,
}: HttpOptions): Promise<FastifyInstance> {
  const app = Fastify({
    bodyLimit: MAX_BODY_BYTES,
    trustProxy: false,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 256 },
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
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
  const around: Around = tellStatements ? (work) => calls.run(() => counted(work)) : (work) => calls.run(work);
  apiRoutes(app, server, around);
  healthRoutes(app, ready);
  extend?.(app);
  if (consoleDir && existsSync(consoleDir)) await serveConsole(app, consoleDir);
  return app;
}

type Around = (work: () => Promise<Reply>) => Promise<Reply>;

function apiRoutes(app: FastifyInstance, server: Server, around: Around): void {
  const handle = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    if (server.draining()) void reply.header('connection', 'close'); // the next call shall find another server
    const call = { sender: senderOf(request.headers), request: readRequest(request) };
    return send(reply, await around(() => observed(server, call, () => answer(server, call.request))));
  };
  for (const url of ['/client/api', '/client/api/']) {
    app.get(url, handle);
    app.post(url, handle);
  }
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
  return { ...result, headers: { ...result.headers, 'x-nephos-statements': String(statements) } };
};

function readRequest(request: FastifyRequest): ApiRequest {
  const query = request.url.indexOf('?');
  const isForm =
    typeof request.body === 'string' && !(request.headers['content-type'] ?? '').startsWith('application/json');
  const form = isForm ? parseQuery(request.body as string, true) : new Map<string, string>();
  return {
    method: request.method === 'POST' ? 'POST' : 'GET',
    sent: mergeSent(parseQuery(query < 0 ? '' : request.url.slice(query + 1)), form),
    cookies: parseCookies(request.headers.cookie),
    sourceIp: request.ip,
  };
}

function send(reply: FastifyReply, { status, text, contentType, headers, cookies }: Reply): FastifyReply {
  if (cookies.length > 0) void reply.header('set-cookie', cookies);
  return reply
    .code(status)
    .headers({ ...headers, 'content-type': contentType })
    .send(text);
}

/** What Fastify itself refuses: too large, malformed. The API's own failures are answered by dispatch. */
function answerBroken(
  error: Error & { statusCode?: number },
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const tooLarge = error.statusCode === 413;
  const own =
    error instanceof ApiError
      ? error
      : new ApiError(
          'badRequest',
          tooLarge
            ? `The request body is larger than ${MAX_BODY_BYTES} bytes, the most that is accepted`
            : `The request could not be read: ${error.message}`,
        );
  // What the body asks for was not read.
  const xml = !/[?&]response=json/i.test(request.url) && !/\bapplication\/json\b/i.test(request.headers.accept ?? '');
  const { text, contentType } = writeBody('errorresponse', errorContent(own, { xml, isRoot: false }), {
    xml,
    authenticated: false,
  });
  return reply.code(own.status).header('content-type', contentType).send(text);
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
export function buildIntegration(server: Server, system: Authenticated): FastifyInstance {
  const app = Fastify({ bodyLimit: MAX_BODY_BYTES, forceCloseConnections: 'idle' });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  app.setErrorHandler((error, request, reply) => answerBroken(error as Error, request, reply));
  app.all('*', async (request, reply) => {
    const query = request.url.indexOf('?');
    const sent = parseQuery(query < 0 ? '' : request.url.slice(query + 1));
    const call = { sender: senderOf(request.headers), request: { ...readRequest(request), sent } };
    return send(reply, await observed(server, call, () => answer(server, call.request, system)));
  });
  return app;
}

/** Answers what was asked and then closes; calls that take longer are cut off. */
export async function closeHttp(apps: readonly FastifyInstance[], withinMs: number): Promise<void> {
  const late = setTimeout(() => apps.forEach((app) => app.server.closeAllConnections()), withinMs);
  await Promise.all(apps.map((app) => app.close()));
  clearTimeout(late);
}
