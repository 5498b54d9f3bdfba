// listVirtualMachinesMetrics: instances with how large they are and what they use, as texts with units. What was not measured is
// left out: an absent number is never shown as zero.
import type { Shape } from '#api/define.ts';
import { listVirtualMachinesMetrics } from '#api/metrics/metrics.ts';
import type { virtualMachineMetricsResponse } from '#api/metrics/responses.ts';
import { implement } from '../context.ts';
import { wantedVms } from './list.ts';
import { showVms } from './show.ts';
import { usageOf, usageTexts, usageView } from './usage.view.ts';

type Measured = Shape<typeof virtualMachineMetricsResponse>;

export const listMetrics = implement(listVirtualMachinesMetrics, async (cx, params) => {
  const { ids, count } = await wantedVms(cx, params);
  if (params.retrieveOnlyResourceCount) return { items: [], count };
  const [shown, usages] = [await showVms(cx, ids), await usageOf(cx, ids, params.accumulate)];
  return {
    items: shown.map((vm, index) => {
      const usage = usages.get(ids[index]!);
      return { ...vm, ...sizeView(vm), ...(usage ? { ...usageView(usage), ...usageTexts(usage) } : {}) };
    }),
    count,
  };
});

const sizeView = ({ cpunumber, cpuspeed, memory }: Pick<Measured, 'cpunumber' | 'cpuspeed' | 'memory'>): Measured => ({
  ...(cpunumber && cpuspeed ? { cputotal: `${((cpunumber * cpuspeed) / 1_000).toFixed(1)} Ghz` } : {}),
  ...(memory ? { memorytotal: `${(memory / 1_024).toFixed(2)} GiB` } : {}),
});
