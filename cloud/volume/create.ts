// createVolume: a data disk from a disk offering, counted at once. It lies nowhere until it is attached, unless an administrator
// names a pool or an instance to attach it to.
import { randomUUID } from 'node:crypto';
import { createVolume } from '#api/storage/volume.ts';
import type { Values } from '#api/define.ts';
import { fail } from '#api/errors.ts';
import { isUuid } from '#base/id.ts';
import type { Tx } from '#kernel/db.ts';
import { workflow } from '#kernel/job.ts';
import { implement, type Cx, type Owner, type World } from '../context.ts';
import { release, reserve } from '../limit/limit.ts';
import { recorded, type Recorded } from '../recorded.ts';
import { attachLanes, attachVolumeJob, checkAttachable } from './attach.ts';
import { hostForPool } from './reach.ts';
import { showVolume } from './show.ts';
import { checkOffering, GIB, iopsOf, sizeOfOffering } from './size.ts';
import { deleteFile, makeFile, removeRow } from './volume.ts';
import {
  changeVolume,
  diskOfferingById,
  guestById,
  insertVolume,
  lockGuest,
  lockVolume,
  moveVolume,
  poolById,
  takeRoom,
  volumeById,
  zoneById,
  type GuestRow,
  type PoolRow,
} from './volume.store.ts';

type Params = Values<typeof createVolume.params>;

/** Makes the file of a volume that was given a pool when it was recorded; without it the volume is not kept. */
export const makeVolume = workflow<Recorded, Recorded, World>('volume.make', async (job, { id }, world) => {
  job.undoTx('record', (tx) => forget(tx, id));
  await job.tx('creating', (tx) => moveVolume(tx, id, 'CreateRequested'), {
    undo: (tx) => moveVolume(tx, id, 'OperationFailed'),
  });
  await job.call(
    'file',
    async (call) => {
      const volume = await volumeById(world.db.read, id);
      await makeFile(world, call, { volume, hostId: await hostForPool(world, volume.poolId!) });
      return {};
    },
    { undo: async (call) => deleteFile(world, call, await volumeById(world.db.read, id)) },
  );
  await job.tx('created', (tx) => moveVolume(tx, id, 'OperationSucceeded'));
  return { id };
});

async function forget(tx: Tx, id: number): Promise<void> {
  const volume = await lockVolume(tx, id);
  if (volume.removed) return;
  await removeRow(tx, volume);
  await release(tx, volume, { volumes: 1, primaryBytes: volume.sizeBytes });
}

export const create = implement(
  createVolume,
  async (cx, params) => {
    const owner = await cx.owner(params);
    const guest = params.virtualMachineId === undefined ? undefined : await guestById(cx.tx, params.virtualMachineId);
    const pool = params.storageId === undefined ? undefined : await poolById(cx.tx, params.storageId);
    const zoneId = await zoneOf(cx, params, guest?.zoneId ?? pool?.zoneId);
    const { id, uuid, sizeBytes } = await record(cx, params, { owner, zoneId });
    if (pool) {
      await takePool(cx, { id, sizeBytes, zoneId, pool });
      return cx.enqueue(makeVolume, { id }, { lanes: [`volume:${id}`], about: uuid, owner });
    }
    if (guest) return attachAfterwards(cx, { volumeId: id, guest, owner });
    return cx.enqueue(recorded, { id }, { lanes: [`volume:${id}`], about: uuid, owner });
  },
  (cx, { id }: Recorded) => showVolume(cx, id),
);

async function zoneOf(cx: Cx, params: Params, implied: number | undefined): Promise<number> {
  if (params.storageId !== undefined && params.virtualMachineId !== undefined)
    fail(
      'invalidParameter',
      'storageid and virtualmachineid exclude each other: a volume for an instance lies where its host reaches it',
      { parameter: 'storageid' },
    );
  const zoneId =
    params.zoneId ??
    implied ??
    fail('missingParameter', 'Unable to execute API command createvolume due to missing parameter zoneid', {
      parameter: 'zoneid',
    });
  const zone = await zoneById(cx.tx, zoneId);
  if (!zone.enabled && !cx.caller.isRoot)
    fail('permissionDenied', `The zone ${zone.name} is disabled`, { parameter: 'zoneid' });
  return zoneId;
}

