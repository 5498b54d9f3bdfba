// Jobs of asynchronous commands.
import { command, domainScoping, everyone, p, paging } from '../define.ts';
import { uuidText } from '../texts.ts';
import { asyncJobResponse } from './responses.ts';

export const queryAsyncJobResult = command('queryAsyncJobResult', {
  summary: 'Show a job: whether it is done, its result, and its steps',
  roles: everyone,
  mode: 'sync',
  params: {
    jobId: p.uuid('asyncjob', { access: 'operate' }),
    resourceId: p.string({ ...uuidText, since: '4.22.1' }),
    resourceType: p.string({ since: '4.22.1' }),
  },
  returns: asyncJobResponse,
  shape: 'flat',
});

export const listAsyncJobs = command('listAsyncJobs', {
  summary: 'List jobs',
  roles: everyone,
  mode: 'list',
  params: {
    account: p.string(),
    managementServerId: p.uuid('managementserver', { since: '4.19' }),
    resourceId: p.string({ ...uuidText, since: '4.22.1' }),
    resourceType: p.string({ since: '4.22.1' }),
    startDate: p.date(),
    ...domainScoping,
    ...paging,
  },
  returns: asyncJobResponse,
});
