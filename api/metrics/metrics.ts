// Lists with measured values beside what they list.
import { command, everyone, p, paging, rootOnly, scoping } from '../define.ts';
import { architectures } from '../texts.ts';
import { listClusters } from '../infra/cluster.ts';
import { listHosts } from '../infra/host.ts';
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
  params: {
    id: p.uuid('zone'),
    name: p.string(),
    available: p.boolean(),
    domainId: p.uuid('domain'),
    ids: p.uuids('zone', { since: '4.19.0' }),
    networkType: p.string(),
    showCapacities: p.boolean(),
    showIcon: p.boolean(),
    storageAccessGroup: p.string({ since: '4.21.0' }),
    tags: p.map({ mapKeys: ['key', 'value'], since: '4.3' }),
    ...paging,
  },
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
  params: {
    id: p.uuid('virtualmachine'),
    name: p.string(),
    accumulate: p.boolean({ since: '4.17.0' }),
    affinityGroupId: p.uuid('affinitygroup'),
    arch: p.string({ oneOf: architectures, since: '4.20.1' }),
    autoScaleVmGroupId: p.uuid('autoscalevmgroup', { since: '4.18.0' }),
    backupOfferingId: p.uuid('backupoffering', { since: '4.17' }),
    clusterId: p.uuid('cluster', { roles: rootOnly }),
    details: p.strings(),
    displayVm: p.boolean({ roles: rootOnly, since: '4.4' }),
    extensionId: p.uuid('extension', { since: '4.21.0' }),
    forVirtualNetwork: p.boolean(),
    gpuEnabled: p.boolean({ since: '4.21.0' }),
    groupId: p.uuid('instancegroup'),
    haEnable: p.boolean({ since: '4.15' }),
    hostId: p.uuid('host', { roles: rootOnly }),
    hypervisor: p.string(),
    ids: p.uuids('virtualmachine', { since: '4.4' }),
    isoId: p.uuid('iso'),
    isVnf: p.boolean({ since: '4.19.0' }),
    keyPair: p.string(),
    leased: p.boolean({ since: '4.21.0' }),
    networkId: p.uuid('network'),
    podId: p.uuid('pod', { roles: rootOnly }),
    retrieveOnlyResourceCount: p.boolean(),
    securityGroupId: p.uuid('securitygroup', { since: '4.15' }),
    serviceOfferingId: p.uuid('serviceoffering', { since: '4.4' }),
    showIcon: p.boolean({ since: '4.16.0.0' }),
    state: p.string(),
    storageId: p.uuid('storagepool', { roles: rootOnly }),
    tags: p.map({ mapKeys: ['key', 'value'] }),
    templateId: p.uuid(['template', 'iso']),
    userData: p.boolean({ since: '4.18.0.0' }),
    userDataId: p.uuid('userdata', { since: '4.20.1' }),
    userId: p.uuid('user'),
    vpcId: p.uuid('vpc'),
    zoneId: p.uuid('zone'),
    ...scoping,
    ...paging,
  },
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
