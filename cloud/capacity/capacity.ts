// Capacity by zone, pod or cluster: what there is of each kind and how much of it is given out. What is over-committed counts as
// often as it may be given out.
import type { Shape } from '#api/define.ts';
import type { capacityResponse } from '#api/infra/responses.ts';
import { capacityTypes, type CapacityType } from '#api/kinds.ts';
import type { Settings } from '#kernel/settings.ts';
import type { Tx } from '#kernel/db.ts';
import { countVnis } from '../physical-network/vlan-text.ts';
import {
  hostSums,
  imageStoreSums,
  places,
  poolSizes,
  privateIps,
  vniCounts,
  zoneIps,
  type Counted,
  type HostSum,
  type Level,
  type Part,
  type Place,
  type PoolSize,
} from './capacity.store.ts';

export interface Capacity {
  readonly of: Place;
  readonly type: CapacityType;
  readonly total: number;
  readonly used: number;
  readonly tag: string | undefined;
}

const MIB = 1024 ** 2;
/** What can be summed by a pod or a cluster; the rest belongs to the whole zone. */
const kinds: Readonly<Record<Level, readonly CapacityType[]>> = {
  zone: [
    'MEMORY',
    'CPU',
    'STORAGE',
    'STORAGE_ALLOCATED',
    'VIRTUAL_NETWORK_PUBLIC_IP',
    'PRIVATE_IP',
    'SECONDARY_STORAGE',
    'VLAN',
    'DIRECT_ATTACHED_PUBLIC_IP',
    'LOCAL_STORAGE',
    'CPU_CORE',
  ],
  pod: ['MEMORY', 'CPU', 'STORAGE', 'STORAGE_ALLOCATED', 'PRIVATE_IP', 'LOCAL_STORAGE', 'CPU_CORE'],
  cluster: ['MEMORY', 'CPU', 'STORAGE', 'STORAGE_ALLOCATED', 'LOCAL_STORAGE', 'CPU_CORE'],
};
/** Kinds that hosts and pools with a tag offer. */
const tagged: readonly CapacityType[] = ['MEMORY', 'CPU', 'STORAGE', 'STORAGE_ALLOCATED', 'LOCAL_STORAGE', 'CPU_CORE'];

interface Reading {
  tx: Tx;
  settings: Settings;
}

/** Of every zone, pod or cluster of the part, one entry per kind (or the one asked for). */
export async function capacities(reading: Reading, part: Part, only?: CapacityType): Promise<Capacity[]> {
  const wanted = kinds[part.level].filter(
    (type) => (only === undefined || type === only) && (part.tag === undefined || tagged.includes(type)),
  );
  const of = await places(reading.tx, part);
  const measured = await measure(reading, part, new Set(wanted));
  return of.flatMap((place) =>
    wanted.map((type) => {
      const { total = 0, used = 0 } = measured.get(type)?.get(place.id) ?? {};
      return { of: place, type, total, used, tag: part.tag };
    }),
  );
}

type Amounts = Map<number, { total: number; used: number }>;

async function measure(
  { tx, settings }: Reading,
  part: Part,
  wanted: ReadonlySet<CapacityType>,
): Promise<Map<CapacityType, Amounts>> {
  const found = new Map<CapacityType, Amounts>();
  const any = (...types: CapacityType[]): boolean => types.some((type) => wanted.has(type));
  if (any('MEMORY', 'CPU', 'CPU_CORE')) addHosts(found, await hostSums(tx, part));
  if (any('STORAGE', 'STORAGE_ALLOCATED', 'LOCAL_STORAGE')) addPools(found, await poolSizes(tx, part), settings);
  if (any('PRIVATE_IP')) found.set('PRIVATE_IP', counted(await privateIps(tx, part)));
  if (any('VIRTUAL_NETWORK_PUBLIC_IP')) found.set('VIRTUAL_NETWORK_PUBLIC_IP', counted(await zoneIps(tx, part, true)));
  if (any('DIRECT_ATTACHED_PUBLIC_IP')) found.set('DIRECT_ATTACHED_PUBLIC_IP', counted(await zoneIps(tx, part, false)));
  if (any('SECONDARY_STORAGE')) found.set('SECONDARY_STORAGE', counted(await imageStoreSums(tx, part)));
  if (any('VLAN'))
    found.set(
      'VLAN',
      counted((await vniCounts(tx, part)).map((one) => ({ id: one.id, used: one.used, total: countVnis(one.vlan) }))),
    );
  return found;
}

function add(amounts: Amounts, id: number, { total, used }: { total: number; used: number }): void {
  const before = amounts.get(id) ?? { total: 0, used: 0 };
  amounts.set(id, { total: before.total + total, used: before.used + used });
}

function counted(rows: readonly Counted[]): Amounts {
  const amounts: Amounts = new Map();
  for (const row of rows) add(amounts, row.id, row);
  return amounts;
}

function addHosts(found: Map<CapacityType, Amounts>, rows: readonly HostSum[]): void {
  found.set(
    'MEMORY',
    counted(rows.map((row) => ({ id: row.id, total: row.memoryMib * MIB, used: row.memoryUsedMib * MIB }))),
  );
  found.set('CPU', counted(rows.map((row) => ({ id: row.id, total: row.cpuMhz, used: row.cpuUsedMhz }))));
  found.set('CPU_CORE', counted(rows.map((row) => ({ id: row.id, total: row.cores, used: row.coresUsed }))));
}

/** Shared storage counts twice: what is on it, and what its volumes may grow to. */
function addPools(found: Map<CapacityType, Amounts>, pools: readonly PoolSize[], settings: Settings): void {
  const [storage, allocated, local]: Amounts[] = [new Map(), new Map(), new Map()];
  for (const pool of pools) {
    if (pool.scope === 'HOST') add(local!, pool.ofId, { total: pool.totalBytes, used: pool.usedBytes });
    else add(storage!, pool.ofId, { total: pool.totalBytes, used: pool.usedBytes });
    add(allocated!, pool.ofId, {
      total: Math.floor(
        pool.totalBytes * settings.number('storage.overprovisioning.factor', { scope: 'StoragePool', id: pool.id }),
      ),
      used: pool.allocatedBytes,
    });
  }
  found.set('STORAGE', storage!).set('STORAGE_ALLOCATED', allocated!).set('LOCAL_STORAGE', local!);
}

/** 0 to 100 with at most two decimals; nothing of nothing is 0. */
export const percent = ({ total, used }: { total: number; used: number }): number =>
  total > 0 ? Math.round((used / total) * 10_000) / 100 : 0;

export const capacityView = (one: Capacity): Shape<typeof capacityResponse> => ({
  type: capacityTypes[one.type],
  name: one.type,
  capacitytotal: one.total,
  capacityused: one.used,
  percentused: String(percent(one)),
  tag: one.tag,
  zoneid: one.of.zoneUuid,
  zonename: one.of.zoneName,
  podid: one.of.podUuid,
  podname: one.of.podName,
  clusterid: one.of.clusterUuid,
  clustername: one.of.clusterName,
});

/** For the lists of zones, pods and clusters: the capacities of each, by its id. */
export async function capacitiesBy(
  reading: Reading,
  { level, ids }: { level: Level; ids: readonly number[] },
): Promise<Map<number, Shape<typeof capacityResponse>[]>> {
  return new Map(
    [...Map.groupBy(await capacities(reading, { level, ids }), (one) => one.of.id)].map(([id, all]) => [
      id,
      all.map(capacityView),
    ]),
  );
}
