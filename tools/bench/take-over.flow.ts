// The workflow of the take-over benchmark: steps that wait for a host for as long as hosts take, and tell when they begin and when
// they were done.
import { workflow, type Workflow } from '#kernel/job.ts';
import { STEPS } from './engine-world.ts';

export interface Watcher {
  begun(job: string): void;
  done(job: string): void;
}

export const slow = ({ begun, done }: Watcher): Workflow<{ n: number }, unknown> =>
  workflow<{ n: number }, unknown>('bench.slow', async (job) => {
    for (let step = 1; step <= STEPS; step += 1)
      await job.call(`step ${step}`, async () => {
        begun(job.uuid);
        await new Promise((resolve) => {
          setTimeout(resolve, 75 + Math.random() * 150);
        });
        done(job.uuid);
        return {};
      });
  });

export const unwatched: Watcher = { begun: () => {}, done: () => {} };
