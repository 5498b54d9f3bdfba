// The hub: hosts dial in over mutual TLS, servers call them. One link per host and server; a host is known by the guid in its
// certificate. A call that was under way when its link broke may or may not have happened: its job decides what to do.
import { randomUUID, X509Certificate } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { createServer, type Server as TlsServer, type TLSSocket } from 'node:tls';
import { currentTraceText, inSpan } from '#base/trace.ts';
import type { HostFacts, HostsDriver } from '#cloud/host/driver.ts';
import { HostRefused, HostUnreachable, type HostCalls } from '#drivers/host/calls.ts';
import type { Call } from '#kernel/job.ts';
import type { Log } from '#kernel/log.ts';
import { encodeFrame, FrameReader } from '#protocol/frame.ts';
import {
  methods,
  PROTOCOL_VERSION,
  reports,
  type Frame,
  type Method,
  type ParamsIn,
  type Reply,
  type Report,
  type ReportBody,
} from '#protocol/messages.ts';

export interface HubEvents {
  /** A host dialled in: its row's id, or undefined where no zone has it yet. */
  connected(facts: HostFacts): Promise<number | undefined>;
  disconnected(hostId: number): void;
  report<R extends Exclude<Report, 'hello' | 'progress'>>(hostId: number, report: R, body: ReportBody<R>): void;
}

export interface HubOptions {
  key: string;
  cert: string;
  ca: string;
  log: Log;
  events: HubEvents;
  /** Told of every call that ended. */
  called?: (method: Method, outcome: string, seconds: number) => void;
}

interface Waiting {
  resolve: (result: unknown) => void;
  reject: (error: Error) => void;
  progress: ((percent: number, text: string) => void) | undefined;
}
interface HostLink {
  facts: HostFacts;
  hostId: number | undefined;
  socket: TLSSocket;
  waiting: Map<number, Waiting>;
}

const MAX_ATTEMPTS = 4;
const HELLO_TIMEOUT_MS = 10_000;
const RECONNECT_WAIT_MS = 12_000;
const SILENCE_MS = 40_000;
const TICKET_TTL_MS = 15_000;
const MAX_UNSENT_BYTES = 64 * 1024 * 1024;

class LinkBroke extends HostUnreachable {}

export class Hub implements HostCalls, HostsDriver {
  readonly #options: HubOptions;
  readonly #links = new Map<string, HostLink>();
  readonly #byHost = new Map<number, HostLink>();
  readonly #arrivals = new Map<number, Set<() => void>>();
  readonly #tickets = new Map<string, (stream: Duplex) => void>();
  readonly #sockets = new Set<TLSSocket>();
  readonly #servers: TlsServer[] = [];
  #nextCall = 1;

  constructor(options: HubOptions) {
    this.#options = options;
  }

  get certificateExpires(): Date {
    return new Date(new X509Certificate(this.#options.cert).validTo);
  }

  get size(): number {
    return this.#links.size;
  }

  /** May be called for several addresses. Returns the port. */
  async listen(host: string, port: number): Promise<number> {
    const { key, cert, ca } = this.#options;
    const server = createServer(
      { key, cert, ca, requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.3' },
      (socket) => this.#accept(socket),
    );
    server.on('tlsClientError', () => {}); // a stranger without a certificate gets no answer
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(port, host, resolve);
    });
    this.#servers.push(server);
    return (server.address() as { port: number }).port;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(
      this.#servers.map(
        (server) =>
          new Promise<void>((resolve) => {
            server.close(() => resolve());
          }),
      ),
    );
  }

  // ---- calls

  isConnected(hostId: number): boolean {
    return this.#byHost.has(hostId);
  }

  async call<M extends Method>(hostId: number, method: M, params: ParamsIn<M>, call: Call | null): Promise<Reply<M>> {
    const begun = performance.now();
    let outcome = 'done';
    try {
      return await inSpan(`call ${method}`, { kind: 'client', attributes: { host: hostId } }, () =>
        this.#ask(hostId, { method, params }, call),
      );
    } catch (error) {
      outcome = error instanceof HostRefused ? error.refusal.code : 'unreachable';
      throw error;
    } finally {
      this.#options.called?.(method, outcome, (performance.now() - begun) / 1000);
    }
  }

