// One thing of a section that is drawn from its entry: everything its answer says, and what the API can do with it.
import { Button, Menu, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import type { JSX } from 'react';
import type { Command } from '#api/define.ts';
import { nameOf } from '../api/entities.ts';
import type { Thing } from '../api/entities.ts';
import { oneQuery } from '../api/queries.ts';
import { mine } from '../api/session.ts';
import { commandsAbout, definitionsQuery } from '../form/definitions.ts';
import { Missing } from '../frame/fallbacks.tsx';
import { Events } from '../instances/events.tsx';
import { pollWhile } from '../live/link.ts';
import { Icon } from '../parts/icons.tsx';
import { Copied, Empty, Facts, PageHead, Panel, Problem } from '../parts/parts.tsx';
import type { Fact } from '../parts/parts.tsx';
import { State, toneOf } from '../parts/state.tsx';
import { t, when } from '../words/t.ts';
import { headline, sectionAt } from './sections.ts';
import type { Section } from './section.ts';
import { Value } from './value.tsx';
import classes from './sections.module.css';

export function ThingScreen(): JSX.Element {
  const { section: path, id } = useParams({ from: '/inside/$section/$id' });
  const section = sectionAt(path);
  return section ? <Found key={id} section={section} id={id} /> : <Missing />;
}

function Found({ section, id }: { section: Section; id: string }): JSX.Element {
  const {
    data: found,
    error,
    refetch,
  } = useQuery({
    ...oneQuery<Thing>(section.entity, id),
    refetchInterval: ({ state }) => pollWhile(isBusy(state.data as Thing | null | undefined)),
  });
  const data = found as Thing | null | undefined;
  const up = (
    <Link to="/$section" params={{ section: section.path }} className={classes.up}>
      <Icon name="left" size={13} />
      {t(section.label)}
    </Link>
  );
  if (data === undefined && error)
    return (
      <>
        <PageHead title={t(section.label)} above={up} />
        <Panel>
          <Problem title={t('error.title')} error={error} retry={() => void refetch()} />
        </Panel>
      </>
    );
  if (data === undefined)
    return (
      <>
        <PageHead title={t(section.label)} above={up} />
        <Skeleton height={180} />
      </>
    );
  if (data === null)
    return (
      <>
        <PageHead title={t('section.gone')} above={up} />
        <Panel>
          <Empty icon={section.icon} title={t('section.gone')}>
            {t('section.gone.text')}
          </Empty>
        </Panel>
      </>
    );
  return (
    <>
      <PageHead
        title={nameOf(section.entity, data)}
        above={up}
        beside={typeof data.state === 'string' && <State state={data.state} />}
      >
        <ApiActions section={section} id={id} />
      </PageHead>
      <div className={classes.columns}>
        <Panel title={t('section.facts')}>
          <Facts facts={factsOf(section, data)} />
        </Panel>
        {section.entity !== 'event' && <Events id={id} />}
      </div>
    </>
  );
}

const isBusy = (thing: Thing | null | undefined): boolean => toneOf(String(thing?.state ?? '')) === 'busy';

/** Plain values only: first those of the list, then the others as the answer has them. Ids of other things say little. */
function factsOf(section: Section, thing: Thing): readonly Fact[] {
  const first = headline(section);
  const rest = Object.keys(thing).filter((field) => !first.includes(field) && !/.id$/.test(field));
  return [...new Set([...first, ...rest])]
    .map((field): Fact => {
      const value = thing[field];
      if (field === 'id') return [t('instance.id'), <Copied key="id" text={thing.id} what={t('instance.id')} />];
      const shown = section.columns.find((column) => column.field === field);
      if (typeof value === 'object' || value === undefined || value === '') return [field, undefined];
      const isDate = typeof value === 'string' && /^\d{4}-\d{2}-\d{2}T[\d:]{8}[+-]\d{4}$/.test(value);
      const isYesNo = typeof value === 'boolean';
      return [
        shown ? t(shown.label) : field,
        isDate ? when(value) : <Value key={field} value={value} kind={isYesNo ? 'yesno' : shown?.kind} />,
      ];
    })
    .filter(([, value]) => value !== undefined);
}

function ApiActions({ section, id }: { section: Section; id: string }): JSX.Element | null {
  const { data } = useQuery(definitionsQuery);
  const about = data ? commandsAbout(data, section.entity, mine().roleType) : [];
  if (about.length === 0) return null;
  return (
    <Menu position="bottom-end" width={300}>
      <Menu.Target>
        <Button variant="default" rightSection={<Icon name="down" size={14} />}>
          {t('instance.actions')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown className={classes.menu}>
        {about.map((command) => (
          <Item key={command.name} command={command} section={section} id={id} />
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function Item({
  command: { name, summary },
  section,
  id,
}: {
  command: Command;
  section: Section;
  id: string;
}): JSX.Element {
  return (
    <Menu.Item
      component={Link}
      to="/run/$command"
      params={{ command: name } as never}
      search={{ of: section.entity, id } as never}
    >
      {summary}
    </Menu.Item>
  );
}
