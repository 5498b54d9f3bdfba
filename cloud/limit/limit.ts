// What an account and the domains above it may have: counted in the transaction that makes or removes the thing, by one
// guarded statement, so that of any number of requests for the last unit exactly one gets it.
import { fail } from '#api/errors.ts';
import type { Tx } from '#kernel/db.ts';
import type { Settings } from '#kernel/settings.ts';
import type { Owner } from '../context.ts';
import { limitsOfOwners } from './counts.store.ts';
import { addUsed, limitRows, subtractUsed, type Wish } from './limit.store.ts';

/** What is counted, CloudStack's number for it, the name it gives it, and in what its limit setting is written. */
export const resourceTypes = {
  instances: { type: 0, name: 'user_vm', setting: 'user.vms', unit: 1 },
  publicIps: { type: 1, name: 'public_ip', setting: 'public.ips', unit: 1 },
  volumes: { type: 2, name: 'volume', setting: 'volumes', unit: 1 },
  snapshots: { type: 3, name: 'snapshot', setting: 'snapshots', unit: 1 },
  templates: { type: 4, name: 'template', setting: 'templates', unit: 1 },
  projects: { type: 5, name: 'project', setting: 'projects', unit: 1 },
  networks: { type: 6, name: 'network', setting: 'networks', unit: 1 },
  vpcs: { type: 7, name: 'vpc', setting: 'vpcs', unit: 1 },
  cpus: { type: 8, name: 'cpu', setting: 'cpus', unit: 1 },
  memoryMib: { type: 9, name: 'memory', setting: 'memory', unit: 1 },
  /** Counted in bytes, limited in GiB. */
  primaryBytes: { type: 10, name: 'primary_storage', setting: 'primary.storage', unit: 2 ** 30 },
  secondaryBytes: { type: 11, name: 'secondary_storage', setting: 'secondary.storage', unit: 2 ** 30 },
} as const;
export type ResourceKind = keyof typeof resourceTypes;
export type Amounts = Partial<Record<ResourceKind, number>>;

const wanted = (amounts: Amounts): [ResourceKind, number][] =>
  (Object.entries(amounts) as [ResourceKind, number][]).filter(([, n]) => n > 0);

/** Counts the amounts in or refuses with resourceAllocation; nothing is counted when any one does not fit. */
export async function reserve(tx: Tx, settings: Settings, owner: Owner, amounts: Amounts): Promise<void> {
  const kinds = wanted(amounts);
  if (kinds.length === 0) return;
  const wishes: Wish[] = kinds.map(([kind, n]) => ({
    type: resourceTypes[kind].type,
    n,
    ...defaults(settings, owner, kind),
  }));
  const missing = await addUsed(tx, owner, wishes);
  if (!missing) return;
  const kind = kinds.find(([name]) => resourceTypes[name].type === missing.type)![0];
  const whose = missing.ownerType === 'a' ? `account ${missing.ownerName}` : `domain ${missing.ownerName}`;
  fail(
    'resourceAllocation',
    `Maximum number of resources of type '${resourceTypes[kind].name}' for ${whose} has been exceeded: limit ${inUnits(kind, missing.max)}, used ${inUnits(kind, missing.used)}, requested ${inUnits(kind, amounts[kind]!)}`,
  );
}

const inUnits = (kind: ResourceKind, n: number): string =>
  resourceTypes[kind].unit === 1 ? String(n) : `${Math.round((n / resourceTypes[kind].unit) * 100) / 100} GiB`;

/** The default of an account and of a domain, in what is counted; -1 is no limit. */
export function defaults(
  settings: Settings,
  owner: Owner,
  kind: ResourceKind,
): { accountDefault: number; domainDefault: number } {
  const { setting, unit } = resourceTypes[kind];
  const scaled = (n: number): number => (n < 0 ? -1 : n * unit);
  return {
    accountDefault: scaled(settings.number(`max.account.${setting}`, { scope: 'Domain', id: owner.domainId })),
    domainDefault: scaled(settings.number(`max.domain.${setting}`)),
  };
}

export async function release(tx: Tx, owner: Owner, amounts: Amounts): Promise<void> {
  const kinds = wanted(amounts);
  if (kinds.length > 0)
    await subtractUsed(
      tx,
      owner,
      kinds.map(([kind, n]) => ({ type: resourceTypes[kind].type, n })),
    );
}

/** Limit and use of one owner, for showing: in the units limits are written in. */
export async function limitsOf(
  tx: Tx,
  settings: Settings,
  { ownerType, owner }: { ownerType: 'a' | 'd'; owner: Owner },
): Promise<Record<ResourceKind, { max: number; used: number }>> {
  const rows = await limitRows(tx, { ownerType, ownerId: ownerType === 'a' ? owner.accountId : owner.domainId });
  const entries = (Object.keys(resourceTypes) as ResourceKind[]).map((kind) => {
    const { type, unit } = resourceTypes[kind];
    const row = rows.get(type);
    const { accountDefault, domainDefault } = defaults(settings, owner, kind);
    const max = rows.unlimited ? -1 : (row?.max ?? (ownerType === 'a' ? accountDefault : domainDefault));
    return [kind, { max: max < 0 ? -1 : max / unit, used: (row?.used ?? 0) / unit }] as const;
  });
  return Object.fromEntries(entries) as Record<ResourceKind, { max: number; used: number }>;
}

/** Limits and use of many domains at once, in what is counted (bytes, not GiB); ROOT has no limit. */
export async function limitNumbers(
  tx: Tx,
  settings: Settings,
  domainIds: readonly number[],
): Promise<Map<number, Record<ResourceKind, { max: number; used: number }>>> {
  const rows = await limitsOfOwners(tx, { ownerType: 'd', ownerIds: domainIds });
  const known = new Map(rows.map((row) => [`${row.ownerId} ${row.type}`, row]));
  const numbers = (domainId: number): [ResourceKind, { max: number; used: number }][] =>
    (Object.keys(resourceTypes) as ResourceKind[]).map((kind) => {
      const row = known.get(`${domainId} ${resourceTypes[kind].type}`);
      const { domainDefault } = defaults(settings, { accountId: 0, domainId }, kind);
      return [kind, { max: row?.max ?? domainDefault, used: row?.used ?? 0 }];
    });
  return new Map(
    domainIds.map((id) => [id, Object.fromEntries(numbers(id)) as Record<ResourceKind, { max: number; used: number }>]),
  );
}
