// Destroy, recover, delete, expunge. A destroyed volume can be taken back until it is expunged; it is not counted meanwhile.
// Expunging only goes forward: a file that could not be deleted now is deleted later, by the keeper.
import { deleteVolume, destroyVolume, recoverVolume } from '#api/storage/volume.ts';
import { fail } from '#api/errors.ts';
import { databaseNow } from '#kernel/clock.ts';
import type { Tx } from '#kernel/db.ts';
import { workflow } from '#kernel/job.ts';
import type { Keeper } from '#kernel/keeper.ts';
import { enqueue } from '#kernel/queue.ts';
import { done, implement, type Cx, type World } from '../context.ts';
import { SYSTEM } from '../identity/system.ts';
import { reserve } from '../limit/limit.ts';
import { recorded, type Recorded } from '../recorded.ts';
import { showVolume } from './show.ts';
import { deleteFile, destroyRow } from './volume.ts';
import {
  changeVolume,
  dueForExpunge,
  giveRoomBack,
  lockVolume,
  moveVolume,
  volumeById,
  type VolumeRow,
  forgetTags,
} from './volume.store.ts';

export const expungeVolume = workflow<Recorded, Recorded, World>('volume.expunge', async (job, { id }, world) => {
  const { left } = await job.tx('expunging', (tx) => startExpunging(tx, id));
  if (!left) return { id };
  await job.call('file', async (call) => {
    const volume = await volumeById(world.db.read, id);
    if (volume.pool) await deleteFile(world, call, volume);
    return {};
  });
  await job.tx('expunged', (tx) => endVolume(tx, id));
  world.poke('templates.evict');
  return { id };
});

async function startExpunging(tx: Tx, id: number): Promise<{ left: boolean }> {
  const volume = await lockVolume(tx, id);
  if (volume.removed || !['Destroy', 'Expunging'].includes(volume.state)) return { left: false }; // recovered, or gone
  await moveVolume(tx, id, 'ExpungingRequested');
  return { left: true };
}

async function endVolume(tx: Tx, id: number): Promise<void> {
  const volume = await lockVolume(tx, id);
  if (volume.poolId !== null) await giveRoomBack(tx, volume.poolId, volume.sizeBytes);
  await moveVolume(tx, id, 'OperationSucceeded');
  await forgetTags(tx, id);
  await changeVolume(tx, id, { removed: databaseNow() });
}

const mayExpunge = (cx: Cx): boolean =>
  cx.caller.isRoot ||
  cx.settings.boolean('allow.user.expunge.recover.volume', { scope: 'Account', id: cx.caller.accountId });

function checkDestroyable(volume: VolumeRow, states: readonly string[]): void {
  if (volume.vmId !== null)
    fail('invalidParameter', `The volume ${volume.name} is attached to an instance; detach it first`, {
      parameter: 'id',
    });
  if (volume.deleteProtection)
    fail(
      'invalidParameter',
      `The volume ${volume.name} is protected against deletion; set deleteprotection to false first`,
      { parameter: 'id' },
    );
  if (!states.includes(volume.state))
    fail('wrongState', `The volume ${volume.name} is ${volume.state}; accepted: ${states.join(', ')}`, {
      parameter: 'id',
    });
}

export const destroy = implement(
  destroyVolume,
  async (cx, params) => {
    const volume = await lockVolume(cx.tx, params.id);
    if (params.expunge && !mayExpunge(cx))
      fail(
        'permissionDenied',
        'expunge: this account may not expunge volumes; without it the volume is expunged by itself later',
        { parameter: 'expunge' },
      );
    if (!params.expunge && volume.state === 'Allocated')
      fail(
        'invalidParameter',
        `The volume ${volume.name} was never made, so there is nothing to take back later; destroy it with expunge=true`,
        { parameter: 'expunge' },
      );
    checkDestroyable(volume, ['Allocated', 'Ready', 'Destroy', 'UploadError', 'UploadAbandoned', 'RestoreError']);
    if (volume.state !== 'Destroy') await destroyRow(cx.tx, volume);
    return cx.enqueue(
      params.expunge ? expungeVolume : recorded,
      { id: volume.id },
      { lanes: [`volume:${volume.id}`], about: volume.uuid, owner: volume },
    );
  },
  (cx, { id }: Recorded) => showVolume(cx, id),
);

/** For good, and at once by our word: the file goes when a host can be asked. */
export const remove = implement(deleteVolume, async (cx, { id }) => {
  const volume = await lockVolume(cx.tx, id);
  checkDestroyable(volume, [
    'Allocated',
    'Ready',
    'Destroy',
    'Expunging',
    'UploadError',
    'UploadAbandoned',
    'RestoreError',
  ]);
  if (volume.state === 'Expunging') return done;
  if (volume.state !== 'Destroy') await destroyRow(cx.tx, volume);
  await moveVolume(cx.tx, id, 'ExpungingRequested');
  if (volume.poolId === null) await endVolume(cx.tx, id);
  else await enqueueExpunging(cx.tx, volume);
  cx.tx.afterCommit(() => cx.world.enqueued());
  await cx.event({ description: `Volume ${volume.name} was deleted`, uuid: volume.uuid, owner: volume });
  return done;
});

const enqueueExpunging = (
  tx: Tx,
  volume: Pick<VolumeRow, 'id' | 'uuid' | 'accountId' | 'domainId'>,
): Promise<unknown> =>
  enqueue(
    tx,
    expungeVolume,
    { id: volume.id },
    {
      lanes: [`volume:${volume.id}`],
      userId: SYSTEM.userId,
      accountId: volume.accountId,
      domainId: volume.domainId,
      resourceType: 'Volume',
      resourceUuid: volume.uuid,
    },
  );

export const recover = implement(recoverVolume, async (cx, { id }) => {
  if (!mayExpunge(cx))
    fail('permissionDenied', 'This account may not recover volumes; ask an administrator', { parameter: 'id' });
  const volume = await lockVolume(cx.tx, id);
  if (volume.state !== 'Destroy')
    fail('wrongState', `The volume ${volume.name} is ${volume.state}; one that is in Destroy can be recovered`, {
      parameter: 'id',
    });
  await reserve(cx.tx, cx.settings, volume, { volumes: 1, primaryBytes: volume.sizeBytes });
  await moveVolume(cx.tx, id, 'RecoverRequested');
  // Destroyed with its guest before it was ever made: what comes back has no file, and is so again.
  if (volume.poolId === null) {
    await moveVolume(cx.tx, id, 'CreateRequested');
    await moveVolume(cx.tx, id, 'OperationFailed');
  }
  await changeVolume(cx.tx, id, { destroyed: null });
  await cx.event({ description: `Volume ${volume.name} was recovered`, uuid: volume.uuid, owner: volume });
  return showVolume(cx, id);
});

/** Expunges what was destroyed longer than storage.cleanup.delay ago, and what an expunging left halfway. */
export const expungeKeeper = (world: World): Keeper => ({
  name: 'volumes.expunge',
  everyMs: 60_000,
  run: async () => {
    const { settings, db } = world;
    const olderThanS = settings.boolean('storage.cleanup.enabled') ? settings.number('storage.cleanup.delay') : null;
    const due = await db.tx(async (tx) => {
      const volumes = await dueForExpunge(tx, { olderThanS });
      for (const volume of volumes) await enqueueExpunging(tx, volume);
      return volumes.length;
    });
    if (due > 0) world.enqueued();
  },
});
