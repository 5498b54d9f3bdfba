// Disks of instances, as the verbs of instances need them: planned in the transaction that makes the guest, placed with it,
// made before it boots, and given back with it. Files are named by the volume, so that all of it can be asked twice.
// Invariants: a pool's allocated_bytes is the sum of its live volumes; a volume is counted for its owner until it is destroyed.
import { fail } from '#api/errors.ts';
import { databaseNow } from '#kernel/clock.ts';
import type { Tx } from '#kernel/db.ts';
import type { Call } from '#kernel/job.ts';
import type { Owner, World } from '../context.ts';
import { release } from '../limit/limit.ts';
import type { GuestDisk } from '../vm/driver.ts';
import { bringTemplate } from './pool-copy.ts';
import { hostForPool } from './reach.ts';
import {
  changeVolume,
  diskOfferingById,
  giveRoomBack,
  insertPlanned,
  layOn,
  moveVolume,
  poolsFor,
  volumesOf,
  type VolumeRow,
  forgetTags,
} from './volume.store.ts';

const GIB = 2 ** 30;

export interface PlannedVolume {
  type: 'ROOT' | 'DATADISK';
  deviceId: number;
  sizeBytes: number;
  templateId?: number;
  diskOfferingId?: number;
}

/** With the size its disk offering says; a custom one takes the size asked for. A root disk is never smaller than planned. */
export async function sizeOf(tx: Tx, planned: PlannedVolume): Promise<PlannedVolume> {
  if (planned.diskOfferingId === undefined) return planned;
  const offering = await diskOfferingById(tx, planned.diskOfferingId);
  const parameter = planned.type === 'ROOT' ? 'overridediskofferingid' : 'diskofferingid';
  if (offering.state !== 'Active')
    fail('invalidParameter', `${parameter}: the disk offering ${offering.name} is not sold any more`, { parameter });
  if (!offering.customized) {
    const sizeBytes = offering.sizeGib! * GIB;
    if (planned.type === 'ROOT' && sizeBytes < planned.sizeBytes) {
      fail(
        'invalidParameter',
        `${parameter}: the disk offering ${offering.name} has ${offering.sizeGib} GiB, the root disk needs ${Math.ceil(planned.sizeBytes / GIB)} GiB`,
        { parameter },
      );
    }
    return { ...planned, sizeBytes };
  }
  if (planned.type === 'DATADISK' && planned.sizeBytes < GIB) {
    fail('invalidParameter', `size: the disk offering ${offering.name} is custom; a size of at least 1 GiB is needed`, {
      parameter: 'size',
    });
  }
  return planned;
}

interface Planning {
  vmId: number;
  owner: Owner;
  zoneId: number;
  volumes: readonly PlannedVolume[];
}

export async function planVolumes(tx: Tx, { vmId, owner, zoneId, volumes }: Planning): Promise<void> {
  await insertPlanned(
    tx,
    { ...owner, zoneId, vmId },
    volumes.map(({ type, deviceId, sizeBytes, diskOfferingId = null, templateId = null }) => ({
      name: `${type === 'ROOT' ? 'ROOT' : 'DATA'}-${vmId}`,
      type,
      deviceId,
      sizeBytes,
      diskOfferingId,
      templateId,
    })),
  );
}

export { volumesOf as volumesOfGuest } from './volume.store.ts';

/** What the host a guest goes to must have for these disks of it: room for those to be made, and reach of the others' pools. */
export const storageNeed = (volumes: readonly VolumeRow[]): { newBytes: number; poolIds: number[] } => ({
  newBytes: volumes.reduce((sum, { state, sizeBytes }) => sum + (state === 'Allocated' ? sizeBytes : 0), 0),
  poolIds: [...new Set(volumes.flatMap(({ poolId }) => (poolId === null ? [] : [poolId])))],
});

/** Gives each volume that lies nowhere yet a pool that the host reaches. */
export async function placeVolumes(
  tx: Tx,
  { volumes, hostId, overcommit }: { volumes: readonly VolumeRow[]; hostId: number; overcommit: number },
): Promise<void> {
  for (const volume of volumes) if (volume.poolId === null) await placeVolume(tx, volume, { hostId, overcommit });
}

type Placing = Pick<VolumeRow, 'id' | 'tags' | 'storageType' | 'sizeBytes'>;

/** The pool it lies on from now on. */
export async function placeVolume(
  tx: Tx,
  volume: Placing,
  { hostId, overcommit }: { hostId: number; overcommit: number },
): Promise<number> {
  const { tags, storageType, sizeBytes } = volume;
  for (const pool of await poolsFor(tx, { hostId, tags, storageType, sizeBytes, overcommit })) {
    // Refused where another volume was quicker.
    if (await layOn(tx, { volumeId: volume.id, poolId: pool.id, overcommit })) return pool.id;
  }
  const tagged = tags.length > 0 ? ` tagged ${tags.join(', ')}` : '';
  return fail(
    'insufficientStorageCapacity',
    `No ${storageType === 'local' ? 'local' : 'primary'} storage${tagged} has room for another ${Math.ceil(sizeBytes / GIB)} GiB`,
  );
}

/** The other way: for a volume that has no file. */
export async function unplaceVolume(tx: Tx, volume: Pick<VolumeRow, 'id' | 'poolId' | 'sizeBytes'>): Promise<void> {
  if (volume.poolId === null) return;
  await giveRoomBack(tx, volume.poolId, volume.sizeBytes);
  await changeVolume(tx, volume.id, { pool_id: null, allocated_bytes: null });
}

