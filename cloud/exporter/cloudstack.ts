// The families of CloudStack's exporter, by its names and labels, so that dashboards and alerts made for it go on working.
// What cannot be in this cloud yet (dedicated hosts, shared networks, GPUs) stands there as nothing or as zero, as it would there.
import { machines } from '#api/states.ts';
import type { CapacityType } from '#api/kinds.ts';
import { capacities } from '../capacity/capacity.ts';
import {
  activeAccounts,
  activeDomains,
  hostNumbers,
  imageStoreNumbers,
  poolNumbers,
  vmCounts,
  vmCountsByTag,
  vmSizes,
  volumeCounts,
  zoneNames,
  type HostNumbers,
  type StateCount,
  type ZoneName,
} from './exporter.store.ts';
import { domainFamilies } from './domains.ts';
import { hostFamilies } from './hosts.ts';
import type { Family, Reading, Sample } from './family.ts';

const GIB = 2 ** 30;

export async function cloudFamilies(reading: Reading): Promise<Family[]> {
  const zones = await zoneNames(reading.tx);
  const hosts = await hostNumbers(reading.tx);
  return [
    ...hostFamilies(zones, hosts),
    ...(await vmFamilies(reading, zones, hosts)),
    await volumeFamily(reading, zones),
    await storageFamily(reading, zones),
    ...(await numberFamilies(reading, zones)),
    ...(await domainFamilies(reading)),
    ...(await activeFamilies(reading, zones)),
  ];
}

const states = Object.keys(machines.virtualMachine.states);

async function vmFamilies({ tx, settings }: Reading, zones: ZoneName[], hosts: HostNumbers[]): Promise<Family[]> {
  const counts = await vmCounts(tx, zones.length === 1 ? zones[0]!.id : undefined);
  const byTag = await vmCountsByTag(tx);
  const tags = [...new Set(hosts.flatMap((host) => host.tags))];
  const most = settings.number('prometheus.exporter.offering.output.limit');
  const sizes = await vmSizes(tx);
  return [
    {
      name: 'cloudstack_vms_total',
      help: 'Instances by state',
      samples: zones.flatMap((zone) =>
        states.map((state) => ({
          labels: { zone: zone.name, filter: state.toLowerCase() },
          value: countOf(counts, zone, state),
        })),
      ),
    },
    {
      name: 'cloudstack_vms_total_by_tag',
      help: 'Instances on hosts with a tag, by state',
      samples: zones.flatMap((zone) =>
        states.flatMap((state) =>
          tags.map((tag) => ({
            labels: { zone: zone.name, filter: state.toLowerCase(), tags: tag },
            value: countOf(
              byTag.filter((row) => row.tag === tag),
              zone,
              state,
            ),
          })),
        ),
      ),
    },
    {
      name: 'cloudstack_vms_total_by_size',
      help: 'Instances by cores and MiB of memory',
      samples: zones.flatMap((zone) =>
        sizes
          .filter((size) => size.zoneId === zone.id)
          .slice(0, most < 0 ? undefined : most)
          .map(({ cpus, memoryMib, n }) => ({
            labels: { zone: zone.name, cpu: String(cpus), memory: String(memoryMib) },
            value: n,
          })),
      ),
    },
  ];
}

const countOf = (rows: readonly StateCount[], zone: ZoneName, state?: string): number =>
  rows
    .filter((row) => row.zoneId === zone.id && (state === undefined || row.state === state))
    .reduce((sum, { n }) => sum + n, 0);

async function volumeFamily({ tx }: Reading, zones: ZoneName[]): Promise<Family> {
  const counts = await volumeCounts(tx);
  const filters: [string, string?][] = [['ready', 'Ready'], ['destroy', 'Destroy'], ['total']];
  return {
    name: 'cloudstack_volumes_total',
    help: 'Volumes: ready, destroyed and not yet removed, all',
    samples: zones.flatMap((zone) =>
      filters.map(([filter, state]) => ({ labels: { zone: zone.name, filter }, value: countOf(counts, zone, state) })),
    ),
  };
}

async function storageFamily({ tx, settings }: Reading, zones: ZoneName[]): Promise<Family> {
  const nameOf = new Map(zones.map(({ id, name }) => [id, name]));
  const pools = (await poolNumbers(tx)).flatMap((pool): Sample[] => {
    const factor = settings.number('storage.overprovisioning.factor', { scope: 'StoragePool', id: pool.id });
    const amounts = {
      used: pool.usedBytes,
      allocated: pool.allocatedBytes,
      unallocated: pool.totalBytes * factor - pool.allocatedBytes,
      total: pool.totalBytes,
    };
    const { name, address } = pool;
    const labels = { zone: nameOf.get(pool.zoneId) ?? '', name, address, type: 'primary' };
    return Object.entries(amounts).map(([filter, bytes]) => ({
      labels: { ...labels, overprovisioningfactor: String(factor), filter },
      value: bytes / GIB,
    }));
  });
  const stores = (await imageStoreNumbers(tx)).flatMap(({ zoneId, name, address, usedBytes, totalBytes }): Sample[] =>
    Object.entries({ used: usedBytes, total: totalBytes }).map(([filter, bytes]) => ({
      labels: { zone: nameOf.get(zoneId) ?? '', name, address, type: 'secondary', filter },
      value: bytes / GIB,
    })),
  );
  return { name: 'cloudstack_storage_pool_gibs_total', help: 'GiB of storage', samples: [...pools, ...stores] };
}

const numbers: readonly [CapacityType, string, string][] = [
  ['PRIVATE_IP', 'cloudstack_private_ips_total', 'Management addresses of pods'],
  ['VIRTUAL_NETWORK_PUBLIC_IP', 'cloudstack_public_ips_total', 'Public addresses'],
  ['DIRECT_ATTACHED_PUBLIC_IP', 'cloudstack_shared_network_ips_total', 'Addresses of shared networks'],
  ['VLAN', 'cloudstack_vlans_total', 'Identifiers of guest networks'],
];

async function numberFamilies(reading: Reading, zones: ZoneName[]): Promise<Family[]> {
  const families: Family[] = [];
  for (const [type, name, help] of numbers) {
    const found = await capacities(reading, { level: 'zone' }, type);
    const samples = zones.flatMap((zone) => {
      const { used = 0, total = 0 } = found.find(({ of }) => of.id === zone.id) ?? {};
      return [
        { labels: { zone: zone.name, filter: 'allocated' }, value: used },
        { labels: { zone: zone.name, filter: 'total' }, value: total },
      ];
    });
    families.push({ name, help, samples });
  }
  return families;
}

async function activeFamilies({ tx }: Reading, zones: ZoneName[]): Promise<Family[]> {
  const accounts = await activeAccounts(tx);
  const domains = await activeDomains(tx);
  return [
    {
      name: 'cloudstack_active_domains_total',
      help: 'Domains with an enabled account',
      samples: zones.map(({ name }) => ({ labels: { zone: name }, value: domains })),
    },
    {
      name: 'cloudstack_active_accounts_total',
      help: 'Accounts with a running instance',
      samples: zones.map(({ id, name }) => ({
        labels: { zone: name },
        value: accounts.find(({ zoneId }) => zoneId === id)?.n ?? 0,
      })),
    },
  ];
}
