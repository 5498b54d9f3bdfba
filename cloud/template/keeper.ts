// The standing duty for images: every image is on every store it should be on, and on no other. Starts what is missing, tries
// again what failed and may succeed, and brings to its end what was interrupted.
import type { Keeper } from '#kernel/keeper.ts';
import type { World } from '../context.ts';
import { addMissingCopies, dueCopies, unfinishedRemovals } from './copies.store.ts';
import { enqueueRemoval } from './delete.ts';
import { enqueueDownload } from './download.ts';
import { offerCrossZoneImages } from './template.store.ts';

export const downloadKeeper = (world: World): Keeper => ({
  name: 'templates.download',
  everyMs: 30_000,
  run: async () => {
    const jobs = await world.db.tx(async (tx) => {
      await offerCrossZoneImages(tx);
      await addMissingCopies(tx);
      const [due, removals] = [await dueCopies(tx), await unfinishedRemovals(tx)];
      for (const copy of due) await enqueueDownload(tx, copy);
      for (const image of removals) await enqueueRemoval(tx, image);
      return due.length + removals.length;
    });
    if (jobs > 0) world.enqueued();
  },
});
