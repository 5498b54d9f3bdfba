// What came back of a command that has no screen of its own: its job as it goes, or the answer as it was sent.
import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { JSX } from 'react';
import { failureOf, jobQuery, stateOf } from '../jobs/jobs.ts';
import { Bar, Steps } from '../jobs/progress.tsx';
import { Note } from '../parts/parts.tsx';
import { t } from '../words/t.ts';
import classes from './form.module.css';

export function FollowedJob({ id, title }: { id: string; title: string }): JSX.Element {
  const { data: job } = useQuery(jobQuery(id));
  if (!job) return <Skeleton height={8} />;
  const state = stateOf(job);
  return (
    <div className={classes.body} aria-live="polite">
      {state === 'running' && <Bar job={job} title={title} />}
      {state === 'done' && <Note tone="good">{t('form.done')}</Note>}
      {state === 'failed' && <Note tone="bad" title={t('jobs.state.failed')}>{failureOf(job)}</Note>}
      <Steps job={job} />
      {job.jobresult && state === 'done' && <Answer answer={job.jobresult} />}
    </div>
  );
}

export function Answer({ answer }: { answer: Readonly<Record<string, unknown>> }): JSX.Element {
  return <pre className={classes.code} tabIndex={0}><code>{JSON.stringify(answer, null, 2)}</code></pre>;
}
