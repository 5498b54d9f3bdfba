// What others may ask about primary storage.
import type { Tx } from '#kernel/db.ts';
import { upHosts as find } from './storage-pool.store.ts';

/** Hosts that are up in a zone (and cluster), for trying storage with. */
export const upHosts = (tx: Tx, where: { zoneId: number; clusterId?: number }): Promise<{ id: number }[]> => find(tx, where);
