// What came back of a command that has no screen of its own: its job as it goes, or the answer as it was sent.
import { Button, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { JSX } from 'react';
import type { Command } from '#api/define.ts';
import { nameOf } from '../api/entities.ts';
import type { Thing } from '../api/entities.ts';
import { failureOf, jobQuery, stateOf } from '../jobs/jobs.ts';
import { Bar, Steps } from '../jobs/progress.tsx';
import { Note } from '../parts/parts.tsx';
import { sectionOf } from '../sections/sections.ts';
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
      {state === 'failed' && (
        <Note tone="bad" title={t('jobs.state.failed')}>
          {failureOf(job)}
        </Note>
      )}
      <Steps job={job} />
      {job.jobresult && state === 'done' && <Answer answer={job.jobresult} />}
    </div>
  );
}

/** What a command has made or changed, with the way there. */
export function Made({
  command,
  answer,
}: {
  command: Command;
  answer: Readonly<Record<string, unknown>>;
}): JSX.Element {
  const entity = command.objectName ?? command.returns.objectName;
  const inner = answer[entity];
  const thing = (Array.isArray(inner) ? inner[0] : inner) as Thing | undefined;
  const section = sectionOf(entity);
  return (
    <div className={classes.body}>
      <Note tone="good">{t('form.done')}</Note>
      {section && thing?.id && !REMOVES.test(command.name) && (
        <div>
          <Button
            variant="default"
            component={Link}
            to="/$section/$id"
            params={{ section: section.path, id: thing.id } as never}
          >
            {t('form.open', { name: nameOf(entity, thing) })}
          </Button>
        </div>
      )}
      <Answer answer={answer} />
    </div>
  );
}

export const REMOVES = /^(delete|destroy|remove|expunge|purge|disassociate)/;

export function Answer({ answer }: { answer: Readonly<Record<string, unknown>> }): JSX.Element {
  return (
    <pre className={classes.code} tabIndex={0}>
      <code>{JSON.stringify(answer, null, 2)}</code>
    </pre>
  );
}
