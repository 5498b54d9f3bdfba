// Choosing a thing by name: asked of the server while one types, fifty at a time; a pasted UUID is understood.
import { MultiSelect, Select } from '@mantine/core';
import type { ComboboxItem, ComboboxLikeRenderOptionInput, MantineSize } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQueries, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { JSX } from 'react';
import { isUuid } from '#base/id.ts';
import type { WireParams } from '../api/call.ts';
import { entityOf, hintOf, nameOf } from '../api/entities.ts';
import type { Thing } from '../api/entities.ts';
import { listQuery, oneQuery } from '../api/queries.ts';
import { number, t } from '../words/t.ts';
import classes from './form.module.css';

const PAGE = 50;
const PAUSE_MS = 250;

interface ChooserProps {
  readonly entity: string;
  readonly label: string;
  /** Without a visible label. */
  readonly bare?: boolean;
  readonly description?: string;
  readonly placeholder?: string;
  readonly error?: string;
  readonly required?: boolean;
  readonly size?: MantineSize;
  readonly w?: number;
  /** Further parameters of the list, for instance the zone. */
  readonly within?: WireParams;
  readonly onBlur?: () => void;
}

interface Option extends ComboboxItem {
  readonly hint?: string;
}

function useOptions(entity: string, chosen: readonly string[], within: WireParams = {}) {
  const [search, setSearch] = useState('');
  const [open, setOpen] = useState(false);
  const [word] = useDebouncedValue(search.trim(), PAUSE_MS);
  const names = useQueries({
    queries: chosen
      .filter(isUuid)
      .map((id) => ({ ...oneQuery<Thing>(entity, id), enabled: entityOf(entity) !== undefined, staleTime: 60_000 })),
  });
  const known = names.map(({ data }) => data).filter((thing): thing is Thing => thing != null);
  const isName = known.some((thing) => nameOf(entity, thing) === word);
  const params: WireParams = {
    page: '1',
    pagesize: String(PAGE),
    ...within,
    ...(isUuid(word) ? { id: word } : word && !isName ? { keyword: word } : {}),
  };
  const found = useQuery({
    ...listQuery(entity, params),
    enabled: open && entityOf(entity) !== undefined,
    placeholderData: keepPreviousData,
  });
  const things = new Map([...known, ...(found.data?.items ?? [])].map((thing) => [thing.id, thing]));
  const options: Option[] = [...things.values()].map((thing) => ({
    value: thing.id,
    label: nameOf(entity, thing),
    hint: hintOf(entity, thing),
  }));
  for (const id of [...chosen, ...(isUuid(word) ? [word] : [])])
    if (!things.has(id)) options.push({ value: id, label: id });
  const beyond = (found.data?.count ?? 0) - (found.data?.items.length ?? 0);
  if (beyond > 0) options.push({ value: '', label: t('form.moreThere', { count: number(beyond) }), disabled: true });
  return { options: withDistinctLabels(options), search, setSearch, setOpen, searching: found.isFetching };
}

/** Two things of one name are told apart by their hint, or by the beginning of their id. */
function withDistinctLabels(options: readonly Option[]): Option[] {
  const count = Map.groupBy(options, ({ label }) => label);
  return options.map((option) =>
    (count.get(option.label)?.length ?? 0) > 1
      ? { ...option, label: `${option.label} (${option.value.slice(0, 8)})` }
      : option,
  );
}

const everything = ({ options }: { options: unknown }): never => options as never;

const draw = ({ option }: ComboboxLikeRenderOptionInput<ComboboxItem>): JSX.Element => {
  const { label, hint } = option as Option;
  return (
    <span className={classes.option}>
      <span>{label}</span>
      {hint && <span className="soft">{hint}</span>}
    </span>
  );
};

function common(props: ChooserProps, { searching }: { searching: boolean }) {
  const { label, bare, description, placeholder, error, required, size, w, entity, onBlur } = props;
  return {
    ...(bare ? { 'aria-label': label } : { label }),
    description,
    error,
    required,
    size,
    w,
    onBlur,
    placeholder: placeholder ?? t(entityOf(entity) ? 'form.pick' : 'form.unknownEntity'),
    searchable: true,
    clearable: true,
    maxDropdownHeight: 280,
    filter: everything,
    renderOption: draw,
    nothingFoundMessage: t(searching ? 'form.loading' : 'form.none'),
    clearButtonProps: { 'aria-label': t('form.clear', { label }) },
    comboboxProps: { transitionProps: { duration: 0 } },
    'aria-invalid': error ? true : undefined,
  } as const;
}

export function EntitySelect(props: ChooserProps & { value: string; onChange: (id: string) => void }): JSX.Element {
  const { entity, value, onChange, within } = props;
  const { options, search, setSearch, setOpen, searching } = useOptions(entity, value ? [value] : [], within);
  return (
    <Select
      {...common(props, { searching })}
      data={options}
      value={value || null}
      onChange={(id) => onChange(id ?? '')}
      allowDeselect={false}
      searchValue={search}
      onSearchChange={setSearch}
      onDropdownOpen={() => setOpen(true)}
      onDropdownClose={() => setOpen(false)}
    />
  );
}

export function EntityMultiSelect(
  props: ChooserProps & { value: readonly string[]; onChange: (ids: readonly string[]) => void },
): JSX.Element {
  const { entity, value, onChange, within } = props;
  const { options, search, setSearch, setOpen, searching } = useOptions(entity, value, within);
  return (
    <MultiSelect
      {...common(props, { searching })}
      data={options}
      value={[...value]}
      onChange={onChange}
      hidePickedOptions
      searchValue={search}
      onSearchChange={setSearch}
      onDropdownOpen={() => setOpen(true)}
      onDropdownClose={() => setOpen(false)}
    />
  );
}