async function record(
  cx: Cx,
  params: Params,
  { owner, zoneId }: { owner: Owner; zoneId: number },
): Promise<{ id: number; uuid: string; sizeBytes: number }> {
  if (params.diskOfferingId === undefined)
    return fail(
      'missingParameter',
      'Unable to execute API command createvolume due to missing parameter diskofferingid',
      { parameter: 'diskofferingid' },
    );
  const offering = await diskOfferingById(cx.tx, params.diskOfferingId);
  checkOffering(offering, zoneId);
  const sizeBytes = sizeOfOffering(cx.settings, offering, params.size);
  await reserve(cx.tx, cx.settings, owner, { volumes: 1, primaryBytes: sizeBytes });
  const made = await insertVolume(cx.tx, {
    uuid: customUuid(cx, params.customId),
    account_id: owner.accountId,
    domain_id: owner.domainId,
    zone_id: zoneId,
    name: params.name ?? `DATA-${randomUUID()}`,
    type: 'DATADISK',
    size_bytes: sizeBytes,
    state: 'Allocated',
    disk_offering_id: offering.id,
    provisioning_type: offering.provisioningType,
    display: params.displayVolume ?? true,
    ...iopsOf(offering, params),
  });
  return { ...made, sizeBytes };
}

export function customUuid(cx: Pick<Cx, 'caller'>, customId: string | undefined): string | undefined {
  if (customId === undefined) return undefined;
  if (!cx.caller.isRoot)
    fail('permissionDenied', 'customid may be given by root administrators', { parameter: 'customid' });
  return isUuid(customId)
    ? customId.toLowerCase()
    : fail('invalidParameter', `customid is '${customId.slice(0, 60)}'; a UUID is accepted`, { parameter: 'customid' });
}

interface Taking {
  id: number;
  sizeBytes: number;
  zoneId: number;
  pool: PoolRow;
}

async function takePool(cx: Cx, { id, sizeBytes, zoneId, pool }: Taking): Promise<void> {
  if (pool.zoneId !== zoneId)
    fail('invalidParameter', `storageid: the pool ${pool.name} is in another zone`, { parameter: 'storageid' });
  const { tags } = await volumeById(cx.tx, id);
  const lacking = tags.filter((tag) => !pool.tags.includes(tag));
  if (lacking.length > 0)
    fail(
      'invalidParameter',
      `storageid: the pool ${pool.name} lacks the tag ${lacking.join(', ')} of the disk offering`,
      { parameter: 'storageid' },
    );
  const overcommit = cx.settings.number('storage.overprovisioning.factor', { scope: 'StoragePool', id: pool.id });
  if (!(await takeRoom(cx.tx, pool.id, { sizeBytes, overcommit })))
    fail(
      'insufficientStorageCapacity',
      `The pool ${pool.name} is ${pool.state === 'Up' ? `full: it has no room for another ${Math.ceil(sizeBytes / GIB)} GiB` : `not up but ${pool.state}`}`,
      { parameter: 'storageid' },
    );
  await changeVolume(cx.tx, id, { pool_id: pool.id });
}

async function attachAfterwards(
  cx: Cx,
  { volumeId, guest, owner }: { volumeId: number; guest: GuestRow; owner: Owner },
): ReturnType<Cx['enqueue']> {
  const volume = await lockVolume(cx.tx, volumeId);
  await checkAttachable(cx.tx, { volume, guest: await lockGuest(cx.tx, guest.id), deviceId: undefined });
  return cx.enqueue(
    attachVolumeJob,
    { id: volumeId, vmId: guest.id },
    { lanes: attachLanes({ id: volumeId, vmId: guest.id }), about: volume.uuid, owner },
  );
}
