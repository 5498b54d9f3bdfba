// Physical networks, providers, services and network offerings as answers show them.
import { f, response } from '../define.ts';

export const serviceCapabilityResponse = response('capability', {
  name: f.string(),
  canchooseservicecapability: f.boolean(),
  value: f.string(),
});

export const serviceProviderResponse = response('networkserviceprovider', {
  id: f.string(),
  name: f.string(),
  canenableindividualservice: f.boolean(),
  destinationphysicalnetworkid: f.string(),
  physicalnetworkid: f.string(),
  servicelist: f.strings(),
  state: f.string(),
});

export const virtualRouterElementResponse = response('virtualrouterelement', {
  id: f.string(),
  account: f.string(),
  domain: f.string(),
  domainid: f.string(),
  domainpath: f.string({ since: '4.19.2.0' }),
  enabled: f.boolean({ summary: 'whether the element is on' }),
  nspid: f.string({ summary: 'service provider it belongs to' }),
  project: f.string(),
  projectid: f.string(),
});

export const networkServiceResponse = response('networkservice', {
  name: f.string(),
  capability: f.objects(() => serviceCapabilityResponse),
  provider: f.objects(() => serviceProviderResponse),
});

export const networkOfferingResponse = response('networkoffering', {
  id: f.string(),
  name: f.string(),
  displaytext: f.string(),
  availability: f.string(),
  conservemode: f.boolean(),
  created: f.date(),
  details: f.map({ since: '4.2.0' }),
  domain: f.string(),
  domainid: f.string(),
  egressdefaultpolicy: f.boolean(),
  fornsx: f.boolean(),
  fortungsten: f.boolean(),
  forvpc: f.boolean(),
  guestiptype: f.string(),
  hasannotations: f.boolean(),
  internetprotocol: f.string(),
  isdefault: f.boolean(),
  ispersistent: f.boolean(),
  maxconnections: f.integer(),
  networkmode: f.string(),
  networkrate: f.integer(),
  routingmode: f.string(),
  service: f.objects(() => networkServiceResponse),
  serviceofferingid: f.string(),
  specifyasnumber: f.boolean(),
  specifyipranges: f.boolean(),
  specifyvlan: f.boolean(),
  state: f.string(),
  supportsinternallb: f.boolean({ since: '4.20.0' }),
  supportspublicaccess: f.boolean({ since: '4.10.0' }),
  supportsstrechedl2subnet: f.boolean({ since: '4.4' }),
  tags: f.string(),
  traffictype: f.string(),
  zone: f.string({ since: '4.13.0' }),
  zoneid: f.string({ since: '4.13.0' }),
});

export const physicalNetworkResponse = response('physicalnetwork', {
  id: f.string(),
  name: f.string(),
  broadcastdomainrange: f.string(),
  domainid: f.string(),
  isolationmethods: f.string(),
  networkspeed: f.string(),
  state: f.string(),
  tags: f.string(),
  vlan: f.string(),
  zoneid: f.string(),
  zonename: f.string(),
});

export const trafficTypeResponse = response('traffictype', {
  id: f.string(),
  hypervnetworklabel: f.string(),
  isolationmethods: f.string(),
  kvmnetworklabel: f.string(),
  ovm3networklabel: f.string(),
  physicalnetworkid: f.string(),
  traffictype: f.string(),
  vlan: f.string(),
  vmwarenetworklabel: f.string(),
  xennetworklabel: f.string(),
});

export const trafficTypeImplementorResponse = response('traffictypeimplementorresponse', {
  traffictype: f.string(),
  traffictypeimplementor: f.string(),
});

export const isolationMethodResponse = response('isolationmethod', {
  name: f.string(),
});
