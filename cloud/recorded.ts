// For asynchronous commands that need nothing but the database: what they change is written in the transaction of the request,
// so it is there or it is not; the job only carries the answer to whoever waits for it.
import { workflow } from '#kernel/job.ts';
import type { World } from './context.ts';

export interface Recorded {
  id: number;
}

export const recorded = workflow<Recorded, Recorded, World>('recorded', async (_job, input) => input);
