// One connection of a host to one server: mutual TLS, frames in and out, calls to the dispatcher. Which server to dial, and
// when, is link.ts's. Invariant: no byte a server sends can end the process; a bad frame ends that connection.
import type { Duplex } from 'node:stream';
import type { ConnectionOptions, SecureContext, TLSSocket } from 'node:tls';
import type { Logger } from 'pino';
import { encodeFrame, FrameReader } from '#protocol/frame.ts';
import type { Frame, HostFacts, Report, ReportBody } from '#protocol/messages.ts';
import type { Dispatcher, Way } from './dispatch.ts';

/** Where a server is. `key` tells two apart; `name` is what its certificate must carry, without it the address. */
export type Target = { key: string; addresses: readonly string[]; port: number; name?: string };

export type Line = {
  credentials: () => SecureContext | Promise<SecureContext>;
  facts: () => HostFacts | Promise<HostFacts>;
  connect: (options: ConnectionOptions) => TLSSocket;
  dispatcher: Dispatcher;
  log: Logger;
  /** A ping was answered. */
  answered: (result: unknown) => void;
  /** A server that answers pings and then does not answer one for this long is gone, or asleep. */
  answerWithinMs: () => number;
  sockets: Set<TLSSocket>;
  stopped: () => boolean;
};

export type ServersFrame = Extract<Frame, { kind: 'servers' }>;
export type Connection = {
  readonly target: Target;
  send(frame: Frame): void;
  /** A ping, which must be answered. */
  ping(frame: Frame): void;
  /** Says goodbye: no new calls come, and it ends when the running ones have been answered. */
  leave(): void;
  end(): void;
  /** Resolves when the connection is over. */
  readonly over: Promise<void>;
};

const DIAL_TIMEOUT_MS = 10_000;
/** Where there are others to try that may be quicker. */
const IMPATIENT_MS = 3_000;
const KEEP_ALIVE_MS = 10_000;
/** A server that does not read is cut off rather than held in memory. */
const MAX_UNSENT_BYTES = 32 * 1024 * 1024;
const PROGRESS_EVERY_MS = 250;

export const reportFrame = <R extends Report>(report: R, body: ReportBody<R>): Frame => ({
  kind: 'report',
  report,
  body,
});

/** Dials one of the target's addresses and says hello. `told` hears of the servers. */
export async function openConnection(
  line: Line,
  target: Target,
  { told, patient }: { told: (frame: ServersFrame, connection: Connection) => void; patient: boolean },
): Promise<Connection> {
  const socket = await dial(line, target, patient ? DIAL_TIMEOUT_MS : IMPATIENT_MS);
  const facts = await line.facts();
  return serve({ line, socket, target, told, hello: reportFrame('hello', facts) });
}

/** A TLS connection on which both sides have shown their certificates. */
async function dial(line: Line, target: Target, timeoutMs: number): Promise<TLSSocket> {
  let failure: Error = new Error('the server has no address');
  for (const host of target.addresses) {
    try {
      return await dialOne(line, { ...target, host }, timeoutMs);
    } catch (error) {
      failure = error as Error;
      if (line.stopped()) break;
    }
  }
  throw failure;
}

async function dialOne(line: Line, to: Target & { host: string }, timeoutMs: number): Promise<TLSSocket> {
  const secureContext = await line.credentials();
  if (line.stopped()) throw new Error('the link is stopped');
  const socket = line.connect({
    host: to.host,
    port: to.port,
    secureContext,
    rejectUnauthorized: true,
    ...(to.name === undefined ? {} : { servername: to.name }),
  });
  line.sockets.add(socket);
  socket.once('close', () => line.sockets.delete(socket));
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  socket.setNoDelay(true);
  return new Promise((resolve, reject) => {
    const slow = setTimeout(
      () => socket.destroy(new Error(`no TLS connection within ${timeoutMs / 1000} s`)),
      timeoutMs,
    );
    socket.once('secureConnect', () => {
      clearTimeout(slow);
      socket.off('error', reject);
      sayIfExpired(line, socket);
      resolve(socket);
    });
    socket.once('error', reject);
    socket.once('close', () => {
      clearTimeout(slow);
      reject(new Error('closed before the TLS handshake was over'));
    });
  });
}

