// Takes away what an account that is going still has: guests first, then disks, networks and addresses, each by its own
// workflow, so that hosts and routers let go of it. Only goes forward, and may be run again at any point.
import { fail } from '#api/errors.ts';
import { enqueue } from '#kernel/queue.ts';
import type { Call } from '#kernel/job.ts';
import type { Tx } from '#kernel/db.ts';
import { freeAddressOf, freeReserved } from '../address/address.ts';
import type { World } from '../context.ts';
import { SYSTEM } from '../identity/system.ts';
import { deleteIt as deleteNetwork } from '../network/delete.ts';
import { withdrawWithOwner as withdrawImage } from '../template/delete.ts';
import { destroyVm } from '../vm/destroy.ts';
import { enqueueForVm } from '../vm/system-job.ts';
import { destroyRow } from '../volume/volume.ts';
import {
  addressesLeft,
  closeNetwork,
  guestsLeft,
  imagesInUse,
  imagesLeft,
  networksLeft,
  volumesLeft,
  type Address,
} from './clear.store.ts';

const LOOK_MS = 300;
const by = (thing: { uuid: string; accountId: number; domainId: number }, resourceType: string) => ({
  userId: SYSTEM.userId,
  accountId: thing.accountId,
  domainId: thing.domainId,
  resourceType,
  resourceUuid: thing.uuid,
});

/** An image that instances of others run from stays, and its owner with it. */
export async function refuseWithImages(tx: Tx, accountIds: readonly number[], parameter: string): Promise<void> {
  const images = await imagesInUse(tx, accountIds);
  if (images.length === 0) return;
  fail(
    'resourceInUse',
    `${parameter}: instances of others use ${images
      .slice(0, 5)
      .map(({ name, account }) => `${name} of ${account}`)
      .join(', ')}${images.length > 5 ? ' and others' : ''}; expunge them first`,
    { parameter },
  );
}

/** Returns when nothing is left; throws what kept a thing from going. */
export async function clearAccount(world: World, call: Call, accountId: number): Promise<Record<string, never>> {
  while (!(await clearOnce(world, call, accountId))) {
    world.enqueued();
    await new Promise((resolve) => {
      setTimeout(resolve, LOOK_MS);
    });
    call.signal.throwIfAborted();
  }
  world.poke('volumes.expunge');
  return {};
}

/** One look; true when nothing is left. */
async function clearOnce(world: World, call: Call, accountId: number): Promise<boolean> {
  return world.db.tx(async (tx) => {
    const guests = await guestsLeft(tx, accountId, call.job);
    for (const guest of guests.filter(({ busy }) => !busy)) {
      if (guest.failure !== null)
        fail('resourceUnavailable', `The instance ${guest.name} could not be expunged: ${guest.failure}`);
      await enqueueForVm(tx, destroyVm, { vmId: guest.id, expunge: true, volumeIds: guest.volumeIds }, guest);
    }
    if (guests.length > 0) return false;
    for (const volume of await volumesLeft(tx, accountId)) await destroyRow(tx, volume);
    const images = await imagesLeft(tx, accountId, call.job);
    for (const image of images.filter(({ busy }) => !busy)) {
      if (image.failure !== null)
        fail('resourceUnavailable', `The image ${image.name} could not be deleted: ${image.failure}`);
      await withdrawImage(tx, image.id);
    }
    const networks = await networksLeft(tx, accountId, call.job);
    for (const network of networks.filter(({ busy }) => !busy)) {
      if (network.failure !== null)
        fail('resourceUnavailable', `The network ${network.name} could not be deleted: ${network.failure}`);
      await closeNetwork(tx, network.id);
      await enqueue(
        tx,
        deleteNetwork,
        { networkId: network.id, forced: false },
        { lanes: [`network:${network.id}`], ...by(network, 'Network') },
      );
    }
    if (networks.length > 0 || images.length > 0) return false;
    for (const address of await addressesLeft(tx, accountId)) await freeAddress(tx, address);
    return true;
  });
}

const freeAddress = (tx: Tx, address: Address): Promise<void> =>
  address.state === 'Reserved' ? freeReserved(tx, address) : freeAddressOf(tx, address);
