// Public addresses.
import { command, everyone, ownership, p, paging, rootOnly, scoping, success } from '../define.ts';
import { ipAddressResponse } from './responses.ts';

export const associateIpAddress = command('associateIpAddress', {
  summary: 'Acquire a public address for a network or VPC',
  roles: everyone,
  mode: 'async-create',
  event: 'PORTABLE.IPASSIGN',
  resource: 'IpAddress',
  javaClass: 'user.address.AssociateIPAddrCmd',
  params: {
    forDisplay: p.boolean({ roles: rootOnly, since: '4.4' }),
    ipAddress: p.string(),
    isPortable: p.boolean(),
    networkId: p.uuid('network', { access: 'use' }),
    regionId: p.integer(),
    vpcId: p.uuid('vpc', { access: 'operate' }),
    zoneId: p.uuid('zone', { access: 'use' }),
    ...ownership,
  },
  returns: ipAddressResponse,
});

export const disassociateIpAddress = command('disassociateIpAddress', {
  summary: 'Release a public address and the rules on it',
  roles: everyone,
  mode: 'async',
  event: 'NET.IPRELEASE',
  resource: 'IpAddress',
  javaClass: 'user.address.DisassociateIPAddrCmd',
  params: {
    id: p.uuid('publicipaddress', { access: 'operate' }),
    ipAddress: p.string({ since: '4.19.0' }),
  },
  returns: success,
});

export const listPublicIpAddresses = command('listPublicIpAddresses', {
  summary: 'List public addresses',
  roles: everyone,
  mode: 'list',
  resource: 'IpAddress',
  params: {
    id: p.uuid('publicipaddress'),
    allocatedOnly: p.boolean(),
    associatedNetworkId: p.uuid('network'),
    forDisplay: p.boolean({ roles: rootOnly, since: '4.4' }),
    forLoadBalancing: p.boolean(),
    forProvider: p.boolean({ since: '4.21.0' }),
    forSystemVms: p.boolean({ since: '4.20.0' }),
    forVirtualNetwork: p.boolean(),
    ipAddress: p.string(),
    isSourceNat: p.boolean(),
    isStaticNat: p.boolean(),
    networkId: p.uuid('network', { since: '4.13.0' }),
    physicalNetworkId: p.uuid('physicalnetwork'),
    retrieveOnlyResourceCount: p.boolean(),
    state: p.string(),
    tags: p.map({ mapKeys: ['key', 'value'] }),
    vlanId: p.uuid('vlaniprange'),
    vpcId: p.uuid('vpc'),
    zoneId: p.uuid('zone'),
    ...scoping,
    ...paging,
  },
  returns: ipAddressResponse,
  objectName: 'publicipaddress',
});

export const updateIpAddress = command('updateIpAddress', {
  summary: "Change a public address's id or whether it is shown",
  roles: everyone,
  mode: 'async',
  event: 'NET.IPUPDATE',
  resource: 'IpAddress',
  javaClass: 'user.address.UpdateIPAddrCmd',
  params: {
    id: p.uuid('publicipaddress', { access: 'operate', required: true }),
    customId: p.string({ roles: rootOnly, since: '4.4' }),
    forDisplay: p.boolean({ roles: rootOnly, since: '4.4' }),
  },
  returns: ipAddressResponse,
});

export const reserveIpAddress = command('reserveIpAddress', {
  summary: 'Set a free public address aside for an account',
  roles: everyone,
  mode: 'sync',
  since: '4.17',
  event: 'NET.IPRESERVE',
  resource: 'IpAddress',
  params: {
    id: p.uuid('publicipaddress', { access: 'use', required: true }),
    forDisplay: p.boolean({ roles: rootOnly }),
    ...ownership,
  },
  returns: ipAddressResponse,
});

export const releaseIpAddress = command('releaseIpAddress', {
  summary: 'Give back a public address that was set aside',
  roles: everyone,
  mode: 'sync',
  since: '4.17',
  event: 'NET.IPRELEASE',
  params: {
    id: p.uuid('publicipaddress', { access: 'operate', required: true }),
  },
  returns: success,
});
