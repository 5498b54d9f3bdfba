// Disks of instances, as the verbs of instances need them: planned in the transaction that makes the guest, placed with it,
// made before it boots, and given back with it. Files are named by the volume, so that all of it can be asked twice.
import { fail } from '#api/errors.ts';
import type { Tx } from '#kernel/db.ts';
import type { Call } from '#kernel/job.ts';
import type { Owner, World } from '../context.ts';
import { release } from '../limit/limit.ts';
import type { GuestDisk } from '../vm/driver.ts';
import {
  changeVolume, diskOfferingById, giveRoomBack, hostsOfPool, insertVolume, moveVolume, noteTemplateOnPool, poolsFor, readyImage, takeRoom, templateIsOnPool, volumesOf, type VolumeRow,
} from './volume.store.ts';

const GIB = 2 ** 30;

export interface PlannedVolume { type: 'ROOT' | 'DATADISK'; deviceId: number; sizeBytes: number; templateId?: number; diskOfferingId?: number }

/** With the size its disk offering says; a custom one takes the size asked for. */
export async function sizeOf(tx: Tx, planned: PlannedVolume): Promise<PlannedVolume> {
  if (planned.type === 'ROOT' || planned.diskOfferingId === undefined) return planned;
  const offering = await diskOfferingById(tx, planned.diskOfferingId);
  if (!offering.customized) return { ...planned, sizeBytes: offering.sizeGib! * GIB };
  if (planned.sizeBytes < GIB) fail('invalidParameter', `size: the disk offering ${offering.name} is custom; a size of at least 1 GiB is needed`, { parameter: 'size' });
  return planned;
}

export async function planVolumes(tx: Tx, { vmId, owner, zoneId, volumes }: { vmId: number; owner: Owner; zoneId: number; volumes: readonly PlannedVolume[] }): Promise<void> {
  for (const volume of volumes) {
    await insertVolume(tx, {
      account_id: owner.accountId, domain_id: owner.domainId, zone_id: zoneId, vm_id: vmId, device_id: volume.deviceId, name: `${volume.type === 'ROOT' ? 'ROOT' : 'DATA'}-${vmId}`, type: volume.type,
      size_bytes: volume.sizeBytes, state: 'Allocated', disk_offering_id: volume.diskOfferingId ?? null, template_id: volume.templateId ?? null, attached: new Date(),
    });
  }
}

/** Gives each volume that lies nowhere yet a pool that the host reaches. */
export async function placeVolumes(tx: Tx, { vmId, hostId, overcommit }: { vmId: number; hostId: number; overcommit: number }): Promise<void> {
  for (const volume of await volumesOf(tx, vmId)) if (volume.poolId === null) await placeVolume(tx, volume, { hostId, overcommit });
}

export async function placeVolume(tx: Tx, volume: Pick<VolumeRow, 'id' | 'tags' | 'sizeBytes'>, { hostId, overcommit }: { hostId: number; overcommit: number }): Promise<void> {
  for (const pool of await poolsFor(tx, { hostId, tags: volume.tags, sizeBytes: volume.sizeBytes, overcommit })) {
    if (!(await takeRoom(tx, pool.id, { sizeBytes: volume.sizeBytes, overcommit }))) continue;
    await changeVolume(tx, volume.id, { pool_id: pool.id });
    return;
  }
  const tagged = volume.tags.length > 0 ? ` tagged ${volume.tags.join(', ')}` : '';
  fail('insufficientStorageCapacity', `No primary storage${tagged} has room for another ${Math.ceil(volume.sizeBytes / GIB)} GiB`);
}

/** Makes the files of all disks that have none, with the template beside them where one is cloned. */
export async function prepareVolumes(world: World, call: Call, { vmId, hostId }: { vmId: number; hostId: number }): Promise<void> {
  for (const volume of await volumesOf(world.db.read, vmId)) if (volume.state === 'Allocated') await makeFile(world, call, { volume, hostId });
}

export async function makeFile(world: World, call: Call, { volume, hostId }: { volume: VolumeRow; hostId: number }): Promise<void> {
  const pool = volume.pool!;
  if (volume.templateId !== null) await bringTemplate(world, call, { templateId: volume.templateId, zoneId: volume.zoneId, poolId: volume.poolId!, pool, hostId });
  const made = await world.drivers.storage.create(hostId, { pool, volumeId: volume.uuid, sizeBytes: volume.sizeBytes, templateId: volume.templateUuid }, call);
  await changeVolume(world.db.read, volume.id, { allocated_bytes: made.allocatedBytes });
}

interface Bring { templateId: number; zoneId: number; poolId: number; pool: NonNullable<VolumeRow['pool']>; hostId: number }

