// Domains: the tree of tenants.
import { admins, command, p, paging, rootOnly, scoping, success } from '../define.ts';
import { domainResponse } from './owner-responses.ts';

export const createDomain = command('createDomain', {
  summary: 'Create a domain below another',
  roles: ['Admin', 'DomainAdmin'],
  mode: 'sync',
  event: 'DOMAIN.CREATE',
  resource: 'Domain',
  params: {
    name: p.string({ required: true }),
    domainId: p.string(),
    networkDomain: p.string(),
    parentDomainId: p.uuid('domain', { access: 'operate' }),
  },
  returns: domainResponse,
});

export const listDomains = command('listDomains', {
  summary: 'List domains with what they use and may use',
  roles: admins,
  mode: 'list',
  params: {
    id: p.uuid('domain'),
    name: p.string(),
    details: p.strings(),
    level: p.integer(),
    showIcon: p.boolean(),
    tag: p.string({ since: '4.20.0' }),
    tags: p.map({ mapKeys: ['key', 'value'] }),
    ...scoping,
    ...paging,
  },
  returns: domainResponse,
});

export const listDomainChildren = command('listDomainChildren', {
  summary: 'List the domains below a domain',
  roles: admins,
  mode: 'list',
  params: {
    id: p.uuid('domain', { access: 'operate' }),
    name: p.string(),
    isRecursive: p.boolean(),
    listAll: p.boolean(),
    showIcon: p.boolean(),
    ...paging,
  },
  returns: domainResponse,
});

export const updateDomain = command('updateDomain', {
  summary: "Change a domain's name or network domain",
  roles: rootOnly,
  mode: 'sync',
  event: 'DOMAIN.UPDATE',
  resource: 'Domain',
  params: {
    id: p.uuid('domain', { access: 'operate', required: true }),
    name: p.string(),
    networkDomain: p.string(),
  },
  returns: domainResponse,
});

export const moveDomain = command('moveDomain', {
  summary: 'Move a domain with all below it under another parent',
  roles: rootOnly,
  mode: 'sync',
  since: '4.19.0.0',
  event: 'DOMAIN.MOVE',
  params: {
    domainId: p.uuid('domain', { access: 'operate', required: true }),
    parentDomainId: p.uuid('domain', { access: 'operate', required: true }),
  },
  returns: domainResponse,
});

export const deleteDomain = command('deleteDomain', {
  summary: 'Delete a domain, with everything in it if asked to',
  roles: ['Admin', 'DomainAdmin'],
  mode: 'async',
  event: 'DOMAIN.DELETE',
  resource: 'Domain',
  javaClass: 'admin.domain.DeleteDomainCmd',
  params: {
    id: p.uuid('domain', { access: 'operate', required: true }),
    cleanup: p.boolean(),
  },
  returns: success,
});
