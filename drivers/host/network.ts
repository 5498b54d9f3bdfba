// Guest networks as bridges over VXLAN, and routers as namespaces, on hosts that run our agent.
import type { NetworkDriver } from '#cloud/network/driver.ts';
import type { HostCalls } from './calls.ts';

export const agentNetwork = (hosts: HostCalls): NetworkDriver => ({
  applyNetwork: async (hostId, network, call) => {
    await hosts.call(hostId, 'network.apply', network, call);
  },
  removeNetwork: async (hostId, vni, call) => {
    await hosts.call(hostId, 'network.remove', { vni }, call);
  },
  applyRouter: (hostId, router, call) => hosts.call(hostId, 'router.apply', router, call),
  removeRouter: async (hostId, id, call) => {
    await hosts.call(hostId, 'router.remove', { id }, call);
  },
  listRouters: async (hostId) => (await hosts.call(hostId, 'router.list', {}, null)).routers,
});
