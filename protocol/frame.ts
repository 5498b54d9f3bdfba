// Length-prefixed JSON frames over a byte stream: four bytes big-endian, then that many bytes of UTF-8 JSON.
// A frame over MAX_FRAME_BYTES, or one that is no frame, ends the connection: nothing after it can be trusted.
import { frame, type Frame } from './messages.ts';

export const MAX_FRAME_BYTES = 8 * 1024 * 1024;

export function encodeFrame(message: Frame): Buffer {
  const body = Buffer.from(JSON.stringify(message));
  if (body.length > MAX_FRAME_BYTES)
    throw new Error(`a frame of ${body.length} bytes is over the limit of ${MAX_FRAME_BYTES}`);
  const out = Buffer.allocUnsafe(4 + body.length);
  out.writeUInt32BE(body.length, 0);
  body.copy(out, 4);
  return out;
}

/** Feed it chunks; it hands over whole frames. After a stream frame the rest is raw: `rest()` returns what was read past it. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #length = 0;

  /** Throws on a frame that is too large or not a frame. */
  *push(chunk: Buffer): Generator<Frame> {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    while (this.#length >= 4) {
      const head = this.#chunks.length === 1 ? this.#chunks[0]! : this.#join();
      const size = head.length >= 4 ? head.readUInt32BE(0) : this.#join().readUInt32BE(0);
      if (size > MAX_FRAME_BYTES) throw new Error(`a frame of ${size} bytes is over the limit of ${MAX_FRAME_BYTES}`);
      if (this.#length < 4 + size) return;
      const all = this.#join();
      this.#chunks = [all.subarray(4 + size)];
      this.#length = all.length - 4 - size;
      yield frame.parse(JSON.parse(all.toString('utf8', 4, 4 + size)));
    }
  }

  rest(): Buffer {
    const rest = this.#join();
    this.#chunks = [];
    this.#length = 0;
    return rest;
  }

  #join(): Buffer {
    const all = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks);
    this.#chunks = [all];
    return all;
  }
}
