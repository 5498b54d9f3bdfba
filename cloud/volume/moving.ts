// Disks that go along with a guest that moves to another host: those on storage that only its host reaches. Room is taken on the
// other host's storage before anything is copied; the row says the new pool in the transaction that says the guest moved.
// Invariant: until then the file on the old pool is the volume, from then on the one on the new pool; the other may be deleted.
import { fail } from '#api/errors.ts';
import type { Tx } from '#kernel/db.ts';
import type { Call } from '#kernel/job.ts';
import type { World } from '../context.ts';
import type { GuestDisk } from '../vm/driver.ts';
import type { PoolPlace } from './driver.ts';
import { localVolumes, poolPlace, type LocalVolume } from './moving.store.ts';
import { bringTemplate } from './pool-copy.ts';
import { changeVolume, giveRoomBack, poolsFor, takeRoom } from './volume.store.ts';

export { lyingOn } from './moving.store.ts';

export interface MovingVolume extends LocalVolume {
  toPoolId: number;
  toPool: PoolPlace;
}

/** Takes room on storage of the other host for each; the transaction ends without any where one finds none. */
export async function planMoving(
  tx: Tx,
  { vmId, hostId, overcommit }: { vmId: number; hostId: number; overcommit: number },
): Promise<MovingVolume[]> {
  const planned: MovingVolume[] = [];
  for (const volume of await localVolumes(tx, vmId)) {
    const toPoolId = await takeLocalRoom(tx, volume, { hostId, overcommit });
    planned.push({ ...volume, toPoolId, toPool: await poolPlace(tx, toPoolId) });
  }
  return planned;
}

async function takeLocalRoom(
  tx: Tx,
  { tags, sizeBytes }: LocalVolume,
  { hostId, overcommit }: { hostId: number; overcommit: number },
): Promise<number> {
  for (const pool of await poolsFor(tx, { hostId, tags, storageType: 'local', sizeBytes, overcommit }))
    if (await takeRoom(tx, pool.id, { sizeBytes, overcommit })) return pool.id;
  return fail(
    'insufficientStorageCapacity',
    `The other host has no storage of its own${tags.length > 0 ? ` tagged ${tags.join(', ')}` : ''} with room for another ${Math.ceil(sizeBytes / 2 ** 30)} GiB`,
  );
}

export async function endMoving(
  tx: Tx,
  volumes: readonly MovingVolume[],
  { moved }: { moved: boolean },
): Promise<void> {
  for (const volume of volumes) {
    if (moved) await changeVolume(tx, volume.id, { pool_id: volume.toPoolId });
    await giveRoomBack(tx, moved ? volume.poolId : volume.toPoolId, volume.sizeBytes);
  }
}

/** Empty files of the same size, cloned from the same templates: what is copied is what the guest wrote. */
export async function makeMoving(
  world: World,
  call: Call,
  { volumes, hostId }: { volumes: readonly MovingVolume[]; hostId: number },
): Promise<void> {
  for (const { uuid, sizeBytes, templateId, templateUuid, zoneId, toPool, toPoolId } of volumes) {
    if (templateId !== null)
      await bringTemplate(world, call, { templateId, zoneId, poolId: toPoolId, pool: toPool, hostId });
    await world.drivers.storage.create(
      hostId,
      { pool: toPool, volumeId: uuid, sizeBytes, templateId: templateUuid },
      call,
    );
  }
}

export async function deleteMoving(
  world: World,
  call: Call,
  { volumes, hostId, at }: { volumes: readonly MovingVolume[]; hostId: number; at: 'old' | 'new' },
): Promise<void> {
  for (const volume of volumes)
    await world.drivers.storage.delete(
      hostId,
      { pool: at === 'old' ? volume.pool : volume.toPool, volumeId: volume.uuid },
      call,
    );
}

/** The guest's disks as the other host has them. */
export const disksThere = (disks: readonly GuestDisk[], volumes: readonly MovingVolume[]): GuestDisk[] =>
  disks.map((disk) => {
    const moving = volumes.find(({ uuid }) => uuid === disk.volumeId);
    return moving ? { ...disk, pool: moving.toPool } : disk;
  });
