// Tags, icons, details and comments as answers show them.
import { f, response } from '../define.ts';

export const tagResponse = response('tag', {
  account: f.string(),
  customer: f.string(),
  domain: f.string(),
  domainid: f.string(),
  domainpath: f.string({ since: '4.19.2.0' }),
  key: f.string(),
  project: f.string(),
  projectid: f.string(),
  resourceid: f.string(),
  resourcetype: f.string(),
  value: f.string(),
});

export const resourceIconResponse = response('icon', {
  base64image: f.string(),
  resourceid: f.string(),
  resourcetype: f.string({ apiType: 'resourceobjecttype' }),
});

export const resourceDetailResponse = response('resourcedetail', {
  fordisplay: f.boolean({ since: '4.3' }),
  key: f.string(),
  resourceid: f.string(),
  resourcetype: f.string(),
  value: f.string(),
});

export const annotationResponse = response('annotation', {
  id: f.string(),
  adminsonly: f.boolean(),
  annotation: f.string(),
  created: f.date(),
  entityid: f.string(),
  entityname: f.string(),
  entitytype: f.string(),
  removed: f.date(),
  userid: f.string(),
  username: f.string(),
});
