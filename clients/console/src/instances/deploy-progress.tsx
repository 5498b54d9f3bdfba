// A deployment as it goes: its steps, and at the end the way on. A failure says where it did not fit and what can be tried.
import { Button, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect } from 'react';
import type { JSX, ReactNode } from 'react';
import { Refusal } from '../api/failure.ts';
import { oneQuery } from '../api/queries.ts';
import { useCell } from '../cell.ts';
import { failureOf, jobQuery, startedJobs, stateOf } from '../jobs/jobs.ts';
import type { Job } from '../jobs/jobs.ts';
import { Bar, Steps } from '../jobs/progress.tsx';
import { Icon } from '../parts/icons.tsx';
import { Copied, Note, PageHead, Panel, Problem } from '../parts/parts.tsx';
import { t } from '../words/t.ts';
import type { Key } from '../words/t.ts';
import { DRAFT } from './deploy-form.tsx';
import { Up } from './detail.tsx';
import { ENTITY, placementOf, titleOf } from './instance.ts';
import type { Instance } from './instance.ts';
import { PlacementText } from './placement.tsx';
import classes from './deploy.module.css';

export function DeployProgress({
  job: jobId,
  instance: id,
}: {
  job: string;
  instance: string | undefined;
}): JSX.Element {
  const { data: job, error, refetch } = useQuery(jobQuery(jobId));
  const instanceId = id ?? job?.jobinstanceid;
  const { data: instance } = useQuery({
    ...oneQuery<Instance>(ENTITY, instanceId ?? ''),
    enabled: instanceId !== undefined,
  });
  const started = useCell(startedJobs).find((one) => one.id === jobId);
  const name = instance
    ? titleOf(instance)
    : (started?.title.replace(`${t('deploy.submit')} `, '') ?? t('deploy.nameless'));
  const state = job && stateOf(job);
  useEffect(() => {
    if (state === 'done') sessionStorage.removeItem(`nephos.draft.${DRAFT}`);
  }, [state]);
  const title =
    state === 'done'
      ? t('deploy.done', { name })
      : state === 'failed' || state === 'cancelled'
        ? t('deploy.failed')
        : t('deploy.running', { name });
  return (
    <>
      <PageHead title={title} above={<Up />} />
      <div className={classes.progress}>
        {!job && error && (
          <Panel>
            <Problem
              title={error instanceof Refusal ? t('jobs.gone') : t('error.title')}
              error={error}
              retry={() => void refetch()}
            />
          </Panel>
        )}
        {!job && !error && <Skeleton height={120} />}
        {job && <Outcome job={job} name={name} instance={instance ?? undefined} id={instanceId} />}
      </div>
    </>
  );
}

function Outcome({
  job,
  name,
  instance,
  id,
}: {
  job: Job;
  name: string;
  instance: Instance | undefined;
  id: string | undefined;
}): JSX.Element {
  const state = stateOf(job);
  const made = job.jobresult?.virtualmachine as { password?: string } | undefined;
  return (
    <>
      {(state === 'failed' || state === 'cancelled') && <Failure job={job} instance={instance} />}
      {state === 'done' && made?.password && (
        <Note tone="warn" title={t('instance.password')}>
          <Copied text={made.password} what={t('login.password')} />
        </Note>
      )}
      <Panel
        title={t('jobs.steps')}
        beside={
          state === 'running' && job.progress !== undefined ? <span className="soft">{job.progress} %</span> : undefined
        }
      >
        <div className={classes.part}>
          <Bar job={job} title={t('deploy.running', { name })} />
          {job.steps?.length ? <Steps job={job} /> : <p className="soft">{t('jobs.noSteps')}</p>}
        </div>
      </Panel>
      <div className={classes.buttons}>
        {state === 'done' && id && (
          <Button component={Link} to="/instances/$id" params={{ id } as never}>
            {t('deploy.open')}
          </Button>
        )}
        {state === 'done' && id && (
          <Button
            variant="default"
            component={Link}
            to="/instances/$id/console"
            params={{ id } as never}
            leftSection={<Icon name="screen" />}
          >
            {t('deploy.screen')}
          </Button>
        )}
        {state === 'done' && (
          <Button variant="default" component={Link} to="/instances/new">
            {t('deploy.another')}
          </Button>
        )}
        {state === 'running' && id && (
          <Button variant="default" component={Link} to="/instances/$id" params={{ id } as never}>
            {t('deploy.open')}
          </Button>
        )}
        {(state === 'failed' || state === 'cancelled') && (
          <Button component={Link} to="/instances/new">
            {t('deploy.change')}
          </Button>
        )}
      </div>
    </>
  );
}

function Failure({ job, instance }: { job: Job; instance: Instance | undefined }): ReactNode {
  const found = instance && placementOf(instance);
  const placement =
    found &&
    (found.refused?.length ? { ...found, text: found.text === failureOf(job) ? undefined : found.text } : undefined);
  return (
    <>
      <Note tone="bad" title={failureOf(job)}>
        <p className={classes.tryTitle}>{t('deploy.try')}</p>
        <ul className={classes.tries}>
          {triesFor(Number(job.jobresultcode ?? job.jobresult?.errorcode)).map((key) => (
            <li key={key}>{t(key)}</li>
          ))}
        </ul>
      </Note>
      {placement && (
        <Panel title={t('placement.title')}>
          <PlacementText placement={placement} nowhere />
        </Panel>
      )}
    </>
  );
}

type Advice = Extract<Key, `deploy.try.${string}`>;

/** By CloudStack's error code: 532 is a limit, 533 a lack of room, 534 and 535 something that is not there. */
function triesFor(code: number): readonly Advice[] {
  if (code === 532) return ['deploy.try.limits', 'deploy.try.offering'];
  if (code === 533) return ['deploy.try.offering', 'deploy.try.zone', 'deploy.try.again'];
  if (code === 534 || code === 535) return ['deploy.try.zone', 'deploy.try.template', 'deploy.try.again'];
  return ['deploy.try.again', 'deploy.try.zone'];
}
