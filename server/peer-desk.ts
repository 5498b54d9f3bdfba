// What other servers ask of this one: calls for hosts that are linked here. Each is done over the host's own link and never
// passed on again; what a host that is not here is asked is answered with `absent`, and who asked looks where it is now.
import type { TLSSocket } from 'node:tls';
import { HostRefused } from '#drivers/host/calls.ts';
import type { Log } from '#kernel/log.ts';
import { encodeFrame } from '#protocol/frame.ts';
import { PROTOCOL_VERSION, type Frame } from '#protocol/messages.ts';
import { LinkBroke, type Hub } from './agents.ts';
import type { Streams } from './streams.ts';

type Forward = Extract<Frame, { kind: 'forward' }>;
type Reply = Extract<Frame, { kind: 'reply' }>;

/** A server whose link is silent for this long is gone; it pings every two seconds. */
const SILENCE_MS = 8_000;

export class PeerDesk {
  readonly #hub: Hub;
  readonly #streams: Streams;
  readonly #log: Log;

  constructor({ hub, streams, log }: { hub: Hub; streams: Streams; log: Log }) {
    this.#hub = hub;
    this.#streams = streams;
    this.#log = log;
  }

  /** Another server's connection whose first frame this is; what comes next goes to the returned function. */
  greet(socket: TLSSocket, { server, protocol }: Extract<Frame, { kind: 'peer' }>): (frame: Frame) => void {
    if (Math.abs(protocol - PROTOCOL_VERSION) > 1)
      throw new Error(`the server speaks protocol ${protocol}, this one ${PROTOCOL_VERSION}`);
    this.#log.info({ server }, 'peer.connected');
    const running = new Map<number, AbortController>();
    const send = (frame: Frame): void => {
      if (!socket.destroyed) socket.write(encodeFrame(frame));
    };
    socket.setTimeout(SILENCE_MS, () => socket.destroy());
    socket.once('close', () => {
      for (const control of running.values()) control.abort();
    });
    return (frame) => {
      if (frame.kind === 'reply' && frame.id === 0) send({ kind: 'reply', id: 0, result: {} });
      else if (frame.kind === 'cancel') running.get(frame.id)?.abort();
      else if (frame.kind === 'drop') this.#hub.drop(frame.hostId);
      else if (frame.kind === 'forward') void this.#perform(frame, { running, send });
      else throw new Error(`a server does not send ${frame.kind}`);
    };
  }

  async #perform(
    frame: Forward,
    { running, send }: { running: Map<number, AbortController>; send: (frame: Frame) => void },
  ): Promise<void> {
    const control = new AbortController();
    running.set(frame.id, control);
    try {
      send({ kind: 'reply', id: frame.id, ...(await this.#ask(frame, { signal: control.signal, send })) });
    } catch (error) {
      // over the limit of a frame, or a fault of ours: whoever waits must hear of it
      const message = (error as Error).message.slice(0, 300);
      send({ kind: 'reply', id: frame.id, refusal: { code: 'failed', message } });
    } finally {
      running.delete(frame.id);
    }
  }

  async #ask(
    { id, hostId, method, params, job, epoch, trace }: Forward,
    { signal, send }: { signal: AbortSignal; send: (frame: Frame) => void },
  ): Promise<Pick<Reply, 'result' | 'refusal' | 'lost'>> {
    const link = this.#hub.link(hostId);
    if (!link) return { lost: 'absent' };
    if (method === 'console.open') this.#streams.relay((params as { ticket: string }).ticket);
    const progress = (percent: number, text = ''): void =>
      send({ kind: 'report', report: 'progress', body: { call: id, percent, text } });
    try {
      return { result: await this.#hub.ask(link, { method, params }, { job, epoch, trace, signal, progress }) };
    } catch (error) {
      if (error instanceof HostRefused) return { refusal: error.refusal };
      if (error instanceof LinkBroke || signal.aborted) return { lost: 'broke' };
      throw error;
    }
  }
}
