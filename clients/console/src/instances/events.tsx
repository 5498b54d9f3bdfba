// What has happened to an instance, newest first.
import { Button, Skeleton } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { JSX } from 'react';
import { listQuery } from '../api/queries.ts';
import type { Item } from '../api/types.ts';
import { useNow } from '../parts/now.ts';
import { Panel, Problem } from '../parts/parts.tsx';
import { ago, t, when } from '../words/t.ts';
import classes from './instances.module.css';

const FIRST = 12;
const MORE = 50;

export function Events({ id }: { id: string }): JSX.Element {
  const [rows, setRows] = useState(FIRST);
  const { data, error, refetch } = useQuery({
    ...listQuery<Item<'listEvents'>>('event', {
      resourceid: id,
      resourcetype: 'VirtualMachine',
      page: '1',
      pagesize: String(rows),
    }),
    placeholderData: keepPreviousData,
  });
  return (
    <Panel title={t('instance.events')} flush>
      {error && !data && <Problem title={t('instance.events.failed')} error={error} retry={() => void refetch()} />}
      {!data && !error && (
        <div className={classes.none}>
          <Skeleton height={12} mb={8} />
          <Skeleton height={12} width="60%" />
        </div>
      )}
      {data?.items.length === 0 && <p className={classes.none}>{t('instance.events.none')}</p>}
      {data && data.items.length > 0 && (
        <div className={classes.timeline}>
          <ol>
            {data.items.map((event) => (
              <OneEvent key={event.id} event={event} />
            ))}
          </ol>
          {data.count > data.items.length && rows < MORE && (
            <Button variant="subtle" color="gray" onClick={() => setRows(MORE)}>
              {t('instance.events.more')}
            </Button>
          )}
        </div>
      )}
    </Panel>
  );
}

function OneEvent({ event }: { event: Item<'listEvents'> }): JSX.Element {
  const now = useNow(30_000);
  return (
    <li className={classes.event} data-level={event.level}>
      <div className={classes.eventHead}>
        <span>
          {event.type}
          {event.state && event.state !== 'Completed' ? ` · ${event.state}` : ''}
        </span>
        {event.created && (
          <time dateTime={event.created} title={when(event.created)}>
            {ago(event.created, { now: Math.max(now, Date.now()) })}
          </time>
        )}
      </div>
      <div>
        {event.description}
        {event.username && <span className="soft"> {t('instance.events.by', { user: event.username })}</span>}
      </div>
    </li>
  );
}
