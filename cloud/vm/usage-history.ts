// listVirtualMachinesUsageHistory: what instances used, interval by interval, for as long as it is kept.
import { listVirtualMachinesUsageHistory } from '#api/metrics/metrics.ts';
import { resolveScope } from '../access.ts';
import { implement } from '../context.ts';
import { findVms } from './list.store.ts';
import { namesOf, usagePast } from './usage.store.ts';
import { pastView } from './usage.view.ts';

export const listHistory = implement(listVirtualMachinesUsageHistory, async (cx, params) => {
  const { ids, count } = await findVms(cx.tx, {
    scope: await resolveScope(cx.tx, cx.caller, { listAll: true, isRecursive: true }),
    page: cx.page,
    keyword: cx.keyword,
    name: params.name,
    ids: params.ids ?? (params.id === undefined ? undefined : [params.id]),
    showHidden: cx.caller.isRoot,
  });
  const names = new Map((await namesOf(cx.tx, ids)).map((vm) => [vm.id, vm]));
  const past = Map.groupBy(
    await usagePast(cx.tx, ids, { from: params.startDate, to: params.endDate }),
    ({ vmId }) => vmId,
  );
  return {
    items: ids.map((id) => {
      const { uuid, name, displayName } = names.get(id)!;
      return { id: uuid, name, displayname: displayName, stats: (past.get(id) ?? []).map(pastView) };
    }),
    count,
  };
});
