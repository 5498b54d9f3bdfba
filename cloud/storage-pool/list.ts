// listStoragePools, listStorageTags, listStorageProviders.
import { listStoragePools, listStorageProviders, listStorageTags } from '#api/storage/pool.ts';
import { fail } from '#api/errors.ts';
import { implement } from '../context.ts';
import { showPools } from './show.ts';
import { findPools, poolTags } from './storage-pool.store.ts';

export const list = implement(listStoragePools, async (cx, params) => {
  const { ids, count } = await findPools(cx.tx, {
    page: cx.page, keyword: cx.keyword, id: params.id, name: params.name, zoneId: params.zoneId, podId: params.podId, clusterId: params.clusterId, hostId: params.hostId, path: params.path,
    address: params.ipAddress, scope: params.scope, status: params.status,
  });
  return { items: await showPools(cx, ids), count };
});

/** A tag is known by its name. */
export const listTags = implement(listStorageTags, async (cx) => {
  const { rows, count } = await poolTags(cx.tx, { keyword: cx.keyword, page: cx.page });
  return { items: rows.map(({ tag, poolId }) => ({ id: tag, name: tag, poolid: poolId })), count };
});

const providers = { primary: ['DefaultPrimary'], image: ['NFS'] } as const;

export const listProviders = implement(listStorageProviders, async (cx, params) => {
  const type = params.type.toLowerCase();
  if (type !== 'primary' && type !== 'image') return fail('invalidParameter', `type is '${params.type}'; accepted: primary, image`, { parameter: 'type' });
  const items = providers[type].map((name) => ({ name, type: type.toUpperCase() }));
  return { items: items.slice(cx.page.offset, cx.page.offset + cx.page.limit), count: items.length };
});
