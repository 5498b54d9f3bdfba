// Who provides services on a physical network.
import { command, p, paging, rootOnly, success } from '../define.ts';
import { serviceProviderResponse } from './provider-responses.ts';

export const addNetworkServiceProvider = command('addNetworkServiceProvider', {
  summary: 'Add a service provider to a physical network',
  roles: rootOnly,
  mode: 'async-create',
  since: '3.0.0',
  event: 'SERVICE.PROVIDER.CREATE',
  resource: 'PhysicalNetworkServiceProvider',
  javaClass: 'admin.network.AddNetworkServiceProviderCmd',
  params: {
    name: p.string({ required: true }),
    physicalNetworkId: p.uuid('physicalnetwork', { required: true, access: 'operate' }),
    destinationPhysicalNetworkId: p.uuid('physicalnetwork', { access: 'operate' }),
    serviceList: p.strings(),
  },
  returns: serviceProviderResponse,
});

export const listNetworkServiceProviders = command('listNetworkServiceProviders', {
  summary: 'List service providers',
  roles: rootOnly,
  mode: 'list',
  since: '3.0.0',
  params: {
    name: p.string(),
    physicalNetworkId: p.uuid('physicalnetwork'),
    state: p.string(),
    ...paging,
  },
  returns: serviceProviderResponse,
});

export const updateNetworkServiceProvider = command('updateNetworkServiceProvider', {
  summary: 'Enable or disable a service provider, or change its services',
  roles: rootOnly,
  mode: 'async',
  since: '3.0.0',
  event: 'SERVICE.PROVIDER.UPDATE',
  resource: 'PhysicalNetworkServiceProvider',
  javaClass: 'admin.network.UpdateNetworkServiceProviderCmd',
  params: {
    id: p.uuid('provider', { required: true, access: 'operate' }),
    serviceList: p.strings(),
    state: p.string({ oneOf: ['Enabled', 'Disabled', 'Shutdown'] }),
  },
  returns: serviceProviderResponse,
});

export const deleteNetworkServiceProvider = command('deleteNetworkServiceProvider', {
  summary: 'Remove a service provider from a physical network',
  roles: rootOnly,
  mode: 'async',
  since: '3.0.0',
  event: 'SERVICE.PROVIDER.DELETE',
  resource: 'PhysicalNetworkServiceProvider',
  javaClass: 'admin.network.DeleteNetworkServiceProviderCmd',
  params: {
    id: p.uuid('provider', { required: true, access: 'operate' }),
  },
  returns: success,
});
