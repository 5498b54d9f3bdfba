// Choosing among a few things with their differences in view: native radio buttons or checkboxes, one line each.
// Many things: the first fifty and a search that the server answers.
import { Skeleton, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useId, useState } from 'react';
import type { JSX, ReactNode } from 'react';
import type { WireParams } from '../api/call.ts';
import { sentenceOf } from '../api/failure.ts';
import { nameOf } from '../api/entities.ts';
import type { Thing } from '../api/entities.ts';
import { cache, listQuery, oneKey } from '../api/queries.ts';
import { Icon } from '../parts/icons.tsx';
import { Note } from '../parts/parts.tsx';
import { number, t } from '../words/t.ts';
import classes from './pick-list.module.css';

const PAGE = 50;
const MANY = 8;
const PAUSE_MS = 250;

interface PickListProps {
  readonly entity: string;
  readonly label: string;
  readonly within: WireParams;
  readonly chosen: readonly string[];
  readonly several?: boolean;
  readonly onChoose: (ids: readonly string[]) => void;
  /** What stands beside the name: the facts that make one choose it. */
  readonly beside?: (thing: Thing) => ReactNode;
  readonly usable?: (thing: Thing) => boolean;
  /** Said, and done, when there is none. */
  readonly none: ReactNode;
  readonly help?: string;
  readonly error?: string;
  /** The only one there is chosen without asking. */
  readonly takeOnly?: boolean;
}

export function PickList(props: PickListProps): JSX.Element {
  const { label, help, error, none, chosen, several = false } = props;
  const { things, count, search, setSearch, query } = useThings(props);
  const group = useId();
  const toggle = (id: string): void => {
    const ids = !several ? [id] : chosen.includes(id) ? chosen.filter((other) => other !== id) : [...chosen, id];
    choose(props, ids, things ?? []);
  };
  return (
    <fieldset
      className={classes.group}
      data-problem={error !== undefined}
      aria-describedby={error ? `${group}-error` : undefined}
    >
      <legend className="hidden">{label}</legend>
      {help && <p className="soft">{help}</p>}
      {(count > MANY || search !== '') && (
        <TextInput
          size="xs"
          aria-label={t('deploy.search', { what: label })}
          placeholder={t('deploy.search', { what: label })}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
          leftSection={<Icon name="search" size={13} />}
        />
      )}
      {query.isError && !things && <Note tone="bad">{sentenceOf(query.error)}</Note>}
      {!things && !query.isError && (
        <>
          <Skeleton height={34} />
          <Skeleton height={34} />
        </>
      )}
      {things?.length === 0 && (search !== '' ? <p className="soft">{t('form.none')}</p> : none)}
      {things && things.length > 0 && (
        <div className={classes.options}>
          {things.map((thing) => (
            <label key={thing.id} className={classes.option} data-chosen={chosen.includes(thing.id)}>
              <input
                type={several ? 'checkbox' : 'radio'}
                name={group}
                value={thing.id}
                checked={chosen.includes(thing.id)}
                onChange={() => toggle(thing.id)}
              />
              <span className={classes.name}>
                {nameOf(props.entity, thing)}
                {several && chosen.length > 1 && chosen[0] === thing.id && (
                  <span className={classes.tag}>{t('instance.nic.default')}</span>
                )}
              </span>
              <span className={classes.beside}>{props.beside?.(thing)}</span>
            </label>
          ))}
        </div>
      )}
      {things && count > things.length && (
        <p className="soft">{t('deploy.shown', { shown: number(things.length), count: number(count) })}</p>
      )}
      {error && (
        <p id={`${group}-error`} className={classes.error}>
          {error}
        </p>
      )}
    </fieldset>
  );
}

/** What is chosen is known already: whoever shows it need not ask for it. */
function choose({ entity, onChoose }: PickListProps, ids: readonly string[], things: readonly Thing[]): void {
  for (const thing of things) if (ids.includes(thing.id)) cache.setQueryData(oneKey(entity, thing.id), thing);
  onChoose(ids);
}

function useThings(props: PickListProps) {
  const { entity, within, usable, takeOnly, chosen } = props;
  const [search, setSearch] = useState('');
  const [word] = useDebouncedValue(search.trim(), PAUSE_MS);
  const query = useQuery({
    ...listQuery(entity, { page: '1', pagesize: String(PAGE), ...within, ...(word ? { keyword: word } : {}) }),
    placeholderData: word || search ? keepPreviousData : undefined,
  });
  const things = query.data?.items.filter((thing) => usable?.(thing) ?? true);
  const only = takeOnly && search === '' && things?.length === 1 ? things[0] : undefined;
  useEffect(() => {
    if (only && things && chosen.length === 0) choose(props, [only.id], things);
  }, [only?.id, chosen.length]);
  const gone =
    !search &&
    things !== undefined &&
    query.data?.count === query.data?.items.length &&
    chosen.some((id) => !things.some((thing) => thing.id === id));
  useEffect(() => {
    if (gone && things)
      choose(
        props,
        chosen.filter((id) => things.some((thing) => thing.id === id)),
        things,
      );
  }, [gone]);
  return { things, count: query.data?.count ?? 0, search, setSearch, query };
}
