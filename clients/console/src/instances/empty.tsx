// What is shown when there is no instance at all: what makes one, what of it is missing, and the button that gets it.
import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { JSX, ReactNode } from 'react';
import { listQuery } from '../api/queries.ts';
import { isAdmin } from '../api/session.ts';
import type { Thing } from '../api/entities.ts';
import { pollWhile } from '../live/link.ts';
import { Icon } from '../parts/icons.tsx';
import { many, t } from '../words/t.ts';
import classes from './empty.module.css';

interface Need {
  readonly title: string;
  readonly standing: 'ready' | 'waiting' | 'missing';
  readonly text: string;
  readonly action?: ReactNode;
}

export function NoInstances(): JSX.Element {
  const zone = useZone();
  const template = useTemplate();
  const ready = zone?.standing === 'ready' && template?.standing === 'ready';
  const instance: Need = {
    title: t('instances.empty.instance'),
    standing: 'missing',
    text: t(ready ? 'instances.empty.instance.ready' : 'instances.empty.instance.later'),
    action: (
      <Button component={Link} to="/instances/new" disabled={!ready} leftSection={<Icon name="plus" />}>
        {t('instances.new')}
      </Button>
    ),
  };
  return (
    <div className={classes.empty}>
      <span className={classes.cloud}>
        <Icon name="cloud" size={30} />
      </span>
      <h2>{t('instances.empty.title')}</h2>
      <p className="soft">{t('instances.empty.text')}</p>
      <ol className={classes.needs}>
        {zone &&
          template &&
          [zone, template, instance].map((need, index) => (
            <OneNeed
              key={need.title}
              need={need}
              number={index + 1}
              next={
                need.standing !== 'ready' &&
                index === [zone, template, instance].findIndex(({ standing }) => standing !== 'ready')
              }
            />
          ))}
      </ol>
    </div>
  );
}

function OneNeed({
  need: { title, standing, text, action },
  number,
  next,
}: {
  need: Need;
  number: number;
  next: boolean;
}): JSX.Element {
  return (
    <li className={classes.need} data-standing={standing} data-next={next}>
      <span className={classes.mark} aria-hidden="true">
        {standing === 'ready' ? <Icon name="check" size={14} /> : number}
      </span>
      <div className={classes.text}>
        <strong>{title}</strong>
        <span className="hidden">: {t(`instances.empty.${standing}`)}</span>
        <div className="soft">{text}</div>
      </div>
      {standing !== 'ready' && (next ? action : null)}
    </li>
  );
}

/** Administrators get the button, everybody else is told whom to ask. */
const forAdmins = (command: string, label: string): ReactNode =>
  isAdmin() ? (
    <Button component={Link} to="/run/$command" params={{ command } as never}>
      {label}
    </Button>
  ) : (
    <span className="soft">{t('instances.empty.ask')}</span>
  );

function useZone(): Need | undefined {
  const { data } = useQuery({
    ...listQuery('zone', {}),
    refetchInterval: ({ state }) => pollWhile(state.data?.count === 0),
  });
  if (!data) return undefined;
  const enabled = data.items.filter(({ allocationstate = 'Enabled' }) => allocationstate === 'Enabled').length;
  const title = t('instances.empty.zone');
  if (enabled > 0) return { title, standing: 'ready', text: many('instances.empty.zone.has', enabled) };
  return {
    title,
    standing: 'missing',
    text: t('instances.empty.zone.none'),
    action: forAdmins('createZone', t('instances.empty.zone.do')),
  };
}

const isReady = ({ isready }: Thing): boolean => isready === true;

function useTemplate(): Need | undefined {
  const filter = isAdmin() ? 'all' : 'executable';
  const { data } = useQuery({
    ...listQuery('template', { templatefilter: filter, page: '1', pagesize: '50' }),
    refetchInterval: ({ state }) => pollWhile(!state.data?.items.some(isReady)),
  });
  if (!data) return undefined;
  const usable = data.items.filter((item) => item.templatetype !== 'SYSTEM');
  const ready = usable.filter(isReady).length;
  const title = t('instances.empty.template');
  if (ready > 0) return { title, standing: 'ready', text: many('instances.empty.template.has', ready) };
  const coming = usable[0];
  if (coming)
    return {
      title,
      standing: 'waiting',
      text: t('instances.empty.template.coming', {
        name: String(coming.name),
        status: String(coming.status ?? t('instances.empty.waiting')),
      }),
    };
  const register = (
    <Button component={Link} to="/run/$command" params={{ command: 'registerTemplate' } as never}>
      {t('instances.empty.template.do')}
    </Button>
  );
  return { title, standing: 'missing', text: t('instances.empty.template.none'), action: register };
}
