// Simulated hosts in the test's own process, behind the drivers the server uses: the simulator's handlers without a network.
import type { Drivers } from '#cloud/context.ts';
import { agentHypervisor } from '#drivers/host/hypervisor.ts';
import { agentNetwork } from '#drivers/host/network.ts';
import { agentImages, agentLeases, agentStorage } from '#drivers/host/storage.ts';
import { HostRefused, HostUnreachable, type HostCalls } from '#drivers/host/calls.ts';
import { makeSimHost, type SimHost } from '#agent/sim/host.ts';
import { guidOf } from '#agent/sim/main.ts';
import { makeCensus } from '#agent/sim/census.ts';
import { AT_REST } from '#agent/sim/knobs.ts';
import { makeSimHearts } from '#agent/sim/leases.ts';
import { makeSimRoads } from '#agent/sim/migration.ts';
import { makeSimStorage, type SimStorage } from '#agent/sim/storage.ts';
import { fakePower, type FakePower } from './fake-power.ts';
import { toRefusal } from '#agent/refused.ts';
import { methods, PROTOCOL_VERSION, type HostFacts } from '#protocol/messages.ts';
import { silentLog } from '#kernel/log.ts';

export interface SimWorld {
  readonly drivers: Drivers;
  readonly storage: SimStorage;
  /** Their controllers, by the id of the host. */
  readonly power: FakePower;
  /** Guests that at some moment ran on two hosts at once. */
  readonly twice: readonly string[];
  /** By the host's row. */
  readonly hosts: Map<number, SimHost>;
  /** The host loses its power: nothing runs on it any more, and nothing answers. */
  crash(hostId: number): void;
  /** Nothing reaches the host or comes from it; it goes on. */
  cutOff(hostId: number): void;
  /** It is there again. */
  back(hostId: number): void;
  /** Everything the hosts hold, for counting what is left: guests, disks, networks, routers. */
  left(): { guests: string[]; volumes: string[]; networks: number[]; routers: string[] };
}

const factsOf = (id: number): HostFacts => ({
  guid: guidOf(`host-${id}`),
  hostname: `host-${id}`,
  hypervisor: 'Simulator',
  agentVersion: '4.23.0.0',
  protocol: PROTOCOL_VERSION,
  hypervisorVersion: 'simulated',
  accelerator: 'none',
  cpus: 16,
  cpuSockets: 1,
  cpuMhz: 2_000,
  memoryMib: 32_768,
  arch: 'x86_64',
  privateIp: `10.98.0.${id % 250}`,
  underlayIp: `10.98.0.${id % 250}`,
  bridges: ['pub'],
});

export function simWorld(hostIds: readonly number[]): SimWorld {
  const storage = makeSimStorage();
  const roads = makeSimRoads();
  const hearts = makeSimHearts();
  const census = makeCensus();
  const crashed = new Set<number>();
  const cutOff = new Set<number>();
  const hosts = new Map(
    hostIds.map((id) => [
      id,
      makeSimHost({
        storage,
        roads,
        hearts,
        census,
        knobs: () => ({ ...AT_REST, crashed: crashed.has(id), partitioned: cutOff.has(id) }),
        changed: () => {},
        cut: () => {},
        facts: factsOf(id),
      }),
    ]),
  );
  const calls: HostCalls = {
    isConnected: (id) => hosts.has(id) && !crashed.has(id) && !cutOff.has(id),
    call: async (id, method, params, call) => {
      if (hosts.has(id) && !calls.isConnected(id)) throw new HostUnreachable(`host ${id} does not answer`);
      const handler = hosts.get(id)?.handlers[method];
      if (!handler) throw new Error(`no simulated host ${id}`);
      try {
        return await handler(methods[method].params.parse(params) as never, {
          job: call?.job ?? null,
          trace: null,
          progress: () => {},
          openStream: async () => {
            throw new Error('no streams here');
          },
          log: silentLog,
        });
      } catch (error) {
        throw new HostRefused(toRefusal(error));
      }
    },
  };
  const crash = (id: number): void => {
    crashed.add(id);
    hosts.get(id)?.heed();
  };
  const on = (id: number): void => {
    crashed.delete(id);
    hosts.get(id)?.heed();
  };
  // A controller's address is the id of its host.
  const power = fakePower((address, now) => (now === 'Off' ? crash(Number(address)) : on(Number(address))));
  return {
    hosts,
    power,
    crash,
    cutOff: (id) => void cutOff.add(id),
    back: (id) => {
      crashed.delete(id);
      cutOff.delete(id);
      hosts.get(id)?.heed();
    },
    storage,
    twice: census.twice,
    drivers: { ...driversOver(calls), power },
    left: () => leftOn(hosts, storage),
  };
}

const driversOver = (calls: HostCalls): Omit<Drivers, 'power'> => ({
  hypervisor: agentHypervisor(calls),
  storage: agentStorage(calls),
  image: agentImages(calls),
  network: agentNetwork(calls),
  mail: { send: async () => {} },
  leases: agentLeases(calls),
  hosts: {
    pending: async () => [],
    adopt: async () => {},
    release: async () => {},
    generation: async () => 0,
    isConnected: calls.isConnected,
    reconnect: async () => {},
  },
});

function leftOn(hosts: SimWorld['hosts'], storage: SimStorage): ReturnType<SimWorld['left']> {
  const saved = [...hosts.values()].map((host) => host.save());
  return {
    guests: saved.flatMap((host) => host.guests.map((guest) => guest.name)),
    networks: saved.flatMap((host) => host.networks.map((network) => network.vni)),
    routers: saved.flatMap((host) => host.routers.map((router) => router.id)),
    volumes: Object.values(storage.save().pools).flatMap((pool) => Object.keys(pool.volumes)),
  };
}

/** The image of the zone's template, as if it had been downloaded. */
export async function bringImage(
  { storage }: Pick<SimWorld, 'storage'>,
  { storePath, templateUuid }: { storePath: string; templateUuid: string },
): Promise<void> {
  await storage.handlers['image.download'](
    {
      storePath,
      imageId: templateUuid,
      url: 'http://images.example/tiny',
      format: 'QCOW2',
      checksum: null,
      maxBytes: 1e9,
      allowedInternal: [],
      allowedPaths: [],
    },
    {
      job: null,
      trace: null,
      progress: () => {},
      openStream: async () => {
        throw new Error('no streams here');
      },
      log: silentLog,
    },
  );
}
