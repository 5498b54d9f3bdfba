// This server's row among the cloud's servers: a new run of it begins, or it signs off.
import { setTimeout as pass } from 'node:timers/promises';
import type { Db } from '#kernel/db.ts';
import { register, runsAlready, signOff, type NewServer } from './links.store.ts';
import type { Self } from './members.ts';

/** The database needs a moment to see that a process that was killed is gone. */
const PATIENCE_MS = 5_000;

export async function registerServer(db: Db, server: NewServer): Promise<Self> {
  const until = performance.now() + PATIENCE_MS;
  while (await runsAlready(db.read, server.name)) {
    if (performance.now() > until)
      throw new Error(
        `a management server named ${server.name} runs already; give this one a name of its own (name in its configuration)`,
      );
    await pass(100);
  }
  const mine = await db.tx((tx) => register(tx, server));
  return { ...mine, roles: server.roles };
}

/** People see at once that it is gone. */
export const endRegistration = async (db: Db, self: Self): Promise<void> => {
  await signOff(db.read, self).catch(() => {});
};
