// What other nouns ask of how busy their hosts are.
import type { Tx } from '#kernel/db.ts';
import { clusterCounts, hostLoads, type HostLoadSum } from './load.store.ts';

const byId = <T extends { id: number }>(rows: readonly T[]): Map<number, T> =>
  new Map(rows.map((row) => [row.id, row]));

export const loadsBy = async (
  tx: Tx,
  level: 'zone' | 'cluster',
  ids: readonly number[],
): Promise<Map<number, HostLoadSum>> => byId(await hostLoads(tx, { level, ids }));
export const clustersBy = async (
  tx: Tx,
  zoneIds: readonly number[],
): Promise<Map<number, { clusters: number; enabled: number }>> => byId(await clusterCounts(tx, zoneIds));
