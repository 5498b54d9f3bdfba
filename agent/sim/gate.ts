// What stands between a simulated host and its servers: the sockets of its links, held, cut or refused as the knobs say. It
// works below the link, which is the real one and does not know that it is played with.
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import type { DialQueue } from './dial-queue.ts';
import type { KnobBoard, Position } from './knobs.ts';

export interface Gate {
  /** Dials for the link. */
  connect(options: ConnectionOptions): TLSSocket;
  /** Brings open links in line with the knobs. */
  heed(): void;
  /** Every link breaks now, as if a cable had been pulled; it is dialled again. */
  cut(): void;
  /** Resolves when the host is not dead. */
  awake(): Promise<void>;
}

export interface GateOptions {
  board: KnobBoard;
  position: Position;
  /** A turn of it was taken for every dial. */
  dials: DialQueue;
  /** Address links leave from; absent: the system's choice. */
  localAddress?: string;
}

export function makeGate({ board, position, dials, localAddress }: GateOptions): Gate {
  const sockets = new Map<TLSSocket, string>();
  const held = new Set<TLSSocket>();
  const sleepers = new Set<() => void>();

  function heedOne(socket: TLSSocket, server: string): void {
    const { crashed, partitioned, dead } = board.of(position, server);
    if (crashed) socket.destroy(new Error('the simulated host crashed'));
    else if (partitioned || dead) hold(socket, dead);
    else if (held.delete(socket)) {
      socket.uncork();
      socket.resume();
    }
  }
  function hold(socket: TLSSocket, dead: boolean): void {
    if (dead) socket.setTimeout(0); // who hangs does not look at the clock; who is cut off does
    if (held.has(socket)) return;
    held.add(socket);
    socket.pause();
    socket.cork();
  }

  return {
    connect(options) {
      const server = `${options.host}:${options.port}`;
      const { crashed, partitioned, dead } = board.of(position, server);
      if (crashed || partitioned || dead) {
        dials.done();
        throw new Error('no route to the server (simulated)');
      }
      const socket = connect({ ...options, ...(localAddress ? { localAddress } : {}) });
      sockets.set(socket, server);
      let dialling = true;
      const dialled = (): void => {
        if (dialling) dials.done();
        dialling = false;
      };
      socket.once('secureConnect', dialled);
      socket.once('close', () => {
        dialled();
        sockets.delete(socket);
        held.delete(socket);
      });
      return socket;
    },
    heed() {
      for (const [socket, server] of sockets) heedOne(socket, server);
      if (!board.of(position).dead) {
        for (const wake of sleepers) wake();
        sleepers.clear();
      }
    },
    cut() {
      for (const socket of sockets.keys()) socket.destroy(new Error('the link was cut (simulated)'));
    },
    awake: () => (board.of(position).dead ? new Promise((resolve) => void sleepers.add(resolve)) : Promise.resolve()),
  };
}
