// Details: free keys and values on resources.
import { command, everyone, p, paging, rootOnly, scoping, success } from '../define.ts';
import { resourceDetailResponse } from './responses.ts';

export const addResourceDetail = command('addResourceDetail', {
  summary: 'Set details of a resource',
  roles: rootOnly,
  mode: 'async',
  event: 'CREATE_RESOURCE_DETAILS',
  javaClass: 'user.volume.AddResourceDetailCmd',
  params: {
    details: p.map({ required: true }),
    resourceId: p.string({ required: true }),
    resourceType: p.string({ required: true }),
    forDisplay: p.boolean({ since: '4.4' }),
  },
  returns: success,
});

export const listResourceDetails = command('listResourceDetails', {
  summary: 'List details of resources',
  roles: everyone,
  mode: 'list',
  since: '4.2',
  params: {
    resourceType: p.string({ required: true }),
    forDisplay: p.boolean({ roles: rootOnly, since: '4.3' }),
    key: p.string(),
    resourceId: p.string(),
    value: p.string({ roles: rootOnly, since: '4.4' }),
    ...scoping,
    ...paging,
  },
  returns: resourceDetailResponse,
});

export const removeResourceDetail = command('removeResourceDetail', {
  summary: 'Remove a detail from a resource',
  roles: rootOnly,
  mode: 'async',
  event: 'DELETE_RESOURCE_DETAILS',
  resource: 'Volume',
  javaClass: 'user.volume.RemoveResourceDetailCmd',
  params: {
    resourceId: p.string({ required: true }),
    resourceType: p.string({ required: true }),
    key: p.string(),
  },
  returns: success,
});
