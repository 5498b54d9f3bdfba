// Pods: a rack of a zone and its management addresses.
import { command, p, paging, rootOnly, success } from '../define.ts';
import { podResponse } from './responses.ts';

export const createPod = command('createPod', {
  summary: 'Add a pod to a zone with the management addresses that its system VMs and hosts use',
  roles: rootOnly,
  mode: 'sync',
  event: 'POD.CREATE',
  params: {
    name: p.string({ required: true }),
    zoneId: p.uuid('zone', { required: true, access: 'operate' }),
    allocationState: p.string({ oneOf: ['Enabled', 'Disabled'] }),
    endIp: p.string(),
    gateway: p.string(),
    netmask: p.string(),
    startIp: p.string(),
    storageAccessGroups: p.strings({ since: '4.21.0' }),
  },
  returns: podResponse,
});

export const listPods = command('listPods', {
  summary: 'List pods',
  roles: ['Admin', 'ResourceAdmin'],
  mode: 'list',
  params: {
    id: p.uuid('pod'),
    name: p.string(),
    allocationState: p.string(),
    showCapacities: p.boolean(),
    storageAccessGroup: p.string({ since: '4.21.0' }),
    zoneId: p.uuid('zone'),
    ...paging,
  },
  returns: podResponse,
});

export const updatePod = command('updatePod', {
  summary: "Change a pod's name, addresses, or whether it may be used",
  roles: rootOnly,
  mode: 'sync',
  event: 'POD.EDIT',
  resource: 'Pod',
  params: {
    id: p.uuid('pod', { required: true, access: 'operate' }),
    name: p.string(),
    allocationState: p.string({ oneOf: ['Enabled', 'Disabled'] }),
    endIp: p.string(),
    gateway: p.string(),
    netmask: p.string(),
    startIp: p.string(),
  },
  returns: podResponse,
});

export const deletePod = command('deletePod', {
  summary: 'Remove a pod that has no clusters left',
  roles: rootOnly,
  mode: 'sync',
  event: 'POD.DELETE',
  resource: 'Pod',
  params: {
    id: p.uuid('pod', { required: true, access: 'operate' }),
  },
  returns: success,
});

export const createManagementNetworkIpRange = command('createManagementNetworkIpRange', {
  summary: 'Add a range of management addresses to a pod',
  roles: rootOnly,
  mode: 'async',
  since: '4.11.0.0',
  event: 'MANAGEMENT.IP.RANGE.CREATE',
  javaClass: 'admin.network.CreateManagementNetworkIpRangeCmd',
  params: {
    gateway: p.string({ required: true }),
    netmask: p.string({ required: true }),
    podId: p.uuid('pod', { required: true, access: 'operate' }),
    startIp: p.string({ required: true }),
    endIp: p.string(),
    forSystemVms: p.boolean(),
    vlan: p.string(),
  },
  returns: podResponse,
});

export const deleteManagementNetworkIpRange = command('deleteManagementNetworkIpRange', {
  summary: 'Remove a range of management addresses from a pod',
  roles: rootOnly,
  mode: 'async',
  since: '4.11.0.0',
  event: 'MANAGEMENT.IP.RANGE.DELETE',
  javaClass: 'admin.network.DeleteManagementNetworkIpRangeCmd',
  params: {
    endIp: p.string({ required: true }),
    podId: p.uuid('pod', { required: true, access: 'operate' }),
    startIp: p.string({ required: true }),
    vlan: p.string({ required: true }),
  },
  returns: success,
});

export const updatePodManagementNetworkIpRange = command('updatePodManagementNetworkIpRange', {
  summary: "Change the first or last address of a pod's management range",
  roles: rootOnly,
  mode: 'async',
  since: '4.16.0.0',
  event: 'MANAGEMENT.IP.RANGE.UPDATE',
  javaClass: 'admin.network.UpdatePodManagementNetworkIpRangeCmd',
  params: {
    currentEndIp: p.string({ required: true }),
    currentStartIp: p.string({ required: true }),
    podId: p.uuid('pod', { required: true, access: 'operate' }),
    newEndIp: p.string(),
    newStartIp: p.string(),
  },
  returns: success,
});
