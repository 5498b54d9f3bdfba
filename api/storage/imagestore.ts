// Secondary storage: stores that hold images and snapshots.
import { command, p, paging, rootOnly, success } from '../define.ts';
import { imageStoreResponse } from './responses.ts';

export const addImageStore = command('addImageStore', {
  summary: 'Add an image store',
  roles: rootOnly,
  mode: 'sync',
  since: '4.2.0',
  params: {
    provider: p.string({ required: true }),
    name: p.string(),
    details: p.map({ secret: true }),
    url: p.string({ maxLength: 2048, secret: true }),
    zoneId: p.uuid('zone', { access: 'operate' }),
  },
  returns: imageStoreResponse,
});

export const addSecondaryStorage = command('addSecondaryStorage', {
  summary: 'Add an NFS image store to a zone',
  roles: rootOnly,
  mode: 'sync',
  params: {
    url: p.string({ required: true, secret: true }),
    details: p.map(),
    zoneId: p.uuid('zone', { access: 'operate' }),
  },
  returns: imageStoreResponse,
  objectName: 'secondarystorage',
});

export const listImageStores = command('listImageStores', {
  summary: 'List image stores',
  roles: rootOnly,
  mode: 'list',
  since: '4.2.0',
  params: {
    id: p.uuid('imagestore'),
    name: p.string(),
    protocol: p.string(),
    provider: p.string(),
    readOnly: p.boolean({ since: '4.15.0' }),
    zoneId: p.uuid('zone'),
    ...paging,
  },
  returns: imageStoreResponse,
});

export const updateImageStore = command('updateImageStore', {
  summary: "Change an image store's name, capacity, or whether it may be written",
  roles: rootOnly,
  mode: 'sync',
  since: '4.15.0',
  event: 'IMAGE.STORE.ACCESS.UPDATED',
  params: {
    id: p.uuid('imagestore', { required: true, access: 'operate' }),
    name: p.string(),
    capacityBytes: p.long(),
    readOnly: p.boolean(),
  },
  returns: imageStoreResponse,
  key: 'updateImageStoreresponse',
  errorKey: 'updateImageStore',
});

export const deleteImageStore = command('deleteImageStore', {
  summary: 'Remove an image store that holds nothing',
  roles: rootOnly,
  mode: 'sync',
  since: '4.2.0',
  params: {
    id: p.uuid('imagestore', { required: true, access: 'operate' }),
  },
  returns: success,
});
