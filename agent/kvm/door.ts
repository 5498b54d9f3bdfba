// The way a guest moves between two hosts: mutual TLS from agent to agent, through which libvirt, the guest's memory and the
// content of its disks flow. libvirtd and QEMU speak over UNIX sockets only; no port of theirs is ever open on a network.
// Invariants: a door is open for one guest, to one host by the name in its certificate, and only while a migration needs it.
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, rm, stat } from 'node:fs/promises';
import { connect as connectLocal, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import {
  connect as connectTls,
  createServer as createTlsServer,
  type ConnectionOptions,
  type TLSSocket,
} from 'node:tls';
import type { Logger } from 'pino';
import type { Credentials } from '../link.ts';

/** `arrived` is said by the source when the guest has left it: the target lets it run and answers. */
export const CHANNELS = ['libvirt', 'memory', 'disks', 'arrived'] as const;
export type Channel = (typeof CHANNELS)[number];
type Stream = Exclude<Channel, 'arrived'>;

/** The same on all hosts: QEMU of the target listens where QEMU of the source connects. */
const SOCKETS_DIR = '/run/nephos-migrate';
const LIBVIRT_SOCKETS = ['/run/libvirt/virtqemud-sock', '/run/libvirt/libvirt-sock'];
const HANDSHAKE_MS = 10_000;
const MAX_GREETING_BYTES = 64;

export const socketOf = (ticket: string, stream: Stream, dir = SOCKETS_DIR): string => join(dir, ticket, stream);

/** QEMU may run as another user than the agent: the folder is everybody's, its name nobody's guess. */
async function makeSocketsDir(ticket: string, dir: string): Promise<string> {
  await mkdir(dir, { recursive: true, mode: 0o711 });
  const own = join(dir, ticket);
  await mkdir(own, { recursive: true });
  await chmod(own, 0o777);
  return own;
}

async function libvirtSocket(): Promise<string> {
  for (const path of LIBVIRT_SOCKETS) {
    const found = await stat(path).catch(() => undefined);
    if (found?.isSocket()) return path;
  }
  throw new Error(`libvirt has no socket here; looked for ${LIBVIRT_SOCKETS.join(', ')}`);
}

/** Each end closes when the other one does; what was sent before arrives. */
function connectBoth(a: Duplex, b: Duplex): void {
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    from.pipe(to);
    from.once('close', () => {
      if (!from.readableEnded) to.destroy();
    });
  }
}

export type OpenDoor = { port: number; ticket: string; close(): Promise<void> };
export type DoorOptions = {
  address: string;
  ports: { first: number; last: number };
  credentials: () => Promise<Credentials>;
  /** Name in the certificate of who may come in. */
  from: string;
  /** Called as the memory begins to flow: the guest's cards exist by now. */
  onMemory: () => void;
  /** The guest has left the source for good. */
  onArrived: () => Promise<void>;
  log: Logger;
  socketsDir?: string;
};

export async function openDoor(options: DoorOptions): Promise<OpenDoor> {
  const ticket = randomBytes(16).toString('hex');
  const dir = await makeSocketsDir(ticket, options.socketsDir ?? SOCKETS_DIR);
  const sockets = new Set<TLSSocket>();
  const server = createTlsServer(
    {
      ...(await options.credentials()),
      requestCert: true,
      rejectUnauthorized: true,
      allowHalfOpen: true,
      minVersion: 'TLSv1.3',
    },
    (socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      socket.on('error', (error) => options.log.warn({ reason: error.message }, 'door.broken'));
      void letIn(socket, ticket, options).catch((error: Error) => {
        options.log.warn({ reason: error.message }, 'door.refused');
        socket.destroy();
      });
    },
  );
  server.on('tlsClientError', () => {}); // a stranger without a certificate gets no answer
  const port = await listenInRange(server, options);
  return {
    port,
    ticket,
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function listenInRange(server: Server, { address, ports }: DoorOptions): Promise<number> {
  for (let port = ports.first; port <= ports.last; port++) {
    const free = await new Promise<boolean>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) =>
        error.code === 'EADDRINUSE' ? resolve(false) : reject(error),
      );
      server.listen(port, address, () => resolve(true));
    });
    server.removeAllListeners('error');
    if (free) return port;
  }
  throw new Error(`all ports from ${ports.first} to ${ports.last} of ${address} are in use`);
}

async function letIn(socket: TLSSocket, ticket: string, options: DoorOptions): Promise<void> {
  socket.setNoDelay(true);
  const channel = await greeted(socket, ticket, options.from);
  if (channel === 'arrived') {
    await options.onArrived();
    socket.end('ok');
    return;
  }
  if (channel === 'memory') options.onMemory();
  const path = channel === 'libvirt' ? await libvirtSocket() : socketOf(ticket, channel, options.socketsDir);
  const local = connectLocal({ path, allowHalfOpen: true });
  local.on('error', (error) => options.log.warn({ channel, reason: error.message }, 'door.nobodyBehind'));
  connectBoth(socket, local);
}

