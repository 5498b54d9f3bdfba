// What will be deployed, always in view, with the button that does it and the same as a command.
import { Button } from '@mantine/core';
import type { JSX, ReactNode } from 'react';
import type { Call } from '../api/snippet.ts';
import { nameOf } from '../api/entities.ts';
import type { Form } from '../form/draft.ts';
import { FoldedSnippet } from '../form/snippet.tsx';
import { textOf } from '../form/values.ts';
import { Panel } from '../parts/parts.tsx';
import { many, t } from '../words/t.ts';
import type { Picked } from './deploy-picked.ts';
import { shapeOf } from './deploy-picks.tsx';
import classes from './deploy.module.css';

interface SummaryProps {
  readonly form: Form;
  readonly picked: Picked;
  readonly busy: boolean;
  readonly call: Call;
  readonly children?: ReactNode;
}

export function Summary({ form, picked, busy, call, children }: SummaryProps): JSX.Element {
  const { zone, template, offering, networks } = picked;
  const unset = <span className="soft">{t('deploy.unset')}</span>;
  const wrong = Object.keys(form.problems).length;
  return (
    <aside className={classes.aside}>
      <Panel title={t('deploy.summary')}>
        <dl className={classes.summary}>
          <dt>{t('deploy.name')}</dt>
          <dd>{textOf(form.draft, 'name') || <span className="soft">{t('deploy.generated')}</span>}</dd>
          <dt>{t('deploy.zone')}</dt>
          <dd>{zone ? nameOf('zone', zone) : unset}</dd>
          <dt>{t('deploy.template')}</dt>
          <dd>{template ? nameOf('template', template) : unset}</dd>
          <dt>{t('deploy.offering')}</dt>
          <dd>
            {offering ? (
              <>
                {nameOf('serviceoffering', offering)}
                <div className="soft">{shapeOf(offering)}</div>
              </>
            ) : (
              unset
            )}
          </dd>
          <dt>{t('deploy.networks')}</dt>
          <dd>
            {networks.length > 0 ? (
              networks.map((network) => nameOf('network', network)).join(', ')
            ) : (
              <span className="soft">{t('deploy.auto')}</span>
            )}
          </dd>
        </dl>
        <div className={classes.go}>
          {children}
          <Button type="submit" size="sm" fullWidth loading={busy}>
            {t('deploy.submit')}
          </Button>
          <p className={classes.problems} role="status">
            {wrong > 0 && many('form.problems', wrong)}
          </p>
          <FoldedSnippet call={call} />
        </div>
      </Panel>
    </aside>
  );
}
