// listVirtualMachines.
import type { Values } from '#api/define.ts';
import { listVirtualMachines } from '#api/vm/lifecycle.ts';
import { implement, type Cx } from '../context.ts';
import { findVms } from './list.store.ts';
import { showVms } from './show.ts';
import { usageOf, withUsage } from './usage.view.ts';

/** One page of those that are asked for, whatever is shown of them. */
export const wantedVms = (
  cx: Cx,
  params: Values<typeof listVirtualMachines.params>,
): Promise<{ ids: number[]; count: number }> =>
  findVms(cx.tx, {
    ...params,
    scope: cx.scope,
    page: cx.page,
    keyword: cx.keyword,
    tags: cx.tags,
    ids: params.ids ?? (params.id === undefined ? undefined : [params.id]),
    showHidden: cx.caller.isRoot && params.displayVm !== true,
  });

export const list = implement(listVirtualMachines, async (cx, params) => {
  const { ids, count } = await wantedVms(cx, params);
  if (params.retrieveOnlyResourceCount) return { items: [], count };
  const [shown, usages] = [await showVms(cx, ids), await usageOf(cx, ids, params.accumulate)];
  return { items: shown.map((vm, index) => withUsage(vm, usages.get(ids[index]!))), count };
});
