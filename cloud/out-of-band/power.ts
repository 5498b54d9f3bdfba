// The power of one host, asked for and taken away through its controller. What fencing builds on:
//   hasPowerControl  may the cloud command the host's power: configured, enabled, and not forbidden for its cluster or zone?
//   powerOf          what the controller says now.
//   powerOff         takes the power away and waits until the controller says so.
// Invariant: nothing is sent by who may have lost the job or the turn it acts in, and what the controller said is written down.
import { setTimeout as pass } from 'node:timers/promises';
import { fail } from '#api/errors.ts';
import { insertEvent } from '#kernel/event.ts';
import { Fenced, type Call } from '#kernel/job.ts';
import type { Tx } from '#kernel/db.ts';
import { currentTurn, TurnLost } from '#kernel/turn.ts';
import type { World } from '../context.ts';
import { SYSTEM } from '../identity/system.ts';
import { PowerFailure, type Controller, type Power, type PowerAction } from './driver.ts';
import { jobIsOurs, lockPower, managedHost, movePower, noteAsked, type Managed } from './out-of-band.store.ts';

/** Between two looks: soon at first, as most controllers are quick. */
const FIRST_LOOK_MS = 100;
const LOOK_MS = 2_000;

/** For whom and for how long at most; the setting of the host's cluster where it is not said. */
export interface Asking {
  call?: Call;
  withinS?: number;
}

export async function hasPowerControl(tx: Tx, hostId: number): Promise<boolean> {
  const host = await managedHost(tx, hostId);
  return host !== undefined && host.enabled && host.forbiddenBy === null;
}

/** Refuses in words where the host's power may not be commanded. */
export async function mustHavePowerControl(tx: Tx, hostId: number): Promise<Managed> {
  const host = await managedHost(tx, hostId);
  if (!host)
    return fail(
      'wrongState',
      'Out-of-band management is not configured for the host; configureOutOfBandManagement does it',
      { parameter: 'hostid' },
    );
  if (!host.enabled)
    fail('wrongState', `Out-of-band management is disabled for the host ${host.name}`, { parameter: 'hostid' });
  if (host.forbiddenBy)
    fail('wrongState', `Out-of-band management is disabled for the ${host.forbiddenBy} of the host ${host.name}`, {
      parameter: 'hostid',
    });
  return host;
}

/** What the controller of the host says now. Throws a PowerFailure where it says nothing: then nothing is known. */
export const powerOf = (world: World, hostId: number, asking: Asking = {}): Promise<Power> =>
  asked(world, hostId, asking, ({ status }) => status());

/** Takes the host's power away. After it has come back the controller has said, later than this was called, that the machine is
 * without power: whatever ran on it has ended, its memory is lost, and nothing it was writing goes on. Not certain is what comes
 * after: somebody may press a button, and a host that is switched on again dials in as always. A PowerFailure says that nothing is
 * certain: also after a timeout the power may be off, or go off a moment later. May be repeated: a host that is off stays off. */
export const powerOff = (world: World, hostId: number, asking: Asking = {}): Promise<void> =>
  asked(world, hostId, asking, (host) => reach(host, 'off', 'Off'));

/** Gives the host power and waits until its controller says so. A host that is on stays as it is. */
export const powerOn = (world: World, hostId: number, asking: Asking = {}): Promise<void> =>
  asked(world, hostId, asking, (host) => reach(host, 'on', 'On'));

/** A host while one conversation with its controller lasts. */
export interface Talk {
  signal: AbortSignal;
  status(): Promise<Power>;
  act(action: PowerAction): Promise<void>;
}

/** Asks for a state rather than a change: repeatable. Asked again after a while, as controllers forget. */
async function reach(host: Talk, action: 'on' | 'off', wanted: Power): Promise<void> {
  for (let looks = 0; (await host.status()) !== wanted; looks += 1) {
    if (looks % ASK_AGAIN_LOOKS === 0) await host.act(action);
    await pass(Math.min(LOOK_MS, FIRST_LOOK_MS * 2 ** looks), undefined, { signal: host.signal }).catch(() => {
      throw new PowerFailure('timeout', `The controller was asked to switch ${action} and does not say that it did`);
    });
  }
}
const ASK_AGAIN_LOOKS = 10;

/** One conversation with the controller of a host that may be commanded. */
export async function asked<T>(
  world: World,
  hostId: number,
  { call, withinS }: Asking,
  work: (host: Talk) => Promise<T>,
): Promise<T> {
  const host = await mustHavePowerControl(world.db.read, hostId);
  const limitS =
    withinS ?? world.settings.number('outofbandmanagement.action.timeout', { scope: 'Cluster', id: host.clusterId });
  const limit = AbortSignal.timeout(limitS * 1_000);
  const signal = call ? AbortSignal.any([call.signal, limit]) : limit;
  const controller = controllerOf(world, host);
  const { power } = world.drivers;
  return work({
    signal,
    status: async () => {
      const said = await heard(world, host, () => power.status(controller, signal));
      await world.db.tx((tx) => notePower(tx, host, said));
      return said;
    },
    act: async (action) => {
      await mustBeOurs(world, call);
      await heard(world, host, () => power.act(controller, action, signal));
    },
  });
}

const controllerOf = (world: World, host: Managed): Controller => ({
  driver: host.driver,
  address: host.address,
  port: host.port,
  username: host.username,
  password: world.sealer.open(host.password),
});

/** A controller knows nothing of epochs: whoever was paused asks before it acts. */
async function mustBeOurs(world: World, call: Call | undefined): Promise<void> {
  const turn = currentTurn();
  if (turn && !(await turn.stillOurs())) throw new TurnLost(turn);
  if (call && !(await jobIsOurs(world.db.read, call))) throw new Fenced(`job ${call.job} belongs to another worker`);
}

/** Where the controller says nothing, the host's power is not known any more. */
async function heard<T>(world: World, host: Managed, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof PowerFailure && error.kind !== 'unsupported')
      await world.db.tx((tx) => notePower(tx, host, error.kind === 'login' ? 'AuthError' : 'Unknown'));
    throw error;
  }
}

/** Written down, and told where it is news. */
export async function notePower(
  tx: Tx,
  host: Pick<Managed, 'hostId' | 'uuid' | 'name'>,
  event: Power | 'Unknown' | 'AuthError' | 'Disabled',
): Promise<void> {
  const before = await lockPower(tx, host.hostId);
  await noteAsked(tx, host.hostId);
  const after = event === 'AuthError' ? 'Unknown' : event;
  if (before === undefined || before === after) return;
  await movePower(tx, host.hostId, event);
  await insertEvent(tx, {
    type: 'HOST.OOBM.POWERSTATE.TRANSITION',
    state: 'Completed',
    level: after === 'Unknown' ? 'WARN' : 'INFO',
    description: `Power of the host ${host.name}: ${after}, was ${before}${event === 'AuthError' ? '; its controller refuses user or password' : ''}`,
    ...SYSTEM,
    startId: null,
    resourceType: 'Host',
    resourceUuid: host.uuid,
  });
}
