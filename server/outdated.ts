// Ends a server that has become too old for its database. Contracts wait for every living server, but one that was cut off and
// comes back was not living then: what it needs may be gone. Invariant: it does not go on for longer than one look.
import type { Db } from '#kernel/db.ts';
import { isLost } from '#kernel/db.ts';
import type { Log } from '#kernel/log.ts';
import { contractsSince } from './server.store.ts';

const LOOK_MS = 5_000;

export interface Watching {
  db: Db;
  log: Log;
  /** Those this release knows. */
  contracts: readonly string[];
  end: () => void;
}

/** Returns what stops the watching. */
export function watchSchema({ db, log, contracts, end }: Watching): () => void {
  const look = async (): Promise<void> => {
    const unknown = await contractsSince(db.read, contracts);
    if (unknown.length === 0) return;
    log.fatal({ unknown }, 'server.outdated');
    end();
  };
  const timer = setInterval(() => {
    look().catch((error: unknown) => {
      if (!isLost(error)) log.warn({ err: error }, 'server.outdated.unknown');
    });
  }, LOOK_MS);
  timer.unref();
  return () => clearInterval(timer);
}
