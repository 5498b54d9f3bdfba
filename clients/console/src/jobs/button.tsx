// The button of the job drawer: how many jobs started here are still running.
import { ActionIcon } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import type { JSX } from 'react';
import { useCell } from '../cell.ts';
import { Icon } from '../parts/icons.tsx';
import { t } from '../words/t.ts';
import { startedJobs } from './jobs.ts';
import classes from './jobs.module.css';

export function JobsButton(): JSX.Element {
  const navigate = useNavigate();
  const running = useCell(startedJobs).filter(({ told }) => !told).length;
  return (
    <ActionIcon
      size="lg"
      className={classes.button}
      aria-label={t('jobs.open', { count: running })}
      aria-haspopup="dialog"
      onClick={() => void navigate({ to: '.', search: (before) => ({ ...before, job: 'all' }) })}
    >
      <Icon name="jobs" size={18} />
      {running > 0 && (
        <span className={classes.count} aria-hidden="true">
          {running}
        </span>
      )}
    </ActionIcon>
  );
}
