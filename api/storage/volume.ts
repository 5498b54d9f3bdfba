// Volumes: the disks of instances.
import { command, everyone, ownership, p, paging, rootOnly, scoping, success } from '../define.ts';
import { volumeResponse } from './volume-responses.ts';

export const createVolume = command('createVolume', {
  summary: 'Create a data disk from a disk offering or a snapshot',
  roles: everyone,
  mode: 'async-create',
  event: 'VOLUME.CREATE',
  resource: 'Volume',
  javaClass: 'user.volume.CreateVolumeCmd',
  params: {
    name: p.string(),
    customId: p.string(),
    diskOfferingId: p.uuid('diskoffering', { access: 'use' }),
    displayVolume: p.boolean({ roles: rootOnly }),
    kmsKeyId: p.uuid('kmskey', { access: 'use', since: '4.23.0' }),
    maxIops: p.long(),
    minIops: p.long(),
    size: p.long(),
    snapshotId: p.uuid('snapshot', { access: 'use' }),
    storageId: p.uuid('storagepool', { roles: rootOnly, since: '4.22.1' }),
    virtualMachineId: p.uuid('virtualmachine', { access: 'operate' }),
    zoneId: p.uuid('zone', { access: 'use' }),
    ...ownership,
  },
  returns: volumeResponse,
});

export const listVolumes = command('listVolumes', {
  summary: 'List volumes',
  roles: everyone,
  mode: 'list',
  resource: 'Volume',
  params: {
    id: p.uuid('volume'),
    name: p.string(),
    clusterId: p.uuid('cluster', { roles: rootOnly }),
    diskOfferingId: p.uuid('diskoffering', { since: '4.4' }),
    displayVolume: p.boolean({ roles: rootOnly, since: '4.4' }),
    hostId: p.uuid('host'),
    ids: p.uuids('volume', { since: '4.9' }),
    isEncrypted: p.boolean({ roles: rootOnly, since: '4.19.1' }),
    kmsKeyId: p.uuid('kmskey', { since: '4.23' }),
    listSystemVms: p.boolean({ roles: rootOnly, since: '4.18' }),
    podId: p.uuid('pod'),
    retrieveOnlyResourceCount: p.boolean(),
    serviceOfferingId: p.uuid('serviceoffering', { since: '4.19.1' }),
    state: p.string(),
    storageId: p.uuid('storagepool', { apiType: 'string', roles: rootOnly, since: '4.3' }),
    tags: p.map({ mapKeys: ['key', 'value'] }),
    type: p.string(),
    virtualMachineId: p.uuid('virtualmachine'),
    zoneId: p.uuid('zone'),
    ...scoping,
    ...paging,
  },
  returns: volumeResponse,
});

export const attachVolume = command('attachVolume', {
  summary: 'Attach a volume to an instance',
  roles: everyone,
  mode: 'async',
  event: 'VOLUME.ATTACH',
  resource: 'Volume',
  javaClass: 'user.volume.AttachVolumeCmd',
  params: {
    id: p.uuid('volume', { access: 'operate', required: true }),
    virtualMachineId: p.uuid('virtualmachine', { required: true, access: 'operate' }),
    deviceId: p.long(),
  },
  returns: volumeResponse,
});

export const detachVolume = command('detachVolume', {
  summary: 'Detach a volume from its instance',
  roles: everyone,
  mode: 'async',
  event: 'VOLUME.DETACH',
  resource: 'Volume',
  javaClass: 'user.volume.DetachVolumeCmd',
  params: {
    id: p.uuid('volume', { access: 'operate' }),
    deviceId: p.long(),
    virtualMachineId: p.uuid('virtualmachine', { access: 'operate' }),
  },
  returns: volumeResponse,
});

export const resizeVolume = command('resizeVolume', {
  summary: "Change a volume's size or disk offering",
  roles: everyone,
  mode: 'async',
  event: 'VOLUME.RESIZE',
  resource: 'Volume',
  javaClass: 'user.volume.ResizeVolumeCmd',
  params: {
    id: p.uuid('volume', { required: true, access: 'operate' }),
    autoMigrate: p.boolean({ since: '4.20.1' }),
    diskOfferingId: p.uuid('diskoffering', { access: 'use' }),
    maxIops: p.long(),
    minIops: p.long(),
    shrinkOk: p.boolean(),
    size: p.long(),
  },
  returns: volumeResponse,
});

export const updateVolume = command('updateVolume', {
  summary: "Change a volume's name, chain information, protection or place",
  roles: rootOnly,
  mode: 'async',
  event: 'VOLUME.UPDATE',
  resource: 'Volume',
  javaClass: 'user.volume.UpdateVolumeCmd',
  params: {
    id: p.uuid('volume', { access: 'operate' }),
    name: p.string({ since: '4.16' }),
    chainInfo: p.string({ roles: rootOnly, since: '4.4' }),
    customId: p.string({ roles: rootOnly, since: '4.4' }),
    deleteProtection: p.boolean({ since: '4.20.0' }),
    displayVolume: p.boolean({ roles: rootOnly }),
    path: p.string({ roles: rootOnly }),
    state: p.string({ roles: rootOnly, since: '4.3' }),
    storageId: p.uuid('storagepool', { roles: rootOnly, since: '4.3' }),
  },
  returns: volumeResponse,
});

export const destroyVolume = command('destroyVolume', {
  summary: 'Put a volume aside to be expunged, or expunge it now',
  roles: everyone,
  mode: 'async',
  since: '4.14.0',
  event: 'VOLUME.DESTROY',
  resource: 'Volume',
  javaClass: 'user.volume.DestroyVolumeCmd',
  params: {
    id: p.uuid('volume', { required: true, access: 'operate' }),
    expunge: p.boolean({ since: '4.6.0' }),
  },
  returns: volumeResponse,
});

export const recoverVolume = command('recoverVolume', {
  summary: 'Take back a destroyed volume that has not been expunged',
  roles: everyone,
  mode: 'sync',
  since: '4.14.0',
  event: 'VOLUME.RECOVER',
  resource: 'Volume',
  params: {
    id: p.uuid('volume', { access: 'operate', required: true }),
  },
  returns: volumeResponse,
});

export const deleteVolume = command('deleteVolume', {
  summary: 'Delete a detached volume for good',
  roles: everyone,
  mode: 'sync',
  event: 'VOLUME.DELETE',
  resource: 'Volume',
  params: {
    id: p.uuid('volume', { required: true, access: 'operate' }),
  },
  returns: success,
});
