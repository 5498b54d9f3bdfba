// What guests use, from the counters that their hosts report with every ping: each interval (`vm.stats.interval`) one sample of
// each guest, all of a second in one statement. Counters begin anew with the guest's process.
import type { Settings } from '#kernel/settings.ts';
import type { Db } from '#kernel/db.ts';
import { writeUsage, type UsageSample } from './usage.store.ts';

export { deleteOldUsage, deleteStaleUsage, type UsageSample } from './usage.store.ts';

export interface GuestCounters {
  name: string;
  power: string;
  cpuSeconds: number;
  memoryKib: number;
  diskReadBytes: number;
  diskWriteBytes: number;
  diskReadOps: number;
  diskWriteOps: number;
  nics: readonly { rxBytes: number; txBytes: number }[];
}

interface Seen {
  atMs: number;
  counters: Counters;
}
interface Counters {
  cpuSeconds: number;
  networkRead: number;
  networkWrite: number;
  diskRead: number;
  diskWrite: number;
  diskReads: number;
  diskWrites: number;
}

const MIN_INTERVAL_MS = 1_000;

/** Of the hosts that are linked to this process. What it remembers is the last sample of each running guest. */
export class UsageMeter {
  readonly #seen = new Map<number, Map<string, Seen>>();
  readonly #intervalMs: () => number;

  constructor(intervalMs: () => number) {
    this.#intervalMs = intervalMs;
  }

  /** The samples that are due with this report of a host. The first report of a guest only begins its interval. */
  heard(hostId: number, guests: readonly GuestCounters[], nowMs: number): UsageSample[] {
    const before = this.#seen.get(hostId) ?? new Map<string, Seen>();
    const now = new Map<string, Seen>();
    const due: UsageSample[] = [];
    for (const guest of guests) {
      if (guest.power !== 'Running') continue;
      const [last, counters] = [before.get(guest.name), countersOf(guest)];
      const isDue = last !== undefined && nowMs - last.atMs >= Math.max(MIN_INTERVAL_MS, this.#intervalMs());
      if (isDue) due.push(sampleOf(hostId, guest, { last, counters, nowMs }));
      now.set(guest.name, last === undefined || isDue ? { atMs: nowMs, counters } : last);
    }
    if (now.size > 0) this.#seen.set(hostId, now);
    else this.#seen.delete(hostId);
    return due;
  }

  /** The host is linked to another server, or to none. */
  forget(hostId: number): void {
    this.#seen.delete(hostId);
  }
}

const countersOf = (guest: GuestCounters): Counters => ({
  cpuSeconds: guest.cpuSeconds,
  networkRead: guest.nics.reduce((sum, { rxBytes }) => sum + rxBytes, 0),
  networkWrite: guest.nics.reduce((sum, { txBytes }) => sum + txBytes, 0),
  diskRead: guest.diskReadBytes,
  diskWrite: guest.diskWriteBytes,
  diskReads: guest.diskReadOps,
  diskWrites: guest.diskWriteOps,
});

function sampleOf(
  hostId: number,
  guest: GuestCounters,
  { last, counters, nowMs }: { last: Seen; counters: Counters; nowMs: number },
): UsageSample {
  const isNewProcess = counters.cpuSeconds < last.counters.cpuSeconds;
  const grown = (of: keyof Counters): number =>
    isNewProcess ? counters[of] : Math.max(0, counters[of] - last.counters[of]);
  return {
    hostId,
    name: guest.name,
    seconds: (nowMs - last.atMs) / 1000,
    cpuSeconds: grown('cpuSeconds'),
    memoryKib: guest.memoryKib,
    networkRead: grown('networkRead'),
    networkWrite: grown('networkWrite'),
    diskRead: grown('diskRead'),
    diskWrite: grown('diskWrite'),
    diskReads: grown('diskReads'),
    diskWrites: grown('diskWrites'),
    networkReadTotal: counters.networkRead,
    networkWriteTotal: counters.networkWrite,
    diskReadTotal: counters.diskRead,
    diskWriteTotal: counters.diskWrite,
    diskReadsTotal: counters.diskReads,
    diskWritesTotal: counters.diskWrites,
  };
}

const MOST_AT_ONCE = 5_000;

/** The samples of a moment, in few statements. Without a time to keep them only the last of each instance is kept. */
export async function keepUsage(db: Db, settings: Settings, samples: readonly UsageSample[]): Promise<void> {
  const keepsPast = settings.number('vm.stats.max.retention.time') > 0;
  for (let at = 0; at < samples.length; at += MOST_AT_ONCE)
    await writeUsage(db.read, samples.slice(at, at + MOST_AT_ONCE), keepsPast);
}
