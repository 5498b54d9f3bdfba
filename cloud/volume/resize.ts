// resizeVolume: a volume grows, or gets another disk offering. Room and limits are taken before the file grows, in one
// transaction with the volume's state; a growth that fails gives them back.
import { resizeVolume } from '#api/storage/volume.ts';
import type { Values } from '#api/define.ts';
import { fail } from '#api/errors.ts';
import type { Tx } from '#kernel/db.ts';
import { workflow, type Call } from '#kernel/job.ts';
import type { Settings } from '#kernel/settings.ts';
import { implement, type World } from '../context.ts';
import { release, reserve } from '../limit/limit.ts';
import { hostForPool } from './reach.ts';
import { showVolume } from './show.ts';
import { checkOffering, chosenSize, GIB, iopsOf, sizeOfOffering } from './size.ts';
import {
  changeVolume,
  diskOfferingById,
  giveRoomBack,
  guestById,
  lockVolume,
  moveVolume,
  poolById,
  takeRoom,
  volumeById,
  type VolumeRow,
} from './volume.store.ts';

export interface ResizeInput {
  id: number;
  sizeGib?: number;
  diskOfferingId?: number;
  minIops?: number;
  maxIops?: number;
}

/** What the volume is to be. */
interface Target {
  sizeBytes: number;
  columns: Readonly<Record<string, unknown>>;
}
interface Taken extends Target {
  growth: number;
  /** The file grows too: the volume has one. */
  file: boolean;
}

export const resizeVolumeJob = workflow<ResizeInput, { id: number }, World>(
  'volume.resize',
  async (job, input, world) => {
    const { id } = input;
    const taken = await job.tx('take', (tx) => take(tx, world.settings, input), {
      undo: (tx, out) => giveBack(tx, id, out),
    });
    if (taken.file) await job.call('grow', (call) => grow(world, call, { id, sizeBytes: taken.sizeBytes }));
    await job.tx('resized', (tx) => settle(tx, id, taken));
    return { id };
  },
);

async function take(tx: Tx, settings: Settings, input: ResizeInput): Promise<Taken> {
  const volume = await lockVolume(tx, input.id);
  const target = await targetOf(tx, settings, { volume, input });
  const growth = target.sizeBytes - volume.sizeBytes;
  await reserve(tx, settings, volume, { primaryBytes: growth });
  if (growth > 0 && volume.poolId !== null) {
    const overcommit = settings.number('storage.overprovisioning.factor', { scope: 'StoragePool', id: volume.poolId });
    if (!(await takeRoom(tx, volume.poolId, { sizeBytes: growth, overcommit })))
      fail(
        'insufficientStorageCapacity',
        `The storage of the volume ${volume.name} has no room for another ${Math.ceil(growth / GIB)} GiB`,
      );
  }
  const file = growth > 0 && volume.state === 'Ready';
  if (file) await moveVolume(tx, volume.id, 'ResizeRequested');
  return { ...target, growth, file };
}

async function giveBack(tx: Tx, id: number, { growth, file }: Taken): Promise<void> {
  const volume = await lockVolume(tx, id);
  if (file) await moveVolume(tx, id, 'OperationFailed');
  await release(tx, volume, { primaryBytes: growth });
  if (growth > 0 && volume.poolId !== null) await giveRoomBack(tx, volume.poolId, growth);
}

/** While the guest runs its own host does it. A file that grew before the reply was lost is as large as asked for already. */
async function grow(
  world: World,
  call: Call,
  { id, sizeBytes }: { id: number; sizeBytes: number },
): Promise<Record<string, never>> {
  const volume = await volumeById(world.db.read, id);
  const guest = volume.vmId === null ? undefined : await guestById(world.db.read, volume.vmId);
  const runsOn = guest?.state === 'Running' ? guest.hostId : null;
  const hostId = runsOn ?? (await hostForPool(world, volume.poolId!, guest?.lastHostId ?? undefined));
  await world.drivers.storage.resize(
    hostId,
    { pool: volume.pool!, volumeId: volume.uuid, sizeBytes, guest: runsOn === null ? null : guest!.instanceName },
    call,
  );
  return {};
}

async function settle(tx: Tx, id: number, { sizeBytes, columns, file }: Taken): Promise<void> {
  await changeVolume(tx, id, { ...columns, size_bytes: sizeBytes });
  if (file) await moveVolume(tx, id, 'OperationSucceeded');
}

// ---- what it may become

