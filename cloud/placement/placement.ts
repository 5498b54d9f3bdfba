// Where a guest goes, and why not elsewhere. The decision reserves the host's capacity in the same transaction; the record of
// it says which hosts were considered and what each lacked, for administrators by host, for tenants in one sentence.
import { fail } from '#api/errors.ts';
import type { Tx } from '#kernel/db.ts';
import { holdGroups } from './affinity.store.ts';
import type { Settings } from '#kernel/settings.ts';
import { candidates, refusals, reserveHost, type Need, type Refusal, type Rules } from './placement.store.ts';

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

/** Chooses and reserves. Throws insufficientServerCapacity with the sentence when nothing fits. */
export async function place(tx: Tx, need: Need): Promise<Placement> {
  await holdGroups(tx, need.affinity);
  for (const host of await candidates(tx, need)) {
    if (!(await reserveHost(tx, host.id, need))) continue; // another guest was quicker
    const why = await refusals(tx, need);
    const considered = why.reduce((sum, one) => sum + one.hosts, 0) + host.fitting;
    return {
      hostId: host.id,
      hostUuid: host.uuid,
      hostName: host.name,
      considered,
      refused: why,
      text: `Placed on ${host.name}: ${host.fitting} of ${considered} hosts fitted`,
    };
  }
  return fail('insufficientServerCapacity', sentence(need, await refusals(tx, need)));
}

/** Dry run: what `place` would say, reserving nothing. */
export async function explain(
  tx: Tx,
  need: Need,
): Promise<{ fits: { uuid: string; name: string }[]; refused: Refusal[] }> {
  return { fits: await candidates(tx, need), refused: await refusals(tx, need) };
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
