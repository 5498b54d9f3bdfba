// How far a job is: a bar and its steps, each with its own state, share and time. Used by the drawer and by whoever waits for one job.
import type { JSX } from 'react';
import { Icon } from '../parts/icons.tsx';
import { useNow } from '../parts/now.ts';
import { msOf, span, t } from '../words/t.ts';
import { stateOf } from './jobs.ts';
import type { Job, Step } from './jobs.ts';
import classes from './jobs.module.css';

export function Bar({ job, title }: { job: Job; title: string }): JSX.Element {
  const state = stateOf(job);
  const known = state === 'done' ? 100 : job.progress;
  return (
    <div
      className={classes.bar}
      data-state={state}
      data-known={known !== undefined}
      role="progressbar"
      aria-label={t('jobs.progress', { title })}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={known}
    >
      <div style={{ width: `${known ?? 100}%` }} />
    </div>
  );
}

type Standing = 'waiting' | 'running' | 'done' | 'failed' | 'undone';

/** Servers name the states of steps in their own words; these five are what people need to tell apart. */
export function standingOf({ state = '', started, ended }: Step): Standing {
  const word = state.toLowerCase();
  if (/fail|error/.test(word)) return 'failed';
  if (/undo|revert|roll|compensat/.test(word)) return 'undone';
  if (/done|success|complete|finish/.test(word) || ended) return 'done';
  if (/run|progress|start/.test(word) || started) return 'running';
  return 'waiting';
}

export function Steps({ job }: { job: Job }): JSX.Element | null {
  const now = useNow(stateOf(job) === 'running' ? 1000 : 0);
  if (!job.steps?.length) return null;
  return (
    <ol className={classes.steps} aria-label={t('jobs.steps')}>
      {job.steps.map((step, index) => (
        <OneStep key={`${index} ${step.name}`} step={step} now={now} />
      ))}
    </ol>
  );
}

/** The API's dates have no fractions: what begins and ends in one second took less than one. */
export const took = (ms: number): string => (ms <= 0 ? t('unit.short') : span(ms));

function OneStep({ step, now }: { step: Step; now: number }): JSX.Element {
  const standing = standingOf(step);
  const time = !step.started
    ? ''
    : step.ended
      ? took(msOf(step.ended) - msOf(step.started))
      : span(Math.floor((now - msOf(step.started)) / 1000) * 1000);
  return (
    <li className={classes.step} data-standing={standing}>
      <span className={classes.mark} aria-hidden="true">
        {standing === 'done' && <Icon name="check" size={12} />}
        {standing === 'failed' && <Icon name="close" size={12} />}
        {standing === 'undone' && <Icon name="back" size={12} />}
      </span>
      <div className={classes.stepText}>
        <span className={classes.stepName}>{step.name}</span>
        <span className="hidden">, {t(`step.${standing}`)}</span>
        {step.text && <div className="soft">{step.text}</div>}
      </div>
      <span className={classes.stepTime}>
        {standing === 'running' && step.percent ? `${step.percent} % · ` : ''}
        {standing !== 'waiting' && time}
      </span>
    </li>
  );
}
