// Who provides services on a physical network.
import { admins, command, p, paging, rootOnly, success } from '../define.ts';
import { serviceProviderResponse, virtualRouterElementResponse } from './provider-responses.ts';

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

export const createVirtualRouterElement = command('createVirtualRouterElement', {
  summary: 'Add a virtual router element to a service provider',
  roles: admins,
  mode: 'async-create',
  event: 'SERVICE.PROVIDER.CREATE',
  javaClass: 'admin.router.CreateVirtualRouterElementCmd',
  params: {
    nspId: p.uuid('provider', { required: true, access: 'operate', summary: 'service provider it belongs to' }),
    providerType: p.uuid('provider', { summary: 'kind of the provider; there is one kind' }),
  },
  returns: virtualRouterElementResponse,
});

export const listVirtualRouterElements = command('listVirtualRouterElements', {
  summary: 'List virtual router elements',
  roles: admins,
  mode: 'list',
  params: {
    id: p.uuid('virtualrouterelement'),
    enabled: p.boolean({ summary: 'only elements that are on, or off' }),
    nspId: p.uuid('provider', { summary: 'only the element of this service provider' }),
    ...paging,
  },
  returns: virtualRouterElementResponse,
});

export const configureVirtualRouterElement = command('configureVirtualRouterElement', {
  summary: 'Switch a virtual router element on or off',
  roles: admins,
  mode: 'async',
  event: 'NETWORK.ELEMENT.CONFIGURE',
  javaClass: 'admin.router.ConfigureVirtualRouterElementCmd',
  params: {
    id: p.uuid('virtualrouterelement', { required: true, access: 'operate' }),
    enabled: p.boolean({ required: true, summary: 'whether the element is on' }),
  },
  returns: virtualRouterElementResponse,
});
