// Primary storage, image stores and guests' disks that are only told of, at the driver interface: what lies where, what is
// plugged into which guest, and whatever goes wrong that a test asks for.
import { HostRefused } from '#drivers/host/calls.ts';
import type { Drivers } from '#cloud/context.ts';
import type { HypervisorDriver } from '#cloud/vm/driver.ts';
import type { Download, ImageDriver } from '#cloud/template/driver.ts';
import type { StorageDriver } from '#cloud/volume/driver.ts';
import type { Refusal } from '#protocol/messages.ts';

const MIB = 2 ** 20;

export interface FakeStorage {
  readonly drivers: Pick<Drivers, 'storage' | 'image' | 'hosts' | 'hypervisor'>;
  /** Store path → image ids. */
  readonly images: Map<string, Set<string>>;
  /** Pool id → volume id → bytes. */
  readonly volumes: Map<string, Map<string, number>>;
  /** Pool id → template ids. */
  readonly templates: Map<string, Set<string>>;
  /** Guest → volume ids. */
  readonly plugged: Map<string, Set<string>>;
  readonly downloads: (Download & { hostId: number })[];
  /** Every call by name, in order. */
  readonly calls: string[];
  readonly disconnected: Set<number>;
  /** What an image turns out to be. */
  size: { virtualBytes: number; physicalBytes: number };
  /** The next call of that name is refused: by the host's words, or by any other error. `after`: it happened all the same. */
  failNext(call: string, error: Refusal | Error, options?: { after?: boolean }): void;
  /** Runs in the midst of the next call of that name. */
  during(call: string, work: () => Promise<void>): void;
  /** How many files there are of any kind. */
  files(): number;
}

export function fakeStorage(): FakeStorage {
  const failures = new Map<string, { error: Error; after: boolean }[]>();
  const works = new Map<string, (() => Promise<void>)[]>();
  const fake = {
    images: new Map<string, Set<string>>(),
    volumes: new Map<string, Map<string, number>>(),
    templates: new Map<string, Set<string>>(),
    plugged: new Map<string, Set<string>>(),
    downloads: [] as FakeStorage['downloads'],
    calls: [] as string[],
    disconnected: new Set<number>(),
    size: { virtualBytes: 50 * MIB, physicalBytes: 20 * MIB },
  };
  /** Notes the call, lets the test in, does it or fails as it was told. */
  const act = async <T>(name: string, effect: () => T): Promise<T> => {
    fake.calls.push(name);
    await works.get(name)?.shift()?.();
    const failure = failures.get(name)?.shift();
    if (failure && !failure.after) throw failure.error;
    const result = effect();
    if (failure) throw failure.error;
    return result;
  };
  const storage = storageOf(fake, act);
  const image = imagesOf(fake, act);
  const hypervisor = disksOf(fake, act);
  return Object.assign(fake, {
    drivers: {
      storage,
      image,
      hypervisor,
      hosts: {
        pending: async () => [],
        adopt: async () => {},
        release: async () => {},
        generation: async () => 0,
        isConnected: (id: number) => !fake.disconnected.has(id),
        reconnect: async () => {},
      },
    },
    failNext: (call: string, error: Refusal | Error, { after = false } = {}) => {
      failures.set(call, [
        ...(failures.get(call) ?? []),
        { error: error instanceof Error ? error : new HostRefused(error), after },
      ]);
    },
    during: (call: string, work: () => Promise<void>) => {
      works.set(call, [...(works.get(call) ?? []), work]);
    },
    files: () =>
      [...fake.images.values(), ...fake.volumes.values(), ...fake.templates.values()].reduce(
        (sum, found) => sum + found.size,
        0,
      ),
  });
}

type State = Pick<FakeStorage, 'images' | 'volumes' | 'templates' | 'plugged' | 'downloads' | 'size'>;
type Act = <T>(name: string, effect: () => T) => Promise<T>;

