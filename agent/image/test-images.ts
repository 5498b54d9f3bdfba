// For tests: small disks, a web server on loopback that serves them, and downloads into a store of their own.
// Not part of the product.
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Params, Reply } from '#protocol/messages.ts';
import { downloadImage } from './image.ts';
import type { DownloadOptions } from './image.ts';
import { internet } from './outbound.ts';

export const IMAGE_ID = '6f0c1c5e-9a50-4f0c-8d51-000000000001';
const KIB = 1024;

/** A disk of `size` bytes that a BIOS would boot from, with something in it. */
export function plainDisk(size = 256 * KIB): Buffer {
  const disk = Buffer.alloc(size);
  for (let at = 0; at < Math.min(size, 64 * KIB); at++) disk[at] = (at * 7 + (at >> 8)) % 251;
  disk.fill(0, 0, 16);
  disk.writeUInt16LE(0xaa55, 510);
  return disk;
}

/** The least that is an ISO 9660 file system to the eye. */
export function isoDisc(): Buffer {
  const disc = Buffer.alloc(64 * KIB);
  disc.write('\x01CD001\x01', 0x8000, 'latin1');
  disc.write('\xffCD001\x01', 0x8800, 'latin1');
  return disc;
}

export type Bench = {
  folder: string;
  storePath: string;
  /** Serve these bytes, or let this function answer, under a path. */
  serve(path: string, what: Buffer | ((request: IncomingMessage, answer: ServerResponse) => void)): string;
  /** How often a path was asked for. */
  asked(path: string): number;
  download(
    params: Partial<Params<'image.download'>> & { url: string },
    options?: Partial<DownloadOptions>,
  ): Promise<Reply<'image.download'>>;
  close(): Promise<void>;
};

export async function openBench(): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), 'image-test-'));
  const storePath = join(folder, 'store');
  const places = new Map<string, Buffer | ((request: IncomingMessage, answer: ServerResponse) => void)>();
  const counts = new Map<string, number>();
  const server = createServer((request, answer) => {
    const path = request.url ?? '';
    counts.set(path, (counts.get(path) ?? 0) + 1);
    const what = places.get(path);
    if (typeof what === 'function') what(request, answer);
    else if (what === undefined) answer.writeHead(404).end();
    else answer.writeHead(200, { 'content-length': what.length }).end(what);
  });
  server.listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const { port } = server.address() as AddressInfo;
  return {
    folder,
    storePath,
    serve(path, what) {
      places.set(path, what);
      return `http://127.0.0.1:${port}${path}`;
    },
    asked: (path) => counts.get(path) ?? 0,
    download: (params, options) =>
      downloadImage(
        {
          storePath,
          imageId: IMAGE_ID,
          format: 'RAW',
          checksum: null,
          maxBytes: 64 * KIB * KIB,
          allowedInternal: ['127.0.0.0/8'],
          allowedPaths: [],
          ...params,
        },
        { progress: () => {}, outside: { ...internet, stallS: 1 }, ...options },
      ),
    async close() {
      server.closeAllConnections();
      server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
