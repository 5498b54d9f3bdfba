// Images in a folder store: fetched from outside, judged, kept, removed. A download that is asked for twice is done once;
// one that was interrupted starts over.
// Invariant: what has its final name in the store was whole, matched its checksum and was judged harmless.
import { mkdir, open, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Params, Reply } from '#protocol/messages.ts';
import { Refused } from '../refused.ts';
import { Digests, parseChecksum } from './checksum.ts';
import { inspectImage } from './inspect.ts';
import type { Outside } from './outbound.ts';
import { throttled } from './progress.ts';
import type { Progress } from './progress.ts';
import { openSource } from './source.ts';
import type { Source } from './source.ts';
import { inMib, writeSparse } from './sparse-file.ts';
import { freshArrivals, imageFolder, keepImage, readNote, removeArrivals } from './store.ts';
import { unpack } from './unpack.ts';

export { fetchTemplate } from './template.ts';

type Download = Params<'image.download'>;
/** `outside` and `maxVirtualBytes` are the real network and 16 TiB unless said otherwise. */
export type DownloadOptions = { progress: Progress; outside?: Outside; maxVirtualBytes?: number };

/** Shares of the whole that the progress tells. */
const UNPACKING_FROM = 90;
const JUDGING_FROM = 97;
/** A server that sends just enough not to be silent is not waited for longer. */
const DOWNLOAD_WITHIN_H = 12;

export async function downloadImage(params: Download, options: DownloadOptions): Promise<Reply<'image.download'>> {
  const checksum = params.checksum === null ? null : parseChecksum(params.checksum);
  const kept = await readNote(params);
  if (kept !== null && kept.url === params.url && kept.format === params.format && kept.checksum === params.checksum) {
    const { format, virtualBytes, physicalBytes, sha256 } = kept;
    return { format, virtualBytes, physicalBytes, sha256 };
  }
  const progress = throttled(options.progress);
  try {
    const source = await openSource(params.url, params, options.outside);
    const folder = await openedFor(source, () => freshArrivals(params));
    const packed = join(folder, 'download');
    const sha256 = await receive(source, packed, params, { digests: new Digests(checksum), progress });
    const unpacked = join(folder, 'unpacked');
    const was = await unpack(packed, unpacked, params.maxBytes, (total) =>
      progress(UNPACKING_FROM, `unpacked ${inMib(total)}`),
    );
    progress(JUDGING_FROM, 'inspecting the image');
    const arrived = was ? unpacked : packed;
    const { virtualBytes, physicalBytes } = await inspectImage(arrived, params.format, options.maxVirtualBytes);
    const { format, url } = params;
    await keepImage(params, arrived, { url, checksum: params.checksum, format, virtualBytes, physicalBytes, sha256 });
    progress(100, 'the image is in the store');
    return { format, virtualBytes, physicalBytes, sha256 };
  } catch (error) {
    throw inWords(error, params);
  } finally {
    await removeArrivals(params);
  }
}

/** A source that is open must be closed when what follows fails. */
async function openedFor<T>(source: Source, next: () => Promise<T>): Promise<T> {
  try {
    return await next();
  } catch (error) {
    source.stream.destroy();
    throw error;
  }
}

type Receiving = { digests: Digests; progress: Progress };

async function receive(
  source: Source,
  path: string,
  params: Download,
  { digests, progress }: Receiving,
): Promise<string> {
  const { stream, contentLength } = source;
  const tooSlow = (): unknown =>
    stream.destroy(new Refused('failed', `the download took longer than ${DOWNLOAD_WITHIN_H} hours`));
  const deadline = setTimeout(tooSlow, DOWNLOAD_WITHIN_H * 3_600_000);
  try {
    await checkRoom(contentLength, params);
    const file = await open(path, 'wx');
    try {
      const onBytes = (chunk: Buffer, total: number): void => {
        digests.update(chunk);
        const percent = contentLength === null ? 0 : (total / contentLength) * UNPACKING_FROM;
        progress(percent, `downloaded ${inMib(total)}${contentLength === null ? '' : ` of ${inMib(contentLength)}`}`);
      };
      const total = await writeSparse(file, stream, params.maxBytes, {
        onBytes,
        tooMuch: 'the download is larger than',
      });
      if (contentLength !== null && total !== contentLength)
        throw new Refused('failed', `the download broke off after ${total} of ${contentLength} bytes`);
      await file.sync();
    } finally {
      await file.close();
    }
    return digests.finish();
  } finally {
    clearTimeout(deadline);
    stream.destroy();
  }
}

async function checkRoom(contentLength: number | null, { storePath, maxBytes }: Download): Promise<void> {
  if (contentLength === null) return;
  if (contentLength > maxBytes)
    throw new Refused(
      'refused',
      `the download is ${inMib(contentLength)} and larger than the ${inMib(maxBytes)} allowed`,
    );
  const { bavail, bsize } = await statfs(storePath);
  if (contentLength > bavail * bsize)
    throw new Refused(
      'failed',
      `the image store has ${inMib(bavail * bsize)} left and the download needs ${inMib(contentLength)}`,
    );
}

const WORDS: Record<string, string> = {
  ENOSPC: 'the image store is full',
  EDQUOT: 'the image store is full (its quota is used up)',
  EROFS: 'the image store cannot be written to',
  EACCES: 'the image store cannot be written to',
};

/** What a user can understand of an error; the rest stays its cause. */
function inWords(error: unknown, { url }: Download): Error {
  if (error instanceof Refused) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  return new Refused('failed', WORDS[code ?? ''] ?? `the download from ${hostIn(url)} failed (${message})`, {
    cause: error,
  });
}

const hostIn = (url: string): string => URL.parse(url)?.host || 'this host';

export async function deleteImage(place: Params<'image.delete'>): Promise<void> {
  await rm(imageFolder(place), { recursive: true, force: true });
}

export async function statImageStore({ storePath }: Params<'image.stat'>): Promise<Reply<'image.stat'>> {
  await mkdir(join(storePath, 'template'), { recursive: true });
  const { blocks, bfree, bsize } = await statfs(storePath);
  return { totalBytes: blocks * bsize, usedBytes: (blocks - bfree) * bsize };
}
