// listStoragePools, listStoragePoolsMetrics, listStorageTags, listStorageProviders.
import { listStoragePools, listStorageProviders, listStorageTags } from '#api/storage/pool.ts';
import type { Values } from '#api/define.ts';
import { fail } from '#api/errors.ts';
import { listStoragePoolsMetrics } from '#api/metrics/metrics.ts';
import { gigabytes } from '../capacity/load.ts';
import { implement, type Cx } from '../context.ts';
import { showPools } from './show.ts';
import { findPools, poolDetails, poolTags } from './storage-pool.store.ts';

async function wantedPools(
  cx: Cx,
  params: Values<typeof listStoragePools.params>,
): Promise<{ ids: number[]; count: number }> {
  if (params.storageAccessGroup !== undefined) return { ids: [], count: 0 }; // no pool has any
  return findPools(cx.tx, {
    page: cx.page,
    keyword: cx.keyword,
    id: params.id,
    name: params.name,
    zoneId: params.zoneId,
    podId: params.podId,
    clusterId: params.clusterId,
    hostId: params.hostId,
    path: params.path,
    address: params.ipAddress,
    scope: params.scope,
    status: params.status,
  });
}

export const list = implement(listStoragePools, async (cx, params) => {
  const { ids, count } = await wantedPools(cx, params);
  return { items: await showPools(cx, ids), count };
});

const MIB = 2 ** 20;
const over = (part: number, whole: number, limit: number): boolean => whole > 0 && part / whole > limit;

export const listMetrics = implement(listStoragePoolsMetrics, async (cx, params) => {
  const { ids, count } = await wantedPools(cx, params);
  const [details, shown] = [await poolDetails(cx.tx, ids), await showPools(cx, ids)];
  return {
    items: shown.map((pool, index) => {
      const { id, totalBytes, usedBytes, allocatedBytes } = details[index]!;
      const at = { scope: 'StoragePool', id };
      const factor = cx.settings.number('storage.overprovisioning.factor', at);
      return {
        ...pool,
        disksizetotalgb: `${gigabytes(totalBytes / MIB)} (x ${factor})`,
        disksizeusedgb: gigabytes(usedBytes / MIB),
        disksizeallocatedgb: gigabytes(allocatedBytes / MIB),
        disksizeunallocatedgb: gigabytes(Math.max(0, totalBytes * factor - allocatedBytes) / MIB),
        storageusagethreshold: over(
          usedBytes,
          totalBytes,
          cx.settings.number('cluster.storage.capacity.notificationthreshold'),
        ),
        storageusagedisablethreshold: over(
          usedBytes,
          totalBytes,
          cx.settings.number('pool.storage.capacity.disablethreshold', at),
        ),
        storageallocatedthreshold: over(
          allocatedBytes,
          totalBytes * factor,
          cx.settings.number('cluster.storage.allocated.capacity.notificationthreshold'),
        ),
        storageallocateddisablethreshold: over(
          allocatedBytes,
          totalBytes * factor,
          cx.settings.number('pool.storage.allocated.capacity.disablethreshold', at),
        ),
      };
    }),
    count,
  };
});

/** A tag is known by its name. */
export const listTags = implement(listStorageTags, async (cx) => {
  const { rows, count } = await poolTags(cx.tx, { keyword: cx.keyword, page: cx.page });
  return { items: rows.map(({ tag, poolId }) => ({ id: tag, name: tag, poolid: poolId })), count };
});

const providers = { primary: ['DefaultPrimary'], image: ['NFS'] } as const;

export const listProviders = implement(listStorageProviders, async (cx, params) => {
  const type = params.type.toLowerCase();
  if (type !== 'primary' && type !== 'image')
    return fail('invalidParameter', `type is '${params.type}'; accepted: primary, image`, { parameter: 'type' });
  const items = providers[type].map((name) => ({ name, type: type.toUpperCase() }));
  return { items: items.slice(cx.page.offset, cx.page.offset + cx.page.limit), count: items.length };
});
