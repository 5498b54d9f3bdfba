// What time it is, by the database's clock: the one clock that all servers have in common. What is written as a time, and what
// is compared with a written one, goes by it; the clock of the machine that a server runs on may be wrong. Between two looks
// the process's own running time is added, which nobody can set.
import type { Db } from './db.ts';
import { sql } from './sql.ts';

const LOOK_EVERY_MS = 30_000;

/** By the machine's clock until the database has been asked. */
let known = { at: Date.now(), since: performance.now() };

/** By the database's clock, within milliseconds. */
export const databaseNow = (): Date => new Date(databaseNowMs());
export const databaseNowMs = (): number => known.at + performance.now() - known.since;

async function look(db: Pick<Db, 'read'>): Promise<void> {
  const before = performance.now();
  const { ms } = await db.read.one<{ ms: number }>(
    sql`select extract(epoch from clock_timestamp())::float8 * 1000 as ms`,
  );
  const after = performance.now();
  known = { at: ms, since: (before + after) / 2 };
}

/** Asks the database now and from time to time. */
export async function keepClock(db: Pick<Db, 'read'>): Promise<{ close(): void }> {
  await look(db);
  const timer = setInterval(() => void look(db).catch(() => {}), LOOK_EVERY_MS);
  timer.unref();
  return { close: () => clearInterval(timer) };
}
