// Simulated pools and image stores: shared by all hosts of the process, as a network file system would be. Names and sizes are
// kept, no bytes are; a download is refused for a URL that a real host would refuse by its form, and otherwise is ready at once.
// With `imagesDir` images are fetched and judged by the same code as on real hosts, and kept below that folder; only what lies
// below .example, where nothing can be, stays simulated.
import { join } from 'node:path';
import type { Handlers } from '../dispatch.ts';
import { deleteImage, downloadImage } from '../image/image.ts';
import { Refused } from '../refused.ts';

const TOTAL_BYTES = 64 * 2 ** 40;
const IMAGE_BYTES = 50 * 2 ** 20;

interface SimPool {
  /** Bytes by volume. */
  volumes: Map<string, number>;
  templates: Set<string>;
  /** Sum of all volumes, so that nobody has to count them. */
  bytes: number;
}
interface Holdings {
  pools: Map<string, SimPool>;
  images: Map<string, Set<string>>;
}
/** The same as JSON. */
export interface SimStorageState {
  pools: Record<string, { volumes: Record<string, number>; templates: string[] }>;
  images: Record<string, string[]>;
}
/** A volume's bytes (null: it is gone), a template in a pool, an image in a store. */
export type StorageChange =
  | ['v', string, string, number | null]
  | ['t', string, string, boolean]
  | ['i', string, string, boolean];

type StorageMethods =
  | 'pool.stat'
  | 'volume.create'
  | 'volume.delete'
  | 'volume.resize'
  | 'volume.list'
  | 'template.fetch'
  | 'template.evict'
  | 'image.download'
  | 'image.delete'
  | 'image.stat';
export interface SimStorage {
  readonly handlers: Pick<Handlers, StorageMethods>;
  hasVolume(pool: string, volume: string): boolean;
  put(change: StorageChange): void;
  /** All there is, as the changes that make it. */
  changes(): Iterable<StorageChange>;
  save(): SimStorageState;
}

const isMadeUp = (url: string): boolean => URL.parse(url)?.hostname.endsWith('.example') === true;

export interface SimStorageOptions {
  /** Told of every change. */
  changed?: (change: StorageChange) => void;
  imagesDir?: string | undefined;
}

export function makeSimStorage({ changed, imagesDir }: SimStorageOptions = {}): SimStorage {
  const state: Holdings = { pools: new Map(), images: new Map() };
  const put = (change: StorageChange): void => {
    apply(state, change);
    changed?.(change);
  };
  return {
    hasVolume: (pool, volume) => poolOf(state, pool).volumes.has(volume),
    put,
    changes: () => changesOf(state),
    save: () => ({
      pools: Object.fromEntries(
        [...state.pools].map(([id, { volumes, templates }]) => [
          id,
          { volumes: Object.fromEntries(volumes), templates: [...templates] },
        ]),
      ),
      images: Object.fromEntries([...state.images].map(([path, images]) => [path, [...images]])),
    }),
    handlers: { ...volumeHandlers(state, put), ...imageHandlers(state, put, imagesDir) },
  };
}

function* changesOf({ pools, images }: Holdings): Generator<StorageChange> {
  for (const [pool, { volumes, templates }] of pools) {
    for (const template of templates) yield ['t', pool, template, true];
    for (const [volume, bytes] of volumes) yield ['v', pool, volume, bytes];
  }
  for (const [store, held] of images) for (const image of held) yield ['i', store, image, true];
}

type Put = (change: StorageChange) => void;

function poolOf({ pools }: Holdings, id: string): SimPool {
  const known = pools.get(id);
  if (known) return known;
  const made: SimPool = { volumes: new Map(), templates: new Set(), bytes: 0 };
  pools.set(id, made);
  return made;
}
function storeOf({ images }: Holdings, path: string): Set<string> {
  const known = images.get(path);
  if (known) return known;
  const made = new Set<string>();
  images.set(path, made);
  return made;
}

