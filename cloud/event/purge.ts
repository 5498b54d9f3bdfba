// Clears what is kept for a while only: events and alerts past their days, changes nobody reads any more, jobs that can no
// longer be asked for, ended console sessions.
import type { Keeper } from '#kernel/keeper.ts';
import type { World } from '../context.ts';
import { deleteOlderAlerts } from '../alert/alert.ts';
import { deleteOldUsage, deleteStaleUsage } from '../vm/usage.ts';
import { deleteOlder } from './event.store.ts';
import { deleteOldCallCounts, deleteOldChanges, deleteOldJobs, deleteOldTokens } from './purge.store.ts';

const EVERY_MS = 60_000;
const CHANGES_KEPT_MIN = 10;

export function purgeKeeper({ db, settings }: World): Keeper {
  const last = new Map<string, number>();
  /** At most every so many seconds in this process. */
  const due = (what: string, everyS: number): boolean => {
    const now = Date.now();
    if (now - (last.get(what) ?? 0) < everyS * 1000) return false;
    last.set(what, now);
    return true;
  };
  return {
    name: 'purge',
    everyMs: EVERY_MS,
    run: async (signal) => {
      await untilNone(signal, () => deleteOldChanges(db.read, CHANGES_KEPT_MIN));
      await untilNone(signal, () => deleteOldJobs(db.read, settings.number('job.expire.minutes')));
      await untilNone(signal, () =>
        deleteOldTokens(db.read, settings.number('console.session.cleanup.retention.hours')),
      );
      await untilNone(signal, () => deleteOldCallCounts(db.read));
      await untilNone(signal, () => deleteStaleUsage(db.read));
      await untilNone(signal, () =>
        deleteOldUsage(db.read, Math.max(0, settings.number('vm.stats.max.retention.time'))),
      );
      const [eventDays, alertDays] = [settings.number('event.purge.delay'), settings.number('alert.purge.delay')];
      if (eventDays > 0 && due('events', settings.number('event.purge.interval')))
        await untilNone(signal, () => deleteOlder(db.read, eventDays));
      if (alertDays > 0 && due('alerts', settings.number('alert.purge.interval')))
        await untilNone(signal, () => deleteOlderAlerts(db.read, alertDays));
    },
  };
}

async function untilNone(signal: AbortSignal, deleteSome: () => Promise<number>): Promise<void> {
  while (!signal.aborted && (await deleteSome()) > 0);
}
