// Templates: images that root disks start from.
import { command, everyone, ownership, p, paging, rootOnly, scoping, success } from '../define.ts';
import { architectures } from '../texts.ts';
import { templatePermissionsResponse, templateResponse } from './responses.ts';

export const registerTemplate = command('registerTemplate', {
  summary: 'Fetch an image from a URL and make it a template',
  roles: everyone,
  mode: 'list',
  event: 'TEMPLATE.CREATE',
  params: {
    name: p.string({ required: true }),
    format: p.string({ required: true }),
    hypervisor: p.string({ required: true }),
    url: p.string({ required: true, maxLength: 2048 }),
    arch: p.string({ oneOf: architectures, since: '4.20' }),
    bits: p.integer(),
    checksum: p.string(),
    deployAsIs: p.boolean({ since: '4.15.1' }),
    details: p.map(),
    directDownload: p.boolean(),
    displayText: p.string({ maxLength: 4096 }),
    extensionId: p.uuid('extension', { since: '4.21.0' }),
    externalDetails: p.map({ since: '4.21.0' }),
    forCks: p.boolean({ since: '4.21.0' }),
    isDynamicallyScalable: p.boolean(),
    isExtractable: p.boolean(),
    isFeatured: p.boolean(),
    isPublic: p.boolean(),
    isRouting: p.boolean(),
    osTypeId: p.uuid('guestos'),
    passwordEnabled: p.boolean(),
    requiresHvm: p.boolean(),
    sshKeyEnabled: p.boolean(),
    templateTag: p.string(),
    templateType: p.string({ since: '4.19.0' }),
    zoneId: p.uuid('zone', { access: 'use', all: true }),
    zoneIds: p.uuids('zone', { access: 'use', all: true }),
    ...ownership,
  },
  returns: templateResponse,
});

export const listTemplates = command('listTemplates', {
  summary: 'List templates',
  roles: everyone,
  mode: 'list',
  resource: 'Template',
  params: {
    templateFilter: p.string({
      required: true,
      oneOf: ['featured', 'self', 'selfexecutable', 'sharedexecutable', 'executable', 'community', 'all'],
    }),
    id: p.uuid('template'),
    name: p.string(),
    arch: p.string({ oneOf: architectures, since: '4.20' }),
    details: p.strings({ since: '4.15' }),
    extensionId: p.uuid('extension', { since: '4.21.0' }),
    forCks: p.boolean({ since: '4.21.0' }),
    hypervisor: p.string(),
    ids: p.uuids('template', { since: '4.9' }),
    imageStoreId: p.uuid('imagestore', { roles: rootOnly, since: '4.19' }),
    isReady: p.boolean({ since: '4.21.0' }),
    isVnf: p.boolean({ since: '4.19.0' }),
    osCategoryId: p.uuid('guestoscategory', { since: '4.21.0' }),
    parentTemplateId: p.uuid('template', { since: '4.4' }),
    showIcon: p.boolean(),
    showRemoved: p.boolean(),
    showUnique: p.boolean({ since: '4.13.2' }),
    storageId: p.uuid('storagepool', { roles: rootOnly, since: '4.19' }),
    tags: p.map({ mapKeys: ['key', 'value'] }),
    templateType: p.string({ since: '4.19.0' }),
    zoneId: p.uuid('zone'),
    ...scoping,
    ...paging,
  },
  returns: templateResponse,
});

export const updateTemplate = command('updateTemplate', {
  summary: "Change a template's name, type, details or flags",
  roles: everyone,
  mode: 'sync',
  event: 'TEMPLATE.UPDATE',
  resource: 'Template',
  params: {
    id: p.uuid('template', { access: 'operate', required: true }),
    name: p.string({ maxLength: 251 }),
    arch: p.string({ oneOf: architectures, since: '4.20' }),
    bootable: p.boolean(),
    cleanupDetails: p.boolean(),
    details: p.map(),
    displayText: p.string({ maxLength: 4096 }),
    forceUpdateOsType: p.boolean({ since: '4.21' }),
    forCks: p.boolean({ since: '4.21.0' }),
    format: p.string(),
    isDynamicallyScalable: p.boolean(),
    isRouting: p.boolean(),
    osTypeId: p.uuid('guestos'),
    passwordEnabled: p.boolean(),
    requiresHvm: p.boolean(),
    sortKey: p.integer(),
    sshKeyEnabled: p.boolean(),
    templateTag: p.string({ since: '4.20.0' }),
    templateType: p.string(),
  },
  returns: templateResponse,
});

export const deleteTemplate = command('deleteTemplate', {
  summary: 'Delete a template from a zone or from all',
  roles: everyone,
  mode: 'async',
  event: 'TEMPLATE.DELETE',
  resource: 'Template',
  javaClass: 'user.template.DeleteTemplateCmd',
  params: {
    id: p.uuid('template', { access: 'operate', required: true }),
    forced: p.boolean({ since: '4.9+' }),
    isSystem: p.boolean({ roles: rootOnly, since: '4.20.0' }),
    zoneId: p.uuid('zone'),
  },
  returns: success,
});

export const copyTemplate = command('copyTemplate', {
  summary: 'Copy a template to other zones',
  roles: everyone,
  mode: 'async',
  event: 'TEMPLATE.COPY',
  resource: 'Template',
  javaClass: 'user.template.CopyTemplateCmd',
  params: {
    id: p.uuid('template', { access: 'operate', required: true }),
    destZoneId: p.uuid('zone'),
    destZoneIds: p.uuids('zone'),
    sourceZoneId: p.uuid('zone'),
  },
  returns: templateResponse,
});

export const prepareTemplate = command('prepareTemplate', {
  summary: 'Place a template on primary storage ahead of its first use',
  roles: rootOnly,
  mode: 'list',
  params: {
    templateId: p.uuid(['template', 'iso'], { required: true, access: 'operate' }),
    zoneId: p.uuid('zone', { required: true }),
    storageId: p.uuid('storagepool', { access: 'operate' }),
  },
  returns: templateResponse,
});

export const listTemplatePermissions = command('listTemplatePermissions', {
  summary: 'Show who may use a template',
  roles: everyone,
  mode: 'sync',
  params: {
    id: p.uuid('template', { access: 'operate', required: true }),
  },
  returns: templatePermissionsResponse,
});

export const updateTemplatePermissions = command('updateTemplatePermissions', {
  summary: 'Change who may use a template',
  roles: everyone,
  mode: 'sync',
  params: {
    id: p.uuid('template', { access: 'operate', required: true }),
    accounts: p.strings(),
    isExtractable: p.boolean(),
    isFeatured: p.boolean(),
    isPublic: p.boolean(),
    op: p.string({ oneOf: ['add', 'remove', 'reset'] }),
    projectIds: p.uuids('project', { access: 'use' }),
  },
  returns: success,
});
