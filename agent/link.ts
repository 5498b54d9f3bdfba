// A host's link to the servers: one link to one server, any of them. Which one first follows from the host's guid, so that
// hosts spread by themselves; the server then says where the others are and in which order this host should try them.
// A link that breaks is dialled anew at the next server at once, for ever; a host that is asked to move opens the new link
// before it leaves the old one. It does not know what calls mean, so that the simulator and the KVM agent share it.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { connect, createSecureContext } from 'node:tls';
import type { ConnectionOptions, SecureContext, TLSSocket } from 'node:tls';
import type { Logger } from 'pino';
import type { Frame, HostFacts, Report, ReportBody } from '#protocol/messages.ts';
import { openConnection, reportFrame } from './connection.ts';
import type { Connection, Line, ServersFrame, Target } from './connection.ts';
import { makeDispatcher } from './dispatch.ts';
import type { DispatcherOptions, Handlers } from './dispatch.ts';

export type { CallContext, Handlers } from './dispatch.ts';

/** `name` is the name the server's certificate must carry; without it, `host`. */
export type ServerAddress = { host: string; port: number; name?: string };
export type HostStatus = Omit<ReportBody<'ping'>, 'sequence'>;
/** Reports that must reach some server, however late. */
export type News = 'repaired' | 'passwordTaken';

export type LinkOptions = {
  /** Where to begin; from then on the servers say where they are. */
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
  /** Until a server says how often it wants to hear; default 5000. */
  pingEveryMs?: number;
  /** First pause before redialling and the longest; default 250 and 15000. */
  backoffMs?: { first: number; longest: number };
};
export type Link = {
  report<R extends News>(report: R, body: ReportBody<R>): void;
  /** Send a ping at once (after a power change); several wishes while one is being made become one. */
  pingNow(): void;
  /** 1 while there is a link. */
  connected(): number;
  /** Breaks the link as a failing network would; it is dialled again. */
  cut(): void;
  stop(): Promise<void>;
};

const PING_EVERY_MS = 5_000;
const SHORTEST_PING_MS = 500;
const LONGEST_PING_MS = 300_000;
/** A ping is answered at once. A link that is given up in vain costs a new one, a server that sleeps costs the host. */
const ANSWER_WITHIN_MS = 4_000;
const MAX_KEPT_NEWS = 1000;
/** A server that took the connection and does not take the host within this time is left for the old one. */
const SETTLE_WITHIN_MS = 10_000;

/** A host's key, certificate and authority as PEM. */
export type Credentials = { key: Buffer; cert: Buffer; ca: Buffer };

export const readCredentials =
  (files: { key: string; cert: string; ca: string }): (() => Promise<Credentials>) =>
  async () => {
    const [key, cert, ca] = await Promise.all([readFile(files.key), readFile(files.cert), readFile(files.ca)]);
    return { key, cert, ca };
  };

/** The credentials of a host from PEM files, read anew each time. */
export function credentialsFromFiles(files: { key: string; cert: string; ca: string }): () => Promise<SecureContext> {
  const read = readCredentials(files);
  return async () => createSecureContext({ ...(await read()), minVersion: 'TLSv1.3' });
}

export function startLink(options: LinkOptions): Link {
  let stopped = false;
  const news: Frame[] = [];
  const pingEveryMs = options.pingEveryMs ?? PING_EVERY_MS;
  const { arrived, turns } = options;
  const line: Line = {
    credentials: options.credentials,
    facts: options.facts,
    log: options.log,
    connect: options.connect ?? connect,
    dispatcher: makeDispatcher({
      handlers: options.handlers,
      log: options.log,
      ...(arrived ? { arrived } : {}),
      ...(turns ? { turns } : {}),
    }),
    answered: (result) => pinger.paced(result),
    // hosts that are asked to speak rarely are many, and their server has much to answer
    answerWithinMs: () => Math.max(ANSWER_WITHIN_MS, 0.2 * pinger.everyMs()),
    sockets: new Set<TLSSocket>(),
    stopped: () => stopped,
  };
  const pinger = makePinger(options, pingEveryMs, (frame) => berth.current?.ping(frame));
  const berth: Berth = new Berth(line, options, (connection) => {
    for (const frame of news.splice(0)) connection.send(frame);
    pinger.now();
  });
  const linked = berth.keepLinked();
  return {
    report(report, body) {
      const frame = reportFrame(report, body);
      if (berth.current) berth.current.send(frame);
      else if (news.push(frame) > MAX_KEPT_NEWS) news.shift();
    },
    pingNow: () => pinger.now(),
    connected: () => (berth.current ? 1 : 0),
    cut: () => breakAll(line),
    async stop() {
      stopped = true;
      pinger.stop();
      berth.wake();
      breakAll(line);
      await linked;
    },
  };
}

