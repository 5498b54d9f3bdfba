// listStoragePools.
import { listStoragePools } from '#api/storage/pool.ts';
import { implement } from '../context.ts';
import { showPools } from './show.ts';
import { findPools } from './storage-pool.store.ts';

export const list = implement(listStoragePools, async (cx, params) => {
  const { ids, count } = await findPools(cx.tx, { ...params, page: cx.page, keyword: cx.keyword });
  return { items: await showPools(cx, ids), count };
});
