// Measures pools and image stores through hosts that reach them, so that placement and people see how full they are.
import type { Keeper } from '#kernel/keeper.ts';
import type { World } from '../context.ts';
import { noteStoreMeasured, storesToMeasure } from '../image-store/image-store.ts';
import { hostsUp, noteMeasured, poolsToMeasure } from './storage-pool.store.ts';

const AT_ONCE = 16;

export const storageKeeper = (world: World): Keeper => ({
  name: 'storage.capacity',
  everyMs: 60_000,
  run: async (signal) => {
    const { db, drivers } = world;
    const reached = (await hostsUp(db.read)).filter((host) => drivers.hosts.isConnected(host.id));
    const byZone = Map.groupBy(reached, (host) => host.zoneId);
    const pools = (await poolsToMeasure(db.read)).map((pool) => async () => {
      const near = byZone.get(pool.zoneId)?.filter((host) => reaches(pool, host));
      const host = anyOf(near);
      if (host) await noteMeasured(db.read, pool.id, await drivers.storage.stat(host.id, pool.place, null));
    });
    const stores = (await storesToMeasure(db.read)).map((store) => async () => {
      const host = anyOf(store.zoneId === null ? reached : byZone.get(store.zoneId));
      if (host) await noteStoreMeasured(db.read, store.id, await drivers.image.stat(host.id, store.path));
    });
    const failed = (error: unknown): void => world.log.warn({ err: error }, 'storage.measure.failed');
    await inParallel([...pools, ...stores], { signal, failed });
  },
});

interface Reach {
  clusterId: number | null;
  hostId: number | null;
}
const reaches = ({ clusterId, hostId }: Reach, host: { id: number; clusterId: number }): boolean =>
  (clusterId === null || clusterId === host.clusterId) && (hostId === null || hostId === host.id);

/** Not always the same one: a host whose mount is broken would hide how full a pool is. */
const anyOf = <T>(items: readonly T[] = []): T | undefined => items[Math.floor(Math.random() * items.length)];

/** A few at a time; one that fails does not keep the others. */
async function inParallel(
  works: readonly (() => Promise<void>)[],
  { signal, failed }: { signal: AbortSignal; failed: (error: unknown) => void },
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < works.length && !signal.aborted) await works[next++]!().catch(failed);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
