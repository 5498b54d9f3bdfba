// FAKE. A screen to look at: the server's side of the RFB protocol, a picture that moves, and a line for every key pressed.
import type { WebSocket } from 'ws';

const WIDTH = 320;
const HEIGHT = 200;
const TICK_MS = 200;

/** Keys that were pressed on any screen, as keysyms. */
export const pressed: number[] = [];

export function serveScreen(socket: WebSocket): void {
  let stage: 'version' | 'security' | 'init' | 'open' = 'version';
  let got = Buffer.alloc(0);
  let wanted = false;
  let tick = 0;
  const send = (bytes: Buffer): void => socket.send(bytes);
  send(Buffer.from('RFB 003.008\n'));
  const timer = setInterval(() => {
    if (!wanted) return;
    wanted = false;
    tick += 1;
    send(picture(tick));
  }, TICK_MS);
  socket.on('close', () => clearInterval(timer));
  socket.on('message', (data: Buffer) => {
    got = Buffer.concat([got, data]);
    for (let used = take(); used > 0; used = take()) got = got.subarray(used);
  });

  /** Handles one message at the head of what came; gives its length, 0 when it is not complete. */
  function take(): number {
    if (stage === 'version' && got.length >= 12) {
      stage = 'security';
      send(Buffer.from([1, 1]));
      return 12;
    }
    if (stage === 'security' && got.length >= 1) {
      stage = 'init';
      send(Buffer.from([0, 0, 0, 0]));
      return 1;
    }
    if (stage === 'init' && got.length >= 1) {
      stage = 'open';
      send(serverInit());
      return 1;
    }
    if (stage !== 'open' || got.length === 0) return 0;
    const length = lengthOf(got);
    if (length === 0 || got.length < length) return 0;
    if (got[0] === 3) wanted = true;
    if (got[0] === 4 && got[1] === 1) pressed.push(got.readUInt32BE(4));
    return length;
  }
}

function lengthOf(message: Buffer): number {
  if (message[0] === 0) return 20;
  if (message[0] === 2) return message.length < 4 ? 0 : 4 + 4 * message.readUInt16BE(2);
  if (message[0] === 3) return 10;
  if (message[0] === 4) return 8;
  if (message[0] === 5) return 6;
  return message.length < 8 ? 0 : 8 + message.readUInt32BE(4);
}

function serverInit(): Buffer {
  const name = Buffer.from('pretended screen');
  const head = Buffer.alloc(24);
  head.writeUInt16BE(WIDTH, 0);
  head.writeUInt16BE(HEIGHT, 2);
  Buffer.from([32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0]).copy(head, 4);
  head.writeUInt32BE(name.length, 20);
  return Buffer.concat([head, name]);
}

/** The whole screen, raw: a bar that moves, and a stripe per key. The client asks for 32 bits, blue not first. */
function picture(tick: number): Buffer {
  const head = Buffer.from([0, 0, 0, 1, 0, 0, 0, 0, WIDTH >> 8, WIDTH & 255, HEIGHT >> 8, HEIGHT & 255, 0, 0, 0, 0]);
  const pixels = Buffer.alloc(WIDTH * HEIGHT * 4, 0x10);
  const paint = (x: number, y: number, [r, g, b]: readonly [number, number, number]): void => {
    pixels.set([r, g, b, 255], (y * WIDTH + x) * 4);
  };
  for (let y = 0; y < 12; y += 1)
    for (let x = 0; x < 40; x += 1) paint((tick * 12 + x) % WIDTH, 20 + y, [90, 200, 120]);
  for (const [index, keysym] of pressed.slice(-60).entries())
    for (let y = 0; y < 30; y += 1) paint(10 + index * 5, 60 + y, [255, keysym & 255, 80]);
  return Buffer.concat([head, pixels]);
}
