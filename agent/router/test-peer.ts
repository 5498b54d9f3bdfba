// For tests: a machine in a namespace that speaks TCP, UDP and HTTP on command. Not part of the product.
import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { request } from 'node:http';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { serve } from './test-rpc.ts';

const sockets = new Map<number, Socket>();
const accepted = new Set<Socket>();
let last = 0;
let sunk = 0;

const once = (socket: Socket, event: string, timeoutMs: number): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no ${event} within ${timeoutMs} ms`)), timeoutMs);
    socket.once(event, (value: unknown) => {
      clearTimeout(timer);
      resolve(value);
    });
  });

serve({
  /** Greets with the address the caller is seen as, then echoes. */
  listen: (port: number, host = '0.0.0.0') =>
    new Promise<void>((resolve, reject) => {
      const server = createServer((socket) => {
        socket.on('error', () => {});
        socket.write(`${socket.remoteAddress} ${socket.localPort}`);
        accepted.add(socket);
        socket.on('close', () => accepted.delete(socket));
        socket.on('data', (data) => socket.write(data));
      });
      server.once('error', reject);
      server.listen(port, host, () => resolve());
    }),
  /** Answers every datagram with the sender's address. */
  listenUdp: (port: number) =>
    new Promise<void>((resolve) => {
      const socket = createSocket({ type: 'udp4', reuseAddr: true });
      socket.on('message', (_text, from) => socket.send(`${from.address} ${port}`, from.port, from.address));
      socket.bind(port, () => resolve());
    }),
  /** Resolves with what the other side sees of us, or null. */
  dial: async (host: string, port: number, timeoutMs = 700, localAddress?: string) => {
    const socket = connect({ host, port, localAddress });
    socket.on('error', () => {});
    const id = ++last;
    sockets.set(id, socket);
    try {
      return { id, seenAs: String(await once(socket, 'data', timeoutMs)).split(' ')[0], port: socket.localPort };
    } catch {
      socket.destroy();
      return null;
    }
  },
  /** Send to all who dialled this machine, unasked. */
  push: (text: string) => {
    for (const socket of accepted) socket.write(text);
  },
  /** Bytes that arrived so far. */
  heard: (id: number) => sockets.get(id)!.bytesRead,
  /** Whether an echo comes back. */
  say: async (id: number, text: string, timeoutMs = 700) => {
    const socket = sockets.get(id)!;
    socket.write(text);
    return once(socket, 'data', timeoutMs).then(
      (data) => String(data) === text,
      () => false,
    );
  },
  askUdp: (host: string, port: number, timeoutMs = 700) =>
    new Promise<string | null>((resolve) => {
      const socket = createSocket('udp4');
      const timer = setTimeout(() => {
        socket.close();
        resolve(null);
      }, timeoutMs);
      socket.once('message', (text) => {
        clearTimeout(timer);
        socket.close();
        resolve(String(text));
      });
      socket.send('?', port, host);
    }),
  /** A few datagrams to everyone on the link, from a port of one's choice; a few, so that no ear opens too late. */
  shout: async (fromPort: number, toPort: number, broadcast: string) => {
    const socket = createSocket({ type: 'udp4', reuseAddr: true });
    await new Promise<void>((resolve) => {
      socket.bind(fromPort, () => resolve());
    });
    socket.setBroadcast(true);
    for (let i = 0; i < 5; i++) {
      socket.send('hear me', toPort, broadcast);
      await pause(60);
    }
    socket.close();
  },
  hear: (port: number, timeoutMs = 700) =>
    new Promise<boolean>((resolve) => {
      const socket = createSocket({ type: 'udp4', reuseAddr: true });
      const timer = setTimeout(() => {
        socket.close();
        resolve(false);
      }, timeoutMs);
      socket.once('message', () => {
        clearTimeout(timer);
        socket.close();
        resolve(true);
      });
      socket.bind(port);
    }),
  /** Swallows what comes and counts it. */
  sink: (port: number) =>
    new Promise<void>((resolve) => {
      createServer((socket) => {
        socket.on('error', () => {});
        socket.on('data', (data) => {
          sunk += data.length;
        });
      }).listen(port, () => resolve());
    }),
  sunk: () => sunk,
  /** Sends as fast as it may, for a while. */
  pump: async (host: string, port: number, forMs: number) => {
    const socket = connect({ host, port });
    socket.on('error', () => {});
    const piece = Buffer.alloc(16_384);
    const more = (): void => {
      while (socket.write(piece));
    };
    socket.on('drain', more);
    socket.on('connect', more);
    await pause(forMs);
    socket.resetAndDestroy(); // what the kernel still holds must not run on beside the next measurement
  },
  resolve: (name: string, server: string) => {
    const resolver = new Resolver({ timeout: 1000, tries: 2 });
    resolver.setServers([server]);
    return resolver.resolve4(name);
  },
  http: (url: string, headers: Record<string, string> = {}, method = 'GET') =>
    new Promise<{ status: number; body: string }>((resolve, reject) => {
      const asked = request(url, { method, headers, timeout: 2000, agent: false }, (response) => {
        let body = '';
        response.on('data', (data: Buffer) => {
          body += data.toString();
        });
        response.on('end', () => resolve({ status: response.statusCode!, body }));
      });
      asked.on('timeout', () => asked.destroy(new Error('timed out')));
      asked.on('error', reject);
      asked.end();
    }),
});
