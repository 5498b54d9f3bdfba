// Families of CloudStack's exporter about domains: what those right below ROOT may have, and what all of them use. Both come
// from the rows that limits are guarded with. Storage is limited in bytes there, and so here.
import { limitNumbers } from '../limit/limit.ts';
import { domainNumbers } from './exporter.store.ts';
import type { Family, Reading, Sample } from './family.ts';

const TYPES = [
  ['memoryMib', 'memory'],
  ['cpus', 'cpu'],
  ['primaryBytes', 'primary_storage'],
  ['secondaryBytes', 'secondary_storage'],
] as const;

export async function domainFamilies({ tx, settings }: Reading): Promise<Family[]> {
  const domains = await domainNumbers(tx);
  const numbers = await limitNumbers(
    tx,
    settings,
    domains.map(({ id }) => id),
  );
  const at = (path: string, of: (kind: (typeof TYPES)[number][0]) => number): Sample[] =>
    TYPES.map(([kind, type]) => ({ labels: { domain: path, type }, value: of(kind) }));
  const limited = domains.filter(({ level }) => level === 1);
  const sumOf = (kind: 'cpus' | 'memoryMib'): number =>
    limited.reduce((sum, { id }) => sum + Math.max(0, numbers.get(id)![kind].max), 0);
  return [
    {
      name: 'cloudstack_domain_limit_cpu_cores_total',
      help: 'Cores that the domains right below ROOT may have together',
      samples: [{ labels: {}, value: sumOf('cpus') }],
    },
    {
      name: 'cloudstack_domain_limit_memory_mibs_total',
      help: 'MiB of memory that the domains right below ROOT may have together',
      samples: [{ labels: {}, value: sumOf('memoryMib') }],
    },
    {
      name: 'cloudstack_domain_resource_limit',
      help: 'What each domain right below ROOT may have; -1: any amount',
      samples: limited.flatMap(({ id, path }) => at(path, (kind) => numbers.get(id)![kind].max)),
    },
    {
      name: 'cloudstack_domain_resource_count',
      help: 'What each domain and those below it use',
      samples: domains.flatMap(({ id, path }) => at(path, (kind) => numbers.get(id)![kind].used)),
    },
  ];
}
