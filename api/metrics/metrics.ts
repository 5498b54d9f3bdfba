// Lists with measured values beside what they list.
import { command, everyone, p, paging, rootOnly } from '../define.ts';
import { listClusters } from '../infra/cluster.ts';
import { listHosts } from '../infra/host.ts';
import { listZones } from '../infra/zone.ts';
import {
  clusterMetricsResponse,
  hostMetricsResponse,
  infrastructureResponse,
  managementServerMetricsResponse,
  storagePoolMetricsResponse,
  virtualMachineMetricsResponse,
  volumeMetricsResponse,
  zoneMetricsResponse,
} from './responses.ts';
import { databaseMetricsResponse, virtualMachineStatsResponse } from './stats-responses.ts';
import { listStoragePools } from '../storage/pool.ts';
import { listVolumes } from '../storage/volume.ts';
import { listVirtualMachines } from '../vm/lifecycle.ts';

export const listManagementServersMetrics = command('listManagementServersMetrics', {
  summary: 'List management servers with their load',
  roles: rootOnly,
  mode: 'list',
  since: '4.17.0',
  resource: 'Host',
  params: {
    id: p.uuid('managementserver'),
    name: p.string(),
    peers: p.boolean({ since: '4.20.1.0' }),
    system: p.boolean(),
    version: p.string({ since: '4.20.3' }),
    ...paging,
  },
  returns: managementServerMetricsResponse,
});

export const listInfrastructure = command('listInfrastructure', {
  summary: 'Show how many zones, hosts, pools and others there are',
  roles: rootOnly,
  mode: 'sync',
  since: '4.9.3',
  params: {},
  returns: infrastructureResponse,
});

export const listZonesMetrics = command('listZonesMetrics', {
  summary: 'List zones with how full they are',
  roles: rootOnly,
  mode: 'list',
  since: '4.9.3',
  params: { ...listZones.params, networkType: p.string() },
  returns: zoneMetricsResponse,
});

export const listClustersMetrics = command('listClustersMetrics', {
  summary: 'List clusters with how full and busy they are',
  roles: rootOnly,
  mode: 'list',
  since: '4.9.3',
  params: listClusters.params,
  returns: clusterMetricsResponse,
});

export const listHostsMetrics = command('listHostsMetrics', {
  summary: 'List hosts with how full and busy they are',
  roles: rootOnly,
  mode: 'list',
  since: '4.9.3',
  resource: 'Host',
  params: listHosts.params,
  returns: hostMetricsResponse,
});

export const listStoragePoolsMetrics = command('listStoragePoolsMetrics', {
  summary: 'List storage pools with how full they are',
  roles: rootOnly,
  mode: 'list',
  since: '4.9.3',
  resource: 'StoragePool',
  params: listStoragePools.params,
  returns: storagePoolMetricsResponse,
});

export const listVirtualMachinesMetrics = command('listVirtualMachinesMetrics', {
  summary: 'List instances with what they use',
  roles: everyone,
  mode: 'list',
  since: '4.9.3',
  resource: 'VirtualMachine',
  params: { ...listVirtualMachines.params, clusterId: p.uuid('cluster', { roles: rootOnly }) },
  returns: virtualMachineMetricsResponse,
});

export const listVolumesMetrics = command('listVolumesMetrics', {
  summary: 'List volumes with what they use',
  roles: everyone,
  mode: 'list',
  since: '4.9.3',
  resource: 'Volume',
  params: listVolumes.params,
  returns: volumeMetricsResponse,
  key: 'listvolumesresponse',
});

export const listVirtualMachinesUsageHistory = command('listVirtualMachinesUsageHistory', {
  summary: 'List what instances used over time',
  roles: everyone,
  mode: 'list',
  since: '4.17',
  params: {
    id: p.uuid('virtualmachine'),
    name: p.string(),
    endDate: p.date({ endOfDay: true }),
    ids: p.uuids('virtualmachine'),
    startDate: p.date(),
    ...paging,
  },
  returns: virtualMachineStatsResponse,
});

export const listDbMetrics = command('listDbMetrics', {
  summary: 'Show how the database is',
  roles: rootOnly,
  mode: 'sync',
  since: '4.17.0',
  params: {},
  returns: databaseMetricsResponse,
});
