// The port that hosts and other servers dial: mutual TLS with certificates of the cloud's own authority. The first frame says
// what a connection is: a host's link (hello), a stream of a ticket, or another server's link (peer).
import { createServer, type Server as TlsServer, type TLSSocket } from 'node:tls';
import type { Log } from '#kernel/log.ts';
import { FrameReader } from '#protocol/frame.ts';
import type { Frame } from '#protocol/messages.ts';
import type { Hub } from './agents.ts';
import { SERVER_NAME } from '#cloud/certificate/server-name.ts';
import type { OwnCredentials } from './credentials.ts';
import type { PeerDesk } from './peer-desk.ts';
import type { Streams } from './streams.ts';

export interface DoorOptions {
  own: OwnCredentials;
  log: Log;
  hub: Hub;
  streams: Streams;
  desk: PeerDesk;
  /** A connection must have said what it is within this; default 10 s. */
  helloWithinMs?: number;
}

const HELLO_TIMEOUT_MS = 10_000;
const TELL_AGAIN_MS = 600_000;
const MAX_TOLD = 1_000;

export class Door {
  readonly #options: DoorOptions;
  readonly #sockets = new Set<TLSSocket>();
  readonly #servers: TlsServer[] = [];
  /** When it was told last that a certificate of this name has expired. */
  readonly #told = new Map<string, number>();

  constructor(options: DoorOptions) {
    this.#options = options;
    options.own.listen((credentials) => {
      for (const server of this.#servers) server.setSecureContext({ ...credentials, minVersion: 'TLSv1.3' });
    });
  }

  /** May be called for several addresses. Returns the port. */
  async listen(host: string, port: number): Promise<number> {
    const { current } = this.#options.own;
    const server = createServer(
      { ...current, requestCert: true, rejectUnauthorized: false, minVersion: 'TLSv1.3' },
      (socket) => this.#accept(socket),
    );
    server.on('tlsClientError', () => {}); // who does not speak TLS 1.3 gets no answer
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(port, host, resolve);
    });
    this.#servers.push(server);
    return (server.address() as { port: number }).port;
  }

  /** Who cannot show a certificate of this cloud's authority that is valid now is not listened to. Of strangers nothing else is
   * known; a host whose certificate has run out dials again and again, and is told of now and then. */
  #refuses(socket: TLSSocket): boolean {
    if (socket.authorized) return false;
    const expired = (socket.authorizationError as unknown) === 'CERT_HAS_EXPIRED';
    const { subject, valid_to: until } = socket.getPeerCertificate();
    socket.destroy();
    if (expired) this.#tellExpired(String(subject?.CN ?? '').slice(0, 200), until);
    return true;
  }

  #tellExpired(from: string, expired: string): void {
    const now = performance.now();
    if (now - (this.#told.get(from) ?? -Infinity) < TELL_AGAIN_MS) return;
    if (this.#told.size >= MAX_TOLD) this.#told.clear();
    this.#told.set(from, now);
    this.#options.log.warn({ from, expired }, 'door.certificate.expired');
  }

  /** Takes nobody in any more; who is in stays. */
  shut(): void {
    for (const server of this.#servers) if (server.listening) server.close();
  }

  close(): void {
    this.shut();
    for (const socket of this.#sockets) socket.destroy();
  }

  #accept(socket: TLSSocket): void {
    socket.on('error', () => {});
    if (this.#refuses(socket)) return;
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    socket.setNoDelay(true);
    const commonName = commonNameOf(socket.getPeerX509Certificate()?.subject ?? '');
    const reader = new FrameReader();
    const slow = setTimeout(() => socket.destroy(), this.#options.helloWithinMs ?? HELLO_TIMEOUT_MS);
    socket.once('close', () => clearTimeout(slow));
    let hear: ((frame: Frame) => void) | undefined;
    const onData = (chunk: Buffer): void => {
      try {
        for (const frame of reader.push(chunk)) {
          if (hear) {
            hear(frame);
            continue;
          }
          clearTimeout(slow);
          if (frame.kind === 'stream') {
            socket.off('data', onData);
            this.#stream(socket, { ticket: frame.ticket, rest: reader.rest(), ofPeer: commonName === SERVER_NAME });
            return;
          }
          hear = this.#welcome(socket, commonName, frame);
        }
      } catch (error) {
        this.#options.log.warn({ from: commonName, reason: (error as Error).message.slice(0, 300) }, 'door.bad-frame');
        socket.destroy();
      }
    };
    socket.on('data', onData);
  }

  #welcome(socket: TLSSocket, commonName: string, frame: Frame): (frame: Frame) => void {
    const { hub, desk } = this.#options;
    if (frame.kind !== 'peer') return hub.greet(socket, commonName, frame);
    if (commonName !== SERVER_NAME) throw new Error(`the certificate is for ${commonName}, not for a server`);
    return desk.greet(socket, frame);
  }

  #stream(
    socket: TLSSocket,
    { ticket, rest, ofPeer }: { ticket: string; rest: Buffer<ArrayBufferLike>; ofPeer: boolean },
  ): void {
    socket.pause();
    if (rest.length > 0) socket.unshift(rest);
    this.#options.streams.arrived(ticket, ofPeer ? 'peer' : 'host', socket);
  }
}

/** Of a subject, which has a line for each of its parts. Nothing is made of the rest: hosts dial in by the thousands. */
const commonNameOf = (subject: string): string => /^CN=(.*)$/m.exec(subject)?.[1] ?? '';
