// What a simulated region consists of: everything follows from how many zones, hosts and guests were asked for.
import { MAX_PER_POD, podNames, type Fleet } from '#agent/sim/fleet.ts';
import { BadUsage, type SimulateOptions } from './options.ts';

export interface RegionPlan {
  zones: ZoneShape[];
  /** How many servers hold the links. */
  servers: number;
}
export interface ZoneShape {
  name: string;
  fleet: Fleet;
  /** Guests of each network; a tenant has up to TENANT_NETWORKS of them. */
  networks: { tenant: string; name: string; guests: number }[];
  publicRange: { gateway: string; netmask: string; start: string; end: string };
}

const HOST = { cpus: 64, cpuMhz: 2_400, memoryMib: 262_144 };
const PER_POD = 500;
const PER_CLUSTER = 50;
const NETWORK_GUESTS = 100;
const TENANT_NETWORKS = 10;
/** Identifiers a zone has for guest networks. */
const MAX_NETWORKS = 1_900;
/** A process may have 20,000 files open at once nearly everywhere without being asked. */
export const LINKS_PER_PROCESS = 16_000;
const GUEST = { cpus: 1, cpuMhz: 500, memoryMib: 512 };
export const REGION_OFFERING = GUEST;

const part = (whole: number, parts: number, index: number): number =>
  Math.floor((whole * (index + 1)) / parts) - Math.floor((whole * index) / parts);

/** What says how large a region is. */
export type Size = Pick<SimulateOptions, 'zones' | 'hosts' | 'vms' | 'servers'>;

export function regionPlan({ zones, hosts, vms, servers }: Size): RegionPlan {
  if (hosts < zones) throw new BadUsage(`--hosts is ${hosts}; at least one for each of ${zones} zones is accepted`);
  const shapes: ZoneShape[] = [];
  let firstHost = 1;
  let firstPod = 1;
  for (let index = 0; index < zones; index += 1) {
    const fleet: Fleet = {
      zone: `zone${index + 1}`,
      firstHost,
      firstPod,
      hosts: part(hosts, zones, index),
      perPod: Math.min(PER_POD, MAX_PER_POD),
      perCluster: PER_CLUSTER,
      ...HOST,
    };
    checkSize(fleet, part(vms, zones, index));
    shapes.push({
      name: fleet.zone,
      fleet,
      networks: networksOf(fleet.zone, part(vms, zones, index)),
      publicRange: publicRange(index),
    });
    firstHost += fleet.hosts;
    firstPod += podNames(fleet).length;
  }
  return { zones: shapes, servers: Math.max(servers, Math.ceil(hosts / LINKS_PER_PROCESS)) };
}

function checkSize({ zone, hosts }: Fleet, vms: number): void {
  if (hosts > LINKS_PER_PROCESS)
    throw new BadUsage(
      `${zone} would have ${hosts} hosts; at most ${LINKS_PER_PROCESS} are accepted, take more --zones`,
    );
  const fit = Math.min(
    Math.floor((HOST.cpus * HOST.cpuMhz) / (GUEST.cpus * GUEST.cpuMhz)),
    Math.floor(HOST.memoryMib / GUEST.memoryMib),
  );
  const most = Math.min(hosts * fit, MAX_NETWORKS * NETWORK_GUESTS);
  if (vms > most)
    throw new BadUsage(`${zone} would have ${vms} guests; at most ${most} are accepted, take more --zones`);
}

const networksOf = (zone: string, vms: number): ZoneShape['networks'] =>
  Array.from({ length: Math.ceil(vms / NETWORK_GUESTS) }, (_, index) => ({
    tenant: `tenant-${zone}-${String(Math.floor(index / TENANT_NETWORKS) + 1).padStart(3, '0')}`,
    name: `net-${String(index + 1).padStart(4, '0')}`,
    guests: Math.min(NETWORK_GUESTS, vms - index * NETWORK_GUESTS),
  }));

/** 198.18.0.0/15 is for measuring; a zone has a /20 of it. */
function publicRange(zoneIndex: number): ZoneShape['publicRange'] {
  const at = (offset: number): string => {
    const address = 18 * 2 ** 16 + zoneIndex * 4_096 + offset;
    return `198.${Math.floor(address / 65_536)}.${Math.floor(address / 256) % 256}.${address % 256}`;
  };
  return { gateway: at(1), netmask: '255.255.240.0', start: at(10), end: at(4_000) };
}
