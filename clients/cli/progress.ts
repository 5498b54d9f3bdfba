// Shows how far a job is: a live line for a person, plain lines for a log. Standard error only; results are elsewhere.
import type { Progress, Step } from '../sdk/wait.ts';
import type { World } from './world.ts';

/** `left`: nobody waits any longer; the job goes on. */
export type Outcome = 'done' | 'failed' | 'left';
export interface Display {
  show(progress: Progress): void;
  end(outcome: Outcome): void;
}

export async function openDisplay(title: string, world: World): Promise<Display> {
  return world.isWatched ? liveDisplay(title) : plainDisplay(title, world);
}

/** Hands each step over once, when it has ended. */
function onceEnded(tell: (step: Step) => void): (steps: readonly Step[]) => void {
  let told = 0;
  return (steps) => {
    while (steps[told]?.ended) tell(steps[told++]!);
  };
}

function plainDisplay(title: string, world: World): Display {
  const startedMs = performance.now();
  const tell = onceEnded(({ name, state, text }) =>
    world.err(`${title}: ${[name, state, isBad(state) && text].filter(Boolean).join(' ')}\n`),
  );
  return {
    show: ({ steps }) => tell(steps),
    end: (outcome) => world.err(`${title}: ${outcome} after ${secondsSince(startedMs)} s\n`),
  };
}

async function liveDisplay(title: string): Promise<Display> {
  const { default: ora } = await import('ora');
  const startedMs = performance.now();
  const spinner = ora({ text: title, discardStdin: false }).start();
  const tell = onceEnded(({ name, state }) =>
    spinner.stopAndPersist({ symbol: symbols[isBad(state) ? 'failed' : 'done'], text: `${title}: ${name}` }).start(),
  );
  return {
    show: ({ steps, percent }) => {
      tell(steps);
      const now = steps.find(({ ended }) => !ended);
      const doing =
        now && [now.name, now.text, now.percent !== undefined && `${now.percent} %`].filter(Boolean).join(' ');
      spinner.text = [`${title}${percent === undefined ? '' : ` ${percent} %`}`, doing, `${secondsSince(startedMs)} s`]
        .filter(Boolean)
        .join(' · ');
    },
    end: (outcome) => {
      spinner.stopAndPersist({
        symbol: symbols[outcome],
        text: `${title}: ${outcome} after ${secondsSince(startedMs)} s`,
      });
    },
  };
}

const symbols: Readonly<Record<Outcome, string>> = { done: '✔', failed: '✖', left: '…' };
const isBad = (state: string): boolean => /fail|error|undo/i.test(state);
const secondsSince = (startedMs: number): string => ((performance.now() - startedMs) / 1000).toFixed(1);
