// Verbs of jobs, by command.
import { list as listAsyncJobs } from '#cloud/job/list.ts';
import { query as queryAsyncJobResult } from '#cloud/job/query.ts';

export const job = { queryAsyncJobResult, listAsyncJobs };
