// What this server is and can do.
import { command, everyone, p, paging, rootOnly, success } from '../define.ts';
import {
  apiLimitResponse,
  apiResponse,
  capabilitiesResponse,
  cloudIdentifierResponse,
  deploymentPlannerResponse,
  detailOptionsResponse,
  networkProtocolResponse,
} from './responses.ts';

export const listApis = command('listApis', {
  summary: 'List the commands the caller may use, with parameters and responses',
  roles: everyone,
  mode: 'list',
  since: '4.1.0',
  params: {
    name: p.string(),
  },
  returns: apiResponse,
});

export const listCapabilities = command('listCapabilities', {
  summary: 'Show what this installation can do and allows',
  roles: everyone,
  mode: 'sync',
  params: {
    domainId: p.uuid('domain', { since: '4.23.0' }),
  },
  returns: capabilitiesResponse,
});

export const listDeploymentPlanners = command('listDeploymentPlanners', {
  summary: 'List the deployment planners',
  roles: rootOnly,
  mode: 'list',
  params: {
    ...paging,
  },
  returns: deploymentPlannerResponse,
});

export const listNetworkProtocols = command('listNetworkProtocols', {
  summary: 'List network protocols with their numbers or types',
  roles: everyone,
  mode: 'list',
  since: '4.19.0',
  params: {
    option: p.string({ required: true }),
  },
  returns: networkProtocolResponse,
});

export const listDetailOptions = command('listDetailOptions', {
  summary: 'List the details a kind of resource can have and their values',
  roles: everyone,
  mode: 'sync',
  since: '4.13',
  params: {
    resourceType: p.string({ required: true }),
    resourceId: p.string(),
  },
  returns: detailOptionsResponse,
});

export const getCloudIdentifier = command('getCloudIdentifier', {
  summary: 'Show the identifier of this installation, signed for the user',
  roles: everyone,
  mode: 'sync',
  params: {
    userId: p.uuid('user', { access: 'operate', required: true }),
  },
  returns: cloudIdentifierResponse,
});

export const getApiLimit = command('getApiLimit', {
  summary: 'Show how many calls the account has left in the current interval',
  roles: everyone,
  mode: 'sync',
  params: {},
  returns: apiLimitResponse,
});

export const resetApiLimit = command('resetApiLimit', {
  summary: "Start counting an account's calls anew",
  roles: rootOnly,
  mode: 'sync',
  params: {
    account: p.uuid('account', { access: 'use' }),
  },
  returns: success,
});
