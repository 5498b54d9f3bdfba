// deleteStoragePool: only without volumes. Templates that lie on it for cloning are taken off afterwards, by a job; a folder that
// nobody reaches any more keeps its files.
import { deleteStoragePool } from '#api/storage/pool.ts';
import { fail } from '#api/errors.ts';
import { workflow } from '#kernel/job.ts';
import { enqueue } from '#kernel/queue.ts';
import { done, implement, type World } from '../context.ts';
import type { PoolPlace } from '../volume/driver.ts';
import { endPool, forgetTemplates, hostsReaching, movePool, poolDetails, volumesOn } from './storage-pool.store.ts';

interface Evict {
  poolId: number;
  place: PoolPlace;
  templates: string[];
}

export const evictTemplates = workflow<Evict, { evicted: number }, World>(
  'pool.evict',
  async (job, { poolId, place, templates }, world) => {
    const host = await job.tx(
      'host',
      async (tx) =>
        (await hostsReaching(tx, poolId)).find((one) => world.drivers.hosts.isConnected(one.id))?.id ?? null,
    );
    if (host === null)
      return fail(
        'hostUnavailable',
        'No host that reaches the pool is up; the files of its templates stay where they are',
      );
    for (const templateId of templates)
      await job.call(`evict ${templateId}`, (call) =>
        world.drivers.storage.evictTemplate(host, { pool: place, templateId }, call),
      );
    return { evicted: templates.length };
  },
);

export const remove = implement(deleteStoragePool, async (cx, params) => {
  const [pool] = await poolDetails(cx.tx, [params.id]);
  const volumes = await volumesOn(cx.tx, params.id);
  if (volumes > 0)
    fail(
      'resourceInUse',
      `The storage pool cannot be deleted, it still has ${volumes} volume${volumes === 1 ? '' : 's'}; delete or move ${volumes === 1 ? 'it' : 'them'} first`,
      { parameter: 'id' },
    );
  const templates = await forgetTemplates(cx.tx, params.id);
  await movePool(cx.tx, params.id, 'Remove');
  await endPool(cx.tx, params.id);
  if (templates.length > 0) {
    await enqueue(
      cx.tx,
      evictTemplates,
      { poolId: params.id, place: { id: pool!.uuid, kind: pool!.type, path: pool!.path }, templates },
      {
        lanes: [`pool:${params.id}`],
        userId: cx.caller.userId,
        accountId: cx.caller.accountId,
        domainId: cx.caller.domainId,
      },
    );
    cx.tx.afterCommit(() => cx.world.enqueued());
  }
  return done;
});
