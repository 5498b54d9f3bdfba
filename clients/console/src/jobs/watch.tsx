// Follows the jobs started here until they end, says how they ended, and has what they were about fetched again.
// Draws nothing.
import { useQueries } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useCell } from '../cell.ts';
import { Refusal } from '../api/failure.ts';
import { cache } from '../api/queries.ts';
import { tell } from '../frame/toasts.ts';
import { noteChange } from '../live/changes.ts';
import { jobsKey } from '../live/job-news.ts';
import { t } from '../words/t.ts';
import { failureOf, jobQuery, markTold, startedJobs, stateOf } from './jobs.ts';
import type { Job, Started } from './jobs.ts';

export function JobWatch(): null {
  const open = useCell(startedJobs).filter(({ told }) => !told);
  const answers = useQueries({ queries: open.map(({ id }) => jobQuery(id)) });
  useEffect(() => {
    for (const [index, { data, error }] of answers.entries()) {
      const started = open[index];
      if (!started) continue;
      if (error instanceof Refusal) markTold(started.id, 'gone'); // the server has forgotten it
      const state = data && stateOf(data);
      if (data && state && state !== 'running' && markTold(started.id, state)) announce(started, data);
    }
  });
  return null;
}

function announce(started: Started, job: Job): void {
  const { id, title, entity, objectId } = started;
  const watched = new URLSearchParams(location.search).get('of') === id; // the screen shows how it ends
  if (!watched)
    tell(
      stateOf(job) === 'done'
        ? { tone: 'good', title: t('jobs.finished', { title }) }
        : { tone: 'bad', title: t('jobs.failed', { title }), text: failureOf(job), job: id },
    );
  if (entity && objectId) noteChange(entity, objectId);
  else void cache.invalidateQueries({ queryKey: ['list'] });
  void cache.invalidateQueries({ queryKey: jobsKey });
}
