// Brings an image from a folder store into a pool, as the qcow2 file that volumes are linked clones of. Whoever asks at
// the same time waits for the same copy.
// Invariant: `<pool>/template/<id>` is whole or absent, and reads from no other file.
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Params, Reply } from '#protocol/messages.ts';
import { run } from '../process.ts';
import { Refused } from '../refused.ts';
import { inspectImage, QEMU_FORMAT, virtualBytesOf } from './inspect.ts';
import { limited } from './jail.ts';
import { throttled } from './progress.ts';
import type { Progress } from './progress.ts';
import { findImage, flush } from './store.ts';

const WITHIN_S = 6 * 3600;
/** Nobody is writing to a copy that has not changed for so long; its host died. */
const ABANDONED_AFTER_MS = 10 * 60 * 1000;

const running = new Map<string, Promise<Reply<'template.fetch'>>>();

export function fetchTemplate(
  params: Params<'template.fetch'>,
  { progress }: { progress: Progress },
): Promise<Reply<'template.fetch'>> {
  const target = join(params.pool.path, 'template', params.templateId);
  const now = running.get(target);
  if (now !== undefined) return now;
  const copying = fetchOnce(params, target, throttled(progress)).finally(() => running.delete(target));
  running.set(target, copying);
  return copying;
}

async function fetchOnce(
  { pool, templateId, storePath }: Params<'template.fetch'>,
  target: string,
  progress: Progress,
): Promise<Reply<'template.fetch'>> {
  if (!(await exists(target))) {
    const image = await findImage({ storePath, imageId: templateId });
    if (image === null)
      throw new Refused(
        'missing',
        `image ${templateId} is not in the store ${storePath}; image.download brings it there`,
      );
    const { virtualBytes } = await inspectImage(image.path, image.format);
    const folder = join(pool.path, 'template');
    await mkdir(folder, { recursive: true });
    await removeAbandoned(folder, templateId);
    const arriving = join(folder, `.${templateId}.${randomBytes(6).toString('hex')}.new`);
    try {
      await convert({ from: image.path, format: QEMU_FORMAT[image.format], to: arriving, virtualBytes }, progress);
      await flush(arriving);
      await rename(arriving, target);
      await flush(folder);
    } finally {
      await rm(arriving, { force: true });
    }
  }
  const virtualBytes = await virtualBytesOf(target, 'QCOW2');
  progress(100, 'the template is in the pool');
  return { virtualBytes };
}

type Conversion = { from: string; format: string; to: string; virtualBytes: number };

async function convert({ from, format, to, virtualBytes }: Conversion, progress: Progress): Promise<void> {
  const argv = ['qemu-img', 'convert', '-p', '-f', format, '-O', 'qcow2', from, to];
  // Tables of a qcow2 take well under a hundredth of the disk; the rest is room for rounding.
  const limits = { memoryMib: 4096, cpuS: WITHIN_S, fileBytes: Math.ceil(virtualBytes * 1.01) + 64 * 1024 ** 2 };
  await run(limited(argv, limits), { timeoutS: WITHIN_S, onStdout: (text) => tell(text, progress) });
}

/** qemu-img writes «    (12.34/100%)», over and over on one line. */
function tell(text: string, progress: Progress): void {
  const percent = [...text.matchAll(/\((\d+(?:\.\d+)?)\/100%\)/g)].at(-1)?.[1];
  if (percent !== undefined) progress(Number(percent) * 0.99, 'copying the template to the pool');
}

async function removeAbandoned(folder: string, templateId: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(`.${templateId}.`)) continue;
    const path = join(folder, name);
    const info = await stat(path).catch(() => null);
    if (info !== null && Date.now() - info.mtimeMs > ABANDONED_AFTER_MS) await rm(path, { force: true });
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
