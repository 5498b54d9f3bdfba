// The notices in the corner.
import { CloseButton } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { JSX } from 'react';
import { useCell } from '../cell.ts';
import { Icon } from '../parts/icons.tsx';
import { t } from '../words/t.ts';
import { dismiss, toasts } from './toasts.ts';
import classes from './frame.module.css';

/** `beside`: the drawer is where they would be. */
export function Toasts({ beside }: { beside: boolean }): JSX.Element {
  const shown = useCell(toasts);
  return (
    <section className={classes.toasts} data-beside={beside} aria-label={t('toast.region')} aria-live="polite">
      {shown.map(({ id, tone, title, text, job }) => (
        <div key={id} className={classes.toast} data-tone={tone} role={tone === 'bad' ? 'alert' : undefined}>
          <Icon name={tone === 'bad' ? 'alert' : 'check'} />
          <div className={classes.toastText}>
            <strong>{title}</strong>
            {text && <div>{text}</div>}
            {job && tone === 'bad' && (
              <Link to="." search={(before) => ({ ...before, job })}>
                {t('jobs.details')}
              </Link>
            )}
          </div>
          <CloseButton size="sm" onClick={() => dismiss(id)} aria-label={t('toast.close')} />
        </div>
      ))}
    </section>
  );
}
