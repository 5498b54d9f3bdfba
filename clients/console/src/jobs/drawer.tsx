// The job drawer: what is running and what has just ended, here and elsewhere in the caller's account.
// It is open when the address says so, so a job can be linked to and a reload changes nothing.
import { ActionIcon, Drawer, Skeleton, Tooltip, UnstyledButton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import type { JSX } from 'react';
import { useCell } from '../cell.ts';
import { Refusal, sentenceOf } from '../api/failure.ts';
import { Icon } from '../parts/icons.tsx';
import { useNow } from '../parts/now.ts';
import { Empty, Note } from '../parts/parts.tsx';
import { State } from '../parts/state.tsx';
import { msOf, span, t, when } from '../words/t.ts';
import {
  elapsedMs,
  failureOf,
  jobQuery,
  nameIn,
  recentJobsQuery,
  startedJobs,
  stateOf,
  titleOfCommand,
} from './jobs.ts';
import type { Job, JobState, Started } from './jobs.ts';
import { Bar, Steps, took } from './progress.tsx';
import classes from './jobs.module.css';

interface Row {
  readonly id: string;
  readonly title: string;
  readonly at: number;
  readonly state: JobState | 'gone';
  readonly listed?: Job;
}

export function JobDrawer({ shown }: { shown: string }): JSX.Element {
  const navigate = useNavigate();
  const close = (): void => void navigate({ to: '.', search: ({ job: _, ...rest }) => rest, replace: true });
  const rows = useRows(shown);
  const running = rows.filter(({ state }) => state === 'running');
  const recent = rows.filter(({ state }) => state !== 'running');
  return (
    <Drawer
      opened
      onClose={close}
      position="right"
      size={420}
      title={t('jobs.title')}
      closeButtonProps={{ 'aria-label': t('jobs.close') }}
      overlayProps={{ backgroundOpacity: 0.2 }}
      classNames={{ body: classes.drawer, title: classes.drawerTitle }}
    >
      {rows.length === 0 && (
        <Empty icon="jobs" title={t('jobs.none')}>
          {t('jobs.none.text')}
        </Empty>
      )}
      <RowsOf label={t('jobs.running')} rows={running} shown={shown} />
      <RowsOf label={t('jobs.recent')} rows={recent} shown={shown} />
    </Drawer>
  );
}

/** Those remembered here and those the server lists, newest first; also the one asked for, wherever it comes from. */
function useRows(shown: string): readonly Row[] {
  const started = useCell(startedJobs);
  const listed = useQuery(recentJobsQuery);
  const rows = new Map<string, Row>();
  for (const job of listed.data ?? []) rows.set(job.jobid, rowOf(job, started));
  for (const job of started)
    if (!rows.has(job.id)) rows.set(job.id, { id: job.id, title: job.title, at: job.at, state: job.told ?? 'running' });
  if (shown !== 'all' && !rows.has(shown)) rows.set(shown, { id: shown, title: t('jobs.title'), at: 0, state: 'gone' });
  return [...rows.values()].sort((a, b) => b.at - a.at);
}

function rowOf(job: Job, started: readonly Started[]): Row {
  const own = started.find(({ id }) => id === job.jobid);
  const title = own?.title ?? [titleOfCommand(job.cmd ?? ''), nameIn(job)].filter(Boolean).join(' ');
  return {
    id: job.jobid,
    title,
    at: own?.at ?? (job.created ? msOf(job.created) : 0),
    state: stateOf(job),
    listed: job,
  };
}

function RowsOf({ label, rows, shown }: { label: string; rows: readonly Row[]; shown: string }): JSX.Element | null {
  if (rows.length === 0) return null;
  return (
    <section aria-label={label}>
      <h3 className={classes.groupTitle}>{label}</h3>
      <ul className={classes.rows}>
        {rows.map((row) => (
          <JobRow key={row.id} row={row} open={row.id === shown || row.state === 'running'} target={row.id === shown} />
        ))}
      </ul>
    </section>
  );
}

function JobRow({ row, open, target }: { row: Row; open: boolean; target: boolean }): JSX.Element {
  const { data: job, error } = useQuery({ ...jobQuery(row.id), enabled: open });
  const navigate = useNavigate();
  const place = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (target) place.current?.scrollIntoView({ block: 'nearest' });
  }, [target]);
  const title = row.title === t('jobs.title') && job?.cmd ? titleOfCommand(job.cmd) : row.title;
  const state = job ? stateOf(job) : row.state;
  const toggle = (): void =>
    void navigate({ to: '.', search: (before) => ({ ...before, job: target ? 'all' : row.id }), replace: true });
  return (
    <li className={classes.row} data-open={open} ref={place}>
      <div className={classes.rowHead}>
        <UnstyledButton
          className={classes.rowTitle}
          onClick={toggle}
          aria-expanded={open}
          aria-label={t('jobs.show', { title })}
        >
          {title}
        </UnstyledButton>
        {!open && state !== 'gone' && <State state={state} label={t(`jobs.state.${state}`)} />}
        <Elapsed row={row} job={job ?? row.listed} />
        <OpenObject job={job} />
      </div>
      {open && !job && !error && <Skeleton height={8} mt={8} />}
      {open && error && <Note tone="bad">{error instanceof Refusal ? t('jobs.gone') : sentenceOf(error)}</Note>}
      {open && job && <JobBody job={job} title={title} />}
    </li>
  );
}

function Elapsed({ row, job }: { row: Row; job: Job | undefined }): JSX.Element {
  const running = (job ? stateOf(job) : row.state) === 'running';
  const now = useNow(running ? 1000 : 0);
  const started = job?.created ? msOf(job.created) : row.at; // of the server, as the end is
  const ended = job?.completed ? msOf(job.completed) : undefined;
  if (!running && ended === undefined) return <span />;
  return (
    <span className={classes.elapsed} title={job?.created && when(job.created)}>
      {ended === undefined ? span(Math.floor(elapsedMs(started, ended, now) / 1000) * 1000) : took(ended - started)}
    </span>
  );
}

function JobBody({ job, title }: { job: Job; title: string }): JSX.Element {
  const state = stateOf(job);
  return (
    <div className={classes.jobBody}>
      <div className={classes.stateLine}>
        <State state={state} label={t(`jobs.state.${state}`)} />
        {state === 'running' && job.progress !== undefined && <span className="soft">{job.progress} %</span>}
      </div>
      {state === 'running' && <Bar job={job} title={title} />}
      {state === 'failed' && <Note tone="bad">{failureOf(job)}</Note>}
      <Steps job={job} />
    </div>
  );
}

function OpenObject({ job }: { job: Job | undefined }): JSX.Element | null {
  if (job?.jobinstancetype?.toLowerCase() !== 'virtualmachine' || !job.jobinstanceid) return null;
  return (
    <Tooltip label={t('jobs.toObject')}>
      <ActionIcon
        component={Link}
        to="/instances/$id"
        params={{ id: job.jobinstanceid } as never}
        aria-label={t('jobs.toObject')}
      >
        <Icon name="right" />
      </ActionIcon>
    </Tooltip>
  );
}
