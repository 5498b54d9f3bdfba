// Zones: the top of the tree of hardware.
import { command, everyone, p, paging, rootOnly, success } from '../define.ts';
import { accountResponse } from '../identity/owner-responses.ts';
import { zoneResponse } from './responses.ts';

export const createZone = command('createZone', {
  summary: 'Add a zone with its name servers and kind of networking',
  roles: rootOnly,
  mode: 'sync',
  event: 'ZONE.CREATE',
  params: {
    name: p.string({ required: true }),
    dns1: p.string({ required: true }),
    internalDns1: p.string({ required: true }),
    networkType: p.string({ required: true, oneOf: ['Basic', 'Advanced'] }),
    allocationState: p.string({ oneOf: ['Enabled', 'Disabled'] }),
    dns2: p.string(),
    domain: p.string(),
    domainId: p.uuid('domain'),
    guestCidrAddress: p.string(),
    internalDns2: p.string(),
    ip6Dns1: p.string(),
    ip6Dns2: p.string(),
    isEdge: p.boolean({ since: '4.18.0' }),
    localStorageEnabled: p.boolean(),
    securityGroupEnabled: p.boolean(),
    storageAccessGroups: p.strings({ since: '4.21.0' }),
  },
  returns: zoneResponse,
});

export const listZones = command('listZones', {
  summary: 'List zones',
  roles: everyone,
  mode: 'list',
  params: {
    id: p.uuid('zone'),
    name: p.string(),
    available: p.boolean(),
    domainId: p.uuid('domain'),
    ids: p.uuids('zone', { since: '4.19.0' }),
    networkType: p.string({ oneOf: ['Basic', 'Advanced'] }),
    showCapacities: p.boolean(),
    showIcon: p.boolean(),
    storageAccessGroup: p.string({ since: '4.21.0' }),
    tags: p.map({ mapKeys: ['key', 'value'], since: '4.3' }),
    ...paging,
  },
  returns: zoneResponse,
});

export const updateZone = command('updateZone', {
  summary: 'Change a zone: its name, name servers, details, or whether it may be used',
  roles: rootOnly,
  mode: 'sync',
  event: 'ZONE.EDIT',
  params: {
    id: p.uuid('zone', { required: true, access: 'operate' }),
    name: p.string(),
    allocationState: p.string({ oneOf: ['Enabled', 'Disabled'] }),
    details: p.map(),
    dhcpProvider: p.string(),
    dns1: p.string(),
    dns2: p.string(),
    dnsSearchOrder: p.strings(),
    domain: p.string(),
    guestCidrAddress: p.string(),
    internalDns1: p.string(),
    internalDns2: p.string(),
    ip6Dns1: p.string(),
    ip6Dns2: p.string(),
    isPublic: p.boolean(),
    localStorageEnabled: p.boolean(),
    sortKey: p.integer(),
  },
  returns: zoneResponse,
});

export const deleteZone = command('deleteZone', {
  summary: 'Remove a zone that has no pods, networks or storage left',
  roles: rootOnly,
  mode: 'sync',
  event: 'ZONE.DELETE',
  params: {
    id: p.uuid('zone', { required: true, access: 'operate' }),
  },
  returns: success,
});

export const markDefaultZoneForAccount = command('markDefaultZoneForAccount', {
  summary: "Set the zone that an account's instances go to by default",
  roles: rootOnly,
  mode: 'async',
  since: '4.0',
  event: 'ACCOUNT.MARK.DEFAULT.ZONE',
  resource: 'Account',
  javaClass: 'admin.zone.MarkDefaultZoneForAccountCmd',
  params: {
    account: p.string({ required: true }),
    domainId: p.uuid('domain', { required: true }),
    zoneId: p.uuid('zone', { required: true }),
  },
  returns: accountResponse,
});
