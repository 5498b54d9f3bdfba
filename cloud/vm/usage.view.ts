// What instances use, as answers show it: CloudStack's fields, KiB unless the name says otherwise.
import type { Shape } from '#api/define.ts';
import type { virtualMachineResponse } from '#api/vm/responses.ts';
import type { virtualMachineMetricsResponse } from '#api/metrics/responses.ts';
import type { statsResponse } from '#api/metrics/stats-responses.ts';
import { databaseNowMs } from '#kernel/clock.ts';
import { ANY } from '#kernel/fresh.ts';
import type { Cx } from '../context.ts';
import { usageNow, type Usage } from './usage.store.ts';

type Part = Shape<typeof virtualMachineResponse>;
type Measured = Pick<
  Shape<typeof virtualMachineMetricsResponse>,
  'networkread' | 'networkwrite' | 'diskread' | 'diskwrite' | 'diskiopstotal'
>;

const kib = (bytes: number): number => Math.round(bytes / 1024);
const mib = (bytes: number): string => `${(bytes / 1024 ** 2).toFixed(2)} MB`;

export const usageView = (usage: Usage): Part => ({
  cpuused: `${Math.round(usage.cpuPercent * 100) / 100}%`,
  memorykbs: usage.memoryKib,
  networkkbsread: kib(usage.networkRead),
  networkkbswrite: kib(usage.networkWrite),
  diskkbsread: kib(usage.diskRead),
  diskkbswrite: kib(usage.diskWrite),
  diskioread: usage.diskReads,
  diskiowrite: usage.diskWrites,
});

/** What `usageView` shows: other numbers with every sample. */
export const USAGE_FIELDS = [
  'cpuused',
  'memorykbs',
  'networkkbsread',
  'networkkbswrite',
  'diskkbsread',
  'diskkbswrite',
  'diskioread',
  'diskiowrite',
] as const;

/** Beside what is shown of the instance, where it is measured. */
export const withUsage = (shown: Part, usage: Usage | undefined): Part =>
  usage ? { ...shown, ...usageView(usage) } : shown;

/** The same with units beside it. */
export const usageTexts = (usage: Usage): Measured => ({
  networkread: mib(usage.networkRead),
  networkwrite: mib(usage.networkWrite),
  diskread: mib(usage.diskRead),
  diskwrite: mib(usage.diskWrite),
  diskiopstotal: usage.diskReads + usage.diskWrites,
});

/** One sample of the past. */
export const pastView = (usage: Usage): Shape<typeof statsResponse> => {
  const { networkread, networkwrite, diskiopstotal } = usageTexts(usage);
  return { timestamp: usage.at, ...usageView(usage), networkread, networkwrite, diskiopstotal };
};

/** Missing three intervals is not being measured any more. */
const MISSED = 3;

/** By instance: those that run and are measured. */
export async function usageOf(
  { tx, settings, found }: Pick<Cx, 'tx' | 'settings' | 'found'>,
  vmIds: readonly number[],
  accumulate: boolean | undefined,
): Promise<Map<number, Usage>> {
  const sinceStart = accumulate ?? settings.boolean('vm.stats.increment.metrics');
  const freshS = (MISSED * settings.number('vm.stats.interval')) / 1000;
  const measured = await found({
    key: `usage ${sinceStart} ${freshS} ${vmIds.join()}`,
    of: [['usage', ANY], ...vmIds.map((id) => ['vm', id] as const)],
    read: () => usageNow(tx, vmIds, { sinceStart, freshS }),
  });
  const since = databaseNowMs() - freshS * 1000; // what was remembered grew older
  return new Map(measured.filter(({ at }) => at.getTime() > since).map((usage) => [usage.vmId, usage]));
}
