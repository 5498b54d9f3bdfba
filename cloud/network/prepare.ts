// Makes a guest's networks carry it: implemented, on its host and known to the other hosts, with a router that has its
// reservation. Every part may be repeated and done by several guests at once; what decides is the network's row.
import { setTimeout as pause } from 'node:timers/promises';
import { fail } from '#api/errors.ts';
import type { Tx } from '#kernel/db.ts';
import type { Call } from '#kernel/job.ts';
import { ensureSourceNat } from '../address/address.ts';
import type { World } from '../context.ts';
import { applyChange, applyLater, applyNews, ensureRouter, LOST_AFTER_S, raiseGeneration } from '../router/router.ts';
import {
  changeNetwork,
  lockNetwork,
  moveNetwork,
  networkById,
  takeVni,
  waitForTakers,
  type NetworkRow,
} from './network.store.ts';
import { networksOfGuest } from './nic.store.ts';
import { anyHostFor, putOn, putWhereMissing, standingOn } from './placed.store.ts';
import { tellHosts } from './placed.ts';

/** A shutdown, or a host letting go of the network, is over in a moment; one that died in the middle is not waited for longer. */
const PATIENCE_MS = 30_000;
const LOOK_MS = 150;

export interface Place {
  vmId: number;
  hostId: number;
}

export async function prepareNetworks(world: World, call: Call, { vmId, hostId }: Place): Promise<void> {
  for (const networkId of await networksOfGuest(world.db.read, vmId))
    await prepareForGuest(world, call, { networkId, hostId });
}

async function prepareForGuest(
  world: World,
  call: Call,
  { networkId, hostId }: { networkId: number; hostId: number },
): Promise<void> {
  const found = await standing(world, { networkId, hostId });
  if (!found) return prepareNetwork(world, call, { networkId, hostId });
  await tellHosts(world, call, { networkId, must: found.hosts });
  await applyNews(world, call, networkId);
  if (found.state === 'Implementing') await world.db.tx((tx) => implemented(tx, networkId));
}

export async function prepareNetwork(
  world: World,
  call: Call | null,
  { networkId, hostId }: { networkId: number; hostId: number },
): Promise<void> {
  const hosts = await claimPatiently(world, call, { networkId, hostId });
  await tellHosts(world, call, { networkId, must: hosts });
  await applyChange(world, call, networkId);
  await world.db.tx((tx) => implemented(tx, networkId));
}

/** For every guest but a network's first: all is there but perhaps the network on this host, and nobody waits for the others who
 * come. Who takes something down holds the network's row alone and looks for guests first: what began before is over once
 * `waitForTakers` returns, and what begins later finds this guest, which has its host already. */
async function standing(
  { db }: World,
  place: { networkId: number; hostId: number },
): Promise<{ hosts: number[]; state: string } | undefined> {
  await waitForTakers(db.read, place.networkId);
  return joined(db.read, place);
}

/** Undefined: more is missing than the network on this host; nothing was changed. */
async function joined(
  tx: Tx,
  { networkId, hostId }: { networkId: number; hostId: number },
): Promise<{ hosts: number[]; state: string } | undefined> {
  const found = await standingOn(tx, { networkId, hostId, lostAfterS: LOST_AFTER_S });
  if (!found) return undefined;
  if (!found.isThere) await putWhereMissing(tx, { networkId, hostId, vni: found.vni });
  return { hosts: [...new Set([hostId, found.routerHostId ?? hostId])], state: found.state };
}

/** Hosts that must have the network: the guest's and the router's. */
async function claimPatiently(
  world: World,
  call: Call | null,
  { networkId, hostId }: { networkId: number; hostId: number },
): Promise<number[]> {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    const hosts = await world.db.tx((tx) => claim(tx, world, { networkId, hostId, force: Date.now() > until }));
    if (hosts) return hosts;
    await pause(LOOK_MS, undefined, call ? { signal: call.signal } : {});
  }
}

/** Undefined: something is being taken down at this moment; nothing was changed. */
async function claim(
  tx: Tx,
  world: World,
  { networkId, hostId, force }: { networkId: number; hostId: number; force: boolean },
): Promise<number[] | undefined> {
  const network = await lockNetwork(tx, networkId);
  if (network.removed || network.deleting) return fail('wrongState', `The network ${network.name} is being deleted`);
  if (network.state === 'Shutdown' && !force) return undefined;
  const there = await joined(tx, { networkId, hostId }); // those who waited for a network's first guest find it all
  if (there) {
    await raiseGeneration(tx, [networkId]);
    return there.hosts;
  }
  const vni = network.vni ?? (await chooseVni(tx, network));
  if (!(await putOn(tx, { networkId, hostId, vni, force }))) return undefined;
  if (network.state === 'Allocated' || network.state === 'Shutdown')
    await moveNetwork(tx, networkId, 'ImplementNetwork');
  await changeNetwork(tx, networkId, { vni, empty_since: null });
  if (network.services.includes('SourceNat'))
    await ensureSourceNat(tx, world.settings, { networkId, zoneId: network.zoneId, owner: network });
  await raiseGeneration(tx, [networkId]);
  if (network.services.length === 0) return [hostId];
  const routerHostId = await ensureRouter(tx, { network, hostId });
  if (routerHostId !== hostId) await putOn(tx, { networkId, hostId: routerHostId, vni, force: true });
  return [...new Set([hostId, routerHostId])];
}

const chooseVni = async (tx: Tx, network: NetworkRow): Promise<number> =>
  (await takeVni(tx, network)) ??
  fail(
    'insufficientNetworkCapacity',
    `The physical network of ${network.name} has no free VXLAN identifier; its range can be extended with updatePhysicalNetwork`,
  );

async function implemented(tx: Tx, networkId: number): Promise<void> {
  if ((await networkById(tx, networkId)).state !== 'Implementing') return; // for every guest but the first: nobody waits
  const { state } = await lockNetwork(tx, networkId);
  if (state === 'Implementing') await moveNetwork(tx, networkId, 'OperationSucceeded');
}

/** The network and its router, also without a guest: beside what is there, else anywhere. */
export async function prepareRouter(world: World, call: Call | null, networkId: number): Promise<void> {
  const host =
    (await anyHostFor(world.db.read, networkId)) ??
    fail('insufficientServerCapacity', 'No host of the zone is Up; a network needs one');
  await prepareNetwork(world, call, { networkId, hostId: host.id });
}

/** After a guest's cards ended: its routers forget it. One that cannot be told now is told by `routers.reconcile`. */
export async function refreshRouters(world: World, call: Call, { vmId }: { vmId: number }): Promise<void> {
  for (const networkId of await networksOfGuest(world.db.read, vmId, { alsoPast: true })) {
    if ((await networkById(world.db.read, networkId)).removed) continue;
    await applyLater(world, call, networkId);
  }
}