/** The first bytes say which ticket and which channel; the certificate says who. Throws for anything else. */
async function greeted(socket: TLSSocket, ticket: string, from: string): Promise<Channel> {
  const text = await firstLine(socket);
  const name = socket.getPeerCertificate().subject?.CN;
  if (name !== from) throw new Error(`the door is for ${from}, not for ${String(name)}`);
  const channel = CHANNELS.find((one) => text === `${ticket} ${one}`);
  if (channel === undefined) throw new Error('the greeting is not of this door');
  return channel;
}

/** Reads up to the line's end and not a byte further. */
function firstLine(socket: TLSSocket): Promise<string> {
  return new Promise((resolve, reject) => {
    let got = Buffer.alloc(0);
    const timer = setTimeout(() => fail('said nothing'), HANDSHAKE_MS);
    const done = (): void => {
      clearTimeout(timer);
      socket.off('readable', read).off('close', gone);
    };
    const fail = (why: string): void => {
      done();
      reject(new Error(why));
    };
    const gone = (): void => fail('left before it said anything');
    const read = (): void => {
      for (let byte: Buffer | null; (byte = socket.read(1) as Buffer | null) !== null;) {
        if (byte[0] === 10) {
          done();
          return resolve(got.toString('latin1'));
        }
        got = Buffer.concat([got, byte]);
        if (got.length > MAX_GREETING_BYTES) return fail('greeted too long');
      }
    };
    socket.on('readable', read).once('close', gone);
  });
}

export type Tunnel = {
  /** Tells the target that the guest has left for good; comes back when it runs there. */
  arrived(): Promise<void>;
  close(): Promise<void>;
};
export type TunnelOptions = {
  to: { guid: string; address: string; port: number; ticket: string };
  credentials: () => Promise<Credentials>;
  log: Logger;
  socketsDir?: string;
};

/** The source's end: UNIX sockets for libvirt and QEMU whose every connection goes through the other host's door. */
export async function openTunnel(options: TunnelOptions): Promise<Tunnel> {
  const { ticket } = options.to;
  const dir = await makeSocketsDir(ticket, options.socketsDir ?? SOCKETS_DIR);
  const open = new Set<Duplex>();
  const servers = await Promise.all(
    (['libvirt', 'memory', 'disks'] as const).map((stream) => listenLocal(options, stream, open)),
  );
  return {
    arrived: () => sayArrived(options),
    async close() {
      for (const server of servers) server.close();
      for (const socket of open) socket.destroy();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function listenLocal(options: TunnelOptions, stream: Stream, open: Set<Duplex>): Promise<Server> {
  const path = socketOf(options.to.ticket, stream, options.socketsDir);
  await rm(path, { force: true });
  const server = createServer({ allowHalfOpen: true }, (local) => {
    open.add(local);
    local.once('close', () => open.delete(local));
    local.on('error', () => {});
    dial(options, stream).then(
      (socket) => {
        open.add(socket);
        socket.once('close', () => open.delete(socket));
        connectBoth(local, socket);
      },
      (error: Error) => {
        options.log.warn({ stream, reason: error.message }, 'door.shut');
        local.destroy();
      },
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(path, resolve);
  });
  await chmod(path, 0o666);
  return server;
}

async function dial({ to, credentials, log }: TunnelOptions, channel: Channel): Promise<TLSSocket> {
  // The type of the options lacks allowHalfOpen, which Node.js documents.
  const options: ConnectionOptions & { allowHalfOpen: boolean } = {
    host: to.address,
    port: to.port,
    ...(await credentials()),
    rejectUnauthorized: true,
    allowHalfOpen: true,
    minVersion: 'TLSv1.3',
    checkServerIdentity: (_host, certificate) =>
      certificate.subject.CN === to.guid
        ? undefined
        : new Error(`${to.address} is ${String(certificate.subject.CN)}, not ${to.guid}`),
  };
  const socket = connectTls(options);
  socket.setNoDelay(true);
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => socket.destroy(new Error(`no answer from ${to.address}`)), HANDSHAKE_MS);
    socket.once('secureConnect', resolve).once('error', reject);
    socket.once('close', () => reject(new Error('closed during the handshake')));
    socket.once('secureConnect', () => clearTimeout(timer)).once('close', () => clearTimeout(timer));
  });
  socket.on('error', (error) => log.warn({ channel, reason: error.message }, 'tunnel.broken'));
  socket.write(`${to.ticket} ${channel}\n`);
  return socket;
}

async function sayArrived(options: TunnelOptions): Promise<void> {
  const socket = await dial(options, 'arrived');
  let said = '';
  for await (const chunk of socket) said += String(chunk);
  socket.destroy();
  if (said !== 'ok') throw new Error('the target host did not let the guest run');
}
