// Telling hosts which networks they have and who else has them. What a host was told is written down beside what it should know,
// so that a difference is found and put right whoever died in between.
import type { Call } from '#kernel/job.ts';
import { TurnLost } from '#kernel/turn.ts';
import type { World } from '../context.ts';
import { isStale, isUnreachable } from '../router/router.ts';
import { lockNetwork } from './network.store.ts';
import { Rounds } from './rounds.ts';
import {
  letGoOf,
  neverTold,
  noteTold,
  placedOn,
  raisePeers,
  startRemoving,
  stopRemoving,
  type PlacedRow,
  type Told,
} from './placed.store.ts';

const TRIES = 5;

interface Telling {
  networkId: number;
  must: readonly number[];
}
const telling = new WeakMap<World, Rounds<void>>();
const PATIENCE_MS = 30_000;

/** Hosts of `must` have the network when this resolves; the others are told too, or by the keeper later. A network whose guests
 * come all at once tells its hosts in rounds: each host once a round, not once for every guest. */
export async function tellHosts(world: World, call: Call | null, { networkId, must }: Telling): Promise<void> {
  const rounds = telling.get(world) ?? new Rounds();
  telling.set(world, rounds);
  let joined = true;
  await rounds.take(
    networkId,
    {
      mine: () => {
        joined = false;
        return tellNow(world, call, { networkId, must });
      },
      everybodys: () => tellNow(world, hurried(networkId), { networkId, must: [] }),
    },
    call?.signal,
  );
  if (!joined) return;
  // The round began after this was asked for: who has not been told by now could not be, and the caller is to hear why.
  const untold = await neverTold(world.db.read, { networkId, hostIds: must });
  if (untold.length > 0) await tellNow(world, call, { networkId, must: untold });
}

/** A round that is nobody's own: a host that does not answer in time is left to the keeper. */
const hurried = (networkId: number): Call => ({
  job: `network:${networkId}`,
  epoch: 0,
  trace: null,
  signal: AbortSignal.timeout(PATIENCE_MS),
  progress: () => {},
});

/** Nobody waits for a host that is lost: it is told when it is back. */
const isHere = ({ status }: PlacedRow): boolean => status === 'Up' || status === 'Connecting';

async function tellNow(world: World, call: Call | null, { networkId, must }: Telling): Promise<void> {
  const rows = (await placedOn(world.db.read, networkId)).filter(
    (row) => !row.removing && (must.includes(row.hostId) || (isHere(row) && !row.told)),
  );
  const results = await Promise.allSettled(rows.map((row) => tellHost(world, call, { networkId, row })));
  const told = results.flatMap((result) => (result.status === 'fulfilled' && result.value ? [result.value] : []));
  if (told.length > 0) await world.db.tx((tx) => noteTold(tx, networkId, told));
  const failed = results.flatMap((result, index) =>
    result.status === 'rejected' ? [{ hostId: rows[index]!.hostId, reason: result.reason as unknown }] : [],
  );
  const fatal = failed.find(({ hostId, reason }) => must.includes(hostId) || reason instanceof TurnLost);
  if (fatal) throw fatal.reason;
  for (const { hostId, reason } of failed)
    world.log.warn({ err: reason, network: networkId, host: hostId }, 'network.peer.not-told');
  // The keeper itself asks again in its own time, or a host that is away would keep it running.
  if (failed.length > 0 && call !== null) world.poke('networks.tidy');
}

/** What it was told; undefined where it is to have the network no more. */
async function tellHost(
  world: World,
  call: Call | null,
  { networkId, row }: { networkId: number; row: PlacedRow },
): Promise<Told | undefined> {
  let now: PlacedRow | undefined = row;
  for (let attempt = 1; now && !now.removing; attempt += 1) {
    const { hostId, vni, mtu, wantedPeers: peers, wantedDigest: digest, wanted: generation }: PlacedRow = now;
    try {
      await world.drivers.network.applyNetwork(hostId, { vni, mtu, peers, generation }, call);
      return { hostId, vni, generation, digest };
    } catch (error) {
      now = (await placedOn(world.db.read, networkId)).find((one) => one.hostId === hostId);
      if (attempt >= TRIES || !isStale(error) || !now || now.wanted <= generation) throw error;
    }
  }
  return undefined;
}

/** Takes the network from a host where nobody needs it. A host that is away is asked again by the keeper; till then the network keeps its identifier. */
export async function letGo(
  world: World,
  call: Call | null,
  at: { hostId: number; networkId: number; vni: number },
): Promise<void> {
  const mine = await world.db.tx(async (tx) => {
    await lockNetwork(tx, at.networkId);
    return startRemoving(tx, at);
  });
  if (!mine) return;
  try {
    await world.drivers.network.removeNetwork(at.hostId, at.vni, call);
  } catch (error) {
    // A card is still plugged in: what holds it is put right elsewhere, and then it is tried again.
    if (!isUnreachable(error)) await stopRemoving(world.db.read, at);
    world.log.warn({ err: error, ...at }, 'network.not-let-go');
    return;
  }
  await world.db.tx(async (tx) => {
    await lockNetwork(tx, at.networkId);
    if ((await letGoOf(tx, at)) > 0) await raisePeers(tx, at.networkId);
  });
}
