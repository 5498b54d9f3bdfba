// What can be known of a host that is not heard of: from storage, where its heartbeat is or is not, and from its neighbours, who
// reach its machine or do not. Storage makes certain that nothing runs; neighbours never do. What they say decides how patient the
// cloud is, and what operators read.
import { setTimeout as pass } from 'node:timers/promises';
import type { World } from '../context.ts';
import { witnessFor } from '../volume/reach.ts';
import { neighboursOf, type LostHost } from './fencing.store.ts';

/** A heartbeat that is older than this has stopped; younger, it is late. */
const STILL_AFTER_S = 10;
const ASKED_AT_MOST = 3;

/** `alive`: it renews its heartbeat. `still`: not lately. `silenced`: nothing runs there, on any of its pools. `unseen`: nobody else
 * reaches the storage. `none`: its instances use none that others could reach. */
export type OnStorage = 'alive' | 'still' | 'silenced' | 'unseen' | 'none';
export interface Found {
  storage: OnStorage;
  neighbours: { asked: number; reached: number; where: 'cluster' | 'pod' };
}

export async function investigate(world: World, host: LostHost): Promise<Found> {
  return { storage: await lookOnStorage(world, host), neighbours: await askNeighbours(world, host) };
}

/** Whoever is asked may have been lost at the same moment; till that is known nobody waits for its answer. */
const ANSWERS_WITHIN_MS = 5_000;
export async function soon<T>(asked: Promise<T>): Promise<T | undefined> {
  asked.catch(() => {}); // it may fail when nobody waits any more
  const control = new AbortController();
  const late = pass(ANSWERS_WITHIN_MS, undefined, { signal: control.signal }).catch(() => undefined);
  try {
    return await Promise.race([asked, late]);
  } finally {
    control.abort();
  }
}

/** Asked of another host, the same one while it answers, as silence is measured between its looks. */
export async function lookOnStorage(world: World, host: LostHost): Promise<OnStorage> {
  if (host.pools.length === 0) return 'none';
  let [silenced, still] = [true, false];
  for (const pool of host.pools) {
    const witness = await witnessFor(world, pool.id, host.id);
    if (witness === undefined) return 'unseen';
    const seen = await soon(world.drivers.leases.watch(witness, { pool: pool.place, host: host.guid }));
    if (seen === undefined) return 'unseen'; // it is lost itself, perhaps: another one is asked when that is known
    const quiet = seen.expired || seen.fenced === host.pill;
    silenced &&= quiet;
    still ||= !quiet && seen.silentS > STILL_AFTER_S;
  }
  return silenced ? 'silenced' : still ? 'still' : 'alive';
}

/** Hosts of its cluster; those of its pod where none of the cluster can be asked. Who does not answer has not been asked. */
async function askNeighbours(world: World, host: LostHost): Promise<Found['neighbours']> {
  const there = (await neighboursOf(world.db.read, host)).filter(({ id }) => world.drivers.hosts.isConnected(id));
  const inCluster = there.filter((one) => one.inCluster);
  const [asked, where] = inCluster.length > 0 ? [inCluster, 'cluster' as const] : [there, 'pod' as const];
  const answers = await Promise.all(
    asked
      .slice(0, ASKED_AT_MOST)
      .map(({ id }) =>
        soon(world.drivers.leases.reaches(id, { guid: host.guid, address: host.address })).catch(() => undefined),
      ),
  );
  const said = answers.filter((answer) => answer !== undefined);
  return { asked: said.length, reached: said.filter(Boolean).length, where };
}

/** Somebody else has a sign of life of it. */
export const livesBy = ({ storage, neighbours }: Found): boolean =>
  storage === 'alive' || ((storage === 'none' || storage === 'unseen') && neighbours.reached > 0);
/** Nobody could say anything. */
export const nothingKnown = ({ storage, neighbours }: Found): boolean =>
  (storage === 'none' || storage === 'unseen') && neighbours.asked === 0;
/** Not even its neighbours reach it: whoever wants something of its instances does not either. */
export const isCutOff = ({ neighbours }: Found): boolean => neighbours.asked > 0 && neighbours.reached === 0;

const STORAGE: Readonly<Record<OnStorage, string>> = {
  alive: 'it renews its heartbeat on storage',
  still: 'its heartbeat on storage stands still',
  silenced: 'storage says that nothing runs on it',
  unseen: 'nobody else reaches the storage of its instances',
  none: 'its instances have no storage that others reach',
};
export function inWords({ storage, neighbours: { asked, reached, where } }: Found): string {
  const who = `${asked} ${asked === 1 ? 'host' : 'hosts'} of its ${where}`;
  const seen =
    asked === 0
      ? 'no neighbour could be asked'
      : reached === 0
        ? `none of ${who} reaches it`
        : `${reached} of ${who} ${reached === 1 ? 'reaches' : 'reach'} it`;
  return `${STORAGE[storage]}; ${seen}`;
}
