// listVirtualMachines.
import { listVirtualMachines } from '#api/vm/lifecycle.ts';
import { implement } from '../context.ts';
import { findVms } from './list.store.ts';
import { showVms } from './show.ts';

export const list = implement(listVirtualMachines, async (cx, params) => {
  const { ids, count } = await findVms(cx.tx, {
    ...params,
    scope: cx.scope,
    page: cx.page,
    keyword: cx.keyword,
    tags: cx.tags,
    ids: params.ids ?? (params.id === undefined ? undefined : [params.id]),
    showHidden: cx.caller.isRoot && params.displayVm !== true,
  });
  if (params.retrieveOnlyResourceCount) return { items: [], count };
  return { items: await showVms(cx, ids), count };
});
