// A guest's screen over the wire: the server's stream on one side, QEMU's VNC port on the other, bytes unread between.
// Invariant: when either side ends, both do.
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Params } from '#protocol/messages.ts';
import type { CallContext } from '../dispatch.ts';
import { refuseMissingGuest } from './kvm.ts';
import type { Kvm } from './kvm.ts';
import { unlessGone } from './virsh.ts';

const VNC_BASE_PORT = 5900;
const CONNECT_TIMEOUT_MS = 5000;

export async function openConsole(
  kvm: Kvm,
  { name, ticket }: Params<'console.open'>,
  context: CallContext,
): Promise<void> {
  const display = (await unlessGone(kvm.virsh(['vncdisplay', name])))?.trim();
  const found = /^(.*):(\d+)$/.exec(display ?? '');
  if (found === null) refuseMissingGuest(name);
  const screen = await reach(found[1] || '127.0.0.1', VNC_BASE_PORT + Number(found[2]));
  try {
    join(screen, await context.openStream(ticket));
  } catch (error) {
    screen.destroy();
    throw error;
  }
}

function reach(host: string, port: number): Promise<Socket> {
  const socket = connect({ host, port, timeout: CONNECT_TIMEOUT_MS });
  socket.setNoDelay(true);
  return new Promise((resolve, reject) => {
    socket.once('connect', () => {
      socket.setTimeout(0);
      socket.off('error', reject);
      socket.on('error', () => {});
      resolve(socket);
    });
    socket.once('timeout', () =>
      socket.destroy(new Error(`no answer from the guest's screen within ${CONNECT_TIMEOUT_MS / 1000} s`)),
    );
    socket.once('error', reject);
  });
}

export function join(one: Duplex, other: Duplex): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.pipe(to);
    from.on('error', () => {}); // its 'close' tells enough
    from.on('close', () => to.destroy());
  }
}
