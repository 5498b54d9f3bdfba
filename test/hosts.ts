// Infrastructure of a cloud under test: a zone with a pod and clusters, hosts as rows and as connections, and storage that answers.
import { sql } from '#kernel/sql.ts';
import type { HostFacts, HostsDriver } from '#cloud/host/driver.ts';
import type { TestCloud } from './cloud.ts';

export interface TestZone {
  zoneid: string;
  podid: string;
  clusterid: string;
}

/** A zone with one pod and one cluster, made through the API. */
export async function makeZone(
  { admin }: Pick<TestCloud, 'admin'>,
  { name = 'zone1', hypervisor = 'KVM' }: { name?: string; hypervisor?: string } = {},
): Promise<TestZone> {
  const { zone } = await admin.call('createZone', {
    name,
    dns1: '8.8.8.8',
    internaldns1: '10.0.0.1',
    networktype: 'Advanced',
  });
  const { pod } = await admin.call('createPod', {
    name: 'pod1',
    zoneid: zone.id,
    gateway: '10.1.0.1',
    netmask: '255.255.255.0',
    startip: '10.1.0.10',
    endip: '10.1.0.20',
  });
  const {
    cluster: [cluster],
  } = await admin.call('addCluster', {
    clustername: 'cluster1',
    clustertype: 'CloudManaged',
    hypervisor,
    zoneid: zone.id,
    podid: pod.id,
  });
  return { zoneid: zone.id, podid: pod.id, clusterid: cluster.id };
}

export const factsOf = (hostname: string, more: Partial<HostFacts> = {}): HostFacts => ({
  guid: crypto.randomUUID(),
  hostname,
  hypervisor: 'KVM',
  agentVersion: '0.1.0',
  hypervisorVersion: '7.2',
  accelerator: 'tcg',
  cpus: 8,
  cpuSockets: 1,
  cpuMhz: 2_000,
  memoryMib: 16_384,
  arch: 'x86_64',
  privateIp: '10.9.0.1',
  underlayIp: '10.9.0.1',
  bridges: ['pub'],
  ...more,
});

export interface TestHosts extends HostsDriver {
  /** Dials in: pending until a zone takes it. */
  connect(facts: HostFacts): void;
  drop(hostId: number): void;
  readonly reconnected: number[];
  readonly released: number[];
}

/** Connections of hosts that are only told of. */
export function testHosts(): TestHosts {
  const waiting = new Map<string, HostFacts>();
  const links = new Map<number, HostFacts>();
  const reconnected: number[] = [];
  const released: number[] = [];
  return {
    reconnected,
    released,
    connect: (facts) => void waiting.set(facts.guid, facts),
    drop: (hostId) => void links.delete(hostId),
    pending: async () => [...waiting.values()],
    adopt: async (_tx, hostId, guid) => {
      const facts = waiting.get(guid);
      if (facts) {
        links.set(hostId, facts);
        waiting.delete(guid);
      }
    },
    isConnected: (hostId) => links.has(hostId),
    generation: async (_tx, hostId) => reconnected.filter((id) => id === hostId).length,
    reconnect: async (hostId) => void reconnected.push(hostId),
    release: async (_tx, hostId) => void released.push(hostId),
  };
}

/** Adds a host through the API; its connection is adopted. */
export async function addHost(
  cloud: TestCloud,
  hosts: TestHosts,
  { place, facts }: { place: TestZone; facts: HostFacts },
): Promise<{ id: number; uuid: string }> {
  hosts.connect(facts);
  const {
    host: [host],
  } = await cloud.admin.call('addHost', { ...place, hypervisor: facts.hypervisor, url: `http://${facts.hostname}` });
  const { id } = await cloud.db.read.one<{ id: number }>(sql`select id from host where uuid = ${host.id}`);
  return { id, uuid: host.id };
}
