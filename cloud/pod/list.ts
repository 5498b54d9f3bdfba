// listPods.
import { listPods } from '#api/infra/pod.ts';
import { capacitiesBy } from '../capacity/capacity.ts';
import { implement } from '../context.ts';
import { findPods } from './pod.store.ts';
import { podView } from './pod.view.ts';

export const list = implement(listPods, async (cx, params) => {
  const { rows, count } = await findPods(cx.tx, {
    page: cx.page,
    keyword: cx.keyword,
    id: params.id,
    name: params.name,
    zoneId: params.zoneId,
    allocationState: params.allocationState,
  });
  const capacities = params.showCapacities
    ? await capacitiesBy(cx, { level: 'pod', ids: rows.map(({ id }) => id) })
    : undefined;
  return { items: rows.map((pod) => podView(pod, capacities?.get(pod.id))), count };
});
