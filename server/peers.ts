// This server's links to the others, one to each that it needs, dialled at the first need: calls for hosts that are linked
// there. A link that broke breaks the calls on it; they are repeatable, and who asked finds out where the host is now.
import type { Duplex } from 'node:stream';
import { connect, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';
import { HostRefused, HostUnreachable } from '#drivers/host/calls.ts';
import type { Log } from '#kernel/log.ts';
import { encodeFrame, FrameReader } from '#protocol/frame.ts';
import { PROTOCOL_VERSION, reports, type Frame } from '#protocol/messages.ts';
import { LinkBroke, type Ask, type AskedBy } from './agents.ts';
import { SERVER_NAME } from '#cloud/certificate/server-name.ts';
import type { Credentials, OwnCredentials } from './credentials.ts';
import type { Member } from './links.store.ts';

/** The host's link is not at the server that was asked; nothing was done. */
export class HostAbsent extends LinkBroke {}
/** The other server cannot be reached; what was under way may have been done. */
export class PeerBroke extends LinkBroke {}

interface Waiting {
  settle: (frame: Extract<Frame, { kind: 'reply' }> | Error) => void;
  progress: (percent: number, text: string) => void;
}
interface PeerLink {
  readonly member: Member;
  readonly socket: TLSSocket;
  readonly waiting: Map<number, Waiting>;
  /** By this process's running time. */
  heardAt: number;
}
export interface PeersOptions {
  own: OwnCredentials;
  log: Log;
  self: { uuid: string; run: number };
}

const secureWith = (credentials: Credentials): SecureContext =>
  createSecureContext({ ...credentials, minVersion: 'TLSv1.3' });

const DIAL_TIMEOUT_MS = 3_000;
const PING_EVERY_MS = 2_000;
const SILENCE_MS = 7_000;

export class Peers {
  readonly #options: PeersOptions;
  #secure: SecureContext;
  readonly #links = new Map<string, Promise<PeerLink>>();
  readonly #sockets = new Set<TLSSocket>();
  #timer: NodeJS.Timeout | undefined;
  #nextCall = 1;

  constructor(options: PeersOptions) {
    this.#options = options;
    this.#secure = secureWith(options.own.current);
    options.own.listen((credentials) => {
      this.#secure = secureWith(credentials);
    });
  }

  close(): void {
    clearInterval(this.#timer);
    for (const socket of this.#sockets) socket.destroy();
  }

  /** The host's answer over the other server's link. Throws HostRefused, HostAbsent, or a LinkBroke of either link. */
  async forward(member: Member, hostId: number, { method, params }: Ask, by: AskedBy): Promise<unknown> {
    const link = await this.#to(member);
    const id = this.#nextCall++;
    const { job, epoch, trace } = by;
    const reply = await new Promise<Extract<Frame, { kind: 'reply' }>>((resolve, reject) => {
      const abort = (): void => {
        send(link.socket, { kind: 'cancel', id });
        settle(new HostUnreachable(`host ${hostId} did not answer ${method} in time`));
      };
      const settle: Waiting['settle'] = (end) => {
        link.waiting.delete(id);
        by.signal?.removeEventListener('abort', abort);
        if (end instanceof Error) reject(end);
        else resolve(end);
      };
      if (link.socket.destroyed) {
        reject(broke(member));
        return;
      }
      if (by.signal?.aborted) {
        abort();
        return;
      }
      by.signal?.addEventListener('abort', abort, { once: true });
      link.waiting.set(id, { settle, progress: (percent, text) => by.progress?.(percent, text) });
      send(link.socket, { kind: 'forward', id, hostId, method, params, job, epoch, trace });
    });
    if (reply.refusal) throw new HostRefused(reply.refusal);
    if (reply.lost === 'absent') throw new HostAbsent(`host ${hostId} is not linked to ${member.name}`);
    if (reply.lost === 'broke') throw new LinkBroke(`the link of host ${hostId} to ${member.name} broke`);
    return reply.result ?? {};
  }

  /** Ends the host's link there. */
  async drop(member: Member, hostId: number): Promise<void> {
    const link = await this.#to(member);
    send(link.socket, { kind: 'drop', hostId });
  }

  /** A stream that the other server joins with the one the host opens there with the same ticket. */
  async openStream(member: Member, ticket: string): Promise<Duplex> {
    const socket = await this.#dial(member);
    socket.on('error', () => {});
    send(socket, { kind: 'stream', ticket });
    return socket;
  }

  #to(member: Member): Promise<PeerLink> {
    const key = `${member.id}:${member.run}`;
    const known = this.#links.get(key);
    if (known) return known;
    const made = this.#open(member, () => {
      if (this.#links.get(key) === made) this.#links.delete(key);
    });
    this.#links.set(key, made);
    made.catch(() => {
      if (this.#links.get(key) === made) this.#links.delete(key);
    });
    return made;
  }

  async #open(member: Member, gone: () => void): Promise<PeerLink> {
    const socket = await this.#dial(member);
    const { log, self } = this.#options;
    const link: PeerLink = { member, socket, waiting: new Map(), heardAt: performance.now() };
    const reader = new FrameReader();
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      link.heardAt = performance.now();
      try {
        for (const frame of reader.push(chunk)) hear(link, frame);
      } catch (error) {
        log.warn({ server: member.name, reason: (error as Error).message.slice(0, 300) }, 'peer.bad-frame');
        socket.destroy();
      }
    });
    socket.once('close', () => {
      gone();
      log.info({ server: member.name }, 'peer.disconnected');
      for (const waiting of link.waiting.values()) waiting.settle(broke(member));
    });
    send(socket, { kind: 'peer', server: self.uuid, run: self.run, protocol: PROTOCOL_VERSION });
    this.#timer ??= setInterval(() => void this.#ping(), PING_EVERY_MS).unref();
    return link;
  }

  async #ping(): Promise<void> {
    for (const link of this.#links.values())
      await link.then(
        ({ socket, heardAt }) => {
          // writing is no sign of life: the other side may sleep
          if (performance.now() - heardAt > SILENCE_MS) socket.destroy();
          else send(socket, { kind: 'reply', id: 0, result: {} });
        },
        () => {},
      );
  }

  async #dial(member: Member): Promise<TLSSocket> {
    for (const host of member.addresses) {
      const socket = await this.#dialOne(host, member.port!).catch(() => undefined);
      if (socket) return socket;
    }
    throw new PeerBroke(`the management server ${member.name} cannot be reached at ${member.addresses.join(', ')}`);
  }

  #dialOne(host: string, port: number): Promise<TLSSocket> {
    const socket = connect({
      host,
      port,
      secureContext: this.#secure,
      rejectUnauthorized: true,
      servername: SERVER_NAME,
    });
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    socket.setNoDelay(true);
    return new Promise((resolve, reject) => {
      const slow = setTimeout(() => socket.destroy(new Error('no TLS connection in time')), DIAL_TIMEOUT_MS);
      const end = (): void => {
        clearTimeout(slow);
        reject(new Error('closed'));
      };
      socket.once('error', reject);
      socket.once('close', end);
      socket.once('secureConnect', () => {
        clearTimeout(slow);
        socket.off('error', reject);
        resolve(socket);
      });
    });
  }
}

const broke = (member: Member): PeerBroke => new PeerBroke(`the link to the management server ${member.name} broke`);

function send(socket: TLSSocket, frame: Frame): void {
  if (!socket.destroyed) socket.write(encodeFrame(frame));
}

function hear(link: PeerLink, frame: Frame): void {
  if (frame.kind === 'reply') {
    if (frame.id > 0) link.waiting.get(frame.id)?.settle(frame);
  } else if (frame.kind === 'report' && frame.report === 'progress') {
    const { call, percent, text } = reports.progress.parse(frame.body);
    link.waiting.get(call)?.progress(percent, text);
  } else throw new Error(`a server does not answer with ${frame.kind}`);
}
