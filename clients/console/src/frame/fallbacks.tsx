// What is shown instead of a screen: while it loads, when there is none, when it has failed.
import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ErrorComponentProps } from '@tanstack/react-router';
import type { JSX } from 'react';
import { sentenceOf } from '../api/failure.ts';
import { Empty, PageHead } from '../parts/parts.tsx';
import { t } from '../words/t.ts';

export function Waiting(): JSX.Element {
  return (
    <div role="status" style={{ padding: 24 }} className="soft">
      {t('app.loading')}
    </div>
  );
}

export function Missing(): JSX.Element {
  return (
    <>
      <PageHead title={t('error.notFound')} />
      <Empty
        icon="search"
        title={t('error.notFound')}
        actions={
          <Button variant="default" component={Link} to="/instances">
            {t('instances.title')}
          </Button>
        }
      >
        {t('error.notFound.text')}
      </Empty>
    </>
  );
}

export function Broken({ error }: ErrorComponentProps): JSX.Element {
  return (
    <div role="alert">
      <Empty
        icon="alert"
        title={t('error.screen')}
        actions={
          <Button variant="default" onClick={() => location.reload()}>
            {t('error.retry')}
          </Button>
        }
      >
        <p>{t('error.screen.text')}</p>
        <p className="mono">{sentenceOf(error)}</p>
      </Empty>
    </div>
  );
}
