// Resource limits and counts as answers show them.
import { f, response } from '../define.ts';

export const taggedLimitResponse = response('taggedlimit', {
  available: f.long(),
  limit: f.long(),
  resourcetype: f.integer(),
  resourcetypename: f.string(),
  tag: f.string(),
  total: f.long(),
});

export const resourceLimitResponse = response('resourcelimit', {
  account: f.string(),
  domain: f.string(),
  domainid: f.string(),
  domainpath: f.string({ since: '4.19.2.0' }),
  max: f.long(),
  project: f.string(),
  projectid: f.string(),
  resourcetype: f.string(),
  resourcetypename: f.string(),
  tag: f.string({ since: '4.20.0' }),
});

export const resourceCountResponse = response('resourcecount', {
  account: f.string(),
  domain: f.string(),
  domainid: f.string(),
  domainpath: f.string({ since: '4.19.2.0' }),
  project: f.string(),
  projectid: f.string(),
  resourcecount: f.long(),
  resourcetype: f.string(),
  resourcetypename: f.string(),
  tag: f.string({ since: '4.20.0' }),
});
