// routers.reconcile: what hosts have is compared with what they should have. Who is behind is told; what nobody knows is removed;
// what is missing is made again; a router whose host is lost comes up on another one.
import { insertEvent } from '#kernel/event.ts';
import { isLost } from '#kernel/db.ts';
import type { Keeper } from '#kernel/keeper.ts';
import { TurnLost } from '#kernel/turn.ts';
import { freeReleased } from '../address/address.ts';
import type { World } from '../context.ts';
import { SYSTEM } from '../identity/system.ts';
import { lockedNetwork } from '../network/look.ts';
import { prepareRouter } from '../network/prepare.ts';
import { tellHosts } from '../network/placed.ts';
import { LOST_AFTER_S } from './place.ts';
import { applyRouter } from './router.ts';
import {
  behind,
  busyOn,
  expectedOn,
  hostsAfter,
  hostsWithRouters,
  letGoNetworks,
  onLostHosts,
  type Expected,
} from './reconcile.store.ts';
import { routerOf } from './router.store.ts';

const AT_ONCE = 8;
/** Hosts are asked in turn, so many in a run: those that should have a router, and a few of all, which can only have what was left
 * behind. What a run costs does not grow with the cloud; how long a turn takes does. */
const ROUTER_HOSTS_A_RUN = 100;
const HOSTS_A_RUN = 20;

export function reconcileKeeper(world: World): Keeper {
  const turns = { routers: new Turn(), all: new Turn() };
  return {
    name: 'routers.reconcile',
    everyMs: 10_000,
    run: async (signal) => {
      const step = async <T>(items: readonly T[], what: string, work: (item: T) => Promise<unknown>): Promise<void> =>
        eachOf(items, async (item) => {
          if (signal.aborted) return;
          await work(item).catch((error: unknown) => {
            if (isLost(error) || error instanceof TurnLost) throw error;
            world.log.warn({ err: error, item }, what);
          });
        });
      await step(await onLostHosts(world.db.read, LOST_AFTER_S), 'router.not-moved', (router) =>
        moveAway(world, router),
      );
      await step(await behind(world.db.read), 'router.not-told', (router) => tell(world, router));
      await step(await due(world, turns), 'host.not-compared', (hostId) => compare(world, hostId));
      await step(await letGoNetworks(world.db.read), 'addresses.not-freed', (networkId) =>
        world.db.tx(async (tx) => {
          await lockedNetwork(tx, networkId);
          await freeReleased(tx, networkId);
        }),
      );
    },
  };
}

/** A few at a time. */
async function eachOf<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  await Promise.all(
    Array.from({ length: Math.min(AT_ONCE, items.length) }, async () => {
      for (const item of queue) await work(item);
    }),
  );
}

type Hosts = (tx: World['db']['read'], part: { after: number; atMost: number }) => Promise<number[]>;

/** Where asking in turn has come to; past the last one it begins again. */
class Turn {
  #after = 0;

  async next(world: World, hosts: Hosts, atMost: number): Promise<number[]> {
    const found = await hosts(world.db.read, { after: this.#after, atMost });
    this.#after = found.length < atMost ? 0 : found.at(-1)!;
    return found;
  }
}

async function due(world: World, turns: { routers: Turn; all: Turn }): Promise<number[]> {
  const found = [
    ...(await turns.routers.next(world, hostsWithRouters, ROUTER_HOSTS_A_RUN)),
    ...(await turns.all.next(world, hostsAfter, HOSTS_A_RUN)),
  ];
  return [...new Set(found)].filter((id) => world.drivers.hosts.isConnected(id));
}

async function tell(world: World, router: Expected): Promise<void> {
  if (!world.drivers.hosts.isConnected(router.hostId)) return;
  await tellHosts(world, null, { networkId: router.networkId, must: [router.hostId] });
  await applyRouter(world, null, router);
}

/** The host is asked first and the rows are read after: what it has was known before it had it. */
export async function compare(world: World, hostId: number): Promise<void> {
  const reported = new Map(
    (await world.drivers.network.listRouters(hostId)).map(({ id, generation }) => [id, generation]),
  );
  const expected = await expectedOn(world.db.read, hostId);
  const known = new Set(expected.map(({ uuid }) => uuid));
  const unknown = [...reported.keys()].filter((uuid) => !known.has(uuid));
  const busy = new Set(unknown.length > 0 ? await busyOn(world.db.read, { hostId, uuids: unknown }) : []);
  for (const uuid of unknown) {
    if (busy.has(uuid)) continue;
    world.log.warn({ router: uuid, host: hostId }, 'router.stray');
    await world.drivers.network.removeRouter(hostId, uuid, null);
  }
  for (const router of expected) {
    // What was never applied is somebody's who is at it, or behind and told as such.
    if (router.appliedGeneration < 0 || (reported.get(router.uuid) ?? -1) >= router.appliedGeneration) continue;
    world.log.warn({ router: router.name, host: hostId }, 'router.missing');
    await tell(world, router);
  }
}

async function moveAway(world: World, router: Expected & { host: string }): Promise<void> {
  await prepareRouter(world, null, router.networkId);
  await world.db.tx(async (tx) => {
    const now = await routerOf(tx, router.networkId);
    if (!now || now.hostId === router.hostId) return;
    await insertEvent(tx, {
      type: 'ROUTER.HA',
      state: 'Completed',
      level: 'WARN',
      description: `Router ${router.name} was moved: its host ${router.host} is lost`,
      userId: SYSTEM.userId,
      accountId: now.accountId,
      domainId: now.domainId,
      startId: null,
      resourceType: 'VirtualRouter',
      resourceUuid: router.uuid,
    });
  });
}
