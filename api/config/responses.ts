// Settings, management servers and what the server says of itself, as answers show them.
import { type Response, f, response, rootOnly } from '../define.ts';

export const apiParameterResponse = response('apiparameter', {
  name: f.string(),
  description: f.string(),
  length: f.integer({ apiType: 'int' }),
  related: f.string(),
  required: f.boolean(),
  since: f.string(),
  type: f.string(),
});

export const apiFieldResponse = response('apifield', {
  name: f.string(),
  description: f.string(),
  response: f.objects((): Response => apiFieldResponse, { apiType: 'set' }),
  type: f.string(),
});

export const apiResponse = response('api', {
  name: f.string(),
  description: f.string(),
  httprequesttype: f.string({ since: '4.23.0' }),
  isasync: f.boolean(),
  params: f.objects(() => apiParameterResponse, { apiType: 'set' }),
  related: f.string(),
  response: f.objects(() => apiFieldResponse, { apiType: 'set' }),
  since: f.string(),
  type: f.string(),
});

export const capabilitiesResponse = response('capability', {
  additionalconfigenabled: f.boolean({ since: '4.20.2' }),
  allowusercreateprojects: f.boolean(),
  allowuserexpungerecovervm: f.boolean({ since: '4.6.0' }),
  allowuserexpungerecovervolume: f.boolean({ since: '4.14.0' }),
  allowuserforcestopvm: f.boolean({ since: '4.20.0' }),
  allowuserviewalldomainaccounts: f.boolean(),
  allowuserviewdestroyedvm: f.boolean({ since: '4.6.0' }),
  apilimitinterval: f.integer(),
  apilimitmax: f.integer(),
  cloudstackversion: f.string(),
  customdiskofferingmaxsize: f.long(),
  customdiskofferingminsize: f.long(),
  customhypervisordisplayname: f.string({ since: '4.19.0' }),
  defaultuipagesize: f.long({ since: '4.15.2' }),
  dynamicrolesenabled: f.boolean(),
  dynamicscalingenabled: f.boolean({ since: '4.21.0' }),
  extensionspath: f.string({ roles: rootOnly, since: '4.21.0' }),
  instanceleaseenabled: f.boolean({ since: '4.21.0' }),
  instancesdisksstatsretentionenabled: f.boolean({ since: '4.18.0' }),
  instancesdisksstatsretentiontime: f.integer({ since: '4.18.0' }),
  instancesstatsretentiontime: f.integer({ since: '4.18.0' }),
  instancesstatsuseronly: f.boolean({ since: '4.18.0' }),
  kubernetesclusterexperimentalfeaturesenabled: f.boolean(),
  kubernetesserviceenabled: f.boolean(),
  kvmsnapshotenabled: f.boolean(),
  projectinviterequired: f.boolean(),
  regionsecondaryenabled: f.boolean(),
  securitygroupsenabled: f.boolean(),
  sharedfsvmmincpucount: f.integer({ since: '4.20.0' }),
  sharedfsvmminramsize: f.integer({ since: '4.20.0' }),
  snapshotshowchainsize: f.boolean({ since: '4.22.1' }),
  supportELB: f.string(),
  userpublictemplateenabled: f.boolean(),
  vpncustomergatewayparameters: f.map(),
});

export const configurationResponse = response('configuration', {
  id: f.long(),
  name: f.string(),
  displaytext: f.string({ since: '4.18.0' }),
  description: f.string(),
  category: f.string(),
  component: f.string({ since: '4.18.0' }),
  defaultvalue: f.string({ since: '4.18.0' }),
  group: f.string({ since: '4.18.0' }),
  isdynamic: f.boolean(),
  options: f.string({ since: '4.18.0' }),
  parent: f.string({ since: '4.18.0' }),
  scope: f.string(),
  subgroup: f.string({ since: '4.18.0' }),
  type: f.string({ since: '4.18.0' }),
  value: f.string(),
});

export const configurationSubGroupResponse = response('subgroup', {
  name: f.string(),
  precedence: f.long(),
});

export const configurationGroupResponse = response('configurationgroup', {
  name: f.string(),
  description: f.string(),
  precedence: f.long(),
  subgroup: f.objects(() => configurationSubGroupResponse),
});

export const cloudIdentifierResponse = response('cloudidentifier', {
  cloudidentifier: f.string(),
  signature: f.string(),
  userid: f.string(),
});

export const apiLimitResponse = response('apilimit', {
  account: f.string(),
  accountid: f.string(),
  apiAllowed: f.integer({ apiType: 'int' }),
  apiIssued: f.integer({ apiType: 'int' }),
  expireAfter: f.long(),
});

export const deploymentPlannerResponse = response('deploymentPlanner', {
  name: f.string(),
});

export const networkProtocolResponse = response('networkprotocol', {
  name: f.string(),
  description: f.string(),
  details: f.map(),
  index: f.integer(),
});

export const detailOptionsResponse = response('detailoptions', {
  details: f.map(),
});

export const peerManagementServerResponse = response('peermanagementserver', {
  lastupdated: f.date(),
  peerid: f.string(),
  peermsid: f.string(),
  peername: f.string(),
  peerrunid: f.string(),
  peerserviceip: f.string(),
  peerserviceport: f.string(),
  peerstate: f.string(),
  state: f.string({ apiType: 'state' }),
});

export const managementServerResponse = response('managementserver', {
  id: f.string(),
  name: f.string(),
  agents: f.strings({ since: '4.21.0.0' }),
  agentscount: f.long({ since: '4.21.0.0' }),
  ipaddress: f.string(),
  javadistribution: f.string(),
  javaversion: f.string(),
  kernelversion: f.string(),
  lastagents: f.strings({ since: '4.21.0.0' }),
  lastboottime: f.date(),
  lastserverstart: f.date(),
  lastserverstop: f.date(),
  osdistribution: f.string(),
  peers: f.objects(() => peerManagementServerResponse),
  pendingjobscount: f.long({ since: '4.21.0.0' }),
  serviceip: f.string(),
  state: f.string({ apiType: 'state' }),
  version: f.string(),
});

/** Each command wraps it in an object of its own name. */
export const managementServerMaintenanceResponse = response('managementservermaintenance', {
  managementserverid: f.string(),
  state: f.string({ apiType: 'state' }),
  agents: f.strings(),
  agentscount: f.long(),
  maintenanceinitiated: f.boolean(),
  pendingjobscount: f.long(),
  readyforshutdown: f.boolean(),
  shutdowntriggered: f.boolean(),
});
