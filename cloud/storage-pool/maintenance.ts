// enableStorageMaintenance and cancelStorageMaintenance: a pool nobody uses and nothing new goes to. Instances that run with disks on
// it are not stopped for it; whoever wants the pool empty stops them first.
import { cancelStorageMaintenance, enableStorageMaintenance } from '#api/storage/pool.ts';
import { fail } from '#api/errors.ts';
import type { Tx } from '#kernel/db.ts';
import { workflow } from '#kernel/job.ts';
import { implement, type ResultCx, type World } from '../context.ts';
import { recorded, type Recorded } from '../recorded.ts';
import { showPools } from './show.ts';
import { guestsUsing, lockPool, movePool, poolDetails } from './storage-pool.store.ts';

const show = async (cx: ResultCx, { id }: Recorded) => (await showPools(cx, [id]))[0]!;

async function checkUnused(tx: Tx, id: number): Promise<void> {
  const n = await guestsUsing(tx, id);
  if (n > 0)
    fail(
      'resourceInUse',
      `${n} instance${n === 1 ? '' : 's'} with disks on the pool ${n === 1 ? 'runs' : 'run'}; stop ${n === 1 ? 'it' : 'them'} first`,
      { parameter: 'id' },
    );
}

/** An instance may have begun to start in between: then the pool stays in use, and says so. */
export const enterMaintenance = workflow<Recorded, Recorded, World>('pool.maintenance', async (job, { id }, world) => {
  await job.call('prepare', async () => ({}), { undo: () => world.db.tx((tx) => backOut(tx, id)) });
  await job.tx('enter', async (tx) => {
    await checkUnused(tx, id);
    await movePool(tx, id, 'OperationSucceeded');
  });
  return { id };
});

/** May be done twice. */
async function backOut(tx: Tx, id: number): Promise<void> {
  if ((await lockPool(tx, id)) === 'PrepareForMaintenance') await movePool(tx, id, 'OperationFailed');
}

export const enable = implement(
  enableStorageMaintenance,
  async (cx, { id }) => {
    const [pool] = await poolDetails(cx.tx, [id]);
    await checkUnused(cx.tx, id);
    await movePool(cx.tx, id, 'MaintenanceRequested');
    return cx.enqueue(enterMaintenance, { id }, { lanes: [`pool:${id}`], about: pool!.uuid });
  },
  show,
);

export const cancel = implement(
  cancelStorageMaintenance,
  async (cx, { id }) => {
    const [pool] = await poolDetails(cx.tx, [id]);
    await movePool(cx.tx, id, 'CancelRequested');
    await movePool(cx.tx, id, 'OperationSucceeded');
    return cx.enqueue(recorded, { id }, { lanes: [`pool:${id}`], about: pool!.uuid });
  },
  show,
);
