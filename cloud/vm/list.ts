// listVirtualMachines.
import type { Values } from '#api/define.ts';
import { listVirtualMachines } from '#api/vm/lifecycle.ts';
import { virtualMachineResponse } from '#api/vm/responses.ts';
import { implement, type Cx, type Remembering } from '../context.ts';
import { findVms, pageMadeOf, userDataOf, type VmQuery } from './list.store.ts';
import { wantedParts } from './parts.ts';
import { showVms, vmMadeOf, vmParts } from './show.ts';
import { USAGE_FIELDS, usageOf, usageView, withUsage } from './usage.view.ts';
import { vmView } from './vm.view.ts';

const instances: Remembering<typeof virtualMachineResponse> = {
  response: virtualMachineResponse,
  lively: USAGE_FIELDS,
  read: async (on, ids, seer) =>
    (await vmParts(on, ids)).map((parts) => ({
      id: parts.vm.id,
      shown: vmView(parts, seer),
      of: vmMadeOf(parts),
    })),
};

/** One page of those that are asked for, whatever is shown of them. */
export const wantedVms = (
  cx: Cx,
  params: Values<typeof listVirtualMachines.params>,
): Promise<{ ids: number[]; count: number }> => {
  const query: VmQuery = {
    ...params,
    scope: cx.scope,
    page: cx.page,
    keyword: cx.keyword,
    tags: cx.tags,
    ids: params.ids ?? (params.id === undefined ? undefined : [params.id]),
    showHidden: cx.caller.isRoot && params.displayVm !== true,
  };
  const read = (): Promise<{ ids: number[]; count: number }> => findVms(cx.tx, query);
  const of = pageMadeOf(query);
  return of ? cx.found({ key: pageKey(query), of, read }) : read();
};

const pageKey = ({ scope, page, ids, showHidden }: VmQuery): string =>
  `vms ${JSON.stringify(scope)} ${page.offset} ${page.limit} ${showHidden} ${ids?.join() ?? 'all'}`;

export const list = implement(listVirtualMachines, async (cx, params) => {
  const { ids, count } = await wantedVms(cx, params);
  if (params.retrieveOnlyResourceCount) return { items: [], count };
  const parts = wantedParts(params.details, cx.settings.boolean('list.vm.default.details.stats'));
  const usages = parts.stats ? await usageOf(cx, ids, params.accumulate) : undefined;
  if (parts.whole && params.userData !== true) {
    const lively = new Map([...(usages ?? [])].map(([id, usage]) => [id, usageView(usage)]));
    return { items: [], written: await cx.remembered(instances, ids, lively), count };
  }
  const shown = await showVms(cx, ids);
  const userData = params.userData === true ? await userDataOf(cx.tx, ids) : undefined;
  return {
    items: shown.map((vm, index) => {
      const id = ids[index]!;
      const whole = withUsage(vm, usages?.get(id));
      return parts.select(userData?.has(id) ? { ...whole, userdata: userData.get(id) } : whole);
    }),
    count,
  };
});
