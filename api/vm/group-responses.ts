// Instance and affinity groups as answers show them.
import { f, response } from '../define.ts';

export const dedicatedResourceResponse = response('dedicatedresource', {
  resourceid: f.string(),
  resourcename: f.string(),
  resourcetype: f.string({ apiType: 'type' }),
});

export const affinityGroupResponse = response('affinitygroup', {
  id: f.string(),
  name: f.string(),
  description: f.string(),
  account: f.string(),
  dedicatedresources: f.objects(() => dedicatedResourceResponse),
  domain: f.string(),
  domainid: f.string(),
  domainpath: f.string({ since: '4.19.2.0' }),
  project: f.string(),
  projectid: f.string(),
  type: f.string(),
  virtualmachineIds: f.strings(),
});

export const affinityGroupTypeResponse = response('affinityGroupType', {
  type: f.string(),
});

export const instanceGroupResponse = response('instancegroup', {
  id: f.string(),
  name: f.string(),
  account: f.string(),
  created: f.date(),
  domain: f.string(),
  domainid: f.string(),
  domainpath: f.string({ since: '4.19.2.0' }),
  hasannotations: f.boolean(),
  project: f.string(),
  projectid: f.string(),
});
