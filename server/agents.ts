// The hub: the hosts that are linked to this server, and calls to them. A host is known by the guid in its certificate; where
// a host is that is linked elsewhere, routes.ts knows. A call that was under way when its link broke may or may not have
// happened: whoever asked decides what to do.
import type { TLSSocket } from 'node:tls';
import type { HostFacts } from '#cloud/host/driver.ts';
import { HostRefused, HostUnreachable } from '#drivers/host/calls.ts';
import type { Log } from '#kernel/log.ts';
import { encodeFrame } from '#protocol/frame.ts';
import {
  ONE_LINK_VERSION,
  PROTOCOL_VERSION,
  reports,
  type Frame,
  type Report,
  type ReportBody,
  type ServerPlace,
} from '#protocol/messages.ts';
import type { LinkEntry } from './links.store.ts';

export interface Ended {
  guid: string;
  generation: number;
  hostId: number | undefined;
}
export interface HubEvents {
  /** A host dialled in: written down, with its row's id where a zone has it. */
  connected(facts: HostFacts): Promise<{ hostId: number | null; clusterId: number | null; generation: number }>;
  disconnected(link: Ended): void;
  report<R extends Exclude<Report, 'hello' | 'progress' | 'leaving'>>(
    hostId: number,
    report: R,
    body: ReportBody<R>,
    /** How often it was asked to ping. */
    everyS: number,
  ): void;
}
export interface HubOptions {
  log: Log;
  self: string;
  events: HubEvents;
  /** How often a host shall ping, where there are not too many of them. */
  pingEveryS: () => number;
}

/** What is asked of a host: a method and its parameters, checked by the host. */
export interface Ask {
  method: string;
  params: unknown;
}
/** For whom: a job and its epoch, or a keeper's turn; see kernel/job.ts and kernel/turn.ts. */
export interface AskedBy {
  readonly job: string | null;
  readonly epoch: number;
  readonly trace: string | null;
  readonly signal?: AbortSignal;
  progress?(percent: number, text: string): void;
}

interface Waiting {
  resolve: (result: unknown) => void;
  reject: (error: Error) => void;
  progress: ((percent: number, text: string) => void) | undefined;
}
export interface HostLink {
  readonly facts: HostFacts & { protocol: number };
  hostId: number | undefined;
  clusterId: number | null;
  /** 0 until it is written down. */
  generation: number;
  readonly socket: TLSSocket;
  /** The address of this server that the host dialled. */
  readonly dialled: string;
  readonly waiting: Map<number, Waiting>;
  /** It has gone to another server; only the running calls end here. */
  leaving: boolean;
  /** How often it was asked to ping. */
  everyS: number;
  /** When it came or was last looked at for moving, by this process's running time. */
  askedAt: number;
}

const SILENCE_MS = 40_000;
/** Of this many pings a second a server hears at most: more hosts are asked to speak less often. */
const PINGS_PER_S = 400;
/** A link over which so many pings were missed is given up. */
const PINGS_MISSED = 4;
const longestSilenceMs = (everyS: number): number => Math.max(SILENCE_MS, PINGS_MISSED * everyS * 1_000);
const MAX_UNSENT_BYTES = 64 * 1024 * 1024;

/** The link broke under the call. */
export class LinkBroke extends HostUnreachable {}

export class Hub {
  readonly #options: HubOptions;
  readonly #links = new Map<string, HostLink>();
  readonly #byHost = new Map<number, HostLink>();
  readonly #arrivals = new Set<(link: HostLink) => void>();
  #nextCall = 1;

