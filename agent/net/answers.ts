// Whether another machine answers on a network. A connection that is refused is as good as one that is accepted: its kernel said
// so. Nothing has to listen, and nothing is said over the connection.
import { connect } from 'node:net';

const WITHIN_MS = 2_000;

export function answers(
  address: string,
  { port, withinMs = WITHIN_MS }: { port: number; withinMs?: number },
): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port });
    const end = (reached: boolean): void => {
      socket.destroy();
      resolve(reached);
    };
    socket.setTimeout(withinMs, () => end(false));
    socket.once('connect', () => end(true));
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code === 'ECONNREFUSED'));
  });
}
