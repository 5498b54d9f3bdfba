// hosts.ha: a host that is not heard of is looked for, brought back or made silent for certain, and only then are its instances
// started elsewhere. What is certain: on shared storage it took the pill that was laid for it, or its heartbeat has been still for
// longer than its instances may outlive it (ADR 24); or its controller says that it is without power (ADR 29).
// Invariant: no instance is let go of its host before one of these is written down.
import { isLost } from '#kernel/db.ts';
import type { Keeper } from '#kernel/keeper.ts';
import type { World } from '../context.ts';
import { giveUp, startWanted } from '../vm/recover-lost.ts';
import { fence, letGuestsGo, mayStartAnew, recover, startFenced, waitForReturn } from './certain.ts';
import {
  forgetRemoved,
  forgetWanted,
  lostHosts,
  noteEvidence,
  noteLost,
  returnedHosts,
  stillWanted,
  type LostHost,
} from './fencing.store.ts';
import { inWords, investigate, isCutOff, livesBy, nothingKnown, type Found } from './investigate.ts';
import { takeUpAgain } from './take-up.ts';
import { along, type HaEvent } from './way.ts';

export const fencingKeeper = (world: World): Keeper => ({
  name: 'hosts.ha',
  everyMs: 3_000,
  run: async (signal) => {
    const atOnce = Math.max(1, world.settings.number('ha.max.concurrent.fence.operations'));
    const each = async (hosts: readonly LostHost[], work: (host: LostHost) => Promise<void>): Promise<void> => {
      const waiting = [...hosts];
      const one = async (): Promise<void> => {
        for (let host = waiting.shift(); host && !signal.aborted; host = waiting.shift()) await safely(host, work);
      };
      await Promise.all(Array.from({ length: Math.min(atOnce, hosts.length) }, one));
    };
    const safely = (host: LostHost, work: (host: LostHost) => Promise<void>): Promise<void> =>
      work(host).catch((error: unknown) => {
        if (isLost(error)) throw error;
        world.log.warn({ err: error, host: host.name }, 'host.not-investigated');
      });
    await forgetRemoved(world.db.read);
    await noteLost(world.db.read);
    await each(await returnedHosts(world.db.read), (host) => takeUpAgain(world, host));
    await each(await lostHosts(world.db.read), (host) => attend(world, host));
    await startAllWanted(world);
    world.enqueued();
  },
});

async function startAllWanted(world: World): Promise<void> {
  const { settings, db } = world;
  await forgetWanted(db.read);
  const most = settings.number('max.retries');
  for (const guest of await stillWanted(db.read, { pauseS: settings.number('ha.restart.pause') }))
    await db.tx((tx) => (guest.failed < most ? startWanted(tx, guest) : giveUp(tx, settings, guest)));
}

async function attend(world: World, host: LostHost): Promise<void> {
  if (!world.settings.boolean('vm.ha.enabled', { scope: 'Zone', id: host.zoneId })) return;
  if (host.state === 'Recovering') await recover(world, host);
  else if (host.state === 'Recovered') await waitForReturn(world, host);
  else if (host.state === 'Fencing') await fence(world, host);
  else if (host.state === 'Fenced') await afterwards(world, host);
  else await decide(world, host);
}

/** Whoever is Down and answers was only cut off: it says anew who it is, over a new link. */
async function afterwards(world: World, host: LostHost): Promise<void> {
  if (world.drivers.hosts.isConnected(host.id)) await world.drivers.hosts.reconnect(host.id);
  await letGuestsGo(world, host);
  await startFenced(world, host);
}

const LOOKED: Readonly<Record<string, readonly HaEvent[]>> = {
  Suspect: ['PerformActivityCheck'],
  Degraded: ['PeriodicRecheckResourceActivity', 'PerformActivityCheck'],
  Checking: [],
};

/** It was looked for; what is to become of it. */
async function decide(world: World, host: LostHost): Promise<void> {
  const found = await investigate(world, host);
  const evidence = inWords(found);
  await noteEvidence(world.db.read, host.id, evidence);
  const seen = { ...host, evidence };
  const go = (event: HaEvent, text?: string): Promise<LostHost | undefined> =>
    along(world, seen, { events: [...LOOKED[host.state]!, event], ...(text ? { text } : {}) });
  if (mustWait(host, found)) await go('TooFewActivityCheckSamples');
  else if (livesBy(found) && isPatient(world, host, found)) {
    await go('ActivityCheckFailureUnderThresholdRatio', 'is out of reach, and is left alone for a while: it lives');
  } else if (mayStartAnew(world, host)) {
    const begun = await go('ActivityCheckFailureOverThresholdRatio', 'is lost, and is started anew');
    if (begun) await recover(world, begun);
  } else {
    const begun = await go(
      'RecoveryOperationThresholdExceeded',
      'is being fenced: it does not answer, and must be silent for certain',
    );
    if (begun) await fence(world, begun, found.storage);
  }
}

/** Nothing can be made certain: nobody may take its power, and on storage it cannot be silenced. Nor is power taken on no evidence at
 * all: if the servers were cut off, it would be that of all hosts. An operator may know more, and give the host up. */
const mustWait = (host: LostHost, found: Found): boolean =>
  (host.maySwitchOff ? nothingKnown(found) : found.storage === 'none' || found.storage === 'unseen') &&
  !(host.maySwitchOff && host.resourceState === 'Degraded');

/** It lives, but nobody of ours reaches it: for so long, and not longer; not so long where its neighbours do not either. */
function isPatient(world: World, host: LostHost, found: Found): boolean {
  if (host.resourceState === 'Degraded') return false;
  const seconds = (name: 'kvm.ha.degraded.max.period' | 'kvm.ha.activity.check.interval'): number =>
    world.settings.number(name, { scope: 'Cluster', id: host.clusterId });
  const longest = seconds('kvm.ha.degraded.max.period');
  const patienceS = isCutOff(found) ? Math.min(longest, seconds('kvm.ha.activity.check.interval')) : longest;
  return host.state !== 'Degraded' || host.forS <= patienceS;
}
