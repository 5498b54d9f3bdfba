// A router leaves a host that is to be empty. It stands on one host only at any time: the gateway's address must not answer twice.
import { fail } from '#api/errors.ts';
import type { Call } from '#kernel/job.ts';
import type { Tx } from '#kernel/db.ts';
import type { World } from '../context.ts';
import { lockedNetwork } from '../network/look.ts';
import { prepareNetwork } from '../network/prepare.ts';
import { moveTo } from './place.ts';
import { otherHost, routerOf } from './router.store.ts';

export interface Leaving {
  networkId: number;
  hostId: number;
}

/** Repeatable: a router that has left is left alone. The network is there before the router goes, so that it is short. */
export async function leaveHost(world: World, call: Call, { networkId, hostId }: Leaving): Promise<void> {
  const router = await routerOf(world.db.read, networkId);
  if (router?.hostId !== hostId || router.state === 'Stopped') return;
  const to =
    (await otherHost(world.db.read, { networkId, hostId })) ??
    fail('insufficientServerCapacity', `No other host that is Up can carry the router ${router.name}`);
  await prepareNetwork(world, call, { networkId, hostId: to.id });
  await world.drivers.network.removeRouter(hostId, router.uuid, call);
  await world.db.tx((tx) => settleThere(tx, { networkId, hostId, to: to.id }));
  await prepareNetwork(world, call, { networkId, hostId: to.id });
}

async function settleThere(tx: Tx, { networkId, hostId, to }: Leaving & { to: number }): Promise<void> {
  await lockedNetwork(tx, networkId);
  const router = await routerOf(tx, networkId);
  if (router?.hostId === hostId) await moveTo(tx, router, to);
}
