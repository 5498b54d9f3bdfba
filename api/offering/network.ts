// Network offerings: what a guest network provides, and by whom.
import { command, everyone, p, paging, rootOnly, success } from '../define.ts';
import { networkOfferingResponse, networkServiceResponse } from '../network/provider-responses.ts';

export const createNetworkOffering = command('createNetworkOffering', {
  summary: 'Create a network offering',
  roles: rootOnly,
  mode: 'sync',
  since: '3.0.0',
  params: {
    name: p.string({ required: true }),
    guestIpType: p.string({ required: true, oneOf: ['Shared', 'Isolated', 'L2'] }),
    trafficType: p.string({ required: true }),
    availability: p.string({ oneOf: ['Optional', 'Required', 'Unavailable'] }),
    conserveMode: p.boolean(),
    details: p.map({ since: '4.2.0' }),
    displayText: p.string(),
    domainId: p.uuids('domain'),
    egressDefaultPolicy: p.boolean(),
    enable: p.boolean({ since: '4.16' }),
    forNsx: p.boolean({ since: '4.20.0' }),
    forTungsten: p.boolean(),
    forVpc: p.boolean(),
    internetProtocol: p.string({ oneOf: ['IPv4', 'DualStack'], since: '4.17.0' }),
    isPersistent: p.boolean(),
    keepAliveEnabled: p.boolean(),
    maxConnections: p.integer(),
    networkMode: p.string({ oneOf: ['NATTED', 'ROUTED'], since: '4.20.0' }),
    networkRate: p.integer(),
    nsxSupportLb: p.boolean({ since: '4.20.0' }),
    nsxSupportsInternalLb: p.boolean({ since: '4.20.0' }),
    provider: p.string({ since: '4.21.0' }),
    routingMode: p.string({ oneOf: ['Static', 'Dynamic'], since: '4.20.0' }),
    serviceCapabilityList: p.map({ mapKeys: ['capabilitytype', 'capabilityvalue', 'service'] }),
    serviceOfferingId: p.uuid('serviceoffering'),
    serviceProviderList: p.map({ mapKeys: ['provider', 'service'] }),
    specifyAsNumber: p.boolean({ since: '4.20.0' }),
    specifyIpRanges: p.boolean(),
    specifyVlan: p.boolean(),
    supportedServices: p.strings(),
    tags: p.string({ maxLength: 4096 }),
    zoneId: p.uuids('zone', { since: '4.13' }),
  },
  returns: networkOfferingResponse,
});

export const listNetworkOfferings = command('listNetworkOfferings', {
  summary: 'List network offerings',
  roles: everyone,
  mode: 'list',
  params: {
    id: p.uuid('networkoffering'),
    name: p.string(),
    availability: p.string(),
    displayText: p.string(),
    domainId: p.uuid('domain', { since: '4.13' }),
    forVpc: p.boolean(),
    guestIpType: p.string({ oneOf: ['Shared', 'Isolated', 'L2'] }),
    isDefault: p.boolean(),
    isTagged: p.boolean(),
    networkId: p.uuid('network'),
    routingMode: p.string({ since: '4.20.0' }),
    sourceNatSupported: p.boolean(),
    specifyIpRanges: p.boolean(),
    specifyVlan: p.boolean(),
    state: p.string(),
    supportedServices: p.strings(),
    tags: p.string({ maxLength: 4096 }),
    trafficType: p.string(),
    zoneId: p.uuid('zone'),
    ...paging,
  },
  returns: networkOfferingResponse,
});

export const updateNetworkOffering = command('updateNetworkOffering', {
  summary: "Change a network offering's name, state, tags or limits",
  roles: rootOnly,
  mode: 'sync',
  resource: 'NetworkOffering',
  params: {
    id: p.uuid('networkoffering'),
    name: p.string(),
    availability: p.string({ oneOf: ['Optional', 'Required', 'Unavailable'] }),
    displayText: p.string(),
    domainId: p.string({ maxLength: 4096 }),
    keepAliveEnabled: p.boolean(),
    maxConnections: p.integer(),
    sortKey: p.integer(),
    state: p.string(),
    tags: p.string({ maxLength: 4096 }),
    zoneId: p.string({ maxLength: 4096, since: '4.13' }),
  },
  returns: networkOfferingResponse,
});

export const deleteNetworkOffering = command('deleteNetworkOffering', {
  summary: 'Delete a network offering that no network uses',
  roles: rootOnly,
  mode: 'sync',
  since: '3.0.0',
  params: {
    id: p.uuid('networkoffering', { required: true }),
  },
  returns: success,
});

export const listSupportedNetworkServices = command('listSupportedNetworkServices', {
  summary: 'List the network services and who can provide each',
  roles: rootOnly,
  mode: 'list',
  since: '3.0.0',
  params: {
    provider: p.string(),
    service: p.string(),
    ...paging,
  },
  returns: networkServiceResponse,
});
