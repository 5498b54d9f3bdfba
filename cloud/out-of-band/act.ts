// issueOutOfBandManagementPowerAction: a host is switched on or off through its controller. ON, OFF and CYCLE end when the controller
// says that it is so; RESET and SOFT when it took them on: what becomes of them is the system's matter.
// Invariant: no crash of ours switches twice. States may be asked for again; a cycle is off and then on; a reset is asked for once.
import { issueOutOfBandManagementPowerAction } from '#api/infra/out-of-band.ts';
import type { Values } from '#api/define.ts';
import { fail } from '#api/errors.ts';
import { workflow, type Call, type Job } from '#kernel/job.ts';
import { implement, type ResultCx, type World } from '../context.ts';
import { laneOf } from './allow.ts';
import { claimReset } from './out-of-band.store.ts';
import { asked, mustHavePowerControl, powerOn, reach } from './power.ts';
import { showController } from './show.ts';
import { patienceS, type Talk } from './talk.ts';

type Action = Values<typeof issueOutOfBandManagementPowerAction.params>['action'];
const LONGEST_S = 3_600;
/** What the step may take beyond the conversation. */
const MARGIN_S = 10;

export interface PowerAsked {
  hostId: number;
  action: Action;
  timeoutS: number;
}
interface PowerDone {
  hostId: number;
  action: Action;
}

export const actOnPower = workflow<PowerAsked, PowerDone, World>('host.power', async (job, input, world) => {
  const { hostId, action } = input;
  await flows[action](stepsOf(job, world, input), input);
  return { hostId, action };
});

interface Steps {
  ask(name: string, work: (talk: Talk, job: string) => Promise<unknown>): Promise<void>;
  /** The same, and what a failure later on is answered with. */
  askFirst(name: string, work: (talk: Talk) => Promise<unknown>, undo: (call: Call) => Promise<void>): Promise<void>;
  world: World;
}

function stepsOf(job: Job, world: World, { hostId, timeoutS }: PowerAsked): Steps {
  const step = async (
    name: string,
    work: (talk: Talk, job: string) => Promise<unknown>,
    undo?: (call: Call) => Promise<void>,
  ) => {
    await job.call(
      name,
      async (call) => {
        await asked(world, hostId, { call, withinS: timeoutS }, (talk) => work(talk, call.job));
      },
      { timeoutS: timeoutS + MARGIN_S, ...(undo ? { undo } : {}) },
    );
  };
  return { world, ask: step, askFirst: step };
}

const flows: Record<Action, (steps: Steps, input: PowerAsked) => Promise<void>> = {
  STATUS: ({ ask }) => ask('status', (talk) => talk.status()),
  ON: ({ ask }) => ask('on', (talk) => reach(talk, 'on', 'On')),
  OFF: ({ ask }) => ask('off', (talk) => reach(talk, 'off', 'Off')),
  CYCLE: async ({ ask, askFirst, world }, { hostId, timeoutS }) => {
    await ask('look', mustBeOn);
    await askFirst(
      'off',
      (talk) => reach(talk, 'off', 'Off'),
      (call) => powerOn(world, hostId, { call, withinS: timeoutS }),
    );
    await ask('on', (talk) => reach(talk, 'on', 'On'));
  },
  RESET: async ({ ask, world }, { hostId }) => {
    await ask('look', mustBeOn);
    await ask('reset', async (talk, job) => {
      if (!(await world.db.tx((tx) => claimReset(tx, hostId, job))))
        fail(
          'operationTimedOut',
          'Whether the host was reset is not known: the server that asked for it ended before it heard. Ask again if it is needed',
        );
      await talk.act('reset');
      await talk.status();
    });
  },
  SOFT: async ({ ask }) => {
    await ask('soft', async (talk) => {
      if ((await talk.status()) === 'On') await talk.act('soft');
      await talk.status();
    });
  },
};

async function mustBeOn(talk: Talk): Promise<void> {
  if ((await talk.status()) !== 'On') fail('wrongState', `The host ${talk.host.name} is off; ON switches it on`);
}

export const issue = implement(
  issueOutOfBandManagementPowerAction,
  async (cx, { hostId, action, timeout }) => {
    const host = await mustHavePowerControl(cx.tx, hostId);
    if (timeout !== undefined && (timeout < 1 || timeout > LONGEST_S))
      fail('invalidParameter', `timeout is ${timeout}; 1 to ${LONGEST_S} seconds are accepted`, {
        parameter: 'timeout',
      });
    const input = { hostId, action, timeoutS: timeout ?? patienceS(cx.world, host) };
    return cx.enqueue(actOnPower, input, { lanes: [laneOf(hostId)], about: host.uuid });
  },
  (cx: ResultCx, { hostId, action }: PowerDone) => showController(cx, hostId, { action, description: SAID[action] }),
);

const SAID: Record<Action, string> = {
  ON: 'The controller says that the host is on',
  OFF: 'The controller says that the host is off',
  CYCLE: 'The host was off and is on again',
  RESET: 'The controller has reset the host',
  SOFT: 'The system was asked to shut down; the power goes off when it has',
  STATUS: 'The controller was asked',
};
