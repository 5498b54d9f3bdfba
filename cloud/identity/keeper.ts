// Clears sessions whose time is over.
import type { Keeper } from '#kernel/keeper.ts';
import type { World } from '../context.ts';
import { deleteExpiredSessions } from './session.store.ts';

export const sessionKeeper = ({ db }: World): Keeper => ({
  name: 'sessions.expire',
  everyMs: 60_000,
  run: async () => {
    await deleteExpiredSessions(db.read);
  },
});
