// Templates on primary storage: brought there once, before the first volume is cloned from one, and taken away after the
// template was deleted and the last volume is gone. Whoever asks twice, or at the same time as others, does no harm.
import { fail } from '#api/errors.ts';
import type { Tx } from '#kernel/db.ts';
import { workflow, type Call } from '#kernel/job.ts';
import type { Keeper } from '#kernel/keeper.ts';
import { enqueue } from '#kernel/queue.ts';
import type { World } from '../context.ts';
import { SYSTEM } from '../identity/system.ts';
import type { PoolPlace } from './driver.ts';
import {
  evictable,
  forgetPoolCopy,
  isUnused,
  lockPoolCopy,
  lockPoolCopyById,
  movePoolCopy,
  poolCopy,
  poolCopyById,
  poolsToPrepare,
  readyImage,
  usePoolCopy,
  type PoolCopy,
} from './pool-copy.store.ts';
import { hostForPool } from './reach.ts';

export interface Bring {
  templateId: number;
  zoneId: number;
  poolId: number;
  pool: PoolPlace;
  hostId: number;
}

/** The template is on the pool when this comes back. */
export async function bringTemplate(
  world: World,
  call: Call,
  { templateId, zoneId, poolId, pool, hostId }: Bring,
): Promise<void> {
  const there = await poolCopy(world.db.read, { templateId, poolId });
  if (there?.state === 'Ready') {
    if (!there.fresh) await usePoolCopy(world.db.read, there.id);
    return;
  }
  const image = await readyImage(world.db.read, { templateId, zoneId });
  if (!image) return fail('resourceUnavailable', 'The template is not ready in this zone');
  const { id } = await world.db.tx((tx) => beginCopy(tx, { templateId, poolId }));
  try {
    const { virtualBytes } = await world.drivers.storage.fetchTemplate(
      hostId,
      { pool, templateId: image.templateUuid, storePath: image.storePath },
      call,
    );
    await world.db.tx((tx) => endCopy(tx, id, virtualBytes));
  } catch (error) {
    await world.db.tx((tx) => failCopy(tx, id)).catch(() => {}); // what went wrong first is what counts
    throw error;
  }
}

async function beginCopy(tx: Tx, which: { templateId: number; poolId: number }): Promise<PoolCopy> {
  const copy = await lockPoolCopy(tx, which);
  if (copy.state === 'Destroying')
    fail('resourceUnavailable', 'The template is being removed from this primary storage');
  if (copy.state === 'Allocated') await movePoolCopy(tx, copy.id, 'CreateOnlyRequested');
  return copy;
}

async function endCopy(tx: Tx, id: number, sizeBytes: number): Promise<void> {
  const copy = await lockPoolCopyById(tx, id);
  if (copy?.state === 'Destroying' || !copy)
    fail('resourceUnavailable', 'The template was removed from this primary storage meanwhile');
  await movePoolCopy(tx, id, 'OperationSucceeded');
  await usePoolCopy(tx, id, sizeBytes);
}

/** Another guest's copy of the same may have come through. */
async function failCopy(tx: Tx, id: number): Promise<void> {
  if ((await lockPoolCopyById(tx, id))?.state === 'Creating') await movePoolCopy(tx, id, 'OperationFailed');
}

const copyLane = (id: number): string => `pool-copy:${id}`;

// ---- ahead of the first use

export interface PrepareInput {
  templateId: number;
  zoneId: number;
  poolId: number;
}

export const prepareOnPool = workflow<PrepareInput, PrepareInput, World>(
  'template.prepare',
  async (job, input, world) => {
    await job.call(
      'bring',
      async (call) => {
        const copy = await world.db.tx((tx) => lockPoolCopy(tx, input));
        await bringTemplate(world, call, { ...input, pool: copy.pool, hostId: await hostForPool(world, input.poolId) });
        return {};
      },
      { timeoutS: 3600 },
    );
    return input;
  },
);

interface Preparing extends Omit<PrepareInput, 'poolId'> {
  hypervisor: string;
  poolId: number | undefined;
}

/** Puts a job in line for each pool; how many. The caller wakes the engine. */
export async function enqueuePreparing(tx: Tx, { templateId, zoneId, hypervisor, poolId }: Preparing): Promise<number> {
  const pools = await poolsToPrepare(tx, { zoneId, hypervisor, poolId });
  for (const pool of pools) {
    const copy = await lockPoolCopy(tx, { templateId, poolId: pool.id });
    await enqueue(
      tx,
      prepareOnPool,
      { templateId, zoneId, poolId: pool.id },
      { lanes: [copyLane(copy.id)], ...SYSTEM },
    );
  }
  return pools.length;
}

// ---- after the template was deleted

export const evictFromPool = workflow<{ copyId: number }, { copyId: number }, World>(
  'template.evict',
  async (job, { copyId }, world) => {
    const { unused } = await job.tx('leave', (tx) => leavePool(tx, copyId));
    if (!unused) return { copyId };
    await job.call('evict', async (call) => {
      const copy = await poolCopyById(world.db.read, copyId);
      if (copy)
        await world.drivers.storage.evictTemplate(
          await hostForPool(world, copy.poolId),
          { pool: copy.pool, templateId: copy.templateUuid },
          call,
        );
      return {};
    });
    await job.tx('gone', (tx) => gonePool(tx, copyId));
    return { copyId };
  },
);

async function leavePool(tx: Tx, copyId: number): Promise<{ unused: boolean }> {
  const copy = await lockPoolCopyById(tx, copyId);
  if (!copy) return { unused: false };
  if (copy.state === 'Destroying') return { unused: true };
  if (!(await isUnused(tx, copyId))) return { unused: false };
  // Nobody fetches it: volumes that need it are none, and a job that prepares it would hold this lane.
  if (copy.state === 'Creating') await movePoolCopy(tx, copyId, 'OperationFailed');
  await movePoolCopy(tx, copyId, 'DestroyRequested');
  return { unused: true };
}

async function gonePool(tx: Tx, copyId: number): Promise<void> {
  const copy = await lockPoolCopyById(tx, copyId);
  if (copy?.state !== 'Destroying') return;
  await movePoolCopy(tx, copyId, 'OperationSucceeded');
  await forgetPoolCopy(tx, copyId);
}

/** Puts a job in line for every copy of deleted templates (or of this one) that nothing uses any more. The caller wakes the engine. */
export async function enqueueEvictions(tx: Tx, templateId?: number): Promise<number> {
  const copies = await evictable(tx, templateId);
  for (const copy of copies) {
    await enqueue(
      tx,
      evictFromPool,
      { copyId: copy.id },
      { lanes: [copyLane(copy.id)], userId: SYSTEM.userId, accountId: copy.accountId, domainId: copy.domainId },
    );
  }
  return copies.length;
}

export const evictKeeper = (world: World): Keeper => ({
  name: 'templates.evict',
  everyMs: 300_000,
  run: async () => {
    if (!world.settings.boolean('template.delete.from.primary.storage')) return;
    if ((await world.db.tx((tx) => enqueueEvictions(tx))) > 0) world.enqueued();
  },
});
