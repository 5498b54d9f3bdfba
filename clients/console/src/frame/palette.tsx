// The palette: one field from which every section, every instance and what can be done with it is a few keys away.
import { Modal } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useId, useRef, useState } from 'react';
import type { JSX, KeyboardEvent } from 'react';
import { listQuery } from '../api/queries.ts';
import { actions, labelOf, reasonAgainst } from '../instances/actions.ts';
import { addressOf, ENTITY, stateOf, titleOf } from '../instances/instance.ts';
import type { Instance } from '../instances/instance.ts';
import { useAllowed, useDo } from '../instances/menu.tsx';
import { Icon } from '../parts/icons.tsx';
import type { IconName } from '../parts/icons.tsx';
import { t } from '../words/t.ts';
import { visibleGroups } from '../sections/sections.ts';
import { paletteOpen } from './shortcut.ts';
import classes from './palette.module.css';

const PAUSE_MS = 120;
const MOST = 8;
/** The API searches names only; addresses are compared here, among as many instances as a page may have. */
const ALL = 500;
const ADDRESS = /^(\d{1,3}\.[\d.]*|[0-9a-f]*:[0-9a-f:]*)$/i;

interface Entry {
  readonly id: string;
  readonly group: 'palette.sections' | 'palette.instances' | 'palette.actions';
  readonly icon: IconName;
  readonly label: string;
  readonly hint?: string;
  readonly run: () => void;
}

const close = (): void => paletteOpen.set(false);

const choose = (entry: Entry | undefined): void => {
  if (!entry) return;
  close();
  entry.run();
};

export function Palette(): JSX.Element {
  const [text, setText] = useState('');
  const { entries, searching } = useEntries(text.trim());
  const { active, point, onKey } = useCursor(entries, text);
  const listId = useId();
  return (
    <Modal.Root opened onClose={close} centered={false} yOffset="12vh" padding={0} size={560}>
      <Modal.Overlay backgroundOpacity={0.4} />
      <Modal.Content aria-label={t('palette.open')}>
        <div className={classes.field}>
          <Icon name="search" />
          <input
            data-autofocus
            role="combobox"
            aria-expanded
            aria-controls={listId}
            aria-autocomplete="list"
            aria-activedescendant={entries[active] && `${listId}-${active}`}
            aria-label={t('palette.placeholder')}
            placeholder={t('palette.placeholder')}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            onKeyDown={onKey}
            spellCheck={false}
            autoComplete="off"
          />
        </div>
        <Entries id={listId} entries={entries} active={active} onPoint={point} />
        <div className={classes.foot} role="status">
          {entries.length > 0 ? t('palette.keys') : searching ? t('palette.searching') : t('palette.none', { text })}
        </div>
      </Modal.Content>
    </Modal.Root>
  );
}

/** Which entry Enter would choose: arrows move it round, another text puts it first. */
function useCursor(entries: readonly Entry[], text: string) {
  const [at, point] = useState(0);
  const active = Math.min(at, entries.length - 1);
  useEffect(() => {
    point(0);
  }, [text]);
  const onKey = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0) point((active + step + entries.length) % Math.max(1, entries.length));
    else if (event.key === 'Enter') choose(entries[active]);
    else return;
    event.preventDefault();
  };
  return { active, point, onKey };
}

interface EntriesProps {
  readonly id: string;
  readonly entries: readonly Entry[];
  readonly active: number;
  readonly onPoint: (index: number) => void;
}

function Entries({ id, entries, active, onPoint }: EntriesProps): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    void place.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [active]);
  return (
    <div id={id} ref={place} role="listbox" aria-label={t('palette.open')} className={classes.list}>
      {entries.map((entry, index) => (
        <div key={entry.id}>
          {entries[index - 1]?.group !== entry.group && (
            <div className={classes.group} role="presentation">
              {t(entry.group)}
            </div>
          )}
          <div
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === active}
            className={classes.entry}
            onClick={() => choose(entry)}
            onMouseMove={() => onPoint(index)}
          >
            <Icon name={entry.icon} />
            <span className={classes.label}>{entry.label}</span>
            {entry.hint && <span className={classes.hint}>{entry.hint}</span>}
          </div>
        </div>
      ))}
    </div>
  );
}

