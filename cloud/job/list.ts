// listAsyncJobs: jobs of commands, the caller's or those below.
import { listAsyncJobs } from '#api/job/job.ts';
import { implement } from '../context.ts';
import { findJobs, stepsOf } from './job.store.ts';
import { jobView } from './job.view.ts';

export const list = implement(listAsyncJobs, async (cx, params) => {
  const { rows, count } = await findJobs(cx.tx, {
    ...cx,
    startDate: params.startDate,
    resourceUuid: params.resourceId,
    resourceType: params.resourceType,
  });
  const steps = await stepsOf(
    cx.tx,
    rows.map((row) => row.id),
  );
  return {
    items: rows.map((row) =>
      jobView(
        row,
        steps.filter((step) => step.jobId === row.id),
        { open: () => '***', isRoot: cx.caller.isRoot },
      ),
    ),
    count,
  };
});