async function targetOf(
  tx: Tx,
  settings: Settings,
  { volume, input }: { volume: VolumeRow; input: ResizeInput },
): Promise<Target> {
  if (!['Allocated', 'Ready'].includes(volume.state))
    fail('wrongState', `The volume ${volume.name} is ${volume.state}; one that is Allocated or Ready can be resized`, {
      parameter: 'id',
    });
  const target =
    input.diskOfferingId === undefined || input.diskOfferingId === volume.diskOfferingId
      ? await sameOffering(tx, settings, { volume, input })
      : await otherOffering(tx, settings, { volume, input });
  if (target.sizeBytes < volume.sizeBytes) {
    fail(
      'invalidParameter',
      `size: the volume ${volume.name} has ${Math.ceil(volume.sizeBytes / GIB)} GiB and cannot shrink to ${Math.ceil(target.sizeBytes / GIB)} GiB, also not with shrinkok; a larger size is accepted`,
      { parameter: 'size' },
    );
  }
  return target;
}

interface Wish {
  volume: VolumeRow;
  input: ResizeInput;
}

async function sameOffering(tx: Tx, settings: Settings, { volume, input }: Wish): Promise<Target> {
  const offering = volume.diskOfferingId === null ? undefined : await diskOfferingById(tx, volume.diskOfferingId);
  const columns = offering?.customIops && input.minIops !== undefined ? iopsOf(offering, input) : {};
  if (input.sizeGib === undefined) {
    if ('min_iops' in columns) return { sizeBytes: volume.sizeBytes, columns };
    return fail(
      'missingParameter',
      'Unable to execute API command resizevolume due to missing parameter size (or another diskofferingid)',
      { parameter: 'size' },
    );
  }
  if (offering && !offering.customized)
    fail(
      'invalidParameter',
      `size: the disk offering ${offering.name} of the volume has a fixed size of ${offering.sizeGib} GiB; give another diskofferingid`,
      { parameter: 'size' },
    );
  return { sizeBytes: chosenSize(settings, input.sizeGib), columns };
}

async function otherOffering(tx: Tx, settings: Settings, { volume, input }: Wish): Promise<Target> {
  const offering = await diskOfferingById(tx, input.diskOfferingId!);
  checkOffering(offering, volume.zoneId);
  const before = volume.diskOfferingId === null ? undefined : await diskOfferingById(tx, volume.diskOfferingId);
  if (before?.strictness || offering.strictness)
    fail(
      'invalidParameter',
      `diskofferingid: the disk offering ${(before?.strictness ? before : offering).name} binds volumes to their size; they keep their offering`,
      { parameter: 'diskofferingid' },
    );
  if (volume.poolId !== null) await checkPool(tx, volume, offering);
  const keepsSize = offering.customized && input.sizeGib === undefined;
  return {
    sizeBytes: keepsSize ? volume.sizeBytes : sizeOfOffering(settings, offering, input.sizeGib),
    columns: { disk_offering_id: offering.id, ...iopsOf(offering, input) },
  };
}

/** It stays where it lies. */
async function checkPool(
  tx: Tx,
  volume: VolumeRow,
  offering: { name: string; tags: readonly string[]; storageType: string },
): Promise<void> {
  const pool = await poolById(tx, volume.poolId!);
  const lacking = offering.tags.filter((tag) => !pool.tags.includes(tag));
  if (lacking.length > 0)
    fail(
      'invalidParameter',
      `diskofferingid: the disk offering ${offering.name} asks for storage tagged ${lacking.join(', ')}; the storage of the volume is not, and volumes are not moved`,
      { parameter: 'diskofferingid' },
    );
  if ((offering.storageType === 'local') !== (pool.scope === 'HOST'))
    fail(
      'invalidParameter',
      `diskofferingid: the disk offering ${offering.name} is for ${offering.storageType} storage; the volume lies on other storage, and volumes are not moved`,
      { parameter: 'diskofferingid' },
    );
}

export const resize = implement(
  resizeVolume,
  async (cx, params) => {
    const volume = await lockVolume(cx.tx, params.id);
    const input = inputOf(params);
    await targetOf(cx.tx, cx.settings, { volume, input });
    const lanes = [`volume:${volume.id}`, ...(volume.vmId === null ? [] : [`vm:${volume.vmId}`])];
    return cx.enqueue(resizeVolumeJob, input, { lanes, about: volume.uuid, owner: volume });
  },
  (cx, { id }: { id: number }) => showVolume(cx, id),
);

const inputOf = ({ id, size, diskOfferingId, minIops, maxIops }: Values<typeof resizeVolume.params>): ResizeInput => ({
  id,
  sizeGib: size,
  diskOfferingId,
  minIops,
  maxIops,
});
