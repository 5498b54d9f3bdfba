// Hosts and hypervisors as answers show them.
import { f, response } from '../define.ts';

export const vgpuResponse = response('vgpu', {
  maxcapacity: f.long(),
  maxheads: f.long(),
  maxresolutionx: f.long(),
  maxresolutiony: f.long(),
  maxvgpuperpgpu: f.long(),
  remainingcapacity: f.long(),
  vgputype: f.string(),
  videoram: f.long(),
});

export const gpuResponse = response('gpu', {
  gpugroupname: f.string(),
  vgpu: f.objects(() => vgpuResponse),
});

export const hostHaResponse = response('hostha', {
  haenable: f.boolean(),
  haprovider: f.string(),
  hastate: f.string({ apiType: 'hastate' }),
  hostid: f.string(),
  status: f.boolean(),
});

export const haProviderResponse = response('haprovider', {
  haprovider: f.string(),
  type: f.strings(),
});

export const outOfBandManagementResponse = response('outofbandmanagement', {
  description: f.string(),
  action: f.string(),
  address: f.string(),
  driver: f.string(),
  enabled: f.boolean(),
  hostid: f.string(),
  password: f.string(),
  port: f.string(),
  powerstate: f.string({ apiType: 'powerstate' }),
  status: f.boolean(),
  username: f.string(),
});

export const hostResponse = response('host', {
  id: f.string(),
  name: f.string(),
  annotation: f.string({ since: '4.11' }),
  arch: f.string({ since: '4.20' }),
  capabilities: f.string(),
  clusterid: f.string(),
  clustername: f.string(),
  clusterstorageaccessgroups: f.string({ since: '4.21.0' }),
  clustertype: f.string(),
  cpuallocated: f.string(),
  cpuallocatedpercentage: f.string(),
  cpuallocatedvalue: f.long(),
  cpuallocatedwithoverprovisioning: f.string(),
  cpuloadaverage: f.double(),
  cpunumber: f.integer(),
  cpusockets: f.integer(),
  cpuspeed: f.long(),
  cpuused: f.string(),
  cpuwithoverprovisioning: f.string(),
  created: f.date(),
  details: f.map({ since: '4.5' }),
  disconnected: f.date(),
  disksizeallocated: f.long(),
  disksizetotal: f.long(),
  encryptionsupported: f.boolean({ since: '4.18' }),
  events: f.string(),
  explicithosttags: f.string({ since: '4.20.0' }),
  extensionid: f.string({ since: '4.21.0' }),
  extensionname: f.string({ since: '4.21.0' }),
  gpugroup: f.objects(() => gpuResponse, { since: '4.4' }),
  gputotal: f.long({ since: '4.21' }),
  gpuused: f.long({ since: '4.21' }),
  guestosrule: f.string(),
  hahost: f.boolean(),
  hasannotations: f.boolean(),
  hasenoughcapacity: f.boolean(),
  hostha: f.object(() => hostHaResponse, { apiType: 'hostharesponse' }),
  hosttags: f.string(),
  hypervisor: f.string(),
  hypervisorversion: f.string(),
  implicithosttags: f.string({ since: '4.20.0' }),
  instanceconversionsupported: f.boolean({ since: '4.19.1' }),
  ipaddress: f.string(),
  islocalstorageactive: f.boolean(),
  istagarule: f.boolean(),
  lastannotated: f.date({ since: '4.11' }),
  lastpinged: f.date(),
  managementserverid: f.string(),
  managementservername: f.string({ since: '4.21.0' }),
  memoryallocated: f.long(),
  memoryallocatedbytes: f.long(),
  memoryallocatedpercentage: f.string(),
  memorytotal: f.long(),
  memoryused: f.long(),
  memorywithoverprovisioning: f.string(),
  msid: f.long(),
  networkkbsread: f.long(),
  networkkbswrite: f.long(),
  oscategoryid: f.string(),
  oscategoryname: f.string(),
  outofbandmanagement: f.object(() => outOfBandManagementResponse, { apiType: 'outofbandmanagementresponse' }),
  podid: f.string(),
  podname: f.string(),
  podstorageaccessgroups: f.string({ since: '4.21.0' }),
  removed: f.date(),
  resourcestate: f.string(),
  state: f.string({ apiType: 'status' }),
  storageaccessgroups: f.string({ since: '4.21.0' }),
  suitableformigration: f.boolean(),
  type: f.string({ apiType: 'type' }),
  ueficapability: f.boolean(),
  username: f.string({ since: '4.11' }),
  version: f.string(),
  virtualmachineid: f.string({ since: '4.21.0' }),
  zoneid: f.string(),
  zonename: f.string(),
  zonestorageaccessgroups: f.string({ since: '4.21.0' }),
});

export const hostForMigrationResponse = response('host', {
  ...hostResponse.fields,
  requiresStorageMotion: f.boolean(),
});

export const hostTagResponse = response('hosttag', {
  id: f.string(),
  name: f.string(),
  hostid: f.long(),
  isimplicit: f.boolean({ since: '4.20.0' }),
});

export const hypervisorResponse = response('hypervisor', {
  name: f.string(),
});

export const hypervisorCapabilitiesResponse = response('hypervisorCapabilities', {
  id: f.string(),
  hypervisor: f.string(),
  hypervisorversion: f.string(),
  maxdatavolumeslimit: f.integer(),
  maxguestslimit: f.long(),
  maxhostspercluster: f.integer(),
  securitygroupenabled: f.boolean(),
  storagemotionenabled: f.boolean(),
  vmsnapshotenabled: f.boolean(),
});
