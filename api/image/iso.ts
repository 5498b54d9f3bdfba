// ISOs: images of installation media.
import { command, everyone, ownership, p, paging, rootOnly, scoping, success } from '../define.ts';
import { architectures } from '../texts.ts';
import { templatePermissionsResponse, templateResponse } from './responses.ts';
import { updateTemplatePermissions } from './template.ts';
import { virtualMachineResponse } from '../vm/responses.ts';

export const registerIso = command('registerIso', {
  summary: 'Fetch an ISO from a URL',
  roles: everyone,
  mode: 'list',
  event: 'ISO.CREATE',
  resource: 'Iso',
  params: {
    name: p.string({ required: true, maxLength: 251 }),
    url: p.string({ required: true, maxLength: 2048 }),
    zoneId: p.uuid('zone', { required: true, access: 'use', all: true }),
    arch: p.string({ oneOf: architectures, since: '4.20' }),
    bootable: p.boolean(),
    checksum: p.string(),
    directDownload: p.boolean(),
    displayText: p.string({ maxLength: 4096 }),
    imageStoreUuid: p.string(),
    isDynamicallyScalable: p.boolean(),
    isExtractable: p.boolean(),
    isFeatured: p.boolean(),
    isPublic: p.boolean(),
    osTypeId: p.uuid('guestos'),
    passwordEnabled: p.boolean(),
    ...ownership,
  },
  returns: templateResponse,
  objectName: 'iso',
});

export const listIsos = command('listIsos', {
  summary: 'List ISOs',
  roles: everyone,
  mode: 'list',
  resource: 'Iso',
  params: {
    id: p.uuid('iso'),
    name: p.string(),
    arch: p.string({ oneOf: architectures, since: '4.20' }),
    bootable: p.boolean(),
    hypervisor: p.string(),
    imageStoreId: p.uuid('imagestore', { roles: rootOnly, since: '4.19' }),
    isoFilter: p.string({
      oneOf: ['featured', 'self', 'selfexecutable', 'sharedexecutable', 'executable', 'community', 'all'],
    }),
    isPublic: p.boolean(),
    isReady: p.boolean(),
    osCategoryId: p.uuid('guestoscategory', { since: '4.21.0' }),
    showIcon: p.boolean(),
    showRemoved: p.boolean(),
    showUnique: p.boolean({ since: '4.13.2' }),
    storageId: p.uuid('storagepool', { roles: rootOnly, since: '4.19' }),
    tags: p.map({ mapKeys: ['key', 'value'] }),
    zoneId: p.uuid('zone'),
    ...scoping,
    ...paging,
  },
  returns: templateResponse,
  objectName: 'iso',
});

export const updateIso = command('updateIso', {
  summary: "Change an ISO's name, details or flags",
  roles: everyone,
  mode: 'sync',
  event: 'ISO.UPDATE',
  resource: 'Iso',
  params: {
    id: p.uuid('iso', { access: 'operate', required: true }),
    name: p.string({ maxLength: 251 }),
    arch: p.string({ oneOf: architectures, since: '4.20' }),
    bootable: p.boolean(),
    cleanupDetails: p.boolean(),
    details: p.map(),
    displayText: p.string({ maxLength: 4096 }),
    forceUpdateOsType: p.boolean({ since: '4.21' }),
    format: p.string(),
    isDynamicallyScalable: p.boolean(),
    isRouting: p.boolean(),
    osTypeId: p.uuid('guestos'),
    passwordEnabled: p.boolean(),
    requiresHvm: p.boolean(),
    sortKey: p.integer(),
    sshKeyEnabled: p.boolean(),
  },
  returns: templateResponse,
  objectName: 'iso',
});

export const deleteIso = command('deleteIso', {
  summary: 'Delete an ISO from a zone or from all',
  roles: everyone,
  mode: 'async',
  event: 'ISO.DELETE',
  resource: 'Iso',
  javaClass: 'user.iso.DeleteIsoCmd',
  params: {
    id: p.uuid('iso', { access: 'operate', required: true }),
    zoneId: p.uuid('zone'),
  },
  returns: success,
});

/** CloudStack answers under the key of templates. */
export const listIsoPermissions = command('listIsoPermissions', {
  summary: 'Show who may use an ISO',
  roles: everyone,
  mode: 'sync',
  key: 'listtemplatepermissionsresponse',
  params: {
    id: p.uuid('iso', { access: 'operate', required: true }),
  },
  returns: templatePermissionsResponse,
});

export const updateIsoPermissions = command('updateIsoPermissions', {
  summary: 'Change who may use an ISO',
  roles: everyone,
  mode: 'sync',
  params: { ...updateTemplatePermissions.params, id: p.uuid('iso', { access: 'operate', required: true }) },
  returns: success,
});

export const attachIso = command('attachIso', {
  summary: "Put an ISO into an instance's drive",
  roles: everyone,
  mode: 'async',
  event: 'ISO.ATTACH',
  resource: 'VirtualMachine',
  javaClass: 'user.iso.AttachIsoCmd',
  params: {
    id: p.uuid('iso', { access: 'use', required: true }),
    virtualMachineId: p.uuid('virtualmachine', { access: 'operate', required: true }),
    forced: p.boolean({ since: '4.15.1' }),
  },
  returns: virtualMachineResponse,
});

export const detachIso = command('detachIso', {
  summary: "Take the ISO out of an instance's drive",
  roles: everyone,
  mode: 'async',
  event: 'ISO.DETACH',
  resource: 'VirtualMachine',
  javaClass: 'user.iso.DetachIsoCmd',
  params: {
    virtualMachineId: p.uuid('virtualmachine', { access: 'operate', required: true }),
    id: p.uuid('iso', { access: 'use', since: '4.23.0' }),
    forced: p.boolean({ since: '4.15.1' }),
  },
  returns: virtualMachineResponse,
});
