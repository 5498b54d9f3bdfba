// What accounts and domains use and may use, as the fields of their answers: `vmlimit`, `vmavailable`, `vmtotal`, … for each
// kind of thing, read for many owners at once.
import type { Tx } from '#kernel/db.ts';
import type { Settings } from '#kernel/settings.ts';
import { limitsOfOwners } from './counts.store.ts';
import { defaults, resourceTypes, type ResourceKind } from './limit.ts';

const PREFIXES: Readonly<Record<ResourceKind, string>> = {
  instances: 'vm',
  publicIps: 'ip',
  volumes: 'volume',
  snapshots: 'snapshot',
  templates: 'template',
  projects: 'project',
  networks: 'network',
  vpcs: 'vpc',
  cpus: 'cpu',
  memoryMib: 'memory',
  primaryBytes: 'primarystorage',
  secondaryBytes: 'secondarystorage',
};
const kinds = Object.keys(resourceTypes) as ResourceKind[];

export interface Owned {
  id: number;
  domainId: number;
  unlimited: boolean;
}
type Fields = Readonly<Record<string, string | number>>;

/** By owner id. */
export async function limitFields(
  tx: Tx,
  settings: Settings,
  { ownerType, owners }: { ownerType: 'a' | 'd'; owners: readonly Owned[] },
): Promise<Map<number, Fields>> {
  const rows = await limitsOfOwners(tx, { ownerType, ownerIds: owners.map(({ id }) => id) });
  const known = new Map(rows.map((row) => [`${row.ownerId} ${row.type}`, row]));
  return new Map(
    owners.map((owner) => [
      owner.id,
      Object.assign(
        {},
        ...kinds.map((kind) => {
          const row = known.get(`${owner.id} ${resourceTypes[kind].type}`);
          const { accountDefault, domainDefault } = defaults(
            settings,
            { accountId: owner.id, domainId: owner.domainId },
            kind,
          );
          const max = owner.unlimited ? -1 : (row?.max ?? (ownerType === 'a' ? accountDefault : domainDefault));
          return fieldsOf(kind, { max, used: row?.used ?? 0 });
        }),
      ) as Fields,
    ]),
  );
}

function fieldsOf(kind: ResourceKind, { max, used }: { max: number; used: number }): Fields {
  const { unit } = resourceTypes[kind];
  const prefix = PREFIXES[kind];
  const shown = (n: number): string => (max < 0 ? 'Unlimited' : String(Math.floor(n / unit)));
  return {
    [`${prefix}limit`]: shown(max),
    [`${prefix}available`]: shown(Math.max(0, max - used)),
    [`${prefix}total`]: kind === 'secondaryBytes' ? Math.round((used / unit) * 100) / 100 : Math.floor(used / unit),
  };
}
