// High availability of hosts: who may take the power of a lost host, and hosts that an operator gives up.
import { command, p, rootOnly, success } from '../define.ts';
import { haProviderResponse, hostHaResponse, hostResponse } from './host-responses.ts';

export const configureHAForHost = command('configureHAForHost', {
  summary: 'Choose the provider of high availability for a host',
  roles: rootOnly,
  mode: 'async',
  event: 'HA.RESOURCE.DISABLE',
  javaClass: 'admin.ha.ConfigureHAForHostCmd',
  since: '4.11',
  params: {
    hostId: p.uuid('host', { required: true, access: 'operate' }),
    provider: p.string({ required: true }),
  },
  returns: hostHaResponse,
});

export const enableHAForHost = command('enableHAForHost', {
  summary: 'Let the power of a lost host be taken and given back',
  roles: rootOnly,
  mode: 'async',
  event: 'HA.RESOURCE.ENABLE',
  javaClass: 'admin.ha.EnableHAForHostCmd',
  since: '4.11',
  params: {
    hostId: p.uuid('host', { required: true, access: 'operate' }),
  },
  returns: hostHaResponse,
});

export const disableHAForHost = command('disableHAForHost', {
  summary: 'Leave the power of a host alone',
  roles: rootOnly,
  mode: 'async',
  event: 'HA.RESOURCE.DISABLE',
  javaClass: 'admin.ha.DisableHAForHostCmd',
  since: '4.11',
  params: {
    hostId: p.uuid('host', { required: true, access: 'operate' }),
  },
  returns: hostHaResponse,
});

export const enableHAForCluster = command('enableHAForCluster', {
  summary: "Let the high availability of a cluster's hosts work, where it is enabled for the host",
  roles: rootOnly,
  mode: 'async',
  event: 'HA.RESOURCE.ENABLE',
  javaClass: 'admin.ha.EnableHAForClusterCmd',
  since: '4.11',
  params: {
    clusterId: p.uuid('cluster', { required: true, access: 'operate' }),
  },
  returns: success,
});

export const disableHAForCluster = command('disableHAForCluster', {
  summary: "Leave the power of a cluster's hosts alone",
  roles: rootOnly,
  mode: 'async',
  event: 'HA.RESOURCE.DISABLE',
  javaClass: 'admin.ha.DisableHAForClusterCmd',
  since: '4.11',
  params: {
    clusterId: p.uuid('cluster', { required: true, access: 'operate' }),
  },
  returns: success,
});

export const enableHAForZone = command('enableHAForZone', {
  summary: "Let the high availability of a zone's hosts work, where it is enabled for the host",
  roles: rootOnly,
  mode: 'async',
  event: 'HA.RESOURCE.ENABLE',
  javaClass: 'admin.ha.EnableHAForZoneCmd',
  since: '4.11',
  params: {
    zoneId: p.uuid('zone', { required: true, access: 'operate' }),
  },
  returns: success,
});

export const disableHAForZone = command('disableHAForZone', {
  summary: "Leave the power of a zone's hosts alone",
  roles: rootOnly,
  mode: 'async',
  event: 'HA.RESOURCE.DISABLE',
  javaClass: 'admin.ha.DisableHAForZoneCmd',
  since: '4.11',
  params: {
    zoneId: p.uuid('zone', { required: true, access: 'operate' }),
  },
  returns: success,
});

export const listHostHAProviders = command('listHostHAProviders', {
  summary: 'List the providers of high availability for hosts of a hypervisor',
  roles: rootOnly,
  mode: 'list',
  since: '4.11',
  params: {
    hypervisor: p.string({ required: true }),
  },
  returns: haProviderResponse,
});

export const listHostHAResources = command('listHostHAResources', {
  summary: 'List the hosts for which high availability is configured, with how they stand',
  roles: rootOnly,
  mode: 'list',
  since: '4.11',
  params: {
    hostId: p.uuid('host'),
  },
  returns: hostHaResponse,
});

export const declareHostAsDegraded = command('declareHostAsDegraded', {
  summary: 'Give up a host that is not heard of: it is fenced without further patience',
  roles: rootOnly,
  mode: 'async',
  event: 'HOST.DECLARE.DEGRADED',
  resource: 'Host',
  javaClass: 'admin.host.DeclareHostAsDegradedCmd',
  since: '4.16.0.0',
  params: {
    id: p.uuid('host', { required: true, access: 'operate' }),
  },
  returns: hostResponse,
});

export const cancelHostAsDegraded = command('cancelHostAsDegraded', {
  summary: 'Use a host again that was given up',
  roles: rootOnly,
  mode: 'async',
  event: 'HOST.CANCEL.DEGRADED',
  resource: 'Host',
  javaClass: 'admin.host.CancelHostAsDegradedCmd',
  since: '4.16.0.0',
  params: {
    id: p.uuid('host', { required: true, access: 'operate' }),
  },
  returns: hostResponse,
});