const breakAll = ({ sockets }: Line): void => sockets.forEach((socket) => socket.destroy());

interface Pinger {
  now(): void;
  /** Heeds what the server says with its answer about how often it wants to hear. */
  paced(result: unknown): void;
  everyMs(): number;
  stop(): void;
}

/** What the server wishes: it measures silence by it. */
const wishedMs = (result: unknown): number | undefined => {
  const { everyMs } = (result ?? {}) as { everyMs?: unknown };
  if (typeof everyMs !== 'number' || !Number.isFinite(everyMs)) return undefined;
  return Math.min(Math.max(everyMs, SHORTEST_PING_MS), LONGEST_PING_MS);
};

/** One ping at a time; `now` while one is being made asks for one more. */
function makePinger(options: LinkOptions, ownMs: number, send: (frame: Frame) => void): Pinger {
  let everyMs = ownMs;
  let timer: NodeJS.Timeout | undefined;
  // Hosts that were linked in one moment must not speak in one moment for ever.
  const later = (): void => {
    clearTimeout(timer);
    timer = setTimeout(
      () => {
        pinger.now();
        later();
      },
      everyMs * (0.95 + 0.1 * Math.random()),
    );
  };
  let sequence = 0;
  let busy = false;
  let again = false;
  let stopped = false;
  const ping = async (): Promise<void> => {
    busy = true;
    try {
      do {
        again = false;
        const status = await options.status();
        send(reportFrame('ping' satisfies Report, { sequence: ++sequence, ...status }));
      } while (again);
    } catch (error) {
      options.log.error({ err: error }, 'ping.failed');
    } finally {
      busy = false;
    }
  };
  const pinger: Pinger = {
    now: () => {
      if (busy) again = true;
      else void ping();
    },
    paced: (result) => {
      const wished = wishedMs(result) ?? ownMs;
      if (wished === everyMs) return;
      everyMs = wished;
      if (!stopped) later(); // the next ping too, lest the server takes the pause between for silence
    },
    everyMs: () => everyMs,
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
  later();
  return pinger;
}

/** Where the host lies: at most one connection is its link; one that it leaves ends by itself. */
class Berth {
  readonly #line: Line;
  readonly #options: LinkOptions;
  readonly #linked: (connection: Connection) => void;
  readonly #configured: readonly Target[];
  #told: readonly Target[] = [];
  #current: Connection | undefined;
  /** The server of the current link, by the name it gives itself. */
  #here: string | undefined;
  /** Whose link ended last: tried last. */
  #failed: string | undefined;
  #moving = false;
  /** No server took the host in the last round: what is slow is not somewhere else quicker. */
  #patient = false;
  #wake = (): void => {};

  constructor(line: Line, options: LinkOptions, linked: (connection: Connection) => void) {
    this.#line = line;
    this.#options = options;
    this.#linked = linked;
    this.#configured = options.servers.map(configuredTarget);
  }

  get current(): Connection | undefined {
    return this.#current;
  }
  wake(): void {
    this.#wake();
  }

  /** A pause that doubles and is jittered, so that hosts do not return all at once; a link that lasted begins anew. */
  async keepLinked(): Promise<void> {
    const { first, longest } = this.#options.backoffMs ?? { first: 250, longest: 15_000 };
    let pauseMs = first;
    while (!this.#line.stopped()) {
      const began = performance.now();
      if (await this.#dialFirst()) while (this.#current && !this.#line.stopped()) await this.#waiting();
      if (this.#line.stopped()) return;
      if (performance.now() - began > longest) pauseMs = first;
      await this.#waiting(pauseMs * (0.5 + Math.random() / 2));
      pauseMs = Math.min(pauseMs * 2, longest);
    }
  }

  /** Until something is different, or for so long. */
  #waiting(ms?: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #dialFirst(): Promise<boolean> {
    const targets = await this.#inOrder();
    for (const target of targets) {
      if (this.#line.stopped() || this.#current) break;
      try {
        this.#take(await this.#open(target, this.#patient || targets.length === 1));
        this.#patient = false;
        return true;
      } catch (error) {
        if (!this.#line.stopped())
          this.#options.log.warn({ server: target.key, reason: (error as Error).message }, 'link.failed');
      }
    }
    this.#patient = this.#current === undefined;
    return !this.#patient;
  }

  #open(target: Target, patient: boolean, heard?: (frame: ServersFrame) => void): Promise<Connection> {
    const told = (frame: ServersFrame, from: Connection): void => {
      heard?.(frame);
      this.#hear(frame, from);
    };
    return openConnection(this.#line, target, { told, patient });
  }

  #take(connection: Connection): void {
    const { log } = this.#options;
    const before = this.#current;
    this.#current = connection;
    this.#here = connection.target.key;
    log.info({ server: connection.target.key }, 'link.up');
    before?.leave();
    this.#linked(connection);
    void connection.over.then(() => {
      if (this.#current !== connection) return;
      log.warn({ server: connection.target.key }, 'link.down');
      this.#current = undefined;
      this.#failed = this.#here;
      this.#wake();
    });
  }

  #hear(frame: ServersFrame, from: Connection): void {
    if (from !== this.#current) return;
    this.#here = frame.self;
    const { name } = from.target;
    this.#told = frame.servers.map((server) => ({
      key: server.id,
      ...server,
      ...(name === undefined ? {} : { name }),
    }));
    if (frame.move) void this.#move(frame.self);
  }

  /** To the first of the told servers that takes the host; staying is better than what comes after the own one. */
  async #move(self: string): Promise<void> {
    if (this.#moving) return;
    this.#moving = true;
    try {
      for (const target of this.#told) {
        if (target.key === self || this.#line.stopped()) return;
        if (await this.#settle(target)) return;
      }
    } finally {
      this.#moving = false;
    }
  }

  async #settle(target: Target): Promise<boolean> {
    try {
      const heard = Promise.withResolvers<ServersFrame>();
      const connection = await this.#open(target, false, heard.resolve);
      if (await within(heard.promise, connection)) {
        this.#take(connection);
        this.#hear(await heard.promise, connection);
        return true;
      }
      connection.end();
    } catch (error) {
      this.#options.log.warn({ server: target.key, reason: (error as Error).message }, 'link.move.failed');
    }
    return false;
  }

  /** Told servers in the order they were told, then the configured ones by the host's guid; the one that just failed comes last. */
  async #inOrder(): Promise<Target[]> {
    const [told, configured] = [this.#told, this.#configured];
    const id = configured.length > 1 ? (await this.#options.facts()).guid : '';
    const lot = (target: Target): string => createHash('sha256').update(`${id} ${target.key}`).digest('hex');
    const addresses = new Set(told.flatMap((one) => one.addresses.map((host) => `${host}:${one.port}`)));
    const others = configured.filter((one) => !addresses.has(one.key));
    const all = [...told, ...others.toSorted((a, b) => lot(b).localeCompare(lot(a)))];
    const last = (one: Target): boolean => one.key === this.#failed;
    return [...all.filter((one) => !last(one)), ...all.filter(last)];
  }
}

const configuredTarget = ({ host, port, name }: ServerAddress): Target => ({
  key: `${host}:${port}`,
  addresses: [host],
  port,
  ...(name === undefined ? {} : { name }),
});

const within = (heard: Promise<unknown>, connection: Connection): Promise<boolean> =>
  new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), SETTLE_WITHIN_MS);
    const end = (settled: boolean): void => {
      clearTimeout(timer);
      resolve(settled);
    };
    void heard.then(() => end(true));
    void connection.over.then(() => end(false));
  });