async function bringTemplate(world: World, call: Call, { templateId, zoneId, poolId, pool, hostId }: Bring): Promise<void> {
  if (await templateIsOnPool(world.db.read, { templateId, poolId })) return;
  const image = await readyImage(world.db.read, { templateId, zoneId });
  if (!image) return fail('resourceUnavailable', 'The template is not ready in this zone');
  await noteTemplateOnPool(world.db.read, { templateId, poolId, sizeBytes: null });
  const { virtualBytes } = await world.drivers.storage.fetchTemplate(hostId, { pool, templateId: image.templateUuid, storePath: image.storePath }, call);
  await noteTemplateOnPool(world.db.read, { templateId, poolId, sizeBytes: virtualBytes });
}

/** The guest runs: what it runs from is ready. */
export async function volumesMade(tx: Tx, vmId: number): Promise<void> {
  for (const volume of await volumesOf(tx, vmId)) {
    if (volume.state !== 'Allocated') continue;
    await moveVolume(tx, volume.id, 'CreateRequested');
    await moveVolume(tx, volume.id, 'OperationSucceeded');
  }
}

export async function guestDisks(tx: Tx, vmId: number): Promise<GuestDisk[]> {
  return (await volumesOf(tx, vmId)).filter((volume) => volume.pool !== null).map(guestDisk);
}

export const guestDisk = (volume: VolumeRow): GuestDisk => ({
  volumeId: volume.uuid, pool: volume.pool!, format: volume.format.toLowerCase() === 'raw' ? 'raw' : 'qcow2', device: volume.deviceId ?? 0,
  ...(volume.iopsRead ? { readIops: volume.iopsRead } : {}), ...(volume.iopsWrite ? { writeIops: volume.iopsWrite } : {}),
});

/** Deletes files: of volumes that were never ready (`fresh`), or of root disks. What is not there is gone already. */
export async function discardVolumes(world: World, call: Call, { vmId, only }: { vmId: number; only: 'fresh' | 'root' }): Promise<void> {
  for (const volume of await volumesOf(world.db.read, vmId)) {
    const meant = only === 'fresh' ? volume.state === 'Allocated' : volume.type === 'ROOT';
    if (meant && volume.pool) await deleteFile(world, call, volume);
  }
}

export async function deleteFile(world: World, call: Call, volume: Pick<VolumeRow, 'uuid' | 'pool' | 'poolId'>): Promise<void> {
  const hostId = await hostForPool(world, volume.poolId!);
  await world.drivers.storage.delete(hostId, { pool: volume.pool!, volumeId: volume.uuid }, call);
}

/** A connected host that reaches the pool. */
export async function hostForPool(world: World, poolId: number, preferred?: number): Promise<number> {
  const hosts = await hostsOfPool(world.db.read, poolId, preferred);
  const host = hosts.find((one) => world.drivers.hosts.isConnected(one.id)) ?? hosts[0];
  return host?.id ?? fail('storageUnavailable', 'No host that reaches the primary storage is up');
}

/** After a deploy that failed: rows of volumes that were never ready. The caller gives the limits back. */
export async function removeFreshVolumes(tx: Tx, vmId: number): Promise<{ count: number; bytes: number }> {
  const fresh = (await volumesOf(tx, vmId)).filter((volume) => volume.state === 'Allocated');
  for (const volume of fresh) await removeRow(tx, volume);
  return { count: fresh.length, bytes: fresh.reduce((sum, volume) => sum + volume.sizeBytes, 0) };
}

export async function removeRow(tx: Tx, volume: VolumeRow): Promise<void> {
  if (volume.poolId !== null) await giveRoomBack(tx, volume.poolId, volume.sizeBytes);
  await moveVolume(tx, volume.id, 'DestroyRequested');
  await moveVolume(tx, volume.id, 'ExpungingRequested');
  await moveVolume(tx, volume.id, 'OperationSucceeded');
  await changeVolume(tx, volume.id, { removed: new Date() });
}

/** At expunge: root disks go, data disks stay with their owner, detached. */
export async function removeRootVolumes(tx: Tx, vmId: number): Promise<void> {
  for (const volume of await volumesOf(tx, vmId)) {
    if (volume.type === 'ROOT') {
      await removeRow(tx, volume);
      await release(tx, volume, { volumes: 1, primaryBytes: volume.sizeBytes });
    } else await changeVolume(tx, volume.id, { vm_id: null, device_id: null, attached: null });
  }
}

/** Data disks to be destroyed with their guest. */
export async function destroyAttached(tx: Tx, { vmId, volumeIds }: { vmId: number; volumeIds: readonly number[] }): Promise<void> {
  for (const volume of await volumesOf(tx, vmId)) {
    if (!volumeIds.includes(volume.id) || volume.type === 'ROOT') continue;
    await changeVolume(tx, volume.id, { vm_id: null, device_id: null, attached: null, destroyed: new Date() });
    await moveVolume(tx, volume.id, 'DestroyRequested');
  }
}
