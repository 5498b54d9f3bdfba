// What is measured, beside the thing it is measured on.
import { f, response } from '../define.ts';
import { managementServerResponse } from '../config/responses.ts';
import { hostResponse } from '../infra/host-responses.ts';
import { capacityResponse, clusterResponse, zoneResponse } from '../infra/responses.ts';
import { storagePoolResponse } from '../storage/responses.ts';
import { volumeResponse } from '../storage/volume-responses.ts';
import { virtualMachineResponse } from '../vm/responses.ts';

export const infrastructureResponse = response('infrastructure', {
  alerts: f.integer(),
  backuprepositories: f.integer({ since: '4.22.0' }),
  clusters: f.integer(),
  cpusockets: f.integer(),
  hosts: f.integer(),
  ilbvms: f.integer(),
  imagestores: f.integer(),
  managementservers: f.integer(),
  objectstores: f.integer(),
  pods: f.integer(),
  routers: f.integer(),
  storagepools: f.integer(),
  systemvms: f.integer(),
  zones: f.integer(),
});

export const managementServerMetricsResponse = response('managementserver', {
  ...managementServerResponse.fields,
  agentcount: f.integer(),
  availableprocessors: f.integer(),
  collectiontime: f.date(),
  cpuload: f.string(),
  dbislocal: f.boolean(),
  heapmemorytotal: f.long(),
  heapmemoryused: f.long(),
  loginfo: f.string(),
  sessions: f.long(),
  systemcycleusage: f.numbers({ apiType: 'long[]' }),
  systemloadaverages: f.numbers({ apiType: 'double[]' }),
  systemmemoryfree: f.string(),
  systemmemorytotal: f.string(),
  systemmemoryused: f.string(),
  systemmemoryvirtualsize: f.string(),
  systemtotalcpucycles: f.double(),
  threadsblockedcount: f.integer(),
  threadsdaemoncount: f.integer(),
  threadsrunnablecount: f.integer(),
  threadsteminatedcount: f.integer(),
  threadstotalcount: f.integer(),
  threadswaitingcount: f.integer(),
  usageislocal: f.boolean(),
});

export const zoneMetricsResponse = response('zone', {
  ...zoneResponse.fields,
  capacity: f.objects(() => capacityResponse),
  clusters: f.string(),
  cpuallocated: f.string(),
  cpuallocateddisablethreshold: f.boolean(),
  cpuallocatedthreshold: f.boolean(),
  cpudisablethreshold: f.boolean(),
  cpumaxdeviation: f.string(),
  cputhreshold: f.boolean(),
  cputotal: f.string(),
  cpuused: f.string(),
  dns1: f.string(),
  dns2: f.string(),
  guestcidraddress: f.string(),
  internaldns1: f.string(),
  internaldns2: f.string(),
  ip6dns1: f.string(),
  ip6dns2: f.string(),
  memoryallocated: f.string(),
  memoryallocateddisablethreshold: f.boolean(),
  memoryallocatedthreshold: f.boolean(),
  memorydisablethreshold: f.boolean(),
  memorymaxdeviation: f.string(),
  memorythreshold: f.boolean(),
  memorytotal: f.string(),
  memoryused: f.string(),
  state: f.string(),
});

export const clusterMetricsResponse = response('cluster', {
  ...clusterResponse.fields,
  cpuallocated: f.string(),
  cpuallocateddisablethreshold: f.boolean(),
  cpuallocatedthreshold: f.boolean(),
  cpudisablethreshold: f.boolean(),
  cpumaxdeviation: f.string(),
  cputhreshold: f.boolean(),
  cputotal: f.string(),
  cpuused: f.string(),
  drsimbalance: f.string(),
  hosts: f.string(),
  memoryallocated: f.string(),
  memoryallocateddisablethreshold: f.boolean(),
  memoryallocatedthreshold: f.boolean(),
  memorydisablethreshold: f.boolean(),
  memorymaxdeviation: f.string(),
  memorythreshold: f.boolean(),
  memorytotal: f.string(),
  memoryused: f.string(),
  state: f.string(),
});

export const hostMetricsResponse = response('host', {
  ...hostResponse.fields,
  cpuallocateddisablethreshold: f.boolean(),
  cpuallocatedghz: f.string(),
  cpuallocatedthreshold: f.boolean(),
  cpudisablethreshold: f.boolean(),
  cputhreshold: f.boolean(),
  cputotalghz: f.string(),
  cpuusedghz: f.string(),
  instances: f.string(),
  memoryallocateddisablethreshold: f.boolean(),
  memoryallocatedgb: f.string(),
  memoryallocatedthreshold: f.boolean(),
  memorydisablethreshold: f.boolean(),
  memorythreshold: f.boolean(),
  memorytotalgb: f.string(),
  memoryusedgb: f.string(),
  networkread: f.string(),
  networkwrite: f.string(),
  powerstate: f.string({ apiType: 'powerstate' }),
  systeminstances: f.string(),
});

export const storagePoolMetricsResponse = response('storagepool', {
  ...storagePoolResponse.fields,
  disksizeallocatedgb: f.string(),
  disksizetotalgb: f.string(),
  disksizeunallocatedgb: f.string(),
  disksizeusedgb: f.string(),
  storageallocateddisablethreshold: f.boolean(),
  storageallocatedthreshold: f.boolean(),
  storageusagedisablethreshold: f.boolean(),
  storageusagethreshold: f.boolean(),
});

export const virtualMachineMetricsResponse = response('virtualmachine', {
  ...virtualMachineResponse.fields,
  cputotal: f.string(),
  diskiopstotal: f.long(),
  diskread: f.string(),
  diskwrite: f.string(),
  memorytotal: f.string(),
  networkread: f.string(),
  networkwrite: f.string(),
});

export const volumeMetricsResponse = response('volume', {
  ...volumeResponse.fields,
  diskiopstotal: f.long(),
  sizegb: f.string(),
});
