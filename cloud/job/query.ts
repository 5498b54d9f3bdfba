// queryAsyncJobResult: one job, by its id or by what it is about.
import { queryAsyncJobResult } from '#api/job/job.ts';
import { fail, notFoundText } from '#api/errors.ts';
import { implement } from '../context.ts';
import { jobById, newestJobOf, stepsOf, jobIsVisible, type JobView } from './job.store.ts';
import { jobView } from './job.view.ts';

export const query = implement(queryAsyncJobResult, async (cx, params) => {
  const job = await find(cx.tx, params);
  if (!job || !(await jobIsVisible(cx.tx, cx.caller, job.uuid))) {
    if (job) fail('permissionDenied', `Account ${cx.caller.accountName} may not see this job`, { parameter: 'jobid' });
    fail('notFound', notFoundText('queryAsyncJobResult', 'jobid', String(params.resourceId ?? params.jobId)), {
      parameter: 'jobid',
    });
  }
  return jobView(job, await stepsOf(cx.tx, [job.id]), { open: cx.sealer.open, isRoot: cx.caller.isRoot });
});

async function find(
  tx: Parameters<typeof jobById>[0],
  params: { jobId?: number; resourceId?: string; resourceType?: string },
): Promise<JobView | undefined> {
  if (params.jobId !== undefined) return jobById(tx, params.jobId);
  if (!params.resourceId || !params.resourceType)
    return fail(
      'missingParameter',
      'Unable to execute API command queryasyncjobresult due to missing parameter jobid (or resourceid with resourcetype)',
      { parameter: 'jobid' },
    );
  return newestJobOf(tx, { type: params.resourceType, uuid: params.resourceId });
}
