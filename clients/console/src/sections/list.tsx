// A section that is drawn from its entry: a list of things of one kind.
import { Button } from '@mantine/core';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import type { JSX } from 'react';
import { nameOf } from '../api/entities.ts';
import type { Thing } from '../api/entities.ts';
import { Missing } from '../frame/fallbacks.tsx';
import { List } from '../list/list.tsx';
import type { Column } from '../list/table.tsx';
import { Icon } from '../parts/icons.tsx';
import { Empty, PageHead } from '../parts/parts.tsx';
import { toneOf } from '../parts/state.tsx';
import type { ListSearch } from '../search.ts';
import { t } from '../words/t.ts';
import { sectionAt } from './sections.ts';
import type { FieldShown, Section } from './section.ts';
import { Value } from './value.tsx';
import classes from './sections.module.css';

export function SectionScreen(): JSX.Element {
  const { section: path } = useParams({ from: '/inside/$section' });
  const section = sectionAt(path);
  return section ? <SectionList key={path} section={section} /> : <Missing />;
}

function SectionList({ section }: { section: Section }): JSX.Element {
  const search = useSearch({ from: '/inside/$section' });
  const navigate = useNavigate({ from: '/$section' });
  const { entity, label, create, columns, params = {} } = section;
  const change = (part: Partial<ListSearch>): void =>
    void navigate({ search: (before) => ({ ...before, ...part }), replace: 'q' in part });
  const add = create && (
    <Button
      component={Link}
      to="/run/$command"
      params={{ command: create } as never}
      leftSection={<Icon name="plus" />}
    >
      {t('section.add')}
    </Button>
  );
  return (
    <>
      <PageHead title={t(label)}>{add}</PageHead>
      <List<Thing>
        entity={entity}
        label={t(label)}
        search={search}
        filters={params}
        onSearch={change}
        onClear={() => change({ q: undefined, page: undefined })}
        columns={columns.map((shown, index) => columnOf(section, shown, index === 0))}
        nameOf={(thing) => nameOf(entity, thing)}
        transitional={(thing) => toneOf(String(thing.state ?? '')) === 'busy'}
        empty={
          <Empty icon={section.icon} title={t(label)} actions={add}>
            {t('section.empty')}
          </Empty>
        }
      />
    </>
  );
}

function columnOf({ path }: Section, { field, label, kind, rank }: FieldShown, first: boolean): Column<Thing> {
  const cell = (thing: Thing): JSX.Element => <Value value={thing[field]} kind={kind} />;
  return {
    key: field,
    label: t(label),
    rank,
    width: first ? 11 : 6,
    cell: first
      ? (thing) => (
          <Link to="/$section/$id" params={{ section: path, id: thing.id }} className={classes.name}>
            {cell(thing)}
          </Link>
        )
      : cell,
  };
}
