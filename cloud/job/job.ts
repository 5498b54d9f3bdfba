// What others may ask of jobs.
import type { Tx } from '#kernel/db.ts';
import type { Caller } from '../context.ts';
import { jobIsVisible, jobsByIds, stepsOf } from './job.store.ts';
import { timeline } from './job.view.ts';

export const jobIsVisibleTo = (tx: Tx, caller: Caller, uuid: string): Promise<boolean> =>
  jobIsVisible(tx, caller, uuid);

export interface Walk {
  name?: string | null | undefined;
  state?: string | null | undefined;
  started?: Date | null | undefined;
  ended?: Date | null | undefined;
  text?: string | null | undefined;
}
/** The steps of jobs so far, by job, in full: for root. */
export async function jobWalks(tx: Tx, ids: readonly number[]): Promise<Map<number, Walk[]>> {
  const steps = await stepsOf(tx, ids);
  const jobs = await jobsByIds(tx, ids);
  return new Map(
    jobs.map((job) => [
      job.id,
      timeline(
        job,
        steps.filter((step) => step.jobId === job.id),
        { isRoot: true },
      ),
    ]),
  );
}
