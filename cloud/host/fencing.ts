// hosts.ha: a host that is not heard of is looked for on the storage its instances use, made silent for certain, and only then are
// they started elsewhere. What is certain comes from storage alone: the host took the pill that was laid for it and says that
// nothing runs on it, or its heartbeat has been still for longer than its instances may outlive it (see ADR 24).
// Invariant: no instance is let go of its host before that host is Fenced.
import type { Tx } from '#kernel/db.ts';
import { isLost } from '#kernel/db.ts';
import { insertEvent } from '#kernel/event.ts';
import type { Keeper } from '#kernel/keeper.ts';
import { raiseAlert } from '../alert/raise.ts';
import type { World } from '../context.ts';
import { SYSTEM } from '../identity/system.ts';
import { guestLost, startWanted } from '../vm/recover-lost.ts';
import { witnessFor } from '../volume/reach.ts';
import {
  changeFence,
  deadGuests,
  forgetFence,
  forgetRemoved,
  forgetWanted,
  lockFence,
  lostHosts,
  noteLost,
  returnedHosts,
  stillWanted,
  type LostHost,
} from './fencing.store.ts';
import { moveStatus } from './status.store.ts';

/** A heartbeat that is older than this has stopped; younger, it is late. */
const STILL_AFTER_S = 10;

export const fencingKeeper = (world: World): Keeper => ({
  name: 'hosts.ha',
  everyMs: 3_000,
  run: async (signal) => {
    const each = async (hosts: readonly LostHost[], work: (host: LostHost) => Promise<void>): Promise<void> => {
      for (const host of hosts) {
        if (signal.aborted) return;
        await work(host).catch((error: unknown) => {
          if (isLost(error)) throw error;
          world.log.warn({ err: error, host: host.name }, 'host.not-investigated');
        });
      }
    };
    await forgetRemoved(world.db.read);
    await noteLost(world.db.read);
    await each(await lostHosts(world.db.read), (host) => investigate(world, host));
    await each(await returnedHosts(world.db.read), (host) => takeUpAgain(world, host));
    await forgetWanted(world.db.read);
    for (const guest of await stillWanted(world.db.read)) await world.db.tx((tx) => startWanted(tx, guest));
    world.enqueued();
  },
});

async function investigate(world: World, host: LostHost): Promise<void> {
  if (!world.settings.boolean('vm.ha.enabled', { scope: 'Zone', id: host.zoneId })) return;
  if (host.state !== 'Fenced') {
    if (host.pools.length === 0) return; // nothing of it could run elsewhere
    const found = await look(world, host);
    if (found === 'unseen') return; // nobody else reaches the storage: nothing can be known
    if (found === 'silenced') await world.db.tx((tx) => fenced(tx, world, host));
    else if (found === 'still' || mayNotStay(world, host)) await layPills(world, host);
    else await world.db.tx((tx) => degraded(tx, host));
    if (found !== 'silenced') return;
  }
  // Whoever is Down and answers was only cut off: it says anew who it is, over a new link.
  if (world.drivers.hosts.isConnected(host.id)) await world.drivers.hosts.reconnect(host.id);
  await letGuestsGo(world, host);
}

/** Asked of another host, the same one while it answers, as silence is measured between its looks. `alive`: it renews its heartbeat. `still`: not lately. `silenced`: nothing runs there, on any of its pools. */
async function look(world: World, host: LostHost): Promise<'alive' | 'still' | 'silenced' | 'unseen'> {
  let [silenced, still] = [true, false];
  for (const pool of host.pools) {
    const witness = await witnessFor(world, pool.id, host.id);
    if (witness === undefined) return 'unseen';
    const seen = await world.drivers.leases.watch(witness, { pool: pool.place, host: host.guid });
    const quiet = seen.expired || seen.fenced === host.pill;
    silenced &&= quiet;
    still ||= !quiet && seen.silentS > STILL_AFTER_S;
  }
  return silenced ? 'silenced' : still ? 'still' : 'alive';
}

