// Physical networks of a zone and the kinds of traffic on them.
import { command, p, paging, rootOnly, success } from '../define.ts';
import {
  isolationMethodResponse,
  physicalNetworkResponse,
  trafficTypeImplementorResponse,
  trafficTypeResponse,
} from './provider-responses.ts';
import { guestVlanResponse } from './responses.ts';

export const createPhysicalNetwork = command('createPhysicalNetwork', {
  summary: 'Add a physical network to a zone',
  roles: rootOnly,
  mode: 'async-create',
  since: '3.0.0',
  event: 'PHYSICAL.NETWORK.CREATE',
  resource: 'PhysicalNetwork',
  javaClass: 'admin.network.CreatePhysicalNetworkCmd',
  params: {
    name: p.string({ required: true }),
    zoneId: p.uuid('zone', { required: true, access: 'operate' }),
    broadcastDomainRange: p.string({ oneOf: ['ZONE', 'POD'] }),
    domainId: p.uuid('domain'),
    isolationMethods: p.strings(),
    networkSpeed: p.string(),
    tags: p.strings(),
    vlan: p.string(),
  },
  returns: physicalNetworkResponse,
});

export const listPhysicalNetworks = command('listPhysicalNetworks', {
  summary: 'List physical networks',
  roles: rootOnly,
  mode: 'list',
  since: '3.0.0',
  params: {
    id: p.uuid('physicalnetwork'),
    name: p.string(),
    zoneId: p.uuid('zone'),
    ...paging,
  },
  returns: physicalNetworkResponse,
});

export const updatePhysicalNetwork = command('updatePhysicalNetwork', {
  summary: "Change a physical network's VLAN ranges, speed, tags or state",
  roles: rootOnly,
  mode: 'async',
  since: '3.0.0',
  event: 'PHYSICAL.NETWORK.UPDATE',
  resource: 'PhysicalNetwork',
  javaClass: 'admin.network.UpdatePhysicalNetworkCmd',
  params: {
    id: p.uuid('physicalnetwork', { required: true, access: 'operate' }),
    networkSpeed: p.string(),
    state: p.string({ oneOf: ['Enabled', 'Disabled'] }),
    tags: p.strings(),
    vlan: p.string(),
  },
  returns: physicalNetworkResponse,
});

export const deletePhysicalNetwork = command('deletePhysicalNetwork', {
  summary: 'Remove a physical network that no guest network uses',
  roles: rootOnly,
  mode: 'async',
  since: '3.0.0',
  event: 'PHYSICAL.NETWORK.DELETE',
  resource: 'PhysicalNetwork',
  javaClass: 'admin.network.DeletePhysicalNetworkCmd',
  params: {
    id: p.uuid('physicalnetwork', { required: true, access: 'operate' }),
  },
  returns: success,
});

export const listNetworkIsolationMethods = command('listNetworkIsolationMethods', {
  summary: 'List the ways guest networks can be kept apart',
  roles: rootOnly,
  mode: 'list',
  since: '4.2.0',
  params: {
    ...paging,
  },
  returns: isolationMethodResponse,
});

export const addTrafficType = command('addTrafficType', {
  summary: 'Say that a kind of traffic runs on a physical network, and under which label',
  roles: rootOnly,
  mode: 'async-create',
  since: '3.0.0',
  event: 'TRAFFIC.TYPE.CREATE',
  resource: 'TrafficType',
  javaClass: 'admin.usage.AddTrafficTypeCmd',
  params: {
    physicalNetworkId: p.uuid('physicalnetwork', { required: true, access: 'operate' }),
    trafficType: p.string({ required: true, oneOf: ['Guest', 'Management', 'Public', 'Storage'] }),
    hypervNetworkLabel: p.string(),
    isolationMethod: p.string(),
    kvmNetworkLabel: p.string(),
    ovm3NetworkLabel: p.string(),
    vlan: p.string(),
    vmwareNetworkLabel: p.string(),
    xenNetworkLabel: p.string(),
  },
  returns: trafficTypeResponse,
});

export const listTrafficTypes = command('listTrafficTypes', {
  summary: 'List the kinds of traffic on a physical network',
  roles: rootOnly,
  mode: 'list',
  since: '3.0.0',
  params: {
    physicalNetworkId: p.uuid('physicalnetwork', { required: true }),
    ...paging,
  },
  returns: trafficTypeResponse,
});

export const updateTrafficType = command('updateTrafficType', {
  summary: 'Change the labels of a traffic type',
  roles: rootOnly,
  mode: 'async',
  since: '3.0.0',
  event: 'TRAFFIC.TYPE.UPDATE',
  resource: 'TrafficType',
  javaClass: 'admin.usage.UpdateTrafficTypeCmd',
  params: {
    id: p.uuid('traffictype', { required: true, access: 'operate' }),
    hypervNetworkLabel: p.string(),
    kvmNetworkLabel: p.string(),
    ovm3NetworkLabel: p.string(),
    vmwareNetworkLabel: p.string(),
    xenNetworkLabel: p.string(),
  },
  returns: trafficTypeResponse,
});

export const deleteTrafficType = command('deleteTrafficType', {
  summary: 'Take a kind of traffic off a physical network',
  roles: rootOnly,
  mode: 'async',
  since: '3.0.0',
  event: 'TRAFFIC.TYPE.DELETE',
  resource: 'TrafficType',
  javaClass: 'admin.usage.DeleteTrafficTypeCmd',
  params: {
    id: p.uuid('traffictype', { required: true, access: 'operate' }),
  },
  returns: success,
});

export const listTrafficTypeImplementors = command('listTrafficTypeImplementors', {
  summary: 'List who implements each kind of traffic',
  roles: rootOnly,
  mode: 'list',
  since: '3.0.0',
  params: {
    trafficType: p.string(),
    ...paging,
  },
  returns: trafficTypeImplementorResponse,
});

export const listGuestVlans = command('listGuestVlans', {
  summary: 'List the VLANs that guest networks can use and whether each is taken',
  roles: rootOnly,
  mode: 'list',
  since: '4.17.0',
  params: {
    id: p.long(),
    allocatedOnly: p.boolean(),
    physicalNetworkId: p.uuid('physicalnetwork'),
    vnet: p.string(),
    zoneId: p.uuid('zone'),
    ...paging,
  },
  returns: guestVlanResponse,
});
