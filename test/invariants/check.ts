// The whole check: what a cloud at rest breaks of its invariants. For every scenario that ends; the chaos runner is one.
import type { Saved } from '#agent/sim/control.ts';
import type { Db } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';
import { brokenOnHosts } from './hosts.ts';
import { broken } from './invariant.ts';
import { inRows } from './rows.ts';
import { inSums } from './sums.ts';

/** Sentences of what is wrong; none where all is well. `held` is what the simulated hosts hold, where there are some. */
export const violations = async (db: Db, held?: Saved): Promise<string[]> => [
  ...(await broken(db.read, [...inRows, ...inSums])),
  ...(held ? await brokenOnHosts(db.read, held) : []),
];

export interface SettleOptions {
  db: Db;
  held: () => Promise<Saved>;
  withinMs: number;
}

const LOOK_EVERY_MS = 500;

/** Waits until nothing is wrong any more, with the keepers hurried; what is still wrong when the time is over. */
export async function settled({ db, held, withinMs }: SettleOptions): Promise<string[]> {
  for (const end = Date.now() + withinMs; ;) {
    const wrong = await violations(db, await held());
    if (wrong.length === 0 || Date.now() > end) return wrong;
    await db.read.run(sql`update keeper set next = clock_timestamp() where next > clock_timestamp()`);
    await new Promise((resolve) => {
      setTimeout(resolve, LOOK_EVERY_MS);
    });
  }
}
