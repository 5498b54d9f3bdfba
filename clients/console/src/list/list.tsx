// A list of things of one kind: asked for page by page, searched and filtered by the server, with all of that in the address.
// It knows no kind: a section gives it columns, filters and actions.
import { Button } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { JSX, ReactNode } from 'react';
import type { WireParams } from '../api/call.ts';
import { listQuery } from '../api/queries.ts';
import { pollWhile } from '../live/link.ts';
import { Empty, Problem } from '../parts/parts.tsx';
import { ROWS } from '../search.ts';
import type { ListSearch } from '../search.ts';
import { t } from '../words/t.ts';
import { Pager } from './pager.tsx';
import { SearchBox } from './search-box.tsx';
import { Table } from './table.tsx';
import type { Column } from './table.tsx';
import classes from './list.module.css';

interface ListProps<T> {
  readonly entity: string;
  readonly label: string;
  readonly search: ListSearch;
  /** Filters beside page and keyword, as the command takes them. */
  readonly filters: WireParams;
  /** Changes the address; going to another page of it is the caller's business. */
  readonly onSearch: (change: Partial<ListSearch>) => void;
  readonly onClear: () => void;
  readonly filterBar?: ReactNode;
  readonly searchHint?: string;
  readonly columns: readonly Column<T>[];
  readonly nameOf: (row: T) => string;
  readonly transitional?: (row: T) => boolean;
  readonly rowActions?: (row: T) => ReactNode;
  readonly bulk?: (chosen: readonly T[], clear: () => void) => ReactNode;
  /** What is said when there is none at all. */
  readonly empty: ReactNode;
}

export function List<T extends { readonly id: string }>(props: ListProps<T>): JSX.Element {
  const { search, filters, label, onSearch, onClear, columns, nameOf, rowActions } = props;
  const { query, page, rows } = useList(props);
  const { chosen, selection, clear } = useSelection<T>(query.data?.items, JSON.stringify([search, filters]));
  const filtered = search.q !== undefined || Object.keys(filters).length > 0;
  const items = query.data?.items;
  if (items?.length === 0 && !filtered && query.data?.count === 0)
    return <div className={classes.box}>{props.empty}</div>;
  return (
    <div className={classes.list}>
      <div className={classes.bar}>
        {chosen.length > 0 && props.bulk ? (
          props.bulk(chosen, clear)
        ) : (
          <>
            <SearchBox
              label={t('list.search.in', { what: label })}
              placeholder={props.searchHint}
              value={search.q ?? ''}
              onSearch={(q) => onSearch({ q: q || undefined, page: undefined })}
            />
            {props.filterBar}
            {filtered && (
              <Button variant="subtle" color="gray" onClick={onClear}>
                {t('list.clear')}
              </Button>
            )}
          </>
        )}
      </div>
      <div className={classes.scroll} data-old={query.isPlaceholderData} tabIndex={-1}>
        {query.isError && !items ? (
          <Problem title={t('list.failed')} error={query.error} retry={() => void query.refetch()} />
        ) : items?.length === 0 ? (
          <Empty
            icon="filter"
            title={t('list.noMatch')}
            actions={
              <Button variant="default" onClick={onClear}>
                {t('list.clear')}
              </Button>
            }
          >
            {t('list.noMatch.text')}
          </Empty>
        ) : (
          <Table
            label={label}
            columns={columns}
            rows={items}
            idOf={({ id }) => id}
            nameOf={nameOf}
            selection={props.bulk ? selection : undefined}
            rowActions={rowActions}
          />
        )}
      </div>
      <Pager
        count={query.data?.count ?? 0}
        page={page}
        rows={rows}
        onMove={({ page: to, rows: per }) =>
          onSearch(
            per ? { rows: per === ROWS[0] ? undefined : per, page: undefined } : { page: to === 1 ? undefined : to },
          )
        }
      />
    </div>
  );
}

function useList<T>({ entity, search, filters, transitional, onSearch }: ListProps<T>) {
  const page = search.page ?? 1;
  const rows = search.rows ?? ROWS[0];
  const params: WireParams = {
    page: String(page),
    pagesize: String(rows),
    ...(search.q ? { keyword: search.q } : {}),
    ...filters,
  };
  const query = useQuery({
    ...listQuery<T>(entity, params),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => pollWhile(state.data?.items.some((row) => transitional?.(row)) ?? false),
  });
  const beyond =
    query.data && !query.isPlaceholderData && query.data.items.length === 0 && query.data.count > 0 && page > 1;
  useEffect(() => {
    if (beyond) onSearch({ page: Math.max(1, Math.ceil((query.data?.count ?? 0) / rows)) });
  }, [beyond]);
  return { query, page, rows };
}

/** Chosen rows of this page. Another page, filter or word begins anew; what has gone is no longer chosen. */
function useSelection<T extends { readonly id: string }>(items: readonly T[] | undefined, scope: string) {
  const [ids, set] = useState<ReadonlySet<string>>(new Set());
  useEffect(() => set(new Set()), [scope]);
  return { chosen: items?.filter(({ id }) => ids.has(id)) ?? [], selection: { ids, set }, clear: () => set(new Set()) };
}
