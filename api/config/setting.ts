// Settings.
import { command, p, paging, rootOnly } from '../define.ts';
import { configurationGroupResponse, configurationResponse } from './responses.ts';

export const listConfigurations = command('listConfigurations', {
  summary: 'List settings, global or as they are in a zone, cluster, pool, account or domain',
  roles: ['Admin', 'DomainAdmin'],
  mode: 'list',
  params: {
    name: p.string(),
    accountId: p.uuid('account', { access: 'operate' }),
    category: p.string(),
    clusterId: p.uuid('cluster'),
    domainId: p.uuid('domain', { access: 'operate' }),
    group: p.string({ since: '4.18.0' }),
    imageStoreUuid: p.uuid('imagestore'),
    managementServerId: p.uuid('managementserver', { since: '4.23.0' }),
    parent: p.string({ since: '4.18.0' }),
    storageId: p.uuid('storagepool'),
    subGroup: p.string({ since: '4.18.0' }),
    zoneId: p.uuid('zone'),
    ...paging,
  },
  returns: configurationResponse,
});

export const listConfigurationGroups = command('listConfigurationGroups', {
  summary: 'List the groups of settings',
  roles: rootOnly,
  mode: 'list',
  since: '4.18.0',
  params: {
    group: p.string(),
    ...paging,
  },
  returns: configurationGroupResponse,
});

export const updateConfiguration = command('updateConfiguration', {
  summary: 'Set a setting',
  roles: ['Admin', 'DomainAdmin'],
  mode: 'sync',
  event: 'CONFIGURATION.VALUE.EDIT',
  params: {
    name: p.string({ required: true }),
    accountId: p.uuid('account', { access: 'operate' }),
    clusterId: p.uuid('cluster', { access: 'operate' }),
    domainId: p.uuid('domain', { access: 'operate' }),
    imageStoreUuid: p.uuid('imagestore', { access: 'operate' }),
    managementServerId: p.uuid('managementserver', { access: 'operate', since: '4.23.0' }),
    storageId: p.uuid('storagepool', { access: 'operate' }),
    value: p.string({ maxLength: 4096 }),
    zoneId: p.uuid('zone', { access: 'operate' }),
  },
  returns: configurationResponse,
});

export const resetConfiguration = command('resetConfiguration', {
  summary: 'Set a setting back to its default',
  roles: rootOnly,
  mode: 'sync',
  since: '4.16.0',
  event: 'CONFIGURATION.VALUE.EDIT',
  params: {
    name: p.string({ required: true }),
    accountId: p.uuid('account', { access: 'operate' }),
    clusterId: p.uuid('cluster'),
    domainId: p.uuid('domain', { access: 'operate' }),
    imageStoreId: p.uuid('imagestore'),
    managementServerId: p.uuid('managementserver', { since: '4.23.0' }),
    storageId: p.uuid('storagepool'),
    zoneId: p.uuid('zone'),
  },
  returns: configurationResponse,
});
