// Which hosts a large simulated region has: their names, places and sizes follow from a few numbers, so that the simulator, the
// loader and people agree on them without a list.
import { createHash } from 'node:crypto';

/** The hosts of one zone. */
export interface Fleet {
  zone: string;
  /** Number of its first host and pod in the whole region. */
  firstHost: number;
  firstPod: number;
  hosts: number;
  perPod: number;
  perCluster: number;
  cpus: number;
  cpuMhz: number;
  memoryMib: number;
}
export interface FleetHost {
  name: string;
  address: string;
  zone: string;
  pod: string;
  cluster: string;
  cpus: number;
  cpuMhz: number;
  memoryMib: number;
}

/** Pods have a network of 1,024 addresses each. */
export const MAX_PER_POD = 1_000;
const POD_BITS = 10;
/** 10.64.0.0 */
const BASE = 10 * 2 ** 24 + 64 * 2 ** 16;

export const podNames = (fleet: Fleet): string[] =>
  Array.from({ length: Math.ceil(fleet.hosts / fleet.perPod) }, (_, index) => podName(fleet.firstPod + index));
const podName = (pod: number): string => `pod-${String(pod).padStart(3, '0')}`;
/** Clusters of a pod by its number in the zone. */
export const clustersOf = (fleet: Fleet, podIndex: number): string[] => {
  const hosts = Math.min(fleet.perPod, fleet.hosts - podIndex * fleet.perPod);
  return Array.from({ length: Math.ceil(hosts / fleet.perCluster) }, (_, index) =>
    clusterName(fleet.firstPod + podIndex, index),
  );
};
const clusterName = (pod: number, index: number): string =>
  `cluster-${String(pod).padStart(3, '0')}-${String(index + 1).padStart(2, '0')}`;

/** The network of a pod: where its gateway is, and addresses kept for the cloud. */
export const podNetwork = (
  fleet: Fleet,
  podIndex: number,
): { gateway: string; netmask: string; start: string; end: string } => {
  const at = (last: number): string => dotted(BASE + (fleet.firstPod + podIndex) * 2 ** POD_BITS + last);
  return { gateway: at(1), netmask: '255.255.252.0', start: at(1_012), end: at(1_020) };
};

export function hostsOf(fleet: Fleet): FleetHost[] {
  return Array.from({ length: fleet.hosts }, (_, index) => {
    const podIndex = Math.floor(index / fleet.perPod);
    const inPod = index % fleet.perPod;
    const pod = fleet.firstPod + podIndex;
    return {
      name: `h-${String(fleet.firstHost + index).padStart(6, '0')}`,
      address: dotted(BASE + pod * 2 ** POD_BITS + 10 + inPod),
      zone: fleet.zone,
      pod: podName(pod),
      cluster: clusterName(pod, Math.floor(inPod / fleet.perCluster)),
      cpus: fleet.cpus,
      cpuMhz: fleet.cpuMhz,
      memoryMib: fleet.memoryMib,
    };
  });
}

const dotted = (address: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');

/** The same name is the same host, always. */
export function guidOf(name: string): string {
  const hex = createHash('sha256').update(`nephos simulated host ${name}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
