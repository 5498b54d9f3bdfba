// networks.tidy: a network without guests is shut down after a while, hosts let go of networks nobody there needs, hosts that were
// not told of each other are, and identifiers nobody has any more are free again.
import { isLost } from '#kernel/db.ts';
import type { Keeper } from '#kernel/keeper.ts';
import { TurnLost } from '#kernel/turn.ts';
import type { World } from '../context.ts';
import { endRouter, removeFromHost } from '../router/router.ts';
import { changeNetwork, freeVnis, lockNetwork, moveNetwork } from './network.store.ts';
import { letGo, tellHosts } from './placed.ts';
import { forgetGoneHosts, unneeded, untoldNetworks } from './placed.store.ts';
import { emptyFor, isInUse, noteEmpty, shuttingDown, unfinished } from './tidy.store.ts';

const EVERY_MS = 30_000;
/** A guest that is being put on a host has this long to be seen there. */
const FRESH_S = 60;
/** A guest that is tried again at once finds its network still begun. */
const UNFINISHED_S = 10;

export function tidyKeeper(world: World): Keeper {
  let collected = 0;
  const carefully = async <T>(items: readonly T[], what: string, work: (item: T) => Promise<void>): Promise<void> => {
    for (const item of items)
      await work(item).catch((error: unknown) => {
        if (isLost(error) || error instanceof TurnLost) throw error;
        world.log.warn({ err: error, item }, what);
      });
  };
  return {
    name: 'networks.tidy',
    everyMs: EVERY_MS,
    run: async (signal) => {
      await noteEmpty(world.db.read);
      if (Date.now() - collected >= world.settings.number('network.gc.interval') * 1000) {
        collected = Date.now();
        await carefully(
          await emptyFor(world.db.read, world.settings.number('network.gc.wait')),
          'network.not-shut-down',
          (id) => beginShutdown(world, id),
        );
      }
      await carefully(await unfinished(world.db.read, UNFINISHED_S), 'network.not-shut-down', (id) =>
        beginShutdown(world, id),
      );
      await carefully(await shuttingDown(world.db.read), 'network.not-shut-down', (id) => finishShutdown(world, id));
      if (signal.aborted) return;
      await forgetGoneHosts(world.db.read);
      await carefully(await unneeded(world.db.read, FRESH_S), 'network.not-let-go', (at) => letGo(world, null, at));
      await carefully(await untoldNetworks(world.db.read), 'network.peer.not-told', (networkId) =>
        tellHosts(world, null, { networkId, must: [] }),
      );
      await freeVnis(world.db.read);
    },
  };
}

/** Unless somebody is in it; the keeper goes on from here. */
export async function beginShutdown(world: World, networkId: number): Promise<void> {
  await world.db.tx(async (tx) => {
    const { state, deleting } = await lockNetwork(tx, networkId);
    if (deleting || (await isInUse(tx, networkId))) return;
    if (state === 'Implementing') await moveNetwork(tx, networkId, 'OperationFailed');
    if (state === 'Implemented') await moveNetwork(tx, networkId, 'DestroyNetwork');
  });
}

/** The router goes first, so that nobody is left who answers for the network; its addresses stay the network's. */
async function finishShutdown(world: World, networkId: number): Promise<void> {
  await removeFromHost(world, null, networkId);
  await world.db.tx(async (tx) => {
    const { state, deleting } = await lockNetwork(tx, networkId);
    if (state !== 'Shutdown' || deleting) return;
    await endRouter(tx, networkId);
    await changeNetwork(tx, networkId, { vni: null, empty_since: null });
    await moveNetwork(tx, networkId, 'OperationSucceeded');
  });
}