/** Makes the files of all disks that have none, with the template beside them where one is cloned. */
export async function prepareVolumes(
  world: World,
  call: Call,
  { vmId, hostId }: { vmId: number; hostId: number },
): Promise<void> {
  for (const volume of await volumesOf(world.db.read, vmId))
    if (volume.state === 'Allocated') await makeFile(world, call, { volume, hostId });
}

export async function makeFile(
  world: World,
  call: Call,
  { volume, hostId }: { volume: VolumeRow; hostId: number },
): Promise<void> {
  const pool = volume.pool!;
  if (volume.templateId !== null)
    await bringTemplate(world, call, {
      templateId: volume.templateId,
      zoneId: volume.zoneId,
      poolId: volume.poolId!,
      pool,
      hostId,
    });
  const made = await world.drivers.storage.create(
    hostId,
    { pool, volumeId: volume.uuid, sizeBytes: volume.sizeBytes, templateId: volume.templateUuid },
    call,
  );
  await changeVolume(world.db.read, volume.id, { allocated_bytes: made.allocatedBytes });
}

/** The guest runs: what it runs from is ready. */
export async function volumesMade(tx: Tx, vmId: number): Promise<void> {
  for (const volume of await volumesOf(tx, vmId)) {
    if (volume.state === 'Allocated') await moveVolume(tx, volume.id, 'CreateRequested', 'OperationSucceeded');
  }
}

export async function guestDisks(tx: Tx, vmId: number): Promise<GuestDisk[]> {
  return (await volumesOf(tx, vmId)).filter((volume) => volume.pool !== null).map(guestDisk);
}

export const guestDisk = (volume: VolumeRow): GuestDisk => ({
  volumeId: volume.uuid,
  pool: volume.pool!,
  format: volume.format.toLowerCase() === 'raw' ? 'raw' : 'qcow2',
  device: volume.deviceId ?? 0,
  ...(volume.iopsRead ? { readIops: volume.iopsRead } : {}),
  ...(volume.iopsWrite ? { writeIops: volume.iopsWrite } : {}),
});

/** Deletes files: of volumes that were never ready (`fresh`), or of root disks. What is not there is gone already. */
export async function discardVolumes(
  world: World,
  call: Call,
  { vmId, only }: { vmId: number; only: 'fresh' | 'root' },
): Promise<void> {
  for (const volume of await volumesOf(world.db.read, vmId)) {
    const meant = only === 'fresh' ? volume.state === 'Allocated' : volume.type === 'ROOT';
    if (meant && volume.pool) await deleteFile(world, call, volume);
  }
}

export async function deleteFile(
  world: World,
  call: Call,
  volume: Pick<VolumeRow, 'uuid' | 'pool' | 'poolId'>,
): Promise<void> {
  const hostId = await hostForPool(world, volume.poolId!);
  await world.drivers.storage.delete(hostId, { pool: volume.pool!, volumeId: volume.uuid }, call);
}

/** After a deploy that failed: rows of volumes that were never ready. The caller gives the limits back. */
export async function removeFreshVolumes(tx: Tx, vmId: number): Promise<{ count: number; bytes: number }> {
  const fresh = (await volumesOf(tx, vmId)).filter((volume) => volume.state === 'Allocated');
  for (const volume of fresh) await removeRow(tx, volume);
  return { count: fresh.length, bytes: fresh.reduce((sum, volume) => sum + volume.sizeBytes, 0) };
}

/** The row goes, its file is gone or never was; the pool has its room back. */
export async function removeRow(tx: Tx, volume: VolumeRow): Promise<void> {
  if (volume.poolId !== null) await giveRoomBack(tx, volume.poolId, volume.sizeBytes);
  await moveVolume(tx, volume.id, 'DestroyRequested', 'ExpungingRequested', 'OperationSucceeded');
  await forgetTags(tx, volume.id);
  await changeVolume(tx, volume.id, { removed: databaseNow() });
}

const DETACHED = { vm_id: null, device_id: null, attached: null } as const;

/** At expunge: root disks go, data disks stay with their owner, detached. */
export async function removeRootVolumes(tx: Tx, vmId: number): Promise<void> {
  for (const volume of await volumesOf(tx, vmId)) {
    if (volume.type === 'ROOT') {
      await removeRow(tx, volume);
      await release(tx, volume, { volumes: 1, primaryBytes: volume.sizeBytes });
    } else await detachRow(tx, volume);
  }
}

/** Nobody's any more. What was never made lies nowhere either. */
export async function detachRow(
  tx: Tx,
  volume: Pick<VolumeRow, 'id' | 'state' | 'poolId' | 'sizeBytes'>,
): Promise<void> {
  await changeVolume(tx, volume.id, DETACHED);
  if (volume.state === 'Allocated') await unplaceVolume(tx, volume);
}

/** Data disks to be destroyed with their guest: not counted from now on; their files go when they are expunged. */
export async function destroyAttached(
  tx: Tx,
  { vmId, volumeIds }: { vmId: number; volumeIds: readonly number[] },
): Promise<void> {
  for (const volume of await volumesOf(tx, vmId)) {
    if (!volumeIds.includes(volume.id) || volume.type === 'ROOT') continue;
    await detachRow(tx, volume);
    await destroyRow(tx, volume);
  }
}

export async function destroyRow(
  tx: Tx,
  volume: Pick<VolumeRow, 'id' | 'accountId' | 'domainId' | 'sizeBytes'>,
): Promise<void> {
  await moveVolume(tx, volume.id, 'DestroyRequested');
  await changeVolume(tx, volume.id, { destroyed: databaseNow() });
  await release(tx, volume, { volumes: 1, primaryBytes: volume.sizeBytes });
}
