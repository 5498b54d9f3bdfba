// Where a guest goes, and why not elsewhere. The decision reserves the host's capacity in the same transaction; the record of
// it says which hosts were considered and what each lacked, for administrators by host, for tenants in one sentence.
import { fail } from '#api/errors.ts';
import type { Tx } from '#kernel/db.ts';
import { holdGroups } from './affinity.store.ts';
import type { Settings } from '#kernel/settings.ts';
import { reserveHost, survey, type Need, type Part, type Refusal, type Rules } from './placement.store.ts';

export type { Need } from './placement.store.ts';

export interface Placement {
  hostId: number;
  hostUuid: string;
  hostName: string;
  considered: number;
  refused: { why: string; hosts: number; names: string[] }[];
  text: string;
}

/** What the operator has set for all instances. */
export const placementRules = (settings: Settings, accountId: number): Rules => ({
  fullFrom: settings.boolean('cluster.threshold.enabled')
    ? {
        cpu: settings.number('cluster.cpu.allocated.capacity.disablethreshold'),
        memory: settings.number('cluster.memory.allocated.capacity.disablethreshold'),
      }
    : undefined,
  algorithm: settings.text('vm.allocation.algorithm') as Rules['algorithm'],
  accountId,
});

/** Chooses and reserves. Throws insufficientServerCapacity with the sentence when nothing fits. Of a large zone some hosts are
 * looked at, and all of them where none of those will do. */
export async function place(tx: Tx, need: Need): Promise<Placement> {
  await holdGroups(tx, need.affinity);
  if (mayChooseAmongSome(need)) {
    const placed = await placeIn(tx, need, 'some');
    if ('hostId' in placed) return placed;
  }
  const placed = await placeIn(tx, need, 'all');
  return 'hostId' in placed ? placed : fail('insufficientServerCapacity', sentence(need, placed.refused));
}

/** What is wished of a place, or of those near it, is looked for everywhere. */
const mayChooseAmongSome = ({ podId, clusterId, hostId, affinity }: Need): boolean =>
  !podId && !clusterId && !hostId && !affinity?.groupIds.length;

async function placeIn(tx: Tx, need: Need, part: Part): Promise<Placement | { refused: Refusal[] }> {
  const { fits, fitting, refused } = await survey(tx, need, part);
  for (const host of fits) {
    if (!(await reserveHost(tx, host.id, need))) continue; // another guest was quicker
    const considered = refused.reduce((sum, one) => sum + one.hosts, 0) + fitting;
    return {
      hostId: host.id,
      hostUuid: host.uuid,
      hostName: host.name,
      considered,
      refused,
      text: `Placed on ${host.name}: ${fitting} of ${considered} hosts fitted`,
    };
  }
  return { refused };
}

/** Dry run: what `place` would say, reserving nothing. */
export async function explain(
  tx: Tx,
  need: Need,
): Promise<{ fits: { uuid: string; name: string }[]; refused: Refusal[] }> {
  return survey(tx, need, 'all');
}

/** One sentence an end user understands, without any name of a host or another tenant. */
export function sentence(need: Need, why: readonly Refusal[]): string {
  const asked = `${need.cpus} × ${need.cpuMhz} MHz and ${need.memoryMib} MiB of memory${need.hostTags.length > 0 ? ` on a host tagged ${need.hostTags.join(', ')}` : ''}`;
  if (why.length === 0) return `No host can take this instance (${asked}): there are no hosts where it may run`;
  const counted = why.map(
    ({ why: text, hosts }) =>
      `${hosts} ${hosts === 1 ? 'host' : 'hosts'} ${hosts === 1 ? text : text.replace(/^(is|has|lacks|reaches|runs|belongs)\b/, (verb) => PLURAL[verb]!)}`,
  );
  return `No host can take this instance (${asked}): ${counted.join('; ')}`;
}
const PLURAL: Record<string, string> = {
  is: 'are',
  has: 'have',
  lacks: 'lack',
  reaches: 'reach',
  runs: 'run',
  belongs: 'belong',
};

export { affinityTypes } from './affinity.store.ts';
export { holdHost, releaseHost, verdicts } from './placement.store.ts';
