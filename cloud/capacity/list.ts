// listCapacity: by zone unless a pod or cluster is named; sorted by use, one level below what is named.
import { listCapacity } from '#api/infra/capacity.ts';
import { fail } from '#api/errors.ts';
import { capacityTypes, type CapacityType } from '#api/kinds.ts';
import { implement } from '../context.ts';
import { capacities, capacityView, percent } from './capacity.ts';
import type { Level, Part } from './capacity.store.ts';

export const list = implement(listCapacity, async (cx, params) => {
  const sorted = sortsByUse(params.sortBy);
  const part: Part = {
    level: levelOf(params, sorted),
    zoneId: params.zoneId,
    podId: params.podId,
    clusterId: params.clusterId,
    tag: params.tag,
  };
  const found = await capacities(cx, part, params.type === undefined ? undefined : typeOf(params.type));
  const shown =
    cx.keyword === undefined
      ? found
      : found.filter((one) => one.type.toLowerCase().includes(cx.keyword!.toLowerCase()));
  if (sorted) shown.sort((a, b) => percent(b) - percent(a));
  return { items: shown.slice(cx.page.offset, cx.page.offset + cx.page.limit).map(capacityView), count: shown.length };
});

function sortsByUse(text: string | undefined): boolean {
  if (text === undefined) return false;
  if (text.toLowerCase() !== 'usage')
    fail('invalidParameter', `sortby is '${text}'; accepted: usage`, { parameter: 'sortby' });
  return true;
}

function levelOf(
  { zoneId, podId, clusterId }: { zoneId?: number; podId?: number; clusterId?: number },
  sorted: boolean,
): Level {
  if (clusterId !== undefined) return 'cluster';
  if (podId !== undefined) return sorted ? 'cluster' : 'pod';
  return sorted && zoneId !== undefined ? 'pod' : 'zone';
}

function typeOf(number: number): CapacityType {
  const found = Object.entries(capacityTypes).find(([, value]) => value === number)?.[0] as CapacityType | undefined;
  return (
    found ??
    fail(
      'invalidParameter',
      `type is ${number}; accepted: ${Object.entries(capacityTypes)
        .map(([name, value]) => `${value} (${name})`)
        .join(', ')}`,
      { parameter: 'type' },
    )
  );
}
