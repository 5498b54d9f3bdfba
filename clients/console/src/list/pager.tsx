// Which page of how many, and how many rows one has.
import { ActionIcon, NativeSelect } from '@mantine/core';
import type { JSX } from 'react';
import { Icon } from '../parts/icons.tsx';
import type { IconName } from '../parts/icons.tsx';
import { ROWS } from '../search.ts';
import { number, t } from '../words/t.ts';
import type { Key } from '../words/t.ts';
import classes from './list.module.css';

interface PagerProps {
  readonly count: number;
  readonly page: number;
  readonly rows: number;
  readonly onMove: (to: { page?: number; rows?: number }) => void;
}

export function Pager({ count, page, rows, onMove }: PagerProps): JSX.Element {
  const last = Math.max(1, Math.ceil(count / rows));
  const from = count === 0 ? 0 : (page - 1) * rows + 1;
  const moves: readonly [Extract<Key, `list.${string}`>, IconName, number][] = [
    ['list.first', 'first', 1],
    ['list.previous', 'left', page - 1],
    ['list.next', 'right', page + 1],
    ['list.last', 'last', last],
  ];
  return (
    <nav className={classes.pager} aria-label={t('list.perPage')}>
      <NativeSelect
        size="xs"
        aria-label={t('list.perPage')}
        value={String(rows)}
        data={ROWS.map(String)}
        onChange={(event) => onMove({ rows: Number(event.currentTarget.value) })}
      />
      <span className={classes.range} role="status">
        {t('list.range', { from: number(from), to: number(Math.min(count, page * rows)), count: number(count) })}
      </span>
      {moves.map(([key, icon, to]) => (
        <ActionIcon
          key={key}
          aria-label={t(key as 'list.first')}
          disabled={to < 1 || to > last || to === page}
          onClick={() => onMove({ page: to })}
        >
          <Icon name={icon} />
        </ActionIcon>
      ))}
    </nav>
  );
}