function useEntries(text: string): { entries: readonly Entry[]; searching: boolean } {
  const [word] = useDebouncedValue(text, PAUSE_MS);
  const fixed = useFixed().filter(({ label }) => fits(label, text));
  const { verb, rest } = splitVerb(word);
  const byAddress = ADDRESS.test(rest);
  const search = byAddress ? { pagesize: String(ALL) } : { pagesize: String(MOST), ...(rest ? { keyword: rest } : {}) };
  const { data, isFetching } = useQuery({
    ...listQuery<Instance>(ENTITY, { page: '1', ...search }),
    enabled: rest !== '' || verb !== undefined,
    placeholderData: keepPreviousData,
    staleTime: 2000,
  });
  const items = rest === '' && !verb ? [] : (data?.items ?? []);
  const instances = useInstanceEntries(
    byAddress ? items.filter((instance) => hasAddress(instance, rest)).slice(0, MOST) : items.slice(0, MOST),
    verb,
  );
  return { entries: [...fixed, ...instances], searching: isFetching };
}

const fits = (label: string, text: string): boolean =>
  text
    .toLowerCase()
    .split(/\s+/)
    .every((part) => label.toLowerCase().includes(part));

const hasAddress = ({ nic = [] }: Instance, text: string): boolean =>
  nic.some(
    ({ ipaddress = '', ip6address = '' }) =>
      ipaddress.startsWith(text) || ip6address.toLowerCase().startsWith(text.toLowerCase()),
  );

/** «stop web» is an action and a name. */
function splitVerb(text: string): { verb?: (typeof actions)[number]; rest: string } {
  const [first = '', ...rest] = text.split(/\s+/);
  const verb =
    first.length > 2
      ? actions.find((action) => labelOf(action).toLowerCase().startsWith(first.toLowerCase()))
      : undefined;
  return verb ? { verb, rest: rest.join(' ') } : { rest: text };
}

function useFixed(): readonly Entry[] {
  const navigate = useNavigate();
  const sections = visibleGroups()
    .flatMap(({ sections: own }) => own)
    .map(({ path, label, icon }): Entry => ({
      id: path,
      group: 'palette.sections',
      icon,
      label: t(label),
      run: () => void navigate({ to: '/$section', params: { section: path } }),
    }));
  return [
    ...sections,
    {
      id: 'new',
      group: 'palette.actions',
      icon: 'plus',
      label: t('instances.new'),
      run: () => void navigate({ to: '/instances/new' }),
    },
    {
      id: 'jobs',
      group: 'palette.actions',
      icon: 'jobs',
      label: t('jobs.title'),
      run: () => void navigate({ to: '.', search: (before) => ({ ...before, job: 'all' }) }),
    },
  ];
}

/** Instances that were found, and what can be done with the best of them, or the one thing that was asked for. */
function useInstanceEntries(found: readonly Instance[], verb: (typeof actions)[number] | undefined): readonly Entry[] {
  const navigate = useNavigate();
  const act = useDo();
  const allowed = useAllowed();
  const does = (instance: Instance): Entry[] =>
    actions
      .filter((action) => (!verb || action === verb) && !reasonAgainst(action, instance, allowed))
      .map((action) => ({
        id: `${action.name} ${instance.id}`,
        group: 'palette.actions',
        icon: action.icon,
        label: t('palette.onInstance', { action: labelOf(action), name: titleOf(instance) }),
        run: () => act(action, instance),
      }));
  const opens = found.map((instance): Entry => ({
    id: instance.id,
    group: 'palette.instances',
    icon: 'server',
    label: titleOf(instance),
    hint: [stateOf(instance), addressOf(instance)].filter(Boolean).join(' · '),
    run: () => void navigate({ to: '/instances/$id', params: { id: instance.id } }),
  }));
  return verb
    ? [...found.flatMap(does), ...opens]
    : [...opens, ...found.slice(0, found.length <= 2 ? 2 : 1).flatMap(does)];
}