/** The server closes on a host whose certificate has expired without a word: TLS 1.3 has no other way. */
function sayIfExpired({ log }: Line, socket: TLSSocket): void {
  const own = socket.getCertificate();
  if (!own || !('valid_to' in own) || new Date(own.valid_to).getTime() > Date.now()) return;
  log.warn({ expired: new Date(own.valid_to).toISOString() }, 'certificate.expired');
}

type Serving = {
  line: Line;
  socket: TLSSocket;
  target: Target;
  told: (frame: ServersFrame, connection: Connection) => void;
  hello: Frame;
};

function serve({ line, socket, target, told, hello }: Serving): Connection {
  const { log } = line;
  let running = 0;
  let leaving = false;
  let answers = false;
  let unanswered: NodeJS.Timeout | undefined;
  const answered = (): void => {
    clearTimeout(unanswered);
    unanswered = undefined;
  };
  socket.once('close', answered);
  const over = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.on('error', (error) => log.warn({ server: target.key, reason: error.message }, 'link.broken'));
  const connection: Connection = {
    target,
    over,
    send: (frame) => send(socket, frame, log),
    ping(frame) {
      connection.send(frame);
      if (answers && !socket.destroyed)
        unanswered ??= setTimeout(() => socket.destroy(new Error('the server does not answer')), line.answerWithinMs());
    },
    end: () => socket.destroy(),
    leave() {
      leaving = true;
      connection.send(reportFrame('leaving', {}));
      if (running === 0) socket.end();
    },
  };
  const perform = (call: Extract<Frame, { kind: 'call' }>): void => {
    running++;
    const way: Way = {
      progress: progressOf(call.id, connection),
      openStream: (ticket) => openStream(line, target, ticket),
    };
    void line.dispatcher.handle(call, way).then((reply) => {
      connection.send(reply);
      if (--running === 0 && leaving) socket.end();
    });
  };
  const hear = (frame: Frame): void => {
    answered();
    if (frame.kind === 'reply' && frame.id === 0) {
      answers = true;
      line.answered(frame.result);
    } else if (frame.kind === 'servers') told(frame, connection);
    else if (frame.kind === 'call') perform(frame);
    else throw new Error(`a server sends calls, not a ${frame.kind}`);
  };
  connection.send(hello);
  listen(socket, hear);
  return connection;
}

function send(socket: TLSSocket, frame: Frame, log: Logger): void {
  if (socket.destroyed || socket.writableEnded) return;
  try {
    socket.write(encodeFrame(frame));
  } catch (error) {
    // a frame over the limit; the caller will ask again and see the same, but the link lives
    log.error({ err: error }, 'frame.unsendable');
    if (frame.kind === 'reply')
      socket.write(
        encodeFrame({ kind: 'reply', id: frame.id, refusal: { code: 'failed', message: (error as Error).message } }),
      );
  }
  if (socket.writableLength > MAX_UNSENT_BYTES) socket.destroy(new Error('the server does not read'));
}

function listen(socket: TLSSocket, hear: (frame: Frame) => void): void {
  const reader = new FrameReader();
  socket.on('data', (chunk: Buffer) => {
    try {
      for (const frame of reader.push(chunk)) hear(frame);
    } catch (error) {
      socket.destroy(new Error(`bad frame: ${(error as Error).message.slice(0, 200)}`));
    }
  });
  socket.on('end', () => socket.destroy());
}

function progressOf(call: number, connection: Connection): Way['progress'] {
  let lastAt = 0;
  return (percent, text) => {
    const now = performance.now();
    if (now - lastAt < PROGRESS_EVERY_MS && percent < 100) return;
    lastAt = now;
    connection.send(
      reportFrame('progress', { call, percent: Math.min(100, Math.max(0, percent)), text: text.slice(0, 200) }),
    );
  };
}

/** A second connection to the same server whose first frame names the ticket. Errors after this are the caller's to hear ('close'). */
async function openStream(line: Line, target: Target, ticket: string): Promise<Duplex> {
  const socket = await dial(line, target, DIAL_TIMEOUT_MS);
  socket.on('error', (error) => line.log.info({ reason: error.message }, 'stream.broken'));
  socket.write(encodeFrame({ kind: 'stream', ticket }));
  return socket;
}
