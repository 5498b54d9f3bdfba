// Virtual routers and system VMs.
import { admins, command, p, paging, scoping } from '../define.ts';
import { architectures } from '../texts.ts';
import { routerResponse, systemVmResponse } from './responses.ts';

export const listRouters = command('listRouters', {
  summary: 'List virtual routers',
  roles: admins,
  mode: 'list',
  resource: 'DomainRouter',
  params: {
    id: p.uuid('router'),
    name: p.string(),
    arch: p.string({ oneOf: architectures, since: '4.20.1' }),
    clusterId: p.uuid('cluster'),
    fetchHealthCheckResults: p.boolean({ since: '4.14' }),
    forVpc: p.boolean(),
    healthChecksFailed: p.boolean({ since: '4.16' }),
    hostId: p.uuid('host'),
    networkId: p.uuid('network'),
    podId: p.uuid('pod'),
    state: p.string(),
    version: p.string(),
    vpcId: p.uuid('vpc'),
    zoneId: p.uuid('zone'),
    ...scoping,
    ...paging,
  },
  returns: routerResponse,
});

export const startRouter = command('startRouter', {
  summary: 'Start a virtual router',
  roles: admins,
  mode: 'async',
  event: 'ROUTER.START',
  resource: 'DomainRouter',
  javaClass: 'admin.router.StartRouterCmd',
  params: {
    id: p.uuid('router', { access: 'operate', required: true }),
  },
  returns: routerResponse,
});

export const stopRouter = command('stopRouter', {
  summary: 'Stop a virtual router',
  roles: admins,
  mode: 'async',
  event: 'ROUTER.STOP',
  resource: 'DomainRouter',
  javaClass: 'admin.router.StopRouterCmd',
  params: {
    id: p.uuid('router', { access: 'operate', required: true }),
    forced: p.boolean(),
  },
  returns: routerResponse,
});

export const rebootRouter = command('rebootRouter', {
  summary: 'Restart a virtual router',
  roles: admins,
  mode: 'async',
  event: 'ROUTER.REBOOT',
  resource: 'DomainRouter',
  javaClass: 'admin.router.RebootRouterCmd',
  params: {
    id: p.uuid('router', { access: 'operate', required: true }),
    forced: p.boolean({ since: '4.16.0' }),
  },
  returns: routerResponse,
});

export const destroyRouter = command('destroyRouter', {
  summary: 'Destroy a virtual router; it comes back when its network needs one',
  roles: admins,
  mode: 'async',
  event: 'ROUTER.DESTROY',
  resource: 'DomainRouter',
  javaClass: 'admin.router.DestroyRouterCmd',
  params: {
    id: p.uuid('router', { access: 'operate', required: true }),
  },
  returns: routerResponse,
});

export const listSystemVms = command('listSystemVms', {
  summary: 'List system VMs',
  roles: ['Admin', 'ResourceAdmin'],
  mode: 'list',
  resource: 'SystemVm',
  params: {
    id: p.uuid('systemvm'),
    name: p.string(),
    arch: p.string({ oneOf: architectures, since: '4.20.1' }),
    hostId: p.uuid('host'),
    podId: p.uuid('pod'),
    state: p.string(),
    storageId: p.uuid('storagepool', { since: '3.0.1' }),
    systemVmType: p.string(),
    zoneId: p.uuid('zone'),
    ...paging,
  },
  returns: systemVmResponse,
});
