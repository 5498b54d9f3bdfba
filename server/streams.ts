// Streams that hosts open on their own, a guest's screen for instance, known by a ticket. The host dials the server that holds
// its link; where the viewer is at another server, that server has a stream of its own there, and the two are joined.
import { randomUUID } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { HostUnreachable } from '#drivers/host/calls.ts';

const TICKET_TTL_MS = 15_000;

type Side = 'host' | 'peer';
interface Relay {
  timer: NodeJS.Timeout;
  sides: Partial<Record<Side, Duplex>>;
}

/** One way of two; where one side is over or broken, so is the other. */
function join(from: Duplex, to: Duplex): void {
  from.on('error', () => {}).once('close', () => to.destroy());
  from.pipe(to);
}

export class Streams {
  readonly #waiting = new Map<string, (stream: Duplex) => void>();
  readonly #relays = new Map<string, Relay>();

  /** A stream that will come; `ticket` goes to the host in a call. */
  expect(): { ticket: string; stream: Promise<Duplex> } {
    const ticket = randomUUID();
    const stream = new Promise<Duplex>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(ticket);
        reject(new HostUnreachable('the host did not open the stream in time'));
      }, TICKET_TTL_MS);
      this.#waiting.set(ticket, (socket) => {
        clearTimeout(timer);
        this.#waiting.delete(ticket);
        resolve(socket);
      });
    });
    stream.catch(() => {});
    return { ticket, stream };
  }

  /** The stream of a ticket is there, whichever way it came. Nobody waits for it: it is ended. */
  hand(ticket: string, stream: Duplex): void {
    const take = this.#waiting.get(ticket);
    if (take) take(stream);
    else stream.destroy();
  }

  /** A host's stream of this ticket belongs to another server, which opens its own side here. */
  relay(ticket: string): Relay {
    const known = this.#relays.get(ticket);
    if (known) return known;
    const timer = setTimeout(() => {
      const { sides } = this.#relays.get(ticket)!;
      this.#relays.delete(ticket);
      for (const stream of Object.values(sides)) stream.destroy();
    }, TICKET_TTL_MS);
    const relay: Relay = { timer, sides: {} };
    this.#relays.set(ticket, relay);
    return relay;
  }

  /** Somebody dialled in with a ticket. */
  arrived(ticket: string, side: Side, stream: Duplex): void {
    const relay = this.#relays.get(ticket) ?? (side === 'peer' ? this.relay(ticket) : undefined);
    if (!relay) {
      this.hand(ticket, stream);
      return;
    }
    relay.sides[side] = stream;
    const { host, peer } = relay.sides;
    if (!host || !peer) return;
    clearTimeout(relay.timer);
    this.#relays.delete(ticket);
    join(host, peer);
    join(peer, host);
  }

  close(): void {
    for (const { timer, sides } of this.#relays.values()) {
      clearTimeout(timer);
      for (const stream of Object.values(sides)) stream.destroy();
    }
    this.#relays.clear();
  }
}
