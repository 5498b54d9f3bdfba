// listImageStores.
import { listImageStores } from '#api/storage/imagestore.ts';
import { implement } from '../context.ts';
import { findStores } from './image-store.store.ts';
import { showStores } from './show.ts';

export const list = implement(listImageStores, async (cx, params) => {
  const { ids, count } = await findStores(cx.tx, {
    page: cx.page,
    keyword: cx.keyword,
    id: params.id,
    name: params.name,
    zoneId: params.zoneId,
    provider: params.provider,
    protocol: params.protocol,
    readonly: params.readOnly,
  });
  return { items: await showStores(cx, ids), count };
});
