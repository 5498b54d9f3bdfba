// Measures pools and image stores through hosts that reach them, so that placement and people see how full they are.
import type { Keeper } from '#kernel/keeper.ts';
import type { World } from '../context.ts';
import { noteStoreMeasured, storesToMeasure } from '../image-store/image-store.ts';
import { noteMeasured, poolsToMeasure } from './storage-pool.store.ts';

const AT_ONCE = 16;

export const storageKeeper = (world: World): Keeper => ({
  name: 'storage.capacity',
  everyMs: 60_000,
  run: async (signal) => {
    const { db, drivers } = world;
    const pools = (await poolsToMeasure(db.read)).map(({ id, place, hostIds }) => async () => {
      const host = hostIds.find((hostId) => drivers.hosts.isConnected(hostId));
      if (host !== undefined) await noteMeasured(db.read, id, await drivers.storage.stat(host, place, null));
    });
    const stores = (await storesToMeasure(db.read)).map(({ id, path, hostIds }) => async () => {
      const host = hostIds.find((hostId) => drivers.hosts.isConnected(hostId));
      if (host !== undefined) await noteStoreMeasured(db.read, id, await drivers.image.stat(host, path));
    });
    await inParallel([...pools, ...stores], {
      signal,
      failed: (error) => world.log.warn({ err: error }, 'storage.measure.failed'),
    });
  },
});

/** A few at a time; one that fails does not keep the others. */
async function inParallel(
  works: (() => Promise<void>)[],
  { signal, failed }: { signal: AbortSignal; failed: (error: unknown) => void },
): Promise<void> {
  const waiting = works.values();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const work of waiting) {
        if (signal.aborted) return;
        await work().catch(failed);
      }
    }),
  );
}
