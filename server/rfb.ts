// The first words of VNC (RFB 3.8), so that a browser needs no password: towards the guest's screen we answer its challenge,
// towards the browser we ask for none. After that both sides are connected byte for byte.
import { createCipheriv } from 'node:crypto';
import type { Duplex } from 'node:stream';

const VERSION = 'RFB 003.008\n';
const NONE = 1;
const VNC_AUTH = 2;
const OK = Buffer.from([0, 0, 0, 0]);

/** Reads exact numbers of bytes from a stream; what is read too far stays in the stream. */
async function read(stream: Duplex, size: number): Promise<Buffer> {
  for (;;) {
    const chunk = stream.read(size) as Buffer | null;
    if (chunk && chunk.length === size) return chunk;
    if (chunk) {
      stream.unshift(chunk);
      throw new Error('the screen closed during the handshake');
    }
    await new Promise<void>((resolve, reject) => {
      const end = (error?: Error): void => {
        stream.off('readable', again);
        stream.off('end', broke);
        stream.off('error', broke);
        stream.off('close', broke);
        if (error) reject(error);
        else resolve();
      };
      const again = (): void => end();
      const broke = (): void => end(new Error('the screen closed during the handshake'));
      stream.once('readable', again).once('end', broke).once('error', broke).once('close', broke);
    });
  }
}

/** Answers a VNC challenge: DES with the password's bits mirrored. Single DES is triple DES with three equal keys. */
export function answerChallenge(challenge: Buffer, password: string): Buffer {
  const key = Buffer.alloc(8);
  Buffer.from(password.slice(0, 8), 'latin1').forEach((byte, index) => {
    key[index] = mirror(byte);
  });
  const cipher = createCipheriv('des-ede3', Buffer.concat([key, key, key]), null);
  cipher.setAutoPadding(false);
  return Buffer.concat([cipher.update(challenge), cipher.final()]);
}
const mirror = (byte: number): number =>
  [0, 1, 2, 3, 4, 5, 6, 7].reduce((sum, bit) => sum | (((byte >> bit) & 1) << (7 - bit)), 0);

/** Logs in to the guest's screen. */
export async function loginToScreen(screen: Duplex, password: string): Promise<void> {
  await read(screen, 12);
  screen.write(VERSION);
  const count = (await read(screen, 1))[0]!;
  if (count === 0) throw new Error('the screen refused the connection');
  const types = await read(screen, count);
  const type = types.includes(VNC_AUTH) ? VNC_AUTH : NONE;
  screen.write(Buffer.from([type]));
  if (type === VNC_AUTH) screen.write(answerChallenge(await read(screen, 16), password));
  if (!(await read(screen, 4)).equals(OK)) throw new Error('the screen refused the password');
}

/** Greets the viewer without asking for anything. */
export async function greetViewer(viewer: Duplex): Promise<void> {
  viewer.write(VERSION);
  await read(viewer, 12);
  viewer.write(Buffer.from([1, NONE]));
  await read(viewer, 1);
  viewer.write(OK);
}
