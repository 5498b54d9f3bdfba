// What others may ask about primary storage.
import type { Tx } from '#kernel/db.ts';
import {
  endPool,
  forgetTemplates,
  isSimulated as simulated,
  movePool,
  poolsOfHost,
  upHosts as find,
} from './storage-pool.store.ts';

/** Hosts that are up in a zone (and cluster), for trying storage with. */
export const upHosts = (tx: Tx, where: { zoneId: number; clusterId?: number }): Promise<{ id: number }[]> =>
  find(tx, where);
/** Whether all hosts of the zone (and cluster) are simulated, so that no path is a real one. */
export const isSimulated = (tx: Tx, where: { zoneId: number; clusterId?: number }): Promise<boolean> =>
  simulated(tx, where);

/** Storage of a host that leaves the cloud leaves with it. */
export async function endPoolsOfHost(tx: Tx, hostId: number): Promise<void> {
  for (const { id } of await poolsOfHost(tx, hostId)) {
    await forgetTemplates(tx, id);
    await movePool(tx, id, 'Remove');
    await endPool(tx, id);
  }
}
