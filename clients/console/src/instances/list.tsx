// The list of instances: what makes the general list theirs.
import { Button, NativeSelect } from '@mantine/core';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import type { JSX } from 'react';
import { isAdmin } from '../api/session.ts';
import { EntitySelect } from '../form/entity-select.tsx';
import { List } from '../list/list.tsx';
import type { Column } from '../list/table.tsx';
import { Icon } from '../parts/icons.tsx';
import { PageHead } from '../parts/parts.tsx';
import { State } from '../parts/state.tsx';
import type { InstancesSearch } from '../search.ts';
import { Age } from '../sections/value.tsx';
import { t } from '../words/t.ts';
import { actionNamed } from './actions.ts';
import type { Allowed } from './actions.ts';
import { Bulk } from './bulk.tsx';
import { NoInstances } from './empty.tsx';
import { addressOf, ENTITY, isTransitional, stateOf, states, titleOf } from './instance.ts';
import type { Instance } from './instance.ts';
import { ActionMenu, QuickAction, useAllowed } from './menu.tsx';
import classes from './instances.module.css';

export function InstancesScreen(): JSX.Element {
  const search = useSearch({ from: '/inside/instances' });
  const navigate = useNavigate({ from: '/instances' });
  const allowed = useAllowed();
  const change = (part: Partial<InstancesSearch>, replace = false): void =>
    void navigate({ search: (before) => ({ ...before, ...part }), replace });
  const { state, zone } = search;
  return (
    <>
      <PageHead title={t('instances.title')}>
        <Button component={Link} to="/instances/new" leftSection={<Icon name="plus" />}>
          {t('instances.new')}
        </Button>
      </PageHead>
      <List<Instance>
        entity={ENTITY}
        label={t('instances.title')}
        search={search}
        searchHint={t('instances.search')}
        columns={columns()}
        nameOf={titleOf}
        transitional={isTransitional}
        filters={{ ...(state ? { state } : {}), ...(zone ? { zoneid: zone } : {}) }}
        filterBar={<Filters state={state} zone={zone} onChange={(part) => change({ ...part, page: undefined })} />}
        onSearch={(part) => change(part, 'q' in part)}
        onClear={() => change({ q: undefined, state: undefined, zone: undefined, page: undefined })}
        rowActions={(instance) => <RowActions instance={instance} allowed={allowed} />}
        bulk={(chosen, clear) => <Bulk chosen={chosen} allowed={allowed} onClear={clear} />}
        empty={<NoInstances />}
      />
    </>
  );
}

function Filters({
  state,
  zone,
  onChange,
}: {
  state?: string;
  zone?: string;
  onChange: (part: Partial<InstancesSearch>) => void;
}): JSX.Element {
  return (
    <>
      <NativeSelect
        size="xs"
        styles={state ? undefined : { input: { color: 'var(--mantine-color-placeholder)' } }}
        aria-label={t('instances.filter.state')}
        value={state ?? ''}
        onChange={(event) => onChange({ state: event.currentTarget.value || undefined })}
        data={[{ value: '', label: `${t('instances.filter.state')}: ${t('list.all').toLowerCase()}` }, ...states]}
      />
      <EntitySelect
        size="xs"
        w={170}
        entity="zone"
        label={t('instances.filter.zone')}
        bare
        placeholder={`${t('instances.filter.zone')}: ${t('list.all').toLowerCase()}`}
        value={zone ?? ''}
        onChange={(id) => onChange({ zone: id || undefined })}
      />
    </>
  );
}

function RowActions({ instance, allowed }: { instance: Instance; allowed: Allowed }): JSX.Element {
  const power = stateOf(instance) === 'Running' || stateOf(instance) === 'Stopping' ? 'stop' : 'start';
  return (
    <>
      <QuickAction action={actionNamed(power)} instance={instance} allowed={allowed} />
      <QuickAction action={actionNamed('console')} instance={instance} allowed={allowed} />
      <ActionMenu instance={instance} allowed={allowed} />
    </>
  );
}

function columns(): readonly Column<Instance>[] {
  const all: readonly (Column<Instance> & { adminOnly?: boolean })[] = [
    {
      key: 'name',
      label: t('instances.col.name'),
      width: 11,
      cell: (instance) => (
        <Link to="/instances/$id" params={{ id: instance.id }} className={classes.name} title={titleOf(instance)}>
          {titleOf(instance)}
        </Link>
      ),
    },
    {
      key: 'state',
      label: t('instances.col.state'),
      width: 6,
      cell: (instance) => <State state={stateOf(instance)} />,
    },
    {
      key: 'address',
      label: t('instances.col.address'),
      width: 8,
      cell: (instance) => <span className="mono">{addressOf(instance)}</span>,
    },
    { key: 'zone', label: t('instances.col.zone'), rank: 3, width: 6, cell: ({ zonename }) => zonename },
    {
      key: 'offering',
      label: t('instances.col.offering'),
      rank: 2,
      cell: ({ serviceofferingname }) => serviceofferingname,
    },
    { key: 'host', label: t('instances.col.host'), rank: 3, adminOnly: true, cell: ({ hostname }) => hostname },
    {
      key: 'created',
      label: t('instances.col.created'),
      rank: 2,
      width: 6,
      cell: ({ created }) => created && <Age of={created} />,
    },
  ];
  return all.filter(({ adminOnly }) => !adminOnly || isAdmin());
}