function apply(state: Holdings, change: StorageChange): void {
  if (change[0] === 'v') {
    const [, id, volume, bytes] = change;
    const pool = poolOf(state, id);
    pool.bytes += (bytes ?? 0) - (pool.volumes.get(volume) ?? 0);
    if (bytes === null) pool.volumes.delete(volume);
    else pool.volumes.set(volume, bytes);
    return;
  }
  const [kind, id, image, there] = change;
  const set = kind === 't' ? poolOf(state, id).templates : storeOf(state, id);
  if (there) set.add(image);
  else set.delete(image);
}

const volumeHandlers = (
  state: Holdings,
  put: Put,
): Pick<Handlers, Extract<StorageMethods, `pool.${string}` | `volume.${string}` | `template.${string}`>> => ({
  'pool.stat': async ({ pool: { id } }) => {
    const pool = poolOf(state, id);
    return { totalBytes: TOTAL_BYTES, usedBytes: Math.round(pool.bytes / 20 + pool.templates.size * IMAGE_BYTES) };
  },
  'volume.create': async ({ pool, volumeId, sizeBytes, templateId }) => {
    const { volumes, templates } = poolOf(state, pool.id);
    if (templateId !== null && !templates.has(templateId))
      throw new Refused('missing', `template ${templateId} is not in pool ${pool.id}`);
    if (!volumes.has(volumeId)) put(['v', pool.id, volumeId, sizeBytes]);
    return { sizeBytes: volumes.get(volumeId)!, allocatedBytes: 200_704 };
  },
  'volume.delete': async ({ pool, volumeId }) => {
    if (poolOf(state, pool.id).volumes.has(volumeId)) put(['v', pool.id, volumeId, null]);
    return {};
  },
  'volume.resize': async ({ pool, volumeId, sizeBytes }) => {
    const known = poolOf(state, pool.id).volumes.get(volumeId);
    if (known === undefined) throw new Refused('missing', `volume ${volumeId} is not in pool ${pool.id}`);
    if (sizeBytes < known)
      throw new Refused('refused', `volume ${volumeId} has ${known} bytes and cannot shrink to ${sizeBytes}`);
    put(['v', pool.id, volumeId, sizeBytes]);
    return { sizeBytes };
  },
  'volume.list': async ({ pool }) => {
    const { volumes, templates } = poolOf(state, pool.id);
    return { volumes: [...volumes.keys()], templates: [...templates] };
  },
  'template.fetch': async ({ pool, templateId, storePath }) => {
    if (!storeOf(state, storePath).has(templateId))
      throw new Refused('missing', `image ${templateId} is not in ${storePath}`);
    if (!poolOf(state, pool.id).templates.has(templateId)) put(['t', pool.id, templateId, true]);
    return { virtualBytes: IMAGE_BYTES };
  },
  'template.evict': async ({ pool, templateId }) => {
    put(['t', pool.id, templateId, false]);
    return {};
  },
});

const imageHandlers = (
  state: Holdings,
  put: Put,
  imagesDir: string | undefined,
): Pick<Handlers, Extract<StorageMethods, `image.${string}`>> => ({
  'image.download': async (params, { progress }) => {
    const { storePath, imageId, url, format } = params;
    const keep = (): void => {
      if (!storeOf(state, storePath).has(imageId)) put(['i', storePath, imageId, true]);
    };
    if (imagesDir !== undefined && !isMadeUp(url)) {
      const reply = await downloadImage({ ...params, storePath: join(imagesDir, storePath) }, { progress });
      keep();
      return reply;
    }
    if (!/^https?:\/\/|^file:\/\//.test(url))
      throw new Refused('refused', `${url.slice(0, 80)} is no http, https or file URL`);
    for (const percent of [25, 50, 75, 100]) progress(percent, 'simulated download');
    keep();
    return {
      format,
      virtualBytes: IMAGE_BYTES,
      physicalBytes: IMAGE_BYTES,
      sha256: imageId.replaceAll('-', '').repeat(2),
    };
  },
  'image.delete': async ({ storePath, imageId }) => {
    put(['i', storePath, imageId, false]);
    if (imagesDir !== undefined) await deleteImage({ storePath: join(imagesDir, storePath), imageId });
    return {};
  },
  'image.stat': async ({ storePath }) => ({
    totalBytes: TOTAL_BYTES,
    usedBytes: storeOf(state, storePath).size * IMAGE_BYTES,
  }),
});
