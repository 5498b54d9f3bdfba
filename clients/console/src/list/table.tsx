// A table of things: rows that can be chosen, columns that step back on narrow screens, and cards on a phone.
// It shows what it is given; asking, paging and filtering are the list's.
import { Checkbox, Skeleton } from '@mantine/core';
import type { JSX, ReactNode } from 'react';
import { t } from '../words/t.ts';
import classes from './list.module.css';

export interface Column<T> {
  readonly key: string;
  readonly label: string;
  readonly cell: (row: T) => ReactNode;
  /** 1 is always shown; 2 and 3 go when there is less room. */
  readonly rank?: 1 | 2 | 3;
  /** How long the placeholder is while it loads, in em. */
  readonly width?: number;
}

interface Selection {
  readonly ids: ReadonlySet<string>;
  readonly set: (ids: ReadonlySet<string>) => void;
}

interface TableProps<T> {
  readonly label: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[] | undefined;
  readonly idOf: (row: T) => string;
  readonly nameOf: (row: T) => string;
  readonly selection?: Selection;
  readonly rowActions?: (row: T) => ReactNode;
}

const PLACEHOLDERS = 8;

export function Table<T>(props: TableProps<T>): JSX.Element {
  const { label, columns, rows, idOf } = props;
  return (
    <table className={classes.table} role="table" aria-label={label} aria-busy={rows === undefined}>
      <Head {...props} />
      <tbody role="rowgroup">
        {rows?.map((row) => (
          <Row key={idOf(row)} row={row} {...props} />
        ))}
        {!rows &&
          Array.from({ length: PLACEHOLDERS }, (_, index) => (
            <Ghost key={index} columns={columns} selectable={props.selection !== undefined} />
          ))}
      </tbody>
    </table>
  );
}

function Head<T>({ columns, rows, idOf, selection, rowActions }: TableProps<T>): JSX.Element {
  const chosen = rows?.filter((row) => selection?.ids.has(idOf(row))).length ?? 0;
  const all = rows !== undefined && rows.length > 0 && chosen === rows.length;
  return (
    <thead role="rowgroup">
      <tr role="row">
        {selection && (
          <th role="columnheader" className={classes.pick}>
            <Checkbox
              size="xs"
              aria-label={t('list.selectAll')}
              checked={all}
              indeterminate={chosen > 0 && !all}
              disabled={!rows?.length}
              onChange={() => selection.set(new Set(all ? [] : rows?.map(idOf)))}
            />
            <span aria-hidden="true" className={classes.pickLabel}>
              {t('list.all')}
            </span>
          </th>
        )}
        {columns.map(({ key, label, rank = 1 }) => (
          <th role="columnheader" key={key} scope="col" data-rank={rank}>
            {label}
          </th>
        ))}
        {rowActions && (
          <th role="columnheader" className={classes.actions}>
            <span className="hidden">{t('instance.actions')}</span>
          </th>
        )}
      </tr>
    </thead>
  );
}

function Row<T>({ row, columns, idOf, nameOf, selection, rowActions }: TableProps<T> & { row: T }): JSX.Element {
  const id = idOf(row);
  const chosen = selection?.ids.has(id) ?? false;
  const toggle = (): void => {
    const ids = new Set(selection?.ids);
    if (!ids.delete(id)) ids.add(id);
    selection?.set(ids);
  };
  return (
    <tr role="row" data-chosen={chosen} aria-selected={selection ? chosen : undefined}>
      {selection && (
        <td role="cell" className={classes.pick}>
          <Checkbox size="xs" aria-label={t('list.select', { name: nameOf(row) })} checked={chosen} onChange={toggle} />
        </td>
      )}
      {columns.map(({ key, label, cell, rank = 1 }) => (
        <td role="cell" key={key} data-rank={rank} data-label={label} data-key={key}>
          {cell(row)}
        </td>
      ))}
      {rowActions && (
        <td role="cell" className={classes.actions}>
          <div>{rowActions(row)}</div>
        </td>
      )}
    </tr>
  );
}

function Ghost<T>({ columns, selectable }: { columns: readonly Column<T>[]; selectable: boolean }): JSX.Element {
  return (
    <tr role="row" aria-hidden="true">
      {selectable && (
        <td role="cell" className={classes.pick}>
          <Skeleton height={14} width={14} />
        </td>
      )}
      {columns.map(({ key, rank = 1, width = 7 }) => (
        <td role="cell" key={key} data-rank={rank}>
          <Skeleton height={10} width={`${width}em`} maw="100%" />
        </td>
      ))}
      <td role="cell" className={classes.actions} />
    </tr>
  );
}
