// Ranges of addresses: public and shared (VLAN) and storage.
import { command, ownership, p, paging, rootOnly, success } from '../define.ts';
import { storageNetworkIpRangeResponse, vlanIpRangeResponse } from './responses.ts';

export const createVlanIpRange = command('createVlanIpRange', {
  summary: 'Add a range of public addresses, or of addresses for a shared network',
  roles: rootOnly,
  mode: 'sync',
  event: 'VLAN.IP.RANGE.CREATE',
  params: {
    endIp: p.string(),
    endIpv6: p.string(),
    forSystemVms: p.boolean(),
    forVirtualNetwork: p.boolean(),
    gateway: p.string(),
    ip6Cidr: p.string(),
    ip6Gateway: p.string(),
    netmask: p.string(),
    networkId: p.uuid('network', { access: 'use' }),
    physicalNetworkId: p.uuid('physicalnetwork', { access: 'operate' }),
    podId: p.uuid('pod', { access: 'operate' }),
    provider: p.string({ since: '4.21.0' }),
    startIp: p.string(),
    startIpv6: p.string(),
    vlan: p.string(),
    zoneId: p.uuid('zone', { access: 'operate' }),
    ...ownership,
  },
  returns: vlanIpRangeResponse,
});

export const listVlanIpRanges = command('listVlanIpRanges', {
  summary: 'List address ranges',
  roles: rootOnly,
  mode: 'list',
  params: {
    id: p.uuid('vlaniprange'),
    forVirtualNetwork: p.boolean(),
    networkId: p.uuid('network'),
    physicalNetworkId: p.uuid('physicalnetwork'),
    podId: p.uuid('pod'),
    vlan: p.string(),
    zoneId: p.uuid('zone'),
    ...ownership,
    ...paging,
  },
  returns: vlanIpRangeResponse,
  objectName: 'vlaniprange',
});

export const updateVlanIpRange = command('updateVlanIpRange', {
  summary: 'Change an address range',
  roles: rootOnly,
  mode: 'sync',
  since: '4.16.0',
  event: 'VLAN.IP.RANGE.UPDATE',
  params: {
    id: p.uuid('vlaniprange', { required: true, access: 'operate' }),
    endIp: p.string(),
    endIpv6: p.string(),
    forSystemVms: p.boolean(),
    gateway: p.string(),
    ip6Cidr: p.string(),
    ip6Gateway: p.string(),
    netmask: p.string(),
    startIp: p.string(),
    startIpv6: p.string(),
  },
  returns: vlanIpRangeResponse,
});

export const deleteVlanIpRange = command('deleteVlanIpRange', {
  summary: 'Remove an address range of which no address is in use',
  roles: rootOnly,
  mode: 'sync',
  event: 'VLAN.IP.RANGE.DELETE',
  params: {
    id: p.uuid('vlaniprange', { required: true, access: 'operate' }),
  },
  returns: success,
});

export const createStorageNetworkIpRange = command('createStorageNetworkIpRange', {
  summary: 'Add a range of storage network addresses to a pod',
  roles: rootOnly,
  mode: 'async',
  since: '3.0.0',
  event: 'STORAGE.IP.RANGE.CREATE',
  javaClass: 'admin.network.CreateStorageNetworkIpRangeCmd',
  params: {
    gateway: p.string({ required: true }),
    netmask: p.string({ required: true }),
    podId: p.uuid('pod', { required: true, access: 'operate' }),
    startIp: p.string({ required: true }),
    endIp: p.string(),
    vlan: p.integer(),
  },
  returns: storageNetworkIpRangeResponse,
});

export const listStorageNetworkIpRange = command('listStorageNetworkIpRange', {
  summary: 'List ranges of storage network addresses',
  roles: rootOnly,
  mode: 'list',
  since: '3.0.0',
  params: {
    id: p.uuid('storagenetworkiprange'),
    podId: p.uuid('pod'),
    zoneId: p.uuid('zone'),
    ...paging,
  },
  returns: storageNetworkIpRangeResponse,
});

export const updateStorageNetworkIpRange = command('updateStorageNetworkIpRange', {
  summary: 'Change a range of storage network addresses',
  roles: rootOnly,
  mode: 'async',
  since: '3.0.0',
  event: 'STORAGE.IP.RANGE.UPDATE',
  javaClass: 'admin.network.UpdateStorageNetworkIpRangeCmd',
  params: {
    id: p.uuid('storagenetworkiprange', { required: true, access: 'operate' }),
    endIp: p.string(),
    netmask: p.string(),
    startIp: p.string(),
    vlan: p.integer(),
  },
  returns: storageNetworkIpRangeResponse,
});

export const deleteStorageNetworkIpRange = command('deleteStorageNetworkIpRange', {
  summary: 'Remove a range of storage network addresses',
  roles: rootOnly,
  mode: 'async',
  since: '3.0.0',
  event: 'STORAGE.IP.RANGE.DELETE',
  javaClass: 'admin.network.DeleteStorageNetworkIpRangeCmd',
  params: {
    id: p.uuid('storagenetworkiprange', { required: true, access: 'operate' }),
  },
  returns: success,
});
