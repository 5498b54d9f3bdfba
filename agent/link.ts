// A host's side of the connection to its servers: mutual TLS, one link to each address, redialled for ever.
// `hello` first, then pings; calls go to the dispatcher. It does not know what the calls mean, so that the simulator
// and the KVM agent share it. Invariant: no byte a server sends can end the process; a bad frame ends that connection.
import { readFile } from 'node:fs/promises';
import type { Duplex } from 'node:stream';
import { connect, createSecureContext } from 'node:tls';
import type { ConnectionOptions, SecureContext, TLSSocket } from 'node:tls';
import type { Logger } from 'pino';
import { encodeFrame, FrameReader } from '#protocol/frame.ts';
import type { Frame, HostFacts, Report, ReportBody } from '#protocol/messages.ts';
import { makeDispatcher } from './dispatch.ts';
import type { Dispatcher, DispatcherOptions, Handlers, Way } from './dispatch.ts';

export type { CallContext, Handlers } from './dispatch.ts';

/** `name` is the name the server's certificate must carry; without it, `host`. */
export type ServerAddress = { host: string; port: number; name?: string };
export type HostStatus = Omit<ReportBody<'ping'>, 'sequence'>;
/** Reports that must reach some server, however late. */
export type News = 'repaired' | 'passwordTaken';

export type LinkOptions = {
  servers: ServerAddress[];
  /** Asked at every dial, so that a renewed certificate is used without a restart. */
  credentials: () => SecureContext | Promise<SecureContext>;
  facts: () => HostFacts | Promise<HostFacts>;
  status: () => Promise<HostStatus>;
  handlers: Handlers;
  arrived?: DispatcherOptions['arrived'];
  turns?: DispatcherOptions['turns'];
  log: Logger;
  /** Default: node's. The simulator dials through its own, to break what a network breaks. */
  connect?: (options: ConnectionOptions) => TLSSocket;
  /** Default 5000. */
  pingEveryMs?: number;
  /** First pause before redialling and the longest; default 250 and 15000. */
  backoffMs?: { first: number; longest: number };
};
export type Link = {
  report<R extends News>(report: R, body: ReportBody<R>): void;
  /** Send a ping at once (after a power change); several wishes while one is being made become one. */
  pingNow(): void;
  /** Links that are up now. */
  connected(): number;
  /** Breaks all links as a failing network would; they are dialled again. */
  cut(): void;
  stop(): Promise<void>;
};

const DIAL_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 10_000;
/** A server that answers pings (reply to call 0) and then is silent for this long is gone. */
const SILENCE_MS = 45_000;
/** A server that does not read is cut off rather than held in memory. */
const MAX_UNSENT_BYTES = 32 * 1024 * 1024;
const MAX_KEPT_NEWS = 1000;
const PROGRESS_EVERY_MS = 250;

/** The credentials of a host from PEM files, read anew each time. */
export function credentialsFromFiles(files: { key: string; cert: string; ca: string }): () => Promise<SecureContext> {
  return async () => {
    const [key, cert, ca] = await Promise.all([readFile(files.key), readFile(files.cert), readFile(files.ca)]);
    return createSecureContext({ key, cert, ca, minVersion: 'TLSv1.3' });
  };
}

type Shared = { options: LinkOptions; dispatcher: Dispatcher; sockets: Set<TLSSocket>; stopped: () => boolean };
type Connection = { send: (frame: Frame) => void };

export function startLink(options: LinkOptions): Link {
  let stopped = false;
  let sequence = 0;
  let pinging = false;
  let pingAgain = false;
  const up = new Set<Connection>();
  const news: Frame[] = [];
  const dispatcher = makeDispatcher({
    handlers: options.handlers,
    log: options.log,
    ...(options.arrived ? { arrived: options.arrived } : {}),
    ...(options.turns ? { turns: options.turns } : {}),
  });
  const shared: Shared = { options, dispatcher, sockets: new Set(), stopped: () => stopped };

  async function ping(): Promise<void> {
    if (pinging) {
      pingAgain = true;
      return;
    }
    if (up.size === 0) return;
    pinging = true;
    try {
      const status = await options.status();
      const frame = reportFrame('ping', { sequence: ++sequence, ...status });
      for (const connection of up) connection.send(frame);
    } catch (error) {
      options.log.error({ err: error }, 'ping.failed');
    } finally {
      pinging = false;
      if (pingAgain && !stopped) {
        pingAgain = false;
        void ping();
      }
    }
  }

  const timer = setInterval(() => void ping(), options.pingEveryMs ?? 5000);
  const redials = options.servers.map((server) =>
    keepDialling(shared, server, {
      opened(connection) {
        up.add(connection);
        for (const frame of news.splice(0)) connection.send(frame);
        void ping();
      },
      closed: (connection) => up.delete(connection),
    }),
  );

  return {
    report(report, body) {
      const frame = reportFrame(report, body);
      if (up.size === 0) {
        news.push(frame);
        if (news.length > MAX_KEPT_NEWS) news.shift();
      }
      for (const connection of up) connection.send(frame);
    },
    pingNow: () => void ping(),
    connected: () => up.size,
    cut: () => breakAll(shared),
    async stop() {
      stopped = true;
      clearInterval(timer);
      for (const redial of redials) redial.cancel();
      breakAll(shared);
    },
  };
}

const breakAll = ({ sockets }: Shared): void => sockets.forEach((socket) => socket.destroy());
const reportFrame = <R extends Report>(report: R, body: ReportBody<R>): Frame => ({ kind: 'report', report, body });

