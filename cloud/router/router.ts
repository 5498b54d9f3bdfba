// Routers of guest networks: the newest desired state goes to the host as a whole; who is late is refused there and takes the
// newer one. A router that cannot be reached now is left to `routers.reconcile`, which compares generations.
import type { Call } from '#kernel/job.ts';
import type { Tx } from '#kernel/db.ts';
import type { World } from '../context.ts';
import { Rounds } from '../network/rounds.ts';
import {
  changeRouter,
  generationOf,
  moveRouter,
  noteApplied,
  notLost,
  raiseGeneration,
  routerOf,
  type RouterRow,
} from './router.store.ts';
import { routerState } from './state.ts';

export { notLost, raiseGeneration };
export { endRouter, ensureRouter, LOST_AFTER_S } from './place.ts';

const TRIES = 5;

const applying = new WeakMap<World, Rounds<boolean>>();
const PATIENCE_MS = 60_000;

/** Sends the newest state of the network's router, if it has one that should run. True: it does now what is wanted. Changes that
 * come while the router is told are told together. */
export function applyChange(world: World, call: Call | null, networkId: number): Promise<boolean> {
  return inRounds(world, call, { networkId, mine: () => applyNow(world, call, networkId) });
}

/** The same for a guest's card, whose transaction did not raise the generation: guests that come all at once raise it once. */
export function applyNews(world: World, call: Call | null, networkId: number): Promise<boolean> {
  return inRounds(world, call, { networkId, mine: () => raiseAndApply(world, call, networkId) });
}

async function raiseAndApply(world: World, call: Call | null, networkId: number): Promise<boolean> {
  await raiseGeneration(world.db.read, [networkId]);
  return applyNow(world, call, networkId);
}

function inRounds(
  world: World,
  call: Call | null,
  { networkId, mine }: { networkId: number; mine: () => Promise<boolean> },
): Promise<boolean> {
  const rounds = applying.get(world) ?? new Rounds();
  applying.set(world, rounds);
  const everybodys = (): Promise<boolean> =>
    raiseAndApply(
      world,
      {
        job: `router:${networkId}`,
        epoch: 0,
        trace: null,
        signal: AbortSignal.timeout(PATIENCE_MS),
        progress: () => {},
      },
      networkId,
    );
  return rounds.take(networkId, { mine, everybodys }, call?.signal);
}

async function applyNow(world: World, call: Call | null, networkId: number): Promise<boolean> {
  const router = await routerOf(world.db.read, networkId);
  if (!router || router.hostId === null || router.state === 'Stopped' || router.state === 'Stopping') return false;
  await applyRouter(world, call, router);
  return true;
}

/** Like applyChange, but a router that cannot be told now is told by `routers.reconcile`. */
export async function applyLater(world: World, call: Call, networkId: number): Promise<boolean> {
  try {
    return await applyChange(world, call, networkId);
  } catch (error) {
    if (call.signal.aborted) throw error;
    world.log.warn({ err: error, network: networkId }, 'router.not-told');
    world.poke('routers.reconcile');
    return false;
  }
}

/** Resolves when the host does what the database says; throws where the host cannot be reached or refuses. */
export async function applyRouter(
  world: World,
  call: Call | null,
  { id, networkId, hostId }: Pick<RouterRow, 'id' | 'networkId' | 'hostId'>,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const state = await routerState(world, world.db.read, networkId);
    if (!state || hostId === null) return;
    try {
      await world.drivers.network.applyRouter(hostId, state, call);
      await world.db.tx((tx) => applied(tx, { id, hostId, networkId, generation: state.generation }));
      return;
    } catch (error) {
      if (attempt < TRIES && isStale(error) && (await generationOf(world.db.read, networkId)) > state.generation)
        continue;
      await changeRouter(world.db.read, id, { last_error: (error as Error).message.slice(0, 500) });
      throw error;
    }
  }
}

async function applied(
  tx: Tx,
  { id, hostId, networkId, generation }: { id: number; hostId: number; networkId: number; generation: number },
): Promise<void> {
  if ((await noteApplied(tx, { id, hostId, generation })) === 0) return;
  const router = await routerOf(tx, networkId);
  if (router?.state === 'Starting') await moveRouter(tx, id, 'OperationSucceeded');
}

/** Takes the router from its host; one that cannot be reached is told by the keeper once it is back. True: it is gone there. */
export async function removeFromHost(world: World, call: Call | null, networkId: number): Promise<boolean> {
  const router = await routerOf(world.db.read, networkId);
  if (!router || router.hostId === null) return true;
  try {
    await world.drivers.network.removeRouter(router.hostId, router.uuid, call);
    return true;
  } catch (error) {
    if (!isUnreachable(error)) throw error;
    world.log.warn({ err: error, router: router.name }, 'router.not-removed');
    return false;
  }
}

/** The host has seen something newer. */
export const isStale = (error: unknown): boolean =>
  (error as { refusal?: { code?: string } }).refusal?.code === 'stale';
/** Nobody knows whether it happened; the host is not there. */
export const isUnreachable = (error: unknown): boolean => (error as { code?: string }).code === 'hostUnavailable';
