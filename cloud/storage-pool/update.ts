// updateStoragePool: name, tags, how much of it may be used, and whether anything new goes there.
import { updateStoragePool } from '#api/storage/pool.ts';
import { fail } from '#api/errors.ts';
import { implement } from '../context.ts';
import { readDetails } from '../details.ts';
import { showPools } from './show.ts';
import { changePool, movePool, poolDetails } from './storage-pool.store.ts';

export const update = implement(updateStoragePool, async (cx, params) => {
  const [before] = await poolDetails(cx.tx, [params.id]);
  if (params.url !== undefined)
    fail('unsupported', 'url: where a pool is does not change; add another pool and move the volumes', {
      parameter: 'url',
    });
  if (params.isTagARule)
    fail('unsupported', 'istagarule: tags of this cloud are plain tags; leave it out or say false', {
      parameter: 'istagarule',
    });
  if (params.capacityBytes !== undefined && params.capacityBytes < before!.usedBytes)
    fail(
      'invalidParameter',
      `capacitybytes is ${params.capacityBytes}; at least what is used (${before!.usedBytes}) is accepted`,
      { parameter: 'capacitybytes' },
    );
  if (params.capacityIops !== undefined && params.capacityIops <= 0)
    fail('invalidParameter', `capacityiops is ${params.capacityIops}; more than 0 is accepted`, {
      parameter: 'capacityiops',
    });
  if (params.enabled === false && before!.state !== 'Disabled') await movePool(cx.tx, params.id, 'Disable');
  if (params.enabled === true && before!.state !== 'Up') await movePool(cx.tx, params.id, 'Enable');
  await changePool(cx.tx, params.id, {
    name: params.name,
    tags: params.tags,
    capacity_iops: params.capacityIops,
    limit_bytes: params.capacityBytes,
    total_bytes:
      params.capacityBytes === undefined
        ? undefined
        : before!.limitBytes === null
          ? Math.min(params.capacityBytes, before!.totalBytes)
          : params.capacityBytes,
    details: params.details ? JSON.stringify({ ...before!.details, ...readDetails(params.details) }) : undefined,
  });
  if (params.capacityBytes !== undefined) cx.tx.afterCommit(() => cx.world.poke('storage.capacity')); // measured anew against the new bound
  return (await showPools(cx, [params.id]))[0]!;
});
