// Unpacks a download that is one gzip, bzip2 or xz file. What comes out is counted while it comes: a small file that
// would unpack to a huge one is stopped at the limit, its zeros take no room, and the programs have limits of their own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Refused } from '../refused.ts';
import { limited } from './jail.ts';
import { packedBy, readEdges } from './magic.ts';
import { writeSparse } from './sparse-file.ts';

const PROGRAMS = { bzip2: ['bzip2', '-dc'], xz: ['xz', '-dc', '--memlimit-decompress=512MiB'] };
const LIMITS = { memoryMib: 1024, cpuS: 4 * 3600, fileBytes: 0 };

/** Unpacks `from` into `to` if it is packed; tells whether it was. */
export async function unpack(
  from: string,
  to: string,
  maxBytes: number,
  onBytes: (total: number) => void,
): Promise<boolean> {
  const source = await open(from, 'r');
  try {
    const by = packedBy((await readEdges(source)).head);
    if (by === null) return false;
    const target = await open(to, 'w');
    try {
      const unpacking = by === 'gzip' ? gunzip(source) : program(by, source);
      await writeSparse(target, unpacking, maxBytes, {
        onBytes: (_chunk, total) => onBytes(total),
        tooMuch: 'the file unpacks to more than',
      });
      await target.sync();
    } finally {
      await target.close();
    }
    return true;
  } finally {
    await source.close();
  }
}

const damaged = (by: string, why: string, cause?: unknown): Refused =>
  new Refused('refused', `the download is a damaged ${by} file (${why})`, { cause });

async function* gunzip(source: FileHandle): AsyncGenerator<Buffer> {
  const packed = source.createReadStream({ autoClose: false, start: 0 });
  const unpacked = packed.pipe(createGunzip());
  packed.once('error', (error) => unpacked.destroy(error));
  try {
    yield* unpacked as AsyncIterable<Buffer>;
  } catch (cause) {
    throw damaged('gzip', (cause as Error).message, cause);
  } finally {
    packed.destroy();
    unpacked.destroy();
  }
}

async function* program(by: 'bzip2' | 'xz', source: FileHandle): AsyncGenerator<Buffer> {
  const [name = '', ...words] = limited(PROGRAMS[by], LIMITS);
  const packed = source.createReadStream({ autoClose: false, start: 0 });
  const child = spawn(name, words, { stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  ended.catch(() => {}); // told below
  child.stdin.on('error', () => {}); // it may end before it has read all
  packed.pipe(child.stdin);
  const said = collected(child.stderr);
  try {
    yield* child.stdout as AsyncIterable<Buffer>;
    const [code, signal] = await ended;
    if (code !== 0) throw damaged(by, signal === null ? said().replace(/^.*?: /, '') : `${by} was ended by ${signal}`);
  } finally {
    packed.destroy();
    child.kill('SIGKILL');
    await ended.catch(() => {});
  }
}

function collected(stream: Readable): () => string {
  let text = '';
  stream.on('data', (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(0, 500);
  });
  return () => text.trim().split('\n')[0] ?? '';
}
