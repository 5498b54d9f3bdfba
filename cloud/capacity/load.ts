// How full and busy hardware is, as the metrics lists print it: texts with units, and flags where a threshold is passed.
import type { Settings } from '#kernel/settings.ts';
import type { HostLoadSum } from './load.store.ts';

export const gigahertz = (mhz: number): string => `${(mhz / 1_000).toFixed(2)} Ghz`;
export const gigabytes = (mib: number): string => `${(mib / 1_024).toFixed(2)} GB`;
export const share = (part: number, whole: number): string => `${(whole > 0 ? (100 * part) / whole : 0).toFixed(2)}%`;
/** How far the busiest is above the average. */
const deviation = (max: number, average: number): string =>
  `${(average > 0 ? (100 * (max - average)) / average : 0).toFixed(2)}%`;

const NOTHING: HostLoadSum = {
  id: 0,
  hosts: 0,
  hostsUp: 0,
  cpuMhz: 0,
  cpuReservedMhz: 0,
  cpuUsedMhz: 0,
  memoryMib: 0,
  memoryReservedMib: 0,
  memoryUsedMib: 0,
  maxCpuPercent: 0,
  averageCpuPercent: 0,
  maxMemoryMib: 0,
  averageMemoryMib: 0,
};

/** What zones and clusters tell of their hosts alike. */
export const loadView = (load: HostLoadSum = NOTHING) => ({
  cputotal: gigahertz(load.cpuMhz),
  cpuused: share(load.cpuUsedMhz, load.cpuMhz),
  cpuallocated: share(load.cpuReservedMhz, load.cpuMhz),
  cpumaxdeviation: deviation(load.maxCpuPercent, load.averageCpuPercent),
  memorytotal: gigabytes(load.memoryMib),
  memoryused: share(load.memoryUsedMib, load.memoryMib),
  memoryallocated: share(load.memoryReservedMib, load.memoryMib),
  memorymaxdeviation: deviation(load.maxMemoryMib, load.averageMemoryMib),
});

export interface Shares {
  cpuUsed: number;
  cpuAllocated: number;
  memoryUsed: number;
  memoryAllocated: number;
}
const ratio = (part: number, whole: number): number => (whole > 0 ? part / whole : 0);
export const sharesOf = (load: HostLoadSum = NOTHING): Shares => ({
  cpuUsed: ratio(load.cpuUsedMhz, load.cpuMhz),
  cpuAllocated: ratio(load.cpuReservedMhz, load.cpuMhz),
  memoryUsed: ratio(load.memoryUsedMib, load.memoryMib),
  memoryAllocated: ratio(load.memoryReservedMib, load.memoryMib),
});

/** Which shares are past where an alert is raised, and past where nothing new is placed. */
export function thresholds(shares: Shares, settings: Settings, clusterId?: number) {
  const at = clusterId === undefined ? [] : [{ scope: 'Cluster', id: clusterId }];
  const limit = (what: 'cpu' | 'memory', kind: 'notification' | 'disable'): number =>
    settings.number(`cluster.${what}.allocated.capacity.${kind}threshold`, ...at);
  return {
    cputhreshold: shares.cpuUsed > limit('cpu', 'notification'),
    cpudisablethreshold: shares.cpuUsed > limit('cpu', 'disable'),
    cpuallocatedthreshold: shares.cpuAllocated > limit('cpu', 'notification'),
    cpuallocateddisablethreshold: shares.cpuAllocated > limit('cpu', 'disable'),
    memorythreshold: shares.memoryUsed > limit('memory', 'notification'),
    memorydisablethreshold: shares.memoryUsed > limit('memory', 'disable'),
    memoryallocatedthreshold: shares.memoryAllocated > limit('memory', 'notification'),
    memoryallocateddisablethreshold: shares.memoryAllocated > limit('memory', 'disable'),
  };
}
