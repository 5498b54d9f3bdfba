// Resource limits of accounts, domains and projects.
import { admins, command, everyone, ownership, p, paging, scoping } from '../define.ts';
import { resourceCountResponse, resourceLimitResponse } from './limit-responses.ts';

export const listResourceLimits = command('listResourceLimits', {
  summary: 'List resource limits',
  roles: everyone,
  mode: 'list',
  params: {
    id: p.long(),
    resourceType: p.integer(),
    resourceTypeName: p.string(),
    tag: p.string({ since: '4.20.0' }),
    ...scoping,
    ...paging,
  },
  returns: resourceLimitResponse,
});

export const updateResourceLimit = command('updateResourceLimit', {
  summary: 'Set the limit of one kind of resource for an account, domain or project',
  roles: admins,
  mode: 'sync',
  event: 'RESOURCE.LIMIT.UPDATE',
  params: {
    resourceType: p.integer({ required: true }),
    max: p.long(),
    tag: p.string({ since: '4.20.0' }),
    ...ownership,
  },
  returns: resourceLimitResponse,
});

export const updateResourceCount = command('updateResourceCount', {
  summary: 'Count again what an account, domain or project uses',
  roles: admins,
  mode: 'list',
  params: {
    domainId: p.uuid('domain', { required: true }),
    account: p.string(),
    projectId: p.uuid('project', { all: true }),
    resourceType: p.integer(),
    tag: p.string({ since: '4.20.0' }),
  },
  returns: resourceCountResponse,
});
