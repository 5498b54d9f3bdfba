// A server for tests of agents: real TLS with certificates made on the spot, real frames, no decisions of its own.
// Not part of the product. It lets a test call a host, see its reports, and accept the streams it dials back.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext, createServer } from 'node:tls';
import type { SecureContext, TLSSocket } from 'node:tls';
import { encodeFrame, FrameReader } from '#protocol/frame.ts';
import type { Frame, Method, ParamsIn, Refusal, Reply, Report, ReportBody } from '#protocol/messages.ts';
import { run } from './process.ts';

export type Pem = { key: string; cert: string; ca: string };

/** A throw-away authority and certificates signed by it; `names` are DNS names or IP addresses. Needs the openssl program. */
export async function makeAuthority(): Promise<(names: string[]) => Promise<Pem>> {
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  const dir = await mkdtemp(join(tmpdir(), 'nephos-authority-'));
  try {
    await run([
      'openssl',
      'req',
      '-x509',
      ...newKey,
      '-subj',
      '/CN=test authority',
      '-keyout',
      join(dir, 'ca.key'),
      '-out',
      join(dir, 'ca.pem'),
    ]);
    const [caKey, ca] = await Promise.all([
      readFile(join(dir, 'ca.key'), 'utf8'),
      readFile(join(dir, 'ca.pem'), 'utf8'),
    ]);
    return (names) => issue({ caKey, ca, newKey, names });
  } finally {
    await rm(dir, { recursive: true });
  }
}

async function issue(wish: { caKey: string; ca: string; newKey: string[]; names: string[] }): Promise<Pem> {
  const dir = await mkdtemp(join(tmpdir(), 'nephos-authority-'));
  const alternatives = wish.names.map((name) => `${/^[\d.]+$/.test(name) ? 'IP' : 'DNS'}:${name}`).join(',');
  try {
    await writeFile(join(dir, 'ca.key'), wish.caKey, { mode: 0o600 });
    await writeFile(join(dir, 'ca.pem'), wish.ca);
    await run([
      'openssl',
      'req',
      '-x509',
      '-CA',
      join(dir, 'ca.pem'),
      '-CAkey',
      join(dir, 'ca.key'),
      ...wish.newKey,
      '-subj',
      `/CN=${wish.names[0]}`,
      '-addext',
      `subjectAltName=${alternatives}`,
      '-addext',
      'basicConstraints=critical,CA:FALSE',
      '-keyout',
      join(dir, 'key.pem'),
      '-out',
      join(dir, 'cert.pem'),
    ]);
    const [key, cert] = await Promise.all([
      readFile(join(dir, 'key.pem'), 'utf8'),
      readFile(join(dir, 'cert.pem'), 'utf8'),
    ]);
    return { key, cert, ca: wish.ca };
  } finally {
    await rm(dir, { recursive: true });
  }
}

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
