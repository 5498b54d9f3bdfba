// The power of one host, asked for and taken away through its controller. What fencing builds on:
//   hasPowerControl  may the cloud command the host's power: configured, enabled, and not forbidden for its cluster or zone?
//   powerOf          what the controller says now.
//   powerOff         takes the power away and waits until the controller says so.
import { setTimeout as pass } from 'node:timers/promises';
import { fail } from '#api/errors.ts';
import type { Tx } from '#kernel/db.ts';
import type { World } from '../context.ts';
import { PowerFailure, type Power } from './driver.ts';
import { managedHost, type Managed } from './out-of-band.store.ts';
import { talkTo, type Asking, type Talk } from './talk.ts';

export { ENABLED_DETAIL } from './out-of-band.store.ts';

/** Between two looks: at once at first, as most controllers are quick, then ever longer up to this. */
const SECOND_LOOK_MS = 200;
const LOOK_MS = 2_000;
/** Controllers forget what they were asked. */
const ASK_AGAIN_LOOKS = 8;

export async function hasPowerControl(tx: Tx, hostId: number): Promise<boolean> {
  const host = await managedHost(tx, hostId);
  return host !== undefined && host.enabled && host.forbiddenBy === null;
}

/** Refuses in words where the host has no controller that we know of. */
export const mustBeConfigured = async (tx: Tx, hostId: number): Promise<Managed> =>
  (await managedHost(tx, hostId)) ??
  fail(
    'wrongState',
    'hostid: out-of-band management of the host is not configured; configureOutOfBandManagement does',
    {
      parameter: 'hostid',
    },
  );

/** Refuses in words where the host's power may not be commanded. */
export async function mustHavePowerControl(tx: Tx, hostId: number): Promise<Managed> {
  const host = await mustBeConfigured(tx, hostId);
  if (!host.enabled || host.forbiddenBy)
    fail(
      'wrongState',
      `hostid: out-of-band management is disabled for ${host.forbiddenBy ? `the ${host.forbiddenBy} of ` : ''}the host ${host.name}; enable it first`,
      { parameter: 'hostid' },
    );
  return host;
}

/** What the controller of the host says now. Throws a PowerFailure where it says nothing: then nothing is known. */
export const powerOf = (world: World, hostId: number, asking: Asking = {}): Promise<Power> =>
  asked(world, hostId, asking, (talk) => talk.status());

/** Takes the host's power away. After it has come back the controller has said, later than this was called, that the machine is
 * without power: whatever ran on it has ended, its memory is lost, and nothing it was writing goes on. Not certain is what comes
 * after: somebody may press a button, and a host that is switched on again dials in as always. A PowerFailure says that nothing is
 * certain: also after a timeout the power may be off, or go off a moment later. May be repeated: a host that is off stays off. */
export const powerOff = (world: World, hostId: number, asking: Asking = {}): Promise<void> =>
  asked(world, hostId, asking, (talk) => reach(talk, 'off', 'Off'));

/** Gives the host power and waits until its controller says so. A host that is on stays as it is. */
export const powerOn = (world: World, hostId: number, asking: Asking = {}): Promise<void> =>
  asked(world, hostId, asking, (talk) => reach(talk, 'on', 'On'));

/** Asks for a state rather than a change: repeatable. */
export async function reach(talk: Talk, action: 'on' | 'off', wanted: Power): Promise<void> {
  for (let looks = 0; (await talk.status()) !== wanted; looks += 1) {
    if (looks % ASK_AGAIN_LOOKS === 0) await talk.act(action);
    const pauseMs = looks === 0 ? 0 : Math.min(LOOK_MS, SECOND_LOOK_MS * 2 ** (looks - 1));
    await pass(pauseMs, undefined, { signal: talk.signal }).catch(() => {
      throw new PowerFailure('timeout', `The controller was asked to switch ${action} and does not say that it did`);
    });
  }
}

/** One conversation with the controller of a host whose power may be commanded. */
export const asked = async <T>(
  world: World,
  hostId: number,
  asking: Asking,
  work: (talk: Talk) => Promise<T>,
): Promise<T> => work(talkTo(world, await mustHavePowerControl(world.db.read, hostId), asking));
