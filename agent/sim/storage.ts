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
  volumes: Record<string, number>;
  templates: string[];
}
export interface SimStorageState {
  pools: Record<string, SimPool>;
  images: Record<string, string[]>;
}

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
  save(): SimStorageState;
}

const isMadeUp = (url: string): boolean => URL.parse(url)?.hostname.endsWith('.example') === true;

export function makeSimStorage(saved?: SimStorageState, { imagesDir }: { imagesDir?: string } = {}): SimStorage {
  const state: SimStorageState = saved ?? { pools: {}, images: {} };
  const poolOf = (id: string): SimPool => (state.pools[id] ??= { volumes: {}, templates: [] });
  const used = (pool: SimPool): number =>
    Object.values(pool.volumes).reduce((sum, bytes) => sum + bytes / 20, 0) + pool.templates.length * IMAGE_BYTES;
  return {
    hasVolume: (pool, volume) => volume in poolOf(pool).volumes,
    save: () => state,
    handlers: {
      'pool.stat': async ({ pool }) => ({ totalBytes: TOTAL_BYTES, usedBytes: Math.round(used(poolOf(pool.id))) }),
      'volume.create': async ({ pool, volumeId, sizeBytes, templateId }) => {
        const { volumes, templates } = poolOf(pool.id);
        if (templateId !== null && !templates.includes(templateId))
          throw new Refused('missing', `template ${templateId} is not in pool ${pool.id}`);
        volumes[volumeId] ??= sizeBytes;
        return { sizeBytes: volumes[volumeId], allocatedBytes: 200_704 };
      },
      'volume.delete': async ({ pool, volumeId }) => {
        delete poolOf(pool.id).volumes[volumeId];
        return {};
      },
      'volume.resize': async ({ pool, volumeId, sizeBytes }) => {
        const { volumes } = poolOf(pool.id);
        const known = volumes[volumeId];
        if (known === undefined) throw new Refused('missing', `volume ${volumeId} is not in pool ${pool.id}`);
        if (sizeBytes < known)
          throw new Refused('refused', `volume ${volumeId} has ${known} bytes and cannot shrink to ${sizeBytes}`);
        volumes[volumeId] = sizeBytes;
        return { sizeBytes };
      },
      'volume.list': async ({ pool }) => ({
        volumes: Object.keys(poolOf(pool.id).volumes),
        templates: poolOf(pool.id).templates,
      }),
      'template.fetch': async ({ pool, templateId, storePath }) => {
        if (!(state.images[storePath] ?? []).includes(templateId))
          throw new Refused('missing', `image ${templateId} is not in ${storePath}`);
        const { templates } = poolOf(pool.id);
        if (!templates.includes(templateId)) templates.push(templateId);
        return { virtualBytes: IMAGE_BYTES };
      },
      'template.evict': async ({ pool, templateId }) => {
        const found = poolOf(pool.id);
        found.templates = found.templates.filter((id) => id !== templateId);
        return {};
      },
      ...imageHandlers(state, imagesDir),
    },
  };
}

function imageHandlers(
  state: SimStorageState,
  imagesDir: string | undefined,
): Pick<Handlers, 'image.download' | 'image.delete' | 'image.stat'> {
  return {
    'image.download': async (params, { progress }) => {
      const { storePath, imageId, url, format } = params;
      const images = (state.images[storePath] ??= []);
      if (imagesDir !== undefined && !isMadeUp(url)) {
        const reply = await downloadImage({ ...params, storePath: join(imagesDir, storePath) }, { progress });
        if (!images.includes(imageId)) images.push(imageId);
        return reply;
      }
      if (!/^https?:\/\/|^file:\/\//.test(url))
        throw new Refused('refused', `${url.slice(0, 80)} is no http, https or file URL`);
      for (const percent of [25, 50, 75, 100]) progress(percent, 'simulated download');
      if (!images.includes(imageId)) images.push(imageId);
      return {
        format,
        virtualBytes: IMAGE_BYTES,
        physicalBytes: IMAGE_BYTES,
        sha256: imageId.replaceAll('-', '').repeat(2),
      };
    },
    'image.delete': async ({ storePath, imageId }) => {
      state.images[storePath] = (state.images[storePath] ?? []).filter((id) => id !== imageId);
      if (imagesDir !== undefined) await deleteImage({ storePath: join(imagesDir, storePath), imageId });
      return {};
    },
    'image.stat': async ({ storePath }) => ({
      totalBytes: TOTAL_BYTES,
      usedBytes: (state.images[storePath] ?? []).length * IMAGE_BYTES,
    }),
  };
}
