// /client/stream: server-sent events for whoever watches in a browser. An event says that something changed, never what:
// the watcher reads it through the API, with its own rights. Only changes of things the watcher may see are told.
import type { FastifyInstance, FastifyReply } from 'fastify';
import { ApiError } from '#api/errors.ts';
import { domainIsBelow } from '#cloud/access.ts';
import type { Caller } from '#cloud/context.ts';
import { jobIsVisibleTo } from '#cloud/job/job.ts';
import { authenticate, needsNewPassword, refuse } from './authenticate.ts';
import type { ChangeFeed } from './changes.ts';
import type { Change } from './server.store.ts';
import type { Server } from './dispatch.ts';
import { parseCookies, parseQuery } from './request.ts';

const HEARTBEAT_MS = 15_000;
const RECHECK_MS = 60_000;

interface StreamOptions {
  server: Server;
  feed: ChangeFeed;
  jobListeners: Set<(uuid: string) => void>;
}

export function streamRoute(app: FastifyInstance, { server, feed, jobListeners }: StreamOptions): void {
  const open = new Set<FastifyReply>();
  // a stream never ends by itself: its watcher dials another server
  app.addHook('preClose', async () => open.forEach(({ raw }) => raw.end()));
  app.get('/client/stream', async (request, reply) => {
    const sent = parseQuery(request.url.split('?')[1] ?? '');
    const who = async (): Promise<Caller> => {
      await server.freshness.check();
      const found = await authenticate(
        server,
        { method: 'GET', sent, cookies: parseCookies(request.headers.cookie), sourceIp: request.ip },
        { plain: new Map([...sent].map(([name, value]) => [name.toLowerCase(), value])), maps: new Map() },
      );
      return needsNewPassword(found, 'stream') ? refuse() : found.caller;
    };
    let caller: Caller;
    try {
      caller = await who();
    } catch (error) {
      return reply.code(error instanceof ApiError ? error.status : 500).send({ error: 'not logged in' });
    }
    const write = openStream(reply);
    open.add(reply);
    write('hello', { version: 1 });
    const sees = await visibility(server, caller);
    const offFeed = feed.listen(
      (change) =>
        void sees(change).then((visible) => {
          if (visible) write('change', { entity: change.entity, id: change.uuid });
        }),
    );
    const onJob = (uuid: string): void =>
      void jobIsVisibleTo(server.db.read, caller, uuid).then(
        (visible) => {
          if (visible) write('job', { id: uuid });
        },
        () => {},
      );
    jobListeners.add(onJob);
    const beat = setInterval(() => reply.raw.write(': still here\n\n'), HEARTBEAT_MS);
    const recheck = setInterval(
      () =>
        void who().catch((error: unknown) => {
          if (error instanceof ApiError && error.status === 401) reply.raw.end();
        }),
      RECHECK_MS,
    );
    reply.raw.on('close', () => {
      open.delete(reply);
      offFeed();
      jobListeners.delete(onJob);
      clearInterval(beat);
      clearInterval(recheck);
    });
    return reply;
  });
}

function openStream(reply: FastifyReply): (event: string, data: unknown) => void {
  reply.hijack();
  reply.raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
    'x-content-type-options': 'nosniff',
  });
  reply.raw.on('error', () => {});
  return (event, data) => {
    if (!reply.raw.destroyed) reply.raw.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  };
}

/** Which changes this caller is told of: everything, a domain tree's, or the account's own. Domains are asked once. */
async function visibility(server: Server, caller: Caller): Promise<(change: Change) => Promise<boolean>> {
  const domains = new Map<number, Promise<boolean>>();
  return async (change) => {
    if (caller.isRoot) return true;
    if (change.accountId === caller.accountId) return true;
    if (!caller.isAdmin || change.domainId === null) return false;
    const known =
      domains.get(change.domainId) ??
      domainIsBelow(server.db.read, { domainId: change.domainId, path: caller.domainPath }).catch(() => false);
    domains.set(change.domainId, known);
    return known;
  };
}
