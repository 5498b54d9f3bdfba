// listImageStores.
import { listImageStores } from '#api/storage/imagestore.ts';
import { implement } from '../context.ts';
import { findStores } from './image-store.store.ts';
import { showStores } from './show.ts';

export const list = implement(listImageStores, async (cx, params) => {
  const { ids, count } = await findStores(cx.tx, { ...params, page: cx.page, keyword: cx.keyword });
  return { items: await showStores(cx, ids), count };
});
