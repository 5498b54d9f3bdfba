// Management servers.
import { command, p, paging, rootOnly, success } from '../define.ts';
import { managementServerMaintenanceResponse, managementServerResponse } from './responses.ts';

export const listManagementServers = command('listManagementServers', {
  summary: 'List management servers',
  roles: rootOnly,
  mode: 'list',
  resource: 'Host',
  params: {
    id: p.uuid('managementserver'),
    name: p.string(),
    peers: p.boolean({ since: '4.20.1.0' }),
    version: p.string({ since: '4.20.3' }),
    ...paging,
  },
  returns: managementServerResponse,
});

const server = p.uuid('managementserver', { required: true });

export const prepareForMaintenance = command('prepareForMaintenance', {
  summary: 'Send the hosts and jobs of a management server to the others, and keep it empty',
  roles: rootOnly,
  mode: 'sync',
  event: 'MS.MAINTENANCE.PREPARE',
  since: '4.21.0',
  objectName: 'prepareformaintenance',
  params: { managementServerId: server, algorithm: p.string(), forced: p.boolean() },
  returns: managementServerMaintenanceResponse,
});

export const cancelMaintenance = command('cancelMaintenance', {
  summary: 'Let a management server that is in maintenance work again',
  roles: rootOnly,
  mode: 'sync',
  event: 'MS.MAINTENANCE.CANCEL',
  since: '4.21.0',
  objectName: 'cancelmaintenance',
  params: { managementServerId: server, rebalance: p.boolean() },
  returns: managementServerMaintenanceResponse,
});

export const prepareForShutdown = command('prepareForShutdown', {
  summary: 'Let a management server finish its jobs and take no new ones, so that it can be shut down',
  roles: rootOnly,
  mode: 'sync',
  event: 'MS.SHUTDOWN.PREPARE',
  since: '4.19.0',
  objectName: 'prepareforshutdown',
  params: { managementServerId: server },
  returns: managementServerMaintenanceResponse,
});

export const cancelShutdown = command('cancelShutdown', {
  summary: 'Let a management server that was prepared for its shutdown work again',
  roles: rootOnly,
  mode: 'sync',
  event: 'MS.SHUTDOWN.CANCEL',
  since: '4.19.0',
  objectName: 'cancelshutdown',
  params: { managementServerId: server },
  returns: managementServerMaintenanceResponse,
});

export const readyForShutdown = command('readyForShutdown', {
  summary: 'Tell whether a management server can be shut down',
  roles: rootOnly,
  mode: 'sync',
  http: 'GET',
  since: '4.19.0',
  objectName: 'readyforshutdown',
  params: { managementServerId: server },
  returns: managementServerMaintenanceResponse,
});

export const triggerShutdown = command('triggerShutdown', {
  summary: 'End the process of a management server as soon as nothing runs on it',
  roles: rootOnly,
  mode: 'sync',
  event: 'MS.SHUTDOWN',
  since: '4.19.0',
  objectName: 'triggershutdown',
  params: { managementServerId: server },
  returns: managementServerMaintenanceResponse,
});

export const removeManagementServer = command('removeManagementServer', {
  summary: 'Forget a management server that is down',
  roles: rootOnly,
  mode: 'sync',
  event: 'MANAGEMENT.SERVER.REMOVE',
  params: { id: server },
  returns: success,
});