  constructor(options: HubOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#links.size;
  }
  /** Links whose hosts may be asked to move. */
  *settled(): Generator<HostLink> {
    for (const link of this.#links.values())
      if (link.generation > 0 && !link.leaving && link.facts.protocol >= ONE_LINK_VERSION) yield link;
  }
  link(hostId: number): HostLink | undefined {
    return this.#byHost.get(hostId);
  }
  /** Told of every host whose link is written down. */
  onArrival(listener: (link: HostLink) => void): void {
    this.#arrivals.add(listener);
  }

  close(): void {
    for (const link of this.#links.values()) link.socket.destroy();
  }
  drop(hostId: number): void {
    this.#byHost.get(hostId)?.socket.destroy();
  }

  // ---- calls

  ask(link: HostLink, { method, params }: Ask, by: AskedBy): Promise<unknown> {
    const id = this.#nextCall++;
    return new Promise((resolve, reject) => {
      const abort = (): void =>
        settle(() => reject(new HostUnreachable(`host ${link.facts.hostname} did not answer ${method} in time`)));
      const settle = (end: () => void): void => {
        link.waiting.delete(id);
        by.signal?.removeEventListener('abort', abort);
        end();
      };
      if (by.signal?.aborted) {
        abort();
        return;
      }
      by.signal?.addEventListener('abort', abort, { once: true });
      link.waiting.set(id, {
        resolve: (result) => settle(() => resolve(result)),
        reject: (error) => settle(() => reject(error)),
        progress: by.progress?.bind(by),
      });
      const { job, epoch, trace } = by;
      this.#write(link.socket, { kind: 'call', id, method, params, job, epoch, trace });
    });
  }

  /** Where the servers are, in the order this host should try them. */
  tell(link: HostLink, servers: ServerPlace[], move: boolean): void {
    this.#write(link.socket, { kind: 'servers', self: this.#options.self, servers, move });
  }

  #write(socket: TLSSocket, frame: Frame): void {
    if (socket.destroyed) return;
    socket.write(encodeFrame(frame));
    if (socket.writableLength > MAX_UNSENT_BYTES) socket.destroy(new Error('the host does not read'));
  }

  // ---- links

  /** A host's connection whose first frame this is. What it says from then on goes to the returned function; throws on nonsense. */
  greet(socket: TLSSocket, commonName: string, frame: Frame): (frame: Frame) => void {
    const facts = readHello(frame, socket, commonName);
    const dialled = socket.localAddress ?? '';
    const link: HostLink = {
      facts,
      hostId: undefined,
      clusterId: null,
      generation: 0,
      socket,
      dialled,
      waiting: new Map(),
      leaving: false,
      everyS: this.#options.pingEveryS(),
      askedAt: performance.now(),
    };
    const previous = this.#links.get(facts.guid);
    this.#links.set(facts.guid, link);
    previous?.socket.destroy();
    socket.setTimeout(longestSilenceMs(link.everyS), () => socket.destroy());
    socket.once('close', () => this.#gone(link));
    void this.#settle(link);
    return (next) => this.#hear(link, next);
  }

  async #settle(link: HostLink): Promise<void> {
    const { events, log } = this.#options;
    const { facts, socket } = link;
    try {
      const { hostId, clusterId, generation } = await events.connected(facts);
      link.generation = generation;
      link.clusterId = clusterId;
      if (socket.destroyed || this.#links.get(facts.guid) !== link) {
        events.disconnected({ guid: facts.guid, generation, hostId: hostId ?? undefined });
        return;
      }
      log.info({ host: facts.hostname, hostId, generation }, 'host.connected');
      this.#assign(link, hostId ?? undefined);
      for (const arrived of this.#arrivals) arrived(link);
    } catch (error) {
      log.warn({ err: error, host: facts.hostname }, 'host.connect.failed');
      socket.destroy();
    }
  }

  /** Rows of links that changed: hosts here that a zone took or gave up meanwhile. */
  follow(entries: readonly LinkEntry[]): void {
    for (const { guid, generation, hostId } of entries) {
      const link = this.#links.get(guid);
      if (link && link.generation === generation && link.hostId !== (hostId ?? undefined))
        this.#assign(link, hostId ?? undefined);
    }
  }

  #assign(link: HostLink, hostId: number | undefined): void {
    if (link.hostId !== undefined && this.#byHost.get(link.hostId) === link) this.#byHost.delete(link.hostId);
    link.hostId = hostId;
    if (hostId !== undefined && !link.leaving) this.#byHost.set(hostId, link);
  }

  #hear(link: HostLink, frame: Frame): void {
    if (frame.kind === 'reply') {
      const waiting = link.waiting.get(frame.id);
      if (frame.refusal) waiting?.reject(new HostRefused(frame.refusal));
      else waiting?.resolve(frame.result ?? {});
    } else if (frame.kind === 'report') this.#report(link, frame.report as Report, frame.body);
    else throw new Error(`a host does not send ${frame.kind}`);
  }

  #report(link: HostLink, report: Report, body: unknown): void {
    if (!(report in reports)) {
      if (link.facts.protocol > PROTOCOL_VERSION) return; // a host newer than this server may have more to tell
      throw new Error(`unknown report ${String(report)}`);
    }
    const parsed = reports[report].parse(body);
    if (report === 'progress') {
      const { call, percent, text } = parsed as ReportBody<'progress'>;
      link.waiting.get(call)?.progress?.(percent, text);
      return;
    }
    if (report === 'leaving') {
      link.leaving = true;
      if (link.hostId !== undefined && this.#byHost.get(link.hostId) === link) this.#byHost.delete(link.hostId);
      return;
    }
    const everyS = report === 'ping' ? this.#pace(link) : 0;
    if (link.hostId !== undefined && report !== 'hello')
      this.#options.events.report(link.hostId, report, parsed as never, everyS);
  }

  /** Answers a ping, and says how soon the next one is wanted: the more hosts there are, the later. */
  #pace(link: HostLink): number {
    const everyS = Math.max(this.#options.pingEveryS(), Math.ceil(this.#links.size / PINGS_PER_S));
    this.#write(link.socket, { kind: 'reply', id: 0, result: { everyMs: everyS * 1_000 } });
    if (link.everyS !== everyS) link.socket.setTimeout(longestSilenceMs(everyS));
    link.everyS = everyS;
    return everyS;
  }

  #gone(link: HostLink): void {
    for (const waiting of link.waiting.values())
      waiting.reject(new LinkBroke(`the link to host ${link.facts.hostname} broke`));
    const { facts, generation, hostId } = link;
    if (this.#links.get(facts.guid) === link) this.#links.delete(facts.guid);
    if (hostId !== undefined && this.#byHost.get(hostId) === link) this.#byHost.delete(hostId);
    if (generation === 0) return; // not written down, or it will be seen when it is
    this.#options.log.info({ host: facts.hostname, hostId, left: link.leaving }, 'host.disconnected');
    this.#options.events.disconnected({ guid: facts.guid, generation, hostId });
  }
}

function readHello(frame: Frame, socket: TLSSocket, commonName: string): HostLink['facts'] {
  if (frame.kind !== 'report' || frame.report !== 'hello')
    throw new Error(`the first frame is ${frame.kind}, hello was expected`);
  const facts = {
    ...reports.hello.parse(frame.body),
    certificateExpires: new Date(socket.getPeerX509Certificate()!.validTo),
  };
  if (Math.abs(facts.protocol - PROTOCOL_VERSION) > 1)
    throw new Error(
      `the host speaks protocol ${facts.protocol}; ${PROTOCOL_VERSION - 1} to ${PROTOCOL_VERSION + 1} are understood`,
    );
  const mayBe = commonName === facts.guid || (commonName === 'simulator' && facts.hypervisor === 'Simulator');
  if (!mayBe) throw new Error(`the certificate is for ${commonName}, not for ${facts.guid}`);
  return facts;
}
