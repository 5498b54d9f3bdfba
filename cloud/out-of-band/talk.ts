// One conversation with the controller of a host: bounded in time, with the password it knows, and with what it says written down.
// Invariants: nothing is sent by who may have lost the job or the turn it acts in; where the controller says nothing the host's
// power is Unknown from then on.
import { insertEvent } from '#kernel/event.ts';
import type { Tx } from '#kernel/db.ts';
import { Fenced, type Call } from '#kernel/job.ts';
import { currentTurn, TurnLost } from '#kernel/turn.ts';
import { raiseAlert } from '../alert/raise.ts';
import type { World } from '../context.ts';
import { SYSTEM } from '../identity/system.ts';
import { PowerFailure, type Controller, type Power, type PowerAction } from './driver.ts';
import { jobIsOurs, lockPower, movePower, noteAsked, settlePassword, type Managed } from './out-of-band.store.ts';

/** For whom and for how long at most; the setting of the host's cluster where it is not said. */
export interface Asking {
  call?: Call;
  withinS?: number;
  /** Of a keeper: whoever asks is to stop. */
  signal?: AbortSignal;
}

export interface Talk {
  readonly host: Managed;
  readonly signal: AbortSignal;
  status(): Promise<Power>;
  act(action: PowerAction): Promise<void>;
}

export const patienceS = (world: World, { clusterId }: Pick<Managed, 'clusterId'>): number =>
  world.settings.number('outofbandmanagement.action.timeout', { scope: 'Cluster', id: clusterId });

export function talkTo(world: World, host: Managed, { call, withinS, signal: stopping }: Asking): Talk {
  const limit = AbortSignal.timeout((withinS ?? patienceS(world, host)) * 1_000);
  const ours = [call?.signal, stopping].filter((one) => one !== undefined);
  const signal = AbortSignal.any([...ours, limit]);
  const { power } = world.drivers;
  return {
    host,
    signal,
    status: async () => {
      try {
        const said = await loggedIn(world, host, (controller) => power.status(controller, signal));
        await world.db.tx((tx) => notePower(tx, host, said));
        return said;
      } catch (error) {
        // That we stop says nothing about the controller.
        if (!ours.some((one) => one.aborted)) await noteSilence(world, host, error);
        throw error;
      }
    },
    act: async (action) => {
      await mustBeOurs(world, call);
      await loggedIn(world, host, (controller) => power.act(controller, action, signal));
    },
  };
}

/** A controller knows nothing of epochs: whoever was paused asks before it acts. */
export async function mustBeOurs(world: World, call: Call | undefined): Promise<void> {
  const turn = currentTurn();
  if (turn && !(await turn.stillOurs())) throw new TurnLost(turn);
  if (call && !(await jobIsOurs(world.db.read, call))) throw new Fenced(`job ${call.job} belongs to another worker`);
}

export const controllerOf = (world: World, host: Managed, sealed: string): Controller => ({
  driver: host.driver,
  address: host.address,
  port: host.port,
  username: host.username,
  password: world.sealer.open(sealed),
});

/** With the password we know; while a change of it is open, also with the next one. */
async function loggedIn<T>(world: World, host: Managed, ask: (controller: Controller) => Promise<T>): Promise<T> {
  const { password, nextPassword } = host;
  if (nextPassword === null) return ask(controllerOf(world, host, password));
  let known = password;
  const answer = await ask(controllerOf(world, host, password)).catch((error: unknown) => {
    if (!(error instanceof PowerFailure) || error.kind !== 'login') throw error;
    known = nextPassword;
    return ask(controllerOf(world, host, nextPassword));
  });
  await world.db.tx((tx) => settlePassword(tx, host.hostId, known));
  return answer;
}

async function noteSilence(world: World, host: Managed, error: unknown): Promise<void> {
  if (!(error instanceof PowerFailure)) return;
  await world.db.tx(async (tx) => {
    const isNews = await notePower(tx, host, error.kind === 'login' ? 'AuthError' : 'Unknown', error.message);
    if (!isNews || error.kind !== 'login') return;
    const { zoneId, podId, clusterId } = host;
    const subject = `The controller of the host ${host.name} refuses its user or password`;
    await raiseAlert(tx, world.settings, { type: 'ALERT.OOBM.AUTHERROR', subject, zoneId, podId, clusterId });
  });
}

/** Written down, and told where it is news; whether it was. */
export async function notePower(
  tx: Tx,
  host: Pick<Managed, 'hostId' | 'uuid' | 'name'>,
  event: Power | 'Unknown' | 'AuthError' | 'Disabled',
  why?: string,
): Promise<boolean> {
  const before = await lockPower(tx, host.hostId);
  await noteAsked(tx, host.hostId);
  const after = event === 'AuthError' ? 'Unknown' : event;
  if (before === undefined || before === after) return false;
  await movePower(tx, host.hostId, event);
  await insertEvent(tx, {
    type: 'HOST.OOBM.POWERSTATE.TRANSITION',
    state: 'Completed',
    level: after === 'Unknown' ? 'WARN' : 'INFO',
    description: `Power of the host ${host.name}: ${after}, was ${before}${why === undefined ? '' : `. ${why}`}`,
    ...SYSTEM,
    startId: null,
    resourceType: 'Host',
    resourceUuid: host.uuid,
  });
  return true;
}
