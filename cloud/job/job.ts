// What others may ask of jobs.
import type { Tx } from '#kernel/db.ts';
import type { Caller } from '../context.ts';
import { jobIsVisible } from './job.store.ts';

export const jobIsVisibleTo = (tx: Tx, caller: Caller, uuid: string): Promise<boolean> =>
  jobIsVisible(tx, caller, uuid);
