// Through which host work on primary storage is done.
import { fail } from '#api/errors.ts';
import type { World } from '../context.ts';
import { hostsOfPools } from './volume.store.ts';

/** A connected host that reaches the pool (all of them), the preferred one if it does. */
export async function hostForPool(
  world: World,
  poolId: number | readonly number[],
  preferred?: number,
): Promise<number> {
  const hosts = await hostsOfPools(world.db.read, typeof poolId === 'number' ? [poolId] : poolId, preferred);
  const host = hosts.find((one) => world.drivers.hosts.isConnected(one.id)) ?? hosts[0];
  return host?.id ?? fail('storageUnavailable', 'No host that reaches the primary storage is up');
}

/** Another connected host that reaches the pool, always the same one while it is there. */
export const witnessFor = async (world: World, poolId: number, exceptHostId: number): Promise<number | undefined> =>
  (await hostsOfPools(world.db.read, [poolId])).find(
    ({ id }) => id !== exceptHostId && world.drivers.hosts.isConnected(id),
  )?.id;
