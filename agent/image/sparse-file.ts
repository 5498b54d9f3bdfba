// Writes a stream to a file, leaving holes where the stream is zero, and never more than a limit.
import type { FileHandle } from 'node:fs/promises';
import { Refused } from '../refused.ts';

const HOLE_BYTES = 64 * 1024;
const ZEROES = Buffer.alloc(HOLE_BYTES);

export const inMib = (bytes: number): string => `${(bytes / 1024 ** 2).toFixed(bytes < 10 * 1024 ** 2 ? 1 : 0)} MiB`;

export type Written = {
  onBytes?: (chunk: Buffer, total: number) => void;
  /** The error's words before the limit: «the file is larger than». */ tooMuch: string;
};

/** Returns the number of bytes; throws `refused` before it writes one beyond `maxBytes`. */
export async function writeSparse(
  file: FileHandle,
  stream: AsyncIterable<Buffer>,
  maxBytes: number,
  { onBytes, tooMuch }: Written,
): Promise<number> {
  let total = 0;
  for await (const chunk of stream) {
    if (total + chunk.length > maxBytes) throw new Refused('refused', `${tooMuch} the ${inMib(maxBytes)} allowed`);
    for (let at = 0; at < chunk.length; at += HOLE_BYTES) {
      const part = chunk.subarray(at, at + HOLE_BYTES);
      if (!part.equals(ZEROES.subarray(0, part.length))) await writeAll(file, part, total + at);
    }
    total += chunk.length;
    onBytes?.(chunk, total);
  }
  await file.truncate(total);
  return total;
}

/** A write may take less than it was given. */
async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
  }
}