  async #ask<M extends Method>(
    hostId: number,
    { method, params }: { method: M; params: ParamsIn<M> },
    call: Call | null,
  ): Promise<Reply<M>> {
    for (let attempt = 1; ; attempt += 1) {
      const link = this.#byHost.get(hostId) ?? (await this.#whenConnected(hostId, call?.signal));
      try {
        return methods[method].reply.parse(await this.#send(link, { method, params }, call)) as Reply<M>;
      } catch (error) {
        // Calls are repeatable: one whose link broke is asked again over the next link.
        if (!(error instanceof LinkBroke) || attempt === MAX_ATTEMPTS || call?.signal.aborted) throw error;
      }
    }
  }

  #send(link: HostLink, { method, params }: { method: Method; params: unknown }, call: Call | null): Promise<unknown> {
    const id = this.#nextCall++;
    return new Promise((resolve, reject) => {
      const abort = (): void =>
        settle(() => reject(new HostUnreachable(`host ${link.facts.hostname} did not answer ${method} in time`)));
      const settle = (end: () => void): void => {
        link.waiting.delete(id);
        call?.signal.removeEventListener('abort', abort);
        end();
      };
      if (call?.signal.aborted) {
        abort();
        return;
      }
      call?.signal.addEventListener('abort', abort, { once: true });
      link.waiting.set(id, {
        resolve: (result) => settle(() => resolve(result)),
        reject: (error) => settle(() => reject(error)),
        progress: call ? (percent, text) => call.progress(percent, text) : undefined,
      });
      this.#write(link.socket, {
        kind: 'call',
        id,
        method,
        params,
        job: call?.job ?? null,
        epoch: call?.epoch ?? 0,
        trace: currentTraceText() ?? call?.trace ?? null,
      });
    });
  }

  #write(socket: TLSSocket, frame: Frame): void {
    if (socket.destroyed) return;
    socket.write(encodeFrame(frame));
    if (socket.writableLength > MAX_UNSENT_BYTES) socket.destroy(new Error('the host does not read'));
  }

  /** A host that lost its link is back within seconds; a job need not fail for that. */
  #whenConnected(hostId: number, signal: AbortSignal | undefined): Promise<HostLink> {
    return new Promise((resolve, reject) => {
      const waiters = this.#arrivals.get(hostId) ?? new Set();
      this.#arrivals.set(hostId, waiters);
      const end = (): void => {
        waiters.delete(look);
        clearTimeout(timer);
        signal?.removeEventListener('abort', give);
      };
      const give = (): void => {
        end();
        reject(new HostUnreachable(`host ${hostId} is not connected`));
      };
      const look = (): void => {
        const link = this.#byHost.get(hostId);
        if (link) {
          end();
          resolve(link);
        }
      };
      const timer = setTimeout(give, RECONNECT_WAIT_MS);
      signal?.addEventListener('abort', give, { once: true });
      waiters.add(look);
    });
  }

  // ---- hosts

  pending(): HostFacts[] {
    return [...this.#links.values()].filter((link) => link.hostId === undefined).map((link) => link.facts);
  }

  adopt(hostId: number, guid: string): void {
    const link = this.#links.get(guid);
    if (!link) return;
    link.hostId = hostId;
    this.#byHost.set(hostId, link);
    for (const look of this.#arrivals.get(hostId) ?? []) look();
  }

  reconnect(hostId: number): void {
    this.#byHost.get(hostId)?.socket.destroy();
  }

  /** A stream the host will dial back with; `ticket` goes to it in a call. */
  expectStream(): { ticket: string; stream: Promise<Duplex> } {
    const ticket = randomUUID();
    const stream = new Promise<Duplex>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#tickets.delete(ticket);
        reject(new HostUnreachable('the host did not open the stream in time'));
      }, TICKET_TTL_MS);
      this.#tickets.set(ticket, (socket) => {
        clearTimeout(timer);
        this.#tickets.delete(ticket);
        resolve(socket);
      });
    });
    stream.catch(() => {});
    return { ticket, stream };
  }

  // ---- connections

  #accept(socket: TLSSocket): void {
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => this.#sockets.delete(socket));
    socket.setNoDelay(true);
    const name = socket.getPeerCertificate().subject?.CN;
    const commonName = Array.isArray(name) ? (name[0] ?? '') : (name ?? '');
    const reader = new FrameReader();
    const slow = setTimeout(() => socket.destroy(), HELLO_TIMEOUT_MS);
    let link: HostLink | undefined;
    const onData = (chunk: Buffer): void => {
      try {
        for (const frame of reader.push(chunk)) {
          if (link) {
            this.#hear(link, frame);
            continue;
          }
          clearTimeout(slow);
          if (frame.kind === 'stream') {
            socket.off('data', onData);
            this.#handStream(socket, frame.ticket, reader.rest());
            return;
          }
          link = this.#greet(socket, commonName, frame);
        }
      } catch (error) {
        this.#options.log.warn(
          { host: link?.facts.hostname ?? commonName, reason: (error as Error).message.slice(0, 300) },
          'host.bad-frame',
        );
        socket.destroy();
      }
    };
    socket.on('data', onData);
    socket.once('close', () => {
      clearTimeout(slow);
      if (link) this.#gone(link);
    });
  }

  #handStream(socket: TLSSocket, ticket: string, rest: Buffer): void {
    const take = this.#tickets.get(ticket);
    if (!take) {
      socket.destroy();
      return;
    }
    socket.pause();
    if (rest.length > 0) socket.unshift(rest);
    take(socket);
  }

  #greet(socket: TLSSocket, commonName: string, frame: Frame): HostLink {
    if (frame.kind !== 'report' || frame.report !== 'hello')
      throw new Error(`the first frame is ${frame.kind}, hello was expected`);
    const facts = {
      ...reports.hello.parse(frame.body),
      certificateExpires: new Date(socket.getPeerCertificate().valid_to),
    };
    if (Math.abs(facts.protocol - PROTOCOL_VERSION) > 1)
      throw new Error(
        `the host speaks protocol ${facts.protocol}; ${PROTOCOL_VERSION - 1} to ${PROTOCOL_VERSION + 1} are understood`,
      );
    const mayBe = commonName === facts.guid || (commonName === 'simulator' && facts.hypervisor === 'Simulator');
    if (!mayBe) throw new Error(`the certificate is for ${commonName}, not for ${facts.guid}`);
    const link: HostLink = { facts, hostId: undefined, socket, waiting: new Map() };
    const previous = this.#links.get(facts.guid);
    this.#links.set(facts.guid, link);
    previous?.socket.destroy();
    socket.setTimeout(SILENCE_MS, () => socket.destroy());
    void this.#options.events
      .connected(facts)
      .then((hostId) => {
        this.#options.log.info({ host: facts.hostname, hostId }, 'host.connected');
        if (hostId !== undefined && this.#links.get(facts.guid) === link) this.adopt(hostId, facts.guid);
      })
      .catch((error: unknown) => {
        this.#options.log.warn({ err: error, host: facts.hostname }, 'host.connect.failed');
        socket.destroy();
      });
    return link;
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
    if (!(report in reports)) throw new Error(`unknown report ${String(report)}`);
    const parsed = reports[report].parse(body);
    if (report === 'progress') {
      const { call, percent, text } = parsed as ReportBody<'progress'>;
      link.waiting.get(call)?.progress?.(percent, text);
      return;
    }
    if (report === 'ping') this.#write(link.socket, { kind: 'reply', id: 0, result: {} });
    if (link.hostId !== undefined && report !== 'hello')
      this.#options.events.report(link.hostId, report, parsed as never);
  }

  #gone(link: HostLink): void {
    for (const waiting of link.waiting.values())
      waiting.reject(new LinkBroke(`the link to host ${link.facts.hostname} broke`));
    if (this.#links.get(link.facts.guid) === link) this.#links.delete(link.facts.guid);
    if (link.hostId === undefined || this.#byHost.get(link.hostId) !== link) return;
    this.#byHost.delete(link.hostId);
    this.#options.log.info({ host: link.facts.hostname, hostId: link.hostId }, 'host.disconnected');
    this.#options.events.disconnected(link.hostId);
  }
}
