// Hosts that carry networks and routers, at the driver interface, for tests: they keep what they were told, refuse what is
// older as a real host does, and can be made unreachable.
import type { HostNetwork, NetworkDriver, RouterState } from '#cloud/network/driver.ts';
import { ApiError } from '#api/errors.ts';

export interface FakeNetworkHosts extends NetworkDriver {
  /** `verb host what` of every call, in order. */
  readonly calls: string[];
  readonly networks: Map<number, Map<number, HostNetwork>>;
  readonly routers: Map<number, Map<string, RouterState>>;
  /** Hosts that do not answer. */
  readonly down: Set<number>;
}

class Refused extends ApiError {
  readonly refusal: { code: string; message: string };
  constructor(code: string, message: string) {
    super('resourceUnavailable', message);
    this.refusal = { code, message };
  }
}

export function fakeNetworkHosts(): FakeNetworkHosts {
  const networks = new Map<number, Map<number, HostNetwork>>();
  const routers = new Map<number, Map<string, RouterState>>();
  const calls: string[] = [];
  const down = new Set<number>();
  const at = <K, V>(all: Map<number, Map<K, V>>, hostId: number): Map<K, V> => {
    if (!all.has(hostId)) all.set(hostId, new Map());
    return all.get(hostId)!;
  };
  const asked = (what: string, hostId: number): void => {
    calls.push(what);
    if (down.has(hostId)) throw new ApiError('hostUnavailable', `host ${hostId} is not there`);
  };
  const of = { networks: (hostId: number) => at(networks, hostId), routers: (hostId: number) => at(routers, hostId) };
  return {
    calls,
    networks,
    routers,
    down,
    applyNetwork: async (hostId, network) => {
      asked(`applyNetwork ${hostId} ${network.vni}`, hostId);
      const now = of.networks(hostId).get(network.vni);
      if (now && now.generation > network.generation) throw new Refused('stale', 'older');
      of.networks(hostId).set(network.vni, network);
    },
    removeNetwork: async (hostId, vni) => {
      asked(`removeNetwork ${hostId} ${vni}`, hostId);
      if ([...of.routers(hostId).values()].some((router) => router.guest.vni === vni))
        throw new Refused('refused', 'a router is plugged in');
      of.networks(hostId).delete(vni);
    },
    applyRouter: async (hostId, router) => {
      asked(`applyRouter ${hostId} ${router.generation}`, hostId);
      if (!of.networks(hostId).has(router.guest.vni)) throw new Refused('missing', `no bridge for ${router.guest.vni}`);
      const now = of.routers(hostId).get(router.id);
      if (now && now.generation > router.generation) throw new Refused('stale', 'older');
      of.routers(hostId).set(router.id, router);
      return { generation: router.generation };
    },
    removeRouter: async (hostId, id) => {
      asked(`removeRouter ${hostId}`, hostId);
      of.routers(hostId).delete(id);
    },
    listRouters: async (hostId) => {
      asked(`listRouters ${hostId}`, hostId);
      return [...of.routers(hostId)].map(([id, { generation }]) => ({ id, generation }));
    },
  };
}
