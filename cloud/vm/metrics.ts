// listVirtualMachinesMetrics: instances with how large they are, as texts with units. What guests use (CPU, traffic, disk
// operations) is not kept by this cloud, so those fields are left out: an absent number is never shown as zero.
import type { Shape } from '#api/define.ts';
import { listVirtualMachinesMetrics } from '#api/metrics/metrics.ts';
import type { virtualMachineMetricsResponse } from '#api/metrics/responses.ts';
import { implement } from '../context.ts';
import { wantedVms } from './list.ts';
import { showVms } from './show.ts';

type Measured = Shape<typeof virtualMachineMetricsResponse>;

export const listMetrics = implement(listVirtualMachinesMetrics, async (cx, params) => {
  const { ids, count } = await wantedVms(cx, params);
  if (params.retrieveOnlyResourceCount) return { items: [], count };
  return { items: (await showVms(cx, ids)).map((vm) => ({ ...vm, ...sizeView(vm) })), count };
});

const sizeView = ({ cpunumber, cpuspeed, memory }: Pick<Measured, 'cpunumber' | 'cpuspeed' | 'memory'>): Measured => ({
  ...(cpunumber && cpuspeed ? { cputotal: `${((cpunumber * cpuspeed) / 1_000).toFixed(1)} Ghz` } : {}),
  ...(memory ? { memorytotal: `${(memory / 1_024).toFixed(2)} GiB` } : {}),
});
