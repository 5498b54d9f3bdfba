// Doing things to instances: one call each, a few at a time, every job remembered under the words it was started with.
import { sentenceOf } from '../api/failure.ts';
import { send, sendJob, toWire } from '../api/call.ts';
import { cell } from '../cell.ts';
import { tell } from '../frame/toasts.ts';
import { remember } from '../jobs/jobs.ts';
import { noteChange } from '../live/changes.ts';
import { t } from '../words/t.ts';
import { labelOf, paramsOf } from './actions.ts';
import type { Action } from './actions.ts';
import { ENTITY, titleOf } from './instance.ts';
import type { Instance } from './instance.ts';

/** What is being asked about before it is done. */
export interface Asked {
  readonly action: Action;
  readonly instances: readonly Instance[];
}

export const asked = cell<Asked | undefined>(undefined);
const AT_ONCE = 4;

/** Does it, or asks first where that is due. */
export function request(action: Action, instances: readonly Instance[]): void {
  if (action.asks) asked.set({ action, instances });
  else void perform(action, instances);
}

/** Gives how many were accepted. Refusals are told by themselves. */
export async function perform(
  action: Action,
  instances: readonly Instance[],
  extra: Readonly<Record<string, unknown>> = {},
): Promise<number> {
  const waiting = [...instances];
  let accepted = 0;
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift())
      if (await performOne(action, next, extra)) accepted += 1;
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, instances.length) }, work));
  return accepted;
}

async function performOne(
  action: Action,
  instance: Instance,
  extra: Readonly<Record<string, unknown>>,
): Promise<boolean> {
  const title = `${labelOf(action)} ${titleOf(instance)}`;
  try {
    const params = { ...paramsOf(action, instance.id), ...toWire(extra) };
    if (action.name === 'recover') {
      await send(action.command, params);
      tell({ tone: 'good', title: t('jobs.finished', { title }) });
    } else
      remember({ id: (await sendJob(action.command, params)).jobid, title, entity: ENTITY, objectId: instance.id });
    noteChange(ENTITY, instance.id);
    return true;
  } catch (error) {
    tell({
      tone: 'bad',
      title: t('action.failed', { action: labelOf(action), name: titleOf(instance) }),
      text: sentenceOf(error),
    });
    return false;
  }
}
