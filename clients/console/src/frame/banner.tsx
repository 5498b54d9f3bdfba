// Says that the connection is lost, how old the page is, and when it is tried again.
import { Button } from '@mantine/core';
import { useEffect, useState } from 'react';
import type { JSX } from 'react';
import { useCell } from '../cell.ts';
import { link } from '../live/link.ts';
import { retryNow } from '../live/stream.ts';
import { Icon } from '../parts/icons.tsx';
import { useNow } from '../parts/now.ts';
import { clock, t } from '../words/t.ts';
import classes from './frame.module.css';

const SHOWN_MS = 4000;

export function Banner(): JSX.Element {
  const state = useCell(link);
  const back = useJustBack(state.kind);
  return (
    <div role="status" aria-live="polite">
      {state.kind === 'lost' && <Lost since={state.since} retryAt={state.retryAt} />}
      {back && (
        <div className={classes.banner} data-tone="good">
          <Icon name="check" />
          {t('link.back')}
        </div>
      )}
    </div>
  );
}

function Lost({ since, retryAt }: { since: number; retryAt: number }): JSX.Element {
  const seconds = Math.ceil((retryAt - useNow(1000)) / 1000);
  return (
    <div className={classes.banner} data-tone="warn">
      <Icon name="offline" />
      <span>
        <strong>{t('link.lost')}</strong> {t('link.lost.since', { time: clock(since) })}{' '}
        <span aria-hidden="true">{seconds > 0 ? t('link.lost.retry', { s: seconds }) : t('link.lost.retrying')}</span>
      </span>
      <Button variant="default" size="compact-xs" onClick={retryNow}>
        {t('link.lost.now')}
      </Button>
    </div>
  );
}

function useJustBack(kind: string): boolean {
  const [wasLost, setWasLost] = useState(false);
  const [back, setBack] = useState(false);
  useEffect(() => {
    if (kind === 'lost') setWasLost(true);
    if (!wasLost || (kind !== 'live' && kind !== 'polling')) return;
    setWasLost(false);
    setBack(true);
  }, [kind, wasLost]);
  useEffect(() => {
    if (!back) return;
    const timer = setTimeout(() => setBack(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [back]);
  return back && kind !== 'lost';
}
