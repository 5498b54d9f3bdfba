// Adds the changes of the number of instances up into the counters. Until then lists add them themselves (count.store.ts).
import type { Keeper } from '#kernel/keeper.ts';
import type { World } from '../context.ts';
import { foldCounts } from './count.store.ts';

export const countKeeper = ({ db }: World): Keeper => ({
  name: 'vms.count',
  everyMs: 5_000,
  run: async () => {
    await db.tx(foldCounts);
  },
});
