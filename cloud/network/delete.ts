// deleteNetwork: only without guests; its router, addresses, rules and identifier are given back.
import { deleteNetwork } from '#api/network/network.ts';
import { fail } from '#api/errors.ts';
import { databaseNow } from '#kernel/clock.ts';
import type { Tx } from '#kernel/db.ts';
import { workflow } from '#kernel/job.ts';
import { freeAddressesOf } from '../address/address.ts';
import { implement, type World } from '../context.ts';
import { release } from '../limit/limit.ts';
import { endRouter, removeFromHost } from '../router/router.ts';
import { endRulesOfNetwork } from '../rule/rule.ts';
import { changeNetwork, forgetTags, lockNetwork, moveNetwork } from './network.store.ts';
import { guestsIn } from './nic.store.ts';
import { letGo } from './placed.ts';
import { unneededOf } from './placed.store.ts';

export const deleteIt = workflow<{ networkId: number; forced: boolean }, { networkId: number }, World>(
  'network.delete',
  async (job, { networkId, forced }, world) => {
    // A call, because its undo stands before anything can fail.
    await job.call('begun', async () => ({}), { undo: async () => world.db.tx((tx) => reopen(tx, networkId)) });
    await job.tx('closed', (tx) => close(tx, networkId));
    await job.call('remove the router', async (call) => {
      await removeFromHost(world, call, networkId).catch((error: unknown) => {
        if (!forced || call.signal.aborted) throw error;
      });
      return {};
    });
    await job.tx('give back', (tx) => giveBack(tx, networkId));
    await job.call('leave the hosts', async (call) => {
      for (const at of await unneededOf(world.db.read, networkId)) await letGo(world, call, at);
      return {};
    });
    world.poke('networks.tidy');
    return { networkId };
  },
);

async function close(tx: Tx, networkId: number): Promise<void> {
  const { state } = await lockNetwork(tx, networkId);
  await refuseWithGuests(tx, networkId);
  if (state !== 'Allocated' && state !== 'Setup') await moveNetwork(tx, networkId, 'DestroyNetwork');
}

async function reopen(tx: Tx, networkId: number): Promise<void> {
  const { state, removed } = await lockNetwork(tx, networkId);
  if (removed) return;
  if (state === 'Shutdown') await moveNetwork(tx, networkId, 'OperationFailed');
  await changeNetwork(tx, networkId, { deleting: null });
}

async function giveBack(tx: Tx, networkId: number): Promise<void> {
  const network = await lockNetwork(tx, networkId);
  await endRulesOfNetwork(tx, networkId);
  await freeAddressesOf(tx, networkId);
  await endRouter(tx, networkId);
  if (network.state === 'Shutdown') await moveNetwork(tx, networkId, 'OperationSucceeded');
  await moveNetwork(tx, networkId, 'DestroyNetwork');
  await changeNetwork(tx, networkId, { removed: databaseNow(), vni: null });
  await forgetTags(tx, networkId);
  await release(tx, network, { networks: 1 });
}

async function refuseWithGuests(tx: Tx, networkId: number): Promise<void> {
  const names = await guestsIn(tx, networkId);
  if (names.length === 0) return;
  fail(
    'resourceInUse',
    `The network cannot be deleted, instances are in it: ${names.slice(0, 5).join(', ')}${names.length > 5 ? ` and ${names.length - 5} more` : ''}; expunge them or remove their network cards first`,
    { parameter: 'id' },
  );
}

export const remove = implement(deleteNetwork, async (cx, params) => {
  const network = await lockNetwork(cx.tx, params.id);
  if (network.isSystem)
    fail('invalidParameter', `id: the network ${network.name} is the platform's own`, { parameter: 'id' });
  if (network.deleting) fail('wrongState', `The network ${network.name} is being deleted already`, { parameter: 'id' });
  if (params.forced && !cx.caller.isRoot)
    fail('permissionDenied', 'forced may be given by root administrators', { parameter: 'forced' });
  await refuseWithGuests(cx.tx, network.id);
  await changeNetwork(cx.tx, network.id, { deleting: databaseNow() });
  return cx.enqueue(
    deleteIt,
    { networkId: network.id, forced: params.forced ?? false },
    { lanes: [`network:${network.id}`], about: network.uuid, owner: network },
  );
});
