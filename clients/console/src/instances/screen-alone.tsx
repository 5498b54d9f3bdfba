// A screen on a page of its own, for whoever has the one-time link: other clients open it as the `url` of createConsoleEndpoint.
import { Button } from '@mantine/core';
import { useSearch } from '@tanstack/react-router';
import { useRef } from 'react';
import type { JSX } from 'react';
import { Empty, PageHead } from '../parts/parts.tsx';
import { t } from '../words/t.ts';
import { addressOfToken, useScreen } from './rfb.ts';
import classes from './screen.module.css';

export function LoneScreen(): JSX.Element {
  const { token, name = '' } = useSearch({ from: '/screen.html' });
  const place = useRef<HTMLDivElement>(null);
  const { screen, ctrlAltDel } = useScreen(place, {
    key: token ?? '',
    find: async () => addressOfToken(token ?? ''),
    open: token !== undefined,
  });
  const connected = screen.kind === 'connected';
  return (
    <main className={classes.alone}>
      <PageHead title={t('screen.title', { name })}>
        <Button variant="default" disabled={!connected} onClick={ctrlAltDel}>
          {t('screen.cad')}
        </Button>
      </PageHead>
      <div className={classes.frame} data-takes-keys={connected || undefined}>
        <div
          ref={place}
          className={classes.screen}
          role="application"
          aria-label={t('screen.label', { name })}
          data-connected={connected}
        />
        {!connected && (
          <div className={classes.over}>
            {screen.kind === 'connecting' && token ? (
              t('screen.connecting')
            ) : (
              <Empty icon="offline" title={t('screen.closed')}>
                {t('screen.once')}
              </Empty>
            )}
          </div>
        )}
      </div>
    </main>
  );
}
