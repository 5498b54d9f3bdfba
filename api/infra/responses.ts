// Zones, pods, clusters and what they have, as answers show them.
import { f, response } from '../define.ts';
import { resourceIconResponse, tagResponse } from '../tag/responses.ts';

export const capacityResponse = response('capacity', {
  name: f.string(),
  capacityallocated: f.long(),
  capacitytotal: f.long(),
  capacityused: f.long(),
  clusterid: f.string(),
  clustername: f.string(),
  percentused: f.string(),
  podid: f.string(),
  podname: f.string(),
  tag: f.string({ since: '4.20.0' }),
  type: f.integer({ apiType: 'short' }),
  zoneid: f.string(),
  zonename: f.string(),
});

export const zoneResponse = response('zone', {
  id: f.string(),
  name: f.string(),
  displaytext: f.string(),
  description: f.string(),
  allocationstate: f.string(),
  allowuserspecifyvrmtu: f.boolean({ since: '4.18.0' }),
  asnrange: f.string(),
  capacity: f.objects(() => capacityResponse, { fullView: true }),
  dhcpprovider: f.string(),
  dns1: f.string({ fullView: true }),
  dns2: f.string({ fullView: true }),
  domain: f.string(),
  domainid: f.string(),
  domainname: f.string(),
  gputotal: f.long({ since: '4.21' }),
  gpuused: f.long({ since: '4.21' }),
  guestcidraddress: f.string({ fullView: true }),
  hasannotations: f.boolean(),
  icon: f.object(() => resourceIconResponse, { apiType: 'resourceiconresponse', since: '4.16.0.0' }),
  internaldns1: f.string({ fullView: true }),
  internaldns2: f.string({ fullView: true }),
  ip6dns1: f.string({ fullView: true }),
  ip6dns2: f.string({ fullView: true }),
  ismultiarch: f.boolean({ since: '4.20' }),
  isnsxenabled: f.boolean({ since: '4.20.0' }),
  localstorageenabled: f.boolean(),
  networktype: f.string(),
  provider: f.string({ since: '4.21.0' }),
  resourcedetails: f.map({ since: '4.3.0' }),
  routedmodeenabled: f.boolean({ since: '4.20.1' }),
  routerprivateinterfacemaxmtu: f.integer({ since: '4.18.0' }),
  routerpublicinterfacemaxmtu: f.integer({ since: '4.18.0' }),
  securitygroupsenabled: f.boolean(),
  storageaccessgroups: f.string({ since: '4.21.0' }),
  tags: f.objects(() => tagResponse, { apiType: 'set', since: '4.3' }),
  type: f.string({ since: '4.18.0' }),
  zonetoken: f.string(),
});

export const regionResponse = response('region', {
  id: f.integer(),
  name: f.string(),
  endpoint: f.string(),
  gslbserviceenabled: f.boolean(),
  portableipserviceenabled: f.boolean(),
});

export const podResponse = response('pod', {
  id: f.string(),
  name: f.string(),
  allocationstate: f.string(),
  capacity: f.objects(() => capacityResponse),
  endip: f.strings(),
  forsystemvms: f.strings(),
  gateway: f.string(),
  hasannotations: f.boolean(),
  ipranges: f.objects(() => ipRangeResponse, { since: '4.16.0' }),
  netmask: f.string(),
  startip: f.strings(),
  storageaccessgroups: f.string({ since: '4.21.0' }),
  vlanid: f.strings(),
  zoneid: f.string(),
  zonename: f.string(),
  zonestorageaccessgroups: f.string({ since: '4.21.0' }),
});

export const ipRangeResponse = response('iprange', {
  cidr: f.string(),
  endip: f.string(),
  forsystemvms: f.string(),
  gateway: f.string(),
  startip: f.string(),
  vlanid: f.string(),
});

export const clusterResponse = response('cluster', {
  id: f.string(),
  name: f.string(),
  allocationstate: f.string(),
  arch: f.string({ since: '4.20' }),
  capacity: f.objects(() => capacityResponse),
  clustertype: f.string(),
  cpuovercommitratio: f.string(),
  extensionid: f.string({ since: '4.21.0' }),
  extensionname: f.string({ since: '4.21.0' }),
  hasannotations: f.boolean(),
  hypervisortype: f.string(),
  managedstate: f.string(),
  memoryovercommitratio: f.string(),
  ovm3vip: f.string(),
  podid: f.string(),
  podname: f.string(),
  podstorageaccessgroups: f.string({ since: '4.21.0' }),
  resourcedetails: f.map(),
  storageaccessgroups: f.string({ since: '4.21.0' }),
  zoneid: f.string(),
  zonename: f.string(),
  zonestorageaccessgroups: f.string({ since: '4.21.0' }),
});

export const certificateResponse = response('certificates', {
  cacertificates: f.string(),
  certificate: f.string(),
  privatekey: f.string({ secret: true }),
});

export const caProviderResponse = response('caprovider', {
  name: f.string(),
  description: f.string(),
});
