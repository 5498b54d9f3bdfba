// Hosts: the machines that run instances, and their hypervisors.
import { admins, command, everyone, p, paging, rootOnly, success } from '../define.ts';
import { architectures } from '../texts.ts';
import {
  hostForMigrationResponse,
  hostResponse,
  hostTagResponse,
  hypervisorCapabilitiesResponse,
  hypervisorResponse,
} from './host-responses.ts';

/** As a host's controller tells it. */
const powerStates = ['On', 'Off', 'Unknown', 'Disabled'] as const;

export const addHost = command('addHost', {
  summary: 'Add a host to a cluster',
  roles: ['Admin', 'ResourceAdmin'],
  mode: 'list',
  params: {
    hypervisor: p.string({ required: true }),
    podId: p.uuid('pod', { access: 'operate', required: true }),
    url: p.string({ required: true }),
    zoneId: p.uuid('zone', { access: 'operate', required: true }),
    allocationState: p.string(),
    clusterId: p.uuid('cluster', { access: 'operate' }),
    clusterName: p.string(),
    externalDetails: p.map({ since: '4.21.0' }),
    hostTags: p.strings(),
    password: p.string({ secret: true }),
    storageAccessGroups: p.strings({ since: '4.21.0' }),
    username: p.string(),
  },
  returns: hostResponse,
});

export const listHosts = command('listHosts', {
  summary: 'List hosts',
  roles: ['Admin', 'ResourceAdmin'],
  mode: 'list',
  resource: 'Host',
  params: {
    id: p.uuid('host'),
    name: p.string(),
    arch: p.string({ oneOf: architectures, since: '4.20.1' }),
    clusterId: p.uuid('cluster'),
    details: p.strings(),
    haHost: p.boolean(),
    hypervisor: p.string(),
    managementServerId: p.uuid('managementserver', { since: '4.21.0' }),
    outOfBandManagementEnabled: p.boolean(),
    outOfBandManagementPowerState: p.string({ oneOf: powerStates }),
    podId: p.uuid('pod'),
    resourceState: p.string(),
    state: p.string(),
    storageAccessGroup: p.string({ since: '4.21.0' }),
    type: p.string(),
    version: p.string({ since: '4.20.3' }),
    virtualMachineId: p.uuid('virtualmachine', { access: 'operate' }),
    zoneId: p.uuid('zone'),
    ...paging,
  },
  returns: hostResponse,
});

export const updateHost = command('updateHost', {
  summary: "Change a host's name, tags, operating system, or whether it may be used",
  roles: rootOnly,
  mode: 'sync',
  params: {
    id: p.uuid('host', { required: true, access: 'operate' }),
    name: p.string({ roles: rootOnly, since: '4.15' }),
    allocationState: p.string({ oneOf: ['Enable', 'Disable'] }),
    annotation: p.string({ roles: rootOnly, since: '4.11' }),
    cleanupExternalDetails: p.boolean({ since: '4.22.0' }),
    externalDetails: p.map({ since: '4.21.0' }),
    guestOsRule: p.string(),
    hostTags: p.strings(),
    isTagARule: p.boolean(),
    osCategoryId: p.uuid('guestoscategory'),
    url: p.string(),
  },
  returns: hostResponse,
});

export const deleteHost = command('deleteHost', {
  summary: 'Remove a host; it must be in maintenance unless forced',
  roles: ['Admin', 'ResourceAdmin'],
  mode: 'sync',
  params: {
    id: p.uuid('host', { access: 'operate', required: true }),
    forced: p.boolean(),
    forceDestroyLocalStorage: p.boolean(),
  },
  returns: success,
});

export const prepareHostForMaintenance = command('prepareHostForMaintenance', {
  summary: 'Move everything off a host and keep it empty',
  roles: rootOnly,
  mode: 'async',
  event: 'MAINT.PREPARE',
  resource: 'Host',
  javaClass: 'admin.host.PrepareForHostMaintenanceCmd',
  params: {
    id: p.uuid('host', { required: true, access: 'operate' }),
  },
  returns: hostResponse,
});

export const cancelHostMaintenance = command('cancelHostMaintenance', {
  summary: 'Take a host out of maintenance',
  roles: rootOnly,
  mode: 'async',
  event: 'MAINT.CANCEL',
  resource: 'Host',
  javaClass: 'admin.host.CancelHostMaintenanceCmd',
  params: {
    id: p.uuid('host', { required: true, access: 'operate' }),
  },
  returns: hostResponse,
});

export const reconnectHost = command('reconnectHost', {
  summary: "Drop the connection to a host's agent and wait for a new one",
  roles: rootOnly,
  mode: 'async',
  event: 'HOST.RECONNECT',
  resource: 'Host',
  javaClass: 'admin.host.ReconnectHostCmd',
  params: {
    id: p.uuid('host', { required: true, access: 'operate' }),
  },
  returns: hostResponse,
});

export const findHostsForMigration = command('findHostsForMigration', {
  summary: 'List the hosts an instance could move to, and whether its storage would have to move too',
  roles: rootOnly,
  mode: 'list',
  params: {
    virtualMachineId: p.uuid('virtualmachine', { access: 'operate', required: true }),
    ...paging,
  },
  returns: hostForMigrationResponse,
});

export const listHostTags = command('listHostTags', {
  summary: 'List the tags that hosts carry',
  roles: admins,
  mode: 'list',
  resource: 'Host',
  params: {
    ...paging,
  },
  returns: hostTagResponse,
});

export const listHypervisors = command('listHypervisors', {
  summary: 'List the hypervisors in use',
  roles: everyone,
  mode: 'list',
  params: {
    zoneId: p.uuid('zone'),
  },
  returns: hypervisorResponse,
});

export const listHypervisorCapabilities = command('listHypervisorCapabilities', {
  summary: 'List what each version of a hypervisor can do',
  roles: rootOnly,
  mode: 'list',
  since: '3.0.0',
  params: {
    id: p.uuid('hypervisorcapabilities'),
    hypervisor: p.string(),
    ...paging,
  },
  returns: hypervisorCapabilitiesResponse,
});