type Watcher = { opened: (connection: Connection) => void; closed: (connection: Connection) => void };

/** One link, again and again, with a pause that doubles and is jittered so that hosts do not return all at once. */
function keepDialling(shared: Shared, server: ServerAddress, watcher: Watcher): { cancel(): void } {
  const { first, longest } = shared.options.backoffMs ?? { first: 250, longest: 15_000 };
  const address = `${server.host}:${server.port}`;
  let pauseMs = first;
  let timer: NodeJS.Timeout | undefined;

  async function once(): Promise<void> {
    const began = Date.now();
    try {
      const socket = await dial(shared, server);
      shared.options.log.info({ server: address }, 'link.up');
      await serve(shared, socket, { server, watcher });
      shared.options.log.warn({ server: address }, 'link.down');
    } catch (error) {
      if (!shared.stopped())
        shared.options.log.warn({ server: address, reason: (error as Error).message }, 'link.failed');
    }
    if (shared.stopped()) return;
    if (Date.now() - began > longest) pauseMs = first;
    timer = setTimeout(() => void once(), pauseMs * (0.5 + Math.random() / 2));
    pauseMs = Math.min(pauseMs * 2, longest);
  }
  void once();
  return { cancel: () => clearTimeout(timer) };
}

/** A TLS connection on which both sides have shown their certificates. */
async function dial(shared: Shared, server: ServerAddress): Promise<TLSSocket> {
  const secureContext = await shared.options.credentials();
  if (shared.stopped()) throw new Error('the link is stopped');
  const socket = (shared.options.connect ?? connect)({
    host: server.host,
    port: server.port,
    secureContext,
    rejectUnauthorized: true,
    ...(server.name === undefined ? {} : { servername: server.name }),
  });
  shared.sockets.add(socket);
  socket.once('close', () => shared.sockets.delete(socket));
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  socket.setNoDelay(true);
  return new Promise((resolve, reject) => {
    const slow = setTimeout(
      () => socket.destroy(new Error(`no TLS connection within ${DIAL_TIMEOUT_MS / 1000} s`)),
      DIAL_TIMEOUT_MS,
    );
    socket.once('secureConnect', () => {
      clearTimeout(slow);
      socket.off('error', reject);
      resolve(socket);
    });
    socket.once('error', reject);
    socket.once('close', () => {
      clearTimeout(slow);
      reject(new Error('closed before the TLS handshake was over'));
    });
  });
}

/** Resolves when the connection is over. */
async function serve(
  shared: Shared,
  socket: TLSSocket,
  link: { server: ServerAddress; watcher: Watcher },
): Promise<void> {
  const { log } = shared.options;
  const over = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.on('error', (error) => log.warn({ server: link.server.host, reason: error.message }, 'link.broken'));
  const connection: Connection = {
    send(frame) {
      if (socket.destroyed) return;
      try {
        socket.write(encodeFrame(frame));
      } catch (error) {
        // a frame over the limit; the caller will ask again and see the same, but the link lives
        log.error({ err: error }, 'frame.unsendable');
        if (frame.kind === 'reply')
          socket.write(
            encodeFrame({
              kind: 'reply',
              id: frame.id,
              refusal: { code: 'failed', message: (error as Error).message },
            }),
          );
      }
      if (socket.writableLength > MAX_UNSENT_BYTES) socket.destroy(new Error('the server does not read'));
    },
  };
  try {
    connection.send(reportFrame('hello', await shared.options.facts()));
    listen(shared, socket, { server: link.server, connection });
    if (!socket.destroyed) link.watcher.opened(connection);
    await over;
  } finally {
    socket.destroy();
    link.watcher.closed(connection);
  }
}

function listen(shared: Shared, socket: TLSSocket, link: { server: ServerAddress; connection: Connection }): void {
  const reader = new FrameReader();
  const answer = (frame: Frame): void => {
    if (frame.kind === 'reply' && frame.id === 0) {
      socket.setTimeout(SILENCE_MS);
      return;
    }
    if (frame.kind !== 'call') throw new Error(`a server sends calls, not a ${frame.kind}`);
    const way: Way = {
      progress: progressOf(frame.id, link.connection),
      openStream: (ticket) => openStream(shared, link.server, ticket),
    };
    void shared.dispatcher.handle(frame, way).then((reply) => link.connection.send(reply));
  };
  socket.on('timeout', () => socket.destroy(new Error('the server is silent')));
  socket.on('data', (chunk: Buffer) => {
    try {
      for (const frame of reader.push(chunk)) answer(frame);
    } catch (error) {
      socket.destroy(new Error(`bad frame: ${(error as Error).message.slice(0, 200)}`));
    }
  });
  socket.on('end', () => socket.destroy());
}

function progressOf(call: number, connection: Connection): Way['progress'] {
  let lastAt = 0;
  return (percent, text) => {
    const now = Date.now();
    if (now - lastAt < PROGRESS_EVERY_MS && percent < 100) return;
    lastAt = now;
    connection.send(
      reportFrame('progress', { call, percent: Math.min(100, Math.max(0, percent)), text: text.slice(0, 200) }),
    );
  };
}

/** A second connection to the same server whose first frame names the ticket. Errors after this are the caller's to hear ('close'). */
async function openStream(shared: Shared, server: ServerAddress, ticket: string): Promise<Duplex> {
  const socket = await dial(shared, server);
  socket.on('error', (error) => shared.options.log.info({ reason: error.message }, 'stream.broken'));
  socket.write(encodeFrame({ kind: 'stream', ticket }));
  return socket;
}
