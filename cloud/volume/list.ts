// listVolumes.
import { listVolumes } from '#api/storage/volume.ts';
import { implement } from '../context.ts';
import { findVolumes } from './list.store.ts';
import { showVolumes } from './show.ts';

export const list = implement(listVolumes, async (cx, params) => {
  if (params.isEncrypted) return { items: [], count: 0 }; // this cloud encrypts none
  const { ids, count } = await findVolumes(cx.tx, {
    ...params,
    scope: cx.scope,
    page: cx.page,
    keyword: cx.keyword,
    tags: cx.tags,
    ids: params.ids ?? (params.id === undefined ? undefined : [params.id]),
    showHidden: cx.caller.isRoot,
  });
  if (params.retrieveOnlyResourceCount) return { items: [], count };
  return { items: await showVolumes(cx, ids), count };
});
