// Families of CloudStack's exporter that are about hosts. A host that may not be used offers and holds nothing, as there.
import type { HostNumbers, ZoneName } from './exporter.store.ts';
import type { Family, Labels, Sample } from './family.ts';

type Amount = (host: HostNumbers) => number;

const cores: Amount = (host) => host.cpus * host.cpuFactor;
const mhz: Amount = (host) => host.cpuMhz * host.cpuFactor;
const mib: Amount = (host) => host.memoryMib * host.memoryFactor;

interface Kind {
  name: string;
  help: string;
  used: Amount;
  total: Amount;
  /** Labels between the address and `filter`, and those after it. */
  before: (host: HostNumbers) => Labels;
  after: Labels;
}

const kinds: readonly Kind[] = [
  {
    name: 'cloudstack_host_cpu_usage_mhz_total',
    help: 'MHz of hosts; allocated: of the whole zone',
    used: (host) => host.cpuReservedMhz,
    total: mhz,
    before: (host) => ({ overprovisioningfactor: String(host.cpuFactor) }),
    after: {},
  },
  {
    name: 'cloudstack_host_memory_usage_mibs_total',
    help: 'MiB of memory of hosts; allocated: of the whole zone',
    used: (host) => host.memoryReservedMib,
    total: mib,
    before: (host) => ({ overprovisioningfactor: String(host.memoryFactor) }),
    after: { dedicated: '0' },
  },
  {
    name: 'cloudstack_host_vms_cores_total',
    help: 'Cores of hosts and of the instances on them; allocated: of the whole zone',
    used: (host) => host.cores,
    total: cores,
    before: () => ({}),
    after: { dedicated: '0' },
  },
];

export function hostFamilies(zones: readonly ZoneName[], hosts: readonly HostNumbers[]): Family[] {
  const inZone = zones.map((zone) => ({ zone: zone.name, hosts: hosts.filter(({ zoneId }) => zoneId === zone.id) }));
  const each = (samples: (at: { zone: string }, host: HostNumbers) => Sample[]): Sample[] =>
    inZone.flatMap((one) => one.hosts.flatMap((host) => samples({ zone: one.zone }, host)));
  return [
    ...countFamilies(inZone),
    ...kinds.flatMap((kind) => amountFamilies(kind, inZone)),
    {
      name: 'cloudstack_host_vms_total',
      help: 'Instances on each host',
      samples: each(({ zone }, { name, ip, vms }) => [{ labels: { zone, hostname: name, address: ip }, value: vms }]),
    },
    {
      name: 'cloudstack_host_is_dedicated',
      help: '1 where the host belongs to one domain or account',
      samples: each(({ zone }, { name, ip }) => [{ labels: { zone, hostname: name, ip }, value: 0 }]),
    },
    { name: 'cloudstack_host_dedicated_to_account', help: 'Whom dedicated hosts belong to', samples: [] },
    {
      name: 'cloudstack_host_cert_expiry_timestamp',
      help: 'When the certificate of the host expires, in seconds since 1970',
      samples: each(({ zone }, { name, ip, certificateExpires }) =>
        certificateExpires === null
          ? []
          : [{ labels: { zone, hostname: name, ip }, value: certificateExpires.getTime() / 1000 }],
      ),
    },
    {
      name: 'cloudstack_host_missing_info',
      help: '-1 where a host has not said what it has',
      samples: each(({ zone }, { name, cpus, memoryMib }) =>
        [cpus === 0 && 'hostCpuCapacity', memoryMib === 0 && 'hostMemoryCapacity']
          .filter((filter) => filter !== false)
          .map((filter) => ({ labels: { zone, hostname: name, filter }, value: -1 })),
      ),
    },
  ];
}

type InZone = readonly { zone: string; hosts: readonly HostNumbers[] }[];
const tagsOf = (hosts: readonly HostNumbers[]): string[] => [...new Set(hosts.flatMap(({ tags }) => tags))];
const withTag = (hosts: readonly HostNumbers[], tag: string): HostNumbers[] =>
  hosts.filter(({ tags }) => tags.includes(tag));

function countFamilies(inZone: InZone): Family[] {
  const counts = (hosts: readonly HostNumbers[], labels: Labels, more: Labels = {}): Sample[] =>
    (['online', 'offline', 'total'] as const).map((filter) => ({
      labels: { ...labels, filter, ...more },
      value: hosts.filter(({ state }) => filter === 'total' || state === filter).length,
    }));
  return [
    {
      name: 'cloudstack_hosts_total',
      help: 'Hosts: online, offline (down, away or in maintenance), all',
      samples: inZone.flatMap(({ zone, hosts }) => counts(hosts, { zone })),
    },
    {
      name: 'cloudstack_hosts_total_by_tag',
      help: 'Hosts with a tag',
      samples: inZone.flatMap(({ zone, hosts }) =>
        tagsOf(hosts).flatMap((tags) => counts(withTag(hosts, tags), { zone }, { tags })),
      ),
    },
  ];
}

function amountFamilies({ name, help, used, total, before, after }: Kind, inZone: InZone): Family[] {
  const allocated = (hosts: readonly HostNumbers[]): number =>
    hosts.filter(({ usable }) => usable).reduce((sum, host) => sum + used(host), 0);
  const ofHost = (zone: string, host: HostNumbers): Sample[] =>
    Object.entries({ used, total }).map(([filter, amount]) => ({
      labels: {
        zone,
        hostname: host.name,
        ip: host.ip,
        ...before(host),
        filter,
        ...after,
        tags: host.tags.join(','),
      },
      value: host.usable ? amount(host) : 0,
    }));
  return [
    {
      name,
      help,
      samples: inZone.flatMap(({ zone, hosts }) => [
        ...hosts.flatMap((host) => ofHost(zone, host)),
        { labels: { zone, filter: 'allocated' }, value: allocated(hosts) },
      ]),
    },
    {
      name: `${name}_by_tag`,
      help: `${help}, of hosts with a tag`,
      samples: inZone.flatMap(({ zone, hosts }) =>
        tagsOf(hosts).map((tags) => ({
          labels: { zone, filter: 'allocated', tags },
          value: allocated(withTag(hosts, tags)),
        })),
      ),
    },
  ];
}
