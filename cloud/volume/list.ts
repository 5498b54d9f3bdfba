// listVolumes, and listVolumesMetrics: the same volumes with their size as a text. What guests read and write is not kept by this
// cloud, so those fields are left out.
import type { Shape, Values } from '#api/define.ts';
import { listVolumesMetrics } from '#api/metrics/metrics.ts';
import type { volumeResponse } from '#api/storage/volume-responses.ts';
import { listVolumes } from '#api/storage/volume.ts';
import { implement, type Cx } from '../context.ts';
import { findVolumes } from './list.store.ts';
import { showVolumes } from './show.ts';

const GIB = 2 ** 30;
type Shown = { items: Shape<typeof volumeResponse>[]; count: number };

async function wanted(cx: Cx, params: Values<typeof listVolumes.params>): Promise<Shown> {
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
  return { items: params.retrieveOnlyResourceCount ? [] : await showVolumes(cx, ids), count };
}

export const list = implement(listVolumes, wanted);

export const listMetrics = implement(listVolumesMetrics, async (cx, params) => {
  const { items, count } = await wanted(cx, params);
  return { items: items.map((one) => ({ ...one, sizegb: `${((one.size ?? 0) / GIB).toFixed(2)} GiB` })), count };
});
