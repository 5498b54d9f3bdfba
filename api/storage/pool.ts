// Primary storage: pools that hold volumes.
import { admins, command, p, paging, rootOnly, success } from '../define.ts';
import { storagePoolResponse, storageProviderResponse, storageTagResponse } from './responses.ts';

export const createStoragePool = command('createStoragePool', {
  summary: 'Add a storage pool to a zone or cluster',
  roles: rootOnly,
  mode: 'sync',
  params: {
    name: p.string({ required: true }),
    url: p.string({ required: true, secret: true }),
    zoneId: p.uuid('zone', { required: true, access: 'operate' }),
    capacityBytes: p.long(),
    capacityIops: p.long(),
    clusterId: p.uuid('cluster', { access: 'operate' }),
    details: p.map({ secret: true }),
    hypervisor: p.string(),
    isTagARule: p.boolean(),
    managed: p.boolean(),
    podId: p.uuid('pod', { access: 'operate' }),
    provider: p.string(),
    scope: p.string({ oneOf: ['ZONE', 'CLUSTER'] }),
    storageAccessGroups: p.string({ since: '4.21.0' }),
    tags: p.string(),
  },
  returns: storagePoolResponse,
});

export const listStoragePools = command('listStoragePools', {
  summary: 'List storage pools',
  roles: ['Admin', 'ResourceAdmin'],
  mode: 'list',
  resource: 'StoragePool',
  params: {
    id: p.uuid('storagepool'),
    name: p.string(),
    clusterId: p.uuid('cluster'),
    hostId: p.uuid('host'),
    ipAddress: p.string(),
    path: p.string(),
    podId: p.uuid('pod'),
    scope: p.string(),
    status: p.string(),
    storageAccessGroup: p.string({ since: '4.21.0' }),
    storageCustomStats: p.boolean({ since: '4.18.1' }),
    zoneId: p.uuid('zone'),
    ...paging,
  },
  returns: storagePoolResponse,
});

export const updateStoragePool = command('updateStoragePool', {
  summary: "Change a storage pool's name, tags, capacity, or whether it may be used",
  roles: rootOnly,
  mode: 'sync',
  since: '3.0.0',
  resource: 'StoragePool',
  params: {
    id: p.uuid('storagepool', { required: true, access: 'operate' }),
    name: p.string({ since: '4.15' }),
    capacityBytes: p.long(),
    capacityIops: p.long(),
    details: p.map({ since: '4.19.0' }),
    enabled: p.boolean(),
    isTagARule: p.boolean(),
    tags: p.strings(),
    url: p.string({ since: '4.19.0' }),
  },
  returns: storagePoolResponse,
});

export const deleteStoragePool = command('deleteStoragePool', {
  summary: 'Remove a storage pool that holds no volumes',
  roles: rootOnly,
  mode: 'sync',
  params: {
    id: p.uuid('storagepool', { required: true, access: 'operate' }),
    forced: p.boolean(),
  },
  returns: success,
});

export const listStorageProviders = command('listStorageProviders', {
  summary: 'List the storage providers',
  roles: ['Admin', 'ResourceAdmin'],
  mode: 'list',
  params: {
    type: p.string({ required: true }),
    ...paging,
  },
  returns: storageProviderResponse,
});

export const listStorageTags = command('listStorageTags', {
  summary: 'List the tags that storage pools carry',
  roles: admins,
  mode: 'list',
  resource: 'StoragePool',
  params: {
    ...paging,
  },
  returns: storageTagResponse,
});

export const enableStorageMaintenance = command('enableStorageMaintenance', {
  summary: 'Stop everything that uses a storage pool and keep it unused',
  roles: rootOnly,
  mode: 'async',
  event: 'MAINT.PREPARE.PS',
  resource: 'StoragePool',
  javaClass: 'admin.storage.PreparePrimaryStorageForMaintenanceCmd',
  params: {
    id: p.uuid('storagepool', { required: true, access: 'operate' }),
  },
  returns: storagePoolResponse,
  key: 'prepareprimarystorageformaintenanceresponse',
});

export const cancelStorageMaintenance = command('cancelStorageMaintenance', {
  summary: 'Take a storage pool out of maintenance',
  roles: rootOnly,
  mode: 'async',
  event: 'MAINT.CANCEL.PS',
  resource: 'StoragePool',
  javaClass: 'admin.storage.CancelPrimaryStorageMaintenanceCmd',
  params: {
    id: p.uuid('storagepool', { required: true, access: 'operate' }),
  },
  returns: storagePoolResponse,
  key: 'cancelprimarystoragemaintenanceresponse',
});