function at<V>(map: Map<string, V>, key: string, fresh: () => V): V {
  const known = map.get(key) ?? fresh();
  map.set(key, known);
  return known;
}
const setAt = (map: Map<string, Set<string>>, key: string): Set<string> => at(map, key, () => new Set<string>());
const missing = (message: string): never => {
  throw new HostRefused({ code: 'missing', message });
};

function storageOf(state: State, act: Act): StorageDriver {
  const volumesOf = (pool: string): Map<string, number> => at(state.volumes, pool, () => new Map<string, number>());
  return {
    stat: () => act('stat', () => ({ totalBytes: 2 ** 42, usedBytes: 0 })),
    create: (_host, { pool, volumeId, sizeBytes, templateId }) =>
      act('create', () => {
        if (templateId !== null && !setAt(state.templates, pool.id).has(templateId))
          missing(`template ${templateId} is not in the pool`);
        volumesOf(pool.id).set(volumeId, volumesOf(pool.id).get(volumeId) ?? sizeBytes);
        return { sizeBytes, allocatedBytes: 196_608 };
      }),
    delete: (_host, { pool, volumeId }) =>
      act('delete', () => {
        if ([...state.plugged.values()].some((guest) => guest.has(volumeId)))
          throw new HostRefused({ code: 'refused', message: `volume ${volumeId} is in use` });
        volumesOf(pool.id).delete(volumeId);
      }),
    resize: (_host, { pool, volumeId, sizeBytes }) =>
      act('resize', () => {
        const known = volumesOf(pool.id).get(volumeId) ?? missing(`volume ${volumeId} is not in the pool`);
        if (sizeBytes < known) throw new HostRefused({ code: 'refused', message: `volume ${volumeId} can only grow` });
        volumesOf(pool.id).set(volumeId, sizeBytes);
        return { sizeBytes };
      }),
    fetchTemplate: (_host, { pool, templateId, storePath }) =>
      act('fetchTemplate', () => {
        if (!setAt(state.images, storePath).has(templateId)) missing(`image ${templateId} is not in ${storePath}`);
        setAt(state.templates, pool.id).add(templateId);
        return { virtualBytes: state.size.virtualBytes };
      }),
    evictTemplate: (_host, { pool, templateId }) =>
      act('evictTemplate', () => void setAt(state.templates, pool.id).delete(templateId)),
    list: (_host, pool) =>
      act('list', () => ({ volumes: [...volumesOf(pool.id).keys()], templates: [...setAt(state.templates, pool.id)] })),
  };
}

function imagesOf(state: State, act: Act): ImageDriver {
  return {
    download: async (hostId, download, call) => {
      call.progress(40, 'fetching');
      return act('download', () => {
        state.downloads.push({ ...download, hostId });
        setAt(state.images, download.storePath).add(download.imageId);
        return { format: download.format, ...state.size, sha256: 'ab'.repeat(32) };
      });
    },
    delete: (_host, { storePath, imageId }) =>
      act('deleteImage', () => void setAt(state.images, storePath).delete(imageId)),
    stat: () => act('statImages', () => ({ totalBytes: 2 ** 42, usedBytes: 0 })),
  };
}

/** Only disks come and go: the rest of a guest's life is not this fake's. */
function disksOf(state: State, act: Act): HypervisorDriver {
  const no = (): never => {
    throw new Error('the fake storage runs no guests');
  };
  return {
    attachDisk: (_host, name, disk) => act('attachDisk', () => void setAt(state.plugged, name).add(disk.volumeId)),
    detachDisk: (_host, name, volumeId) => act('detachDisk', () => void setAt(state.plugged, name).delete(volumeId)),
    start: no,
    stop: no,
    reboot: no,
    migrate: no,
    settleMigration: no,
    running: no,
    attachNic: no,
    detachNic: no,
    openConsole: no,
    reachable: () => true,
  };
}
