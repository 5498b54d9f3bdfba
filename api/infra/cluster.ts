// Clusters: hosts of one hypervisor that share storage.
import { command, p, paging, rootOnly, success } from '../define.ts';
import { architectures } from '../texts.ts';
import { clusterResponse } from './responses.ts';

export const addCluster = command('addCluster', {
  summary: 'Add a cluster to a pod',
  roles: rootOnly,
  mode: 'list',
  resource: 'Cluster',
  params: {
    clusterName: p.string({ required: true }),
    clusterType: p.string({ required: true, oneOf: ['CloudManaged', 'ExternalManaged'] }),
    hypervisor: p.string({ required: true }),
    podId: p.uuid('pod', { required: true, access: 'operate' }),
    zoneId: p.uuid('zone', { required: true, access: 'operate' }),
    allocationState: p.string({ oneOf: ['Enabled', 'Disabled'] }),
    arch: p.string({ oneOf: architectures, since: '4.20' }),
    extensionId: p.uuid('extension', { since: '4.21.0' }),
    externalDetails: p.map({ since: '4.21.0' }),
    guestVSwitchName: p.string(),
    guestVSwitchType: p.string(),
    ovm3Cluster: p.string(),
    ovm3Pool: p.string(),
    ovm3Vip: p.string(),
    password: p.string({ secret: true }),
    publicVSwitchName: p.string(),
    publicVSwitchType: p.string(),
    storageAccessGroups: p.strings({ since: '4.21.0' }),
    url: p.string(),
    username: p.string(),
    vsmIpAddress: p.string(),
    vsmPassword: p.string({ secret: true }),
    vsmUsername: p.string(),
  },
  returns: clusterResponse,
});

export const listClusters = command('listClusters', {
  summary: 'List clusters',
  roles: ['Admin', 'ResourceAdmin'],
  mode: 'list',
  params: {
    id: p.uuid('cluster'),
    name: p.string(),
    allocationState: p.string(),
    arch: p.string({ oneOf: architectures, since: '4.20.1' }),
    clusterType: p.string(),
    hypervisor: p.string(),
    managedState: p.string(),
    podId: p.uuid('pod'),
    showCapacities: p.boolean(),
    storageAccessGroup: p.string({ since: '4.21.0' }),
    zoneId: p.uuid('zone'),
    ...paging,
  },
  returns: clusterResponse,
});

export const updateCluster = command('updateCluster', {
  summary: "Change a cluster's name, architecture, or whether it is managed and may be used",
  roles: rootOnly,
  mode: 'sync',
  resource: 'Cluster',
  params: {
    id: p.uuid('cluster', { required: true, access: 'operate' }),
    allocationState: p.string({ oneOf: ['Enabled', 'Disabled'] }),
    arch: p.string({ oneOf: architectures, since: '4.20' }),
    clusterName: p.string(),
    clusterType: p.string({ oneOf: ['CloudManaged', 'ExternalManaged'] }),
    externalDetails: p.map({ since: '4.21.0' }),
    hypervisor: p.string(),
    managedState: p.string({ oneOf: ['Managed', 'Unmanaged'] }),
  },
  returns: clusterResponse,
});

export const deleteCluster = command('deleteCluster', {
  summary: 'Remove a cluster that has no hosts or storage pools left',
  roles: rootOnly,
  mode: 'sync',
  resource: 'Cluster',
  params: {
    id: p.uuid('cluster', { required: true, access: 'operate' }),
  },
  returns: success,
});
