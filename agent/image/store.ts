// Where an image lives in a folder store: `<store>/template/<image>/<image>.<format>`, with a note beside it of what it
// is and where it came from. What is on its way is below `arriving/` until it is whole.
import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { ImageFormat } from './magic.ts';

const FORMATS = ['QCOW2', 'RAW', 'VMDK', 'VHD', 'ISO'] as const satisfies readonly ImageFormat[];

const note = z.object({
  url: z.string(),
  checksum: z.string().nullable(),
  format: z.enum(FORMATS),
  virtualBytes: z.number().int().nonnegative(),
  physicalBytes: z.number().int().nonnegative(),
  /** Of the file as it was downloaded. */
  sha256: z.string(),
});
export type Note = z.output<typeof note>;
export type ImagePlace = { storePath: string; imageId: string };

export const imageFolder = ({ storePath, imageId }: ImagePlace): string => join(storePath, 'template', imageId);
const fileOf = (place: ImagePlace, format: ImageFormat): string =>
  join(imageFolder(place), `${place.imageId}.${format.toLowerCase()}`);
const noteOf = (place: ImagePlace): string => join(imageFolder(place), `${place.imageId}.json`);
const arrivingIn = (place: ImagePlace): string => join(imageFolder(place), 'arriving');

/** An empty folder for what is on its way; whatever an interrupted call has left there goes. */
export async function freshArrivals(place: ImagePlace): Promise<string> {
  const folder = arrivingIn(place);
  await removeArrivals(place);
  await mkdir(folder, { recursive: true });
  return folder;
}

export const removeArrivals = (place: ImagePlace): Promise<void> =>
  rm(arrivingIn(place), { recursive: true, force: true });

/** The note of an image that is wholly there. */
export async function readNote(place: ImagePlace): Promise<Note | null> {
  const text = await readFile(noteOf(place), 'utf8').catch(() => null);
  if (text === null) return null;
  const parsed = note.safeParse(parseJson(text));
  if (!parsed.success) return null;
  const size = await sizeOf(fileOf(place, parsed.data.format));
  return size === parsed.data.physicalBytes ? parsed.data : null;
}

/** Gives a finished file its name. The note comes last: with it, the image is there. */
export async function keepImage(place: ImagePlace, arrived: string, about: Note): Promise<void> {
  await flush(arrived);
  await rm(noteOf(place), { force: true });
  for (const format of FORMATS) if (format !== about.format) await rm(fileOf(place, format), { force: true });
  await rename(arrived, fileOf(place, about.format));
  const written = join(arrivingIn(place), 'note');
  await writeFile(written, `${JSON.stringify(about, null, 2)}\n`);
  await flush(written);
  await rename(written, noteOf(place));
  await flush(imageFolder(place));
}

/** The file of an image and its format, whoever put it there. */
export async function findImage(place: ImagePlace): Promise<{ path: string; format: ImageFormat } | null> {
  for (const format of FORMATS) {
    const path = fileOf(place, format);
    if ((await sizeOf(path)) !== null) return { path, format };
  }
  return null;
}

/** On the disk, so that a machine that loses power does not lose it. */
export async function flush(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const sizeOf = (path: string): Promise<number | null> =>
  stat(path).then(
    (info) => (info.isFile() ? info.size : null),
    () => null,
  );

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
