// Jobs, events and alerts as answers show them.
import { f, response } from '../define.ts';

/** One step of a job, an extension of ours beside CloudStack's fields. */
export const jobStepResponse = response('jobstep', {
  name: f.string(),
  state: f.string(),
  started: f.date(),
  ended: f.date(),
  percent: f.integer(),
  text: f.string(),
});

export const asyncJobResponse = response('asyncjobs', {
  account: f.string(),
  accountid: f.string(),
  cmd: f.string(),
  completed: f.date(),
  created: f.date(),
  domainid: f.string(),
  domainpath: f.string(),
  jobinstanceid: f.string(),
  jobinstancetype: f.string(),
  jobprocstatus: f.integer(),
  jobresult: f.map({ apiType: 'responseobject' }),
  jobresultcode: f.integer(),
  jobresulttype: f.string(),
  managementserverid: f.string({ since: '4.19' }),
  managementservername: f.string({ since: '4.21.0' }),
  userid: f.string(),
  progress: f.integer({ summary: 'how much is done, in percent; an extension of ours' }),
  steps: f.objects(() => jobStepResponse, { summary: 'the steps taken so far; an extension of ours' }),
});

export const eventResponse = response('event', {
  id: f.string(),
  description: f.string(),
  account: f.string(),
  archived: f.boolean(),
  created: f.date(),
  domain: f.string(),
  domainid: f.string(),
  domainpath: f.string({ since: '4.19.2.0' }),
  level: f.string(),
  parentid: f.string(),
  project: f.string(),
  projectid: f.string(),
  resourceid: f.string({ since: '4.17.0' }),
  resourcename: f.string({ since: '4.17.0' }),
  resourcetype: f.string({ since: '4.17.0' }),
  state: f.string({ apiType: 'state' }),
  type: f.string(),
  username: f.string(),
});

export const eventTypeResponse = response('eventtype', {
  name: f.string(),
});

export const alertResponse = response('alert', {
  id: f.string(),
  name: f.string({ since: '4.3' }),
  description: f.string(),
  sent: f.date(),
  type: f.integer({ apiType: 'short' }),
});

export const alertTypeResponse = response('alerttype', {
  name: f.string(),
  alerttypeid: f.integer({ apiType: 'short' }),
  repetitionallowed: f.boolean({ since: '4.22.0' }),
});
