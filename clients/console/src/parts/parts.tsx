// The small furniture of every screen: page heads, panels, empty places, failures, facts, copied ids.
import { Button, Tooltip, UnstyledButton } from '@mantine/core';
import { useRef } from 'react';
import type { JSX, ReactNode } from 'react';
import { sentenceOf } from '../api/failure.ts';
import { t } from '../words/t.ts';
import { useArrival } from './arrival.ts';
import { useCopy } from './copy.ts';
import { Icon } from './icons.tsx';
import type { IconName } from './icons.tsx';
import classes from './parts.module.css';

/** Every screen has exactly one: the heading gets the focus on arrival, and the document its title. */
export function PageHead({
  title,
  above,
  beside,
  children,
}: {
  title: string;
  above?: ReactNode;
  beside?: ReactNode;
  children?: ReactNode;
}): JSX.Element {
  const place = useRef<HTMLHeadingElement>(null);
  useArrival(place, title);
  return (
    <header className={classes.head}>
      <div className={classes.headText}>
        {above}
        <div className={classes.headLine}>
          <h1 ref={place} tabIndex={-1} className={classes.title} title={title}>
            {title}
          </h1>
          {beside}
        </div>
      </div>
      {children && <div className={classes.headActions}>{children}</div>}
    </header>
  );
}

export function Panel({
  title,
  beside,
  children,
  flush = false,
}: {
  title?: string;
  beside?: ReactNode;
  children: ReactNode;
  flush?: boolean;
}): JSX.Element {
  return (
    <section className={classes.panel} aria-label={title}>
      {title && (
        <div className={classes.panelHead}>
          <h2>{title}</h2>
          {beside}
        </div>
      )}
      <div className={flush ? undefined : classes.panelBody}>{children}</div>
    </section>
  );
}

export function Empty({
  icon = 'info',
  title,
  children,
  actions,
}: {
  icon?: IconName;
  title: string;
  children?: ReactNode;
  actions?: ReactNode;
}): JSX.Element {
  return (
    <div className={classes.empty}>
      <span className={classes.emptyIcon}>
        <Icon name={icon} size={22} />
      </span>
      <h2>{title}</h2>
      {children && <div className="soft">{children}</div>}
      {actions && <div className={classes.emptyActions}>{actions}</div>}
    </div>
  );
}

/** A failure where something should have been shown. */
export function Problem({ title, error, retry }: { title: string; error: unknown; retry?: () => void }): JSX.Element {
  return (
    <div role="alert">
      <Empty
        icon="alert"
        title={title}
        actions={
          retry && (
            <Button variant="default" leftSection={<Icon name="reboot" />} onClick={retry}>
              {t('error.retry')}
            </Button>
          )
        }
      >
        {sentenceOf(error)}
      </Empty>
    </div>
  );
}

type NoteTone = 'info' | 'good' | 'warn' | 'bad';
const noteIcons: Readonly<Record<NoteTone, IconName>> = { info: 'info', good: 'check', warn: 'alert', bad: 'alert' };

export function Note({
  tone = 'info',
  title,
  children,
}: {
  tone?: NoteTone;
  title?: string;
  children?: ReactNode;
}): JSX.Element {
  return (
    <div className={classes.note} data-tone={tone} role={tone === 'bad' ? 'alert' : 'status'}>
      <Icon name={noteIcons[tone]} />
      <div className={classes.noteText}>
        {title && <strong>{title}</strong>}
        {children && <div>{children}</div>}
      </div>
    </div>
  );
}

export type Fact = readonly [label: string, value: ReactNode];

export function Facts({ facts }: { facts: readonly Fact[] }): JSX.Element {
  return (
    <dl className={classes.facts}>
      {facts
        .filter(([, value]) => value !== undefined && value !== null && value !== '')
        .map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

export function Copied({ text, what }: { text: string; what: string }): JSX.Element {
  const { copied, copy } = useCopy(text);
  return (
    <Tooltip label={copied ? t('snippet.copied') : t('copy.id', { what })}>
      <UnstyledButton className={classes.copy} onClick={copy} aria-label={`${t('copy.id', { what })}: ${text}`}>
        <span className="mono">{text}</span>
        <Icon name={copied ? 'check' : 'copy'} size={13} />
      </UnstyledButton>
    </Tooltip>
  );
}
