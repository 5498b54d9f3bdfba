// Making certain that nothing runs on a lost host: through its controller where that may be used, through shared storage always.
// The row is written after what it says has become true, and each step may be done again: a server that dies in between leaves it
// to the next one to ask for the same.
import { isLost } from '#kernel/db.ts';
import { TurnLost } from '#kernel/turn.ts';
import type { World } from '../context.ts';
import { powerOff, powerOn } from '../out-of-band/power.ts';
import { guestLost } from '../vm/recover-lost.ts';
import { witnessFor } from '../volume/reach.ts';
import { deadGuests, noteDeaf, type LostHost } from './fencing.store.ts';
import { lookOnStorage, soon, type OnStorage } from './investigate.ts';
import { along } from './way.ts';

type Limit = 'kvm.ha.recover.timeout' | 'kvm.ha.recover.wait.period' | 'kvm.ha.fence.timeout';
const seconds = (world: World, host: LostHost, name: Limit): number =>
  world.settings.number(name, { scope: 'Cluster', id: host.clusterId });

/** Its power is taken, which makes everything certain, and given back. */
export async function recover(world: World, host: LostHost): Promise<void> {
  const withinS = seconds(world, host, 'kvm.ha.recover.timeout');
  const off = host.off ? host : await switchedOff(world, host, { withinS, events: ['RetryRecovery'] });
  if (off) {
    await letGuestsGo(world, off);
    if (await givenPower(world, off, ['Recovered'])) return;
  }
  if (off && host.forS <= withinS) return; // it is certain; the rest may take its time
  await along(world, off ?? host, { events: ['RecoveryOperationThresholdExceeded'], text: 'cannot be started anew' });
}

export const mayStartAnew = (world: World, host: LostHost): boolean =>
  host.mayRecover &&
  host.recoveries < world.settings.number('kvm.ha.recover.failure.threshold', { scope: 'Cluster', id: host.clusterId });

/** The host is fenced and without power: it may come back for that. */
export async function startFenced(world: World, host: LostHost): Promise<void> {
  if (host.off && mayStartAnew(world, host)) await givenPower(world, host, ['HealthCheckFailed']);
}

async function givenPower(
  world: World,
  host: LostHost,
  events: ['Recovered'] | ['HealthCheckFailed'],
): Promise<boolean> {
  const withinS = seconds(world, host, 'kvm.ha.recover.timeout');
  if (!(await answered(world, host, () => powerOn(world, host.id, { withinS })))) return false;
  const recoveries = host.recoveries + 1;
  return (await along(world, host, { events, text: 'was started anew', change: { recoveries } })) !== undefined;
}

/** It has been started anew; after a while that was in vain. */
export async function waitForReturn(world: World, host: LostHost): Promise<void> {
  if (world.drivers.hosts.isConnected(host.id)) await world.drivers.hosts.reconnect(host.id);
  await letGuestsGo(world, host);
  if (host.forS <= seconds(world, host, 'kvm.ha.recover.wait.period')) return;
  await along(world, host, {
    events: ['RecoveryWaitPeriodTimeout', 'HealthCheckFailed'],
    text: 'did not come back after it was started anew',
    change: { off: false },
  });
}

/** `storage`: what was found there just now. */
export async function fence(world: World, host: LostHost, storage?: OnStorage): Promise<void> {
  const withinS = seconds(world, host, 'kvm.ha.fence.timeout');
  const silenced = (storage ?? (await lookOnStorage(world, host))) === 'silenced';
  if (!silenced) await layPills(world, host, false);
  const mayAsk = host.maySwitchOff && (host.deafForS === null || host.deafForS > withinS);
  const certainly =
    host.off || silenced
      ? await along(world, host, { events: ['Fenced'], text: FENCED, certain: true })
      : mayAsk
        ? await switchedOff(world, host, { withinS, events: ['Fenced'] })
        : undefined;
  if (certainly) await letGuestsGo(world, certainly);
}
const FENCED = 'is fenced: nothing of it runs any more';

/** By its controller, later than it was asked; undefined where that is not certain. */
async function switchedOff(
  world: World,
  host: LostHost,
  { withinS, events }: { withinS: number; events: ['RetryRecovery'] | ['Fenced'] },
): Promise<LostHost | undefined> {
  if (!(await answered(world, host, () => powerOff(world, host.id, { withinS })))) return undefined;
  const off = await along(world, host, { events, text: FENCED, certain: true, change: { off: true } });
  if (off) await layPills(world, off, true);
  return off;
}

/** False, and written down, where the controller did not do it or did not say so. */
async function answered(world: World, host: LostHost, ask: () => Promise<void>): Promise<boolean> {
  try {
    await ask();
    return true;
  } catch (error) {
    if (isLost(error) || error instanceof TurnLost) throw error;
    world.log.warn({ err: error, host: host.name }, 'host.power-failed');
    await noteDeaf(world.db.read, host.id);
    return false;
  }
}

/** A witness that fails is asked again with the next look. */
async function layPills(world: World, host: LostHost, off: boolean): Promise<void> {
  for (const pool of host.pools) {
    const witness = await witnessFor(world, pool.id, host.id);
    if (witness === undefined) continue;
    const at = { pool: pool.place, host: host.guid };
    await soon(world.drivers.leases.fence(witness, at, { id: host.pill, off }));
  }
}

/** Only of a host on which nothing runs for certain. */
export async function letGuestsGo(world: World, host: LostHost): Promise<void> {
  const force = world.settings.boolean('force.ha', { scope: 'Cluster', id: host.clusterId });
  for (const { id, haEnabled, onlyThere } of await deadGuests(world.db.read, host.id, { off: host.off })) {
    const restart = haEnabled || force ? (onlyThere ? 'there' : 'elsewhere') : 'not';
    await world.db.tx((tx) => guestLost(tx, world.settings, { vmId: id, hostId: host.id, restart }));
    world.enqueued(); // a controller may take its time now
  }
}
