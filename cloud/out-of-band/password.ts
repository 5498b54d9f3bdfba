// changeOutOfBandManagementPassword: changes it at the controller and in the database. Both passwords are kept until the controller
// is heard to know the new one, so that whoever dies in between, one that we know opens it. A change that fails is taken back; where
// the controller cannot be reached then, whoever reaches it next finds out which one it is (talk.ts).
import { changeOutOfBandManagementPassword } from '#api/infra/out-of-band.ts';
import { ApiError, fail } from '#api/errors.ts';
import { workflow, type Call } from '#kernel/job.ts';
import { implement, type ResultCx, type World } from '../context.ts';
import { laneOf } from './allow.ts';
import { PowerFailure, type Controller } from './driver.ts';
import { rememberPassword, takePassword } from './out-of-band.store.ts';
import { asked, mustHavePowerControl } from './power.ts';
import { readText } from './read.ts';
import { showController } from './show.ts';
import { controllerOf, mustBeOurs, type Talk } from './talk.ts';

export const PASSWORD_JOB = 'host.power.password';

export interface PasswordAsked {
  hostId: number;
  /** Sealed. */
  next: string;
}

export const changePassword = workflow<PasswordAsked, { hostId: number }, World>(
  PASSWORD_JOB,
  async (job, { hostId, next }, world) => {
    const talk = <T>(call: Call, work: (on: Change) => Promise<T>, before: string): Promise<T> =>
      asked(world, hostId, { call }, (about) => work(changeOf({ world, call, talk: about, before, next })));
    // What an earlier change left open is settled with this.
    await job.call('log in', (call) => asked(world, hostId, { call }, (about) => about.status()));
    const before = await job.tx('remember both', (tx) => rememberPassword(tx, { hostId, next, job: job.uuid }));
    await job.call('change', (call) => talk(call, change, before), {
      undo: (call) => talk(call, goBack, before).catch((error: unknown) => leaveOpen(world, hostId, error)),
    });
    await job.tx('keep the new one', async (tx) => {
      if (!(await takePassword(tx, hostId, next)))
        fail('concurrentOperation', 'The controller was configured anew while its password was changed');
    });
    return { hostId };
  },
);

interface Change {
  set(from: Controller, to: Controller): Promise<void>;
  /** Whether the controller knows this password. */
  knows(controller: Controller): Promise<boolean>;
  before: Controller;
  after: Controller;
}

function changeOf(parts: { world: World; call: Call; talk: Talk; before: string; next: string }): Change {
  const { world, call, talk, before, next } = parts;
  const { power } = world.drivers;
  return {
    before: controllerOf(world, talk.host, before),
    after: controllerOf(world, talk.host, next),
    set: async (from, to) => {
      await mustBeOurs(world, call);
      await power.changePassword(from, to.password, talk.signal);
    },
    knows: (controller) =>
      power.status(controller, talk.signal).then(
        () => true,
        (error: unknown) => {
          if (error instanceof PowerFailure && error.kind === 'login') return false;
          throw error;
        },
      ),
  };
}

/** May be repeated: a controller that refuses the old password may know the new one already. */
async function change({ set, knows, before, after }: Change): Promise<void> {
  try {
    await set(before, after);
  } catch (error) {
    if (!(error instanceof PowerFailure) || error.kind !== 'login') throw error;
  }
  if (!(await knows(after)))
    throw new PowerFailure('login', 'The controller was asked to change the password and refuses the new one');
}

async function goBack({ set, knows, before, after }: Change): Promise<void> {
  if (!(await knows(before)) && (await knows(after))) await set(after, before);
}

/** Both stay in the database: one of them is right. */
function leaveOpen(world: World, hostId: number, error: unknown): void {
  if (!(error instanceof ApiError)) throw error;
  world.log.warn({ err: error, hostId }, 'host.power.password.open');
}

export const changeIt = implement(
  changeOutOfBandManagementPassword,
  async (cx, { hostId, password }) => {
    if (password === undefined)
      return fail(
        'missingParameter',
        'Unable to execute API command changeoutofbandmanagementpassword due to missing parameter password',
        { parameter: 'password' },
      );
    const host = await mustHavePowerControl(cx.tx, hostId);
    cx.world.drivers.power.check({ ...host, password: readText(password, 'password') });
    const input = { hostId, next: cx.sealer.seal(password) };
    return cx.enqueue(changePassword, input, { lanes: [laneOf(hostId)], about: host.uuid });
  },
  (cx: ResultCx, { hostId }: { hostId: number }) =>
    showController(cx, hostId, { description: 'Out-of-band management password successfully changed' }),
);