/** It lives, but nobody of ours reaches it: for so long, and not longer. */
const mayNotStay = (world: World, host: LostHost): boolean =>
  host.state === 'Fencing' ||
  (host.state === 'Degraded' &&
    host.forS > world.settings.number('kvm.ha.degraded.max.period', { scope: 'Cluster', id: host.clusterId }));

async function degraded(tx: Tx, host: LostHost): Promise<void> {
  const now = await lockFence(tx, host.id);
  if (now?.state === 'Suspect') await changeFence(tx, host.id, { state: 'Degraded' });
}

async function layPills(world: World, host: LostHost): Promise<void> {
  await world.db.tx(async (tx) => {
    const now = await lockFence(tx, host.id);
    if (!now || now.status !== 'Alert' || now.state === 'Fencing') return;
    await changeFence(tx, host.id, { state: 'Fencing', poolIds: host.pools.map(({ id }) => id) });
    await tell(
      tx,
      world,
      host,
      `Host ${host.name} is being fenced: it does not answer, and must be silent for certain`,
    );
  });
  for (const pool of host.pools) {
    const witness = await witnessFor(world, pool.id, host.id);
    if (witness !== undefined)
      await world.drivers.leases.fence(witness, { pool: pool.place, host: host.guid }, host.pill);
  }
}

async function fenced(tx: Tx, world: World, host: LostHost): Promise<void> {
  const now = await lockFence(tx, host.id);
  if (!now || now.state === 'Fenced' || (now.status !== 'Alert' && now.status !== 'Up')) return;
  if (now.status === 'Alert') await moveStatus(tx, host.id, 'HostDown');
  await changeFence(tx, host.id, { state: 'Fenced', poolIds: host.pools.map(({ id }) => id) });
  await tell(tx, world, host, `Host ${host.name} is fenced: nothing of it runs any more`);
}

async function letGuestsGo(world: World, host: LostHost): Promise<void> {
  const force = world.settings.boolean('force.ha', { scope: 'Cluster', id: host.clusterId });
  for (const { id, haEnabled } of await deadGuests(world.db.read, host.id))
    await world.db.tx((tx) =>
      guestLost(tx, world.settings, { vmId: id, hostId: host.id, restart: haEnabled || force }),
    );
}

/** It answers again. What it ended for a pill is started where it fits; then the pill goes, and the host may start instances. */
async function takeUpAgain(world: World, host: LostHost): Promise<void> {
  const seen = await Promise.all(
    host.pools.map((pool) => world.drivers.leases.watch(host.id, { pool: pool.place, host: host.guid })),
  );
  if (host.state === 'Fencing' && seen.some((one) => one.fenced === host.pill)) {
    await world.db.tx((tx) => fenced(tx, world, host));
    await letGuestsGo(world, host);
  }
  for (const pool of host.pools) await world.drivers.leases.clear(host.id, { pool: pool.place, host: host.guid });
  await world.db.tx(async (tx) => {
    const now = await lockFence(tx, host.id);
    if (now?.status !== 'Up') return;
    await forgetFence(tx, host.id);
    if (now.state === 'Fenced' || now.state === 'Fencing')
      await tell(tx, world, host, `Host ${host.name} answers again and is taken up`);
  });
}

async function tell(tx: Tx, world: World, host: LostHost, text: string): Promise<void> {
  await insertEvent(tx, {
    type: 'HOST.RECONNECT',
    state: 'Completed',
    level: 'WARN',
    description: text,
    ...SYSTEM,
    startId: null,
    resourceType: 'Host',
    resourceUuid: host.uuid,
  });
  const { zoneId, podId, clusterId } = host;
  await raiseAlert(tx, world.settings, { type: 'ALERT.HA.ACTION', subject: text, zoneId, podId, clusterId });
  world.log.warn({ host: host.name, what: text }, 'host.ha');
}
