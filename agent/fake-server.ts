// A server for tests of agents: real TLS with certificates made on the spot, real frames, no decisions of its own.
// Not part of the product. It lets a test call a host, see its reports, and accept the streams it dials back.
import 'reflect-metadata';
import { randomUUID, webcrypto } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { createSecureContext, createServer } from 'node:tls';
import type { SecureContext, TLSSocket } from 'node:tls';
import * as x509 from '@peculiar/x509';
import { encodeFrame, FrameReader } from '#protocol/frame.ts';
import type { Frame, Method, ParamsIn, Refusal, Reply, Report, ReportBody } from '#protocol/messages.ts';

export type Pem = { key: string; cert: string; ca: string };

export type Wish = { names: string[]; from?: Date; until?: Date };
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;
x509.cryptoProvider.set(webcrypto as never);

/** A throw-away authority and certificates signed by it; `names` are DNS names or IP addresses. */
export async function makeAuthority(): Promise<(wish: string[] | Wish) => Promise<Pem>> {
  const keys = await makePair();
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: 'CN=test authority',
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: new Date(Date.now() + 2 * DAY_MS),
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
  });
  const signedBy = { issuer: authority.subject, signingKey: keys.privateKey, ca: authority.toString('pem') };
  return (wish) => issue(signedBy, Array.isArray(wish) ? { names: wish } : wish);
}

async function issue(
  { issuer, signingKey, ca }: { issuer: string; signingKey: webcrypto.CryptoKey; ca: string },
  { names, from, until: to }: Wish,
): Promise<Pem> {
  const pair = await makePair();
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: randomUUID().replaceAll('-', '').replace(/^./, '1'),
    subject: `CN=${names[0]!}`,
    issuer,
    notBefore: from ?? new Date(Date.now() - DAY_MS),
    notAfter: to ?? new Date(Date.now() + DAY_MS),
    publicKey: pair.publicKey,
    signingKey,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.SubjectAlternativeNameExtension(
        names.map((value) => ({ type: /^[\d.]+$/.test(value) ? 'ip' : 'dns', value })),
      ),
    ],
  });
  const key = x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', pair.privateKey), 'PRIVATE KEY');
  return { key, cert: certificate.toString('pem'), ca };
}

const makePair = (): Promise<webcrypto.CryptoKeyPair> =>
  webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);

export const contextOf = (pem: Pem): SecureContext => createSecureContext({ ...pem, minVersion: 'TLSv1.3' });

export type Heard = { [R in Report]: { report: R; body: ReportBody<R> } }[Report];
type CallOptions = { job?: string; epoch?: number };

/** One connection of a host. */
export class FakeHostLink {
  readonly socket: TLSSocket;
  readonly heard: Heard[] = [];
  readonly #answers = new Map<number, (reply: { result?: unknown; refusal?: Refusal }) => void>();
  #nextId = 1;
  readonly #self: string;
  constructor(socket: TLSSocket, self: string) {
    this.socket = socket;
    this.#self = self;
  }

  /** Says where the servers are, itself by `self`. */
  tell(servers: { port: number; id: string }[], { move = false }: { move?: boolean } = {}): void {
    const places = servers.map(({ port, id }) => ({ id, port, addresses: ['127.0.0.1'] }));
    this.socket.write(encodeFrame({ kind: 'servers', self: this.#self, servers: places, move }));
  }

  hear(frame: Frame): void {
    if (frame.kind === 'report') this.heard.push(frame as unknown as Heard);
    if (frame.kind === 'reply') {
      this.#answers.get(frame.id)?.(frame);
      this.#answers.delete(frame.id);
    }
  }

  /** The newest report of a kind. */
  latest<R extends Report>(report: R): ReportBody<R> | undefined {
    return this.heard.findLast((one) => one.report === report)?.body as ReportBody<R> | undefined;
  }

  /** What came back, refusal or result. */
  ask(method: string, params: unknown, options: CallOptions = {}): Promise<{ result?: unknown; refusal?: Refusal }> {
    const id = this.#nextId++;
    const answer = new Promise<{ result?: unknown; refusal?: Refusal }>((resolve) => this.#answers.set(id, resolve));
    this.socket.write(
      encodeFrame({
        kind: 'call',
        id,
        method,
        params,
        job: options.job ?? null,
        epoch: options.epoch ?? 0,
        trace: null,
      }),
    );
    return answer;
  }

  /** The result; a refusal is thrown as `code: message`. */
  async call<M extends Method>(method: M, params: ParamsIn<M>, options: CallOptions = {}): Promise<Reply<M>> {
    const { result, refusal } = await this.ask(method, params, options);
    if (refusal !== undefined) throw new Error(`${refusal.code}: ${refusal.message}`);
    return result as Reply<M>;
  }
}

export type FakeServer = {
  id: string;
  port: number;
  /** Every host connection so far, oldest first. */
  links: FakeHostLink[];
  /** Shows another certificate from now on. */
  renew(pem: Pem): void;
  /** Streams dialled back, by ticket: the socket and what was read past the first frame. */
  streams: Map<string, { socket: Socket; head: Buffer }>;
  close(): Promise<void>;
};

export async function startFakeServer(pem: Pem, options: { host?: string; port?: number } = {}): Promise<FakeServer> {
  const id = randomUUID();
  const links: FakeHostLink[] = [];
  const streams: FakeServer['streams'] = new Map();
  const sockets = new Set<TLSSocket>();
  const server = createServer(
    { ...pem, requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.3' },
    (socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket)).on('error', () => {});
      const reader = new FrameReader();
      let link: FakeHostLink | undefined;
      const listen = (chunk: Buffer): void => {
        for (const frame of reader.push(chunk)) {
          if (frame.kind === 'stream') {
            socket.off('data', listen);
            socket.pause();
            streams.set(frame.ticket, { socket, head: reader.rest() });
            return;
          }
          if (link === undefined) links.push((link = new FakeHostLink(socket, id)));
          link.hear(frame);
        }
      };
      socket.on('data', listen);
    },
  );
  server.listen(options.port ?? 0, options.host ?? '127.0.0.1');
  await once(server, 'listening');
  return {
    id,
    port: (server.address() as AddressInfo).port,
    links,
    renew: (fresh) => server.setSecureContext(fresh),
    streams,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

export async function until<T>(
  condition: () => T | undefined | false | null | Promise<T | undefined | false | null>,
  timeoutMs = 10_000,
  what = 'the condition',
): Promise<T> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const value = await condition();
    if (value !== undefined && value !== false && value !== null) return value;
    if (Date.now() > end) throw new Error(`${what} did not come true within ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
