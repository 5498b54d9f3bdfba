// One instance: what it is, where it is and why there, what belongs to it, and what has happened to it.
import { Button, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import type { JSX } from 'react';
import { oneQuery } from '../api/queries.ts';
import { isAdmin } from '../api/session.ts';
import { pollWhile } from '../live/link.ts';
import { Icon } from '../parts/icons.tsx';
import { Copied, Empty, Facts, PageHead, Panel, Problem } from '../parts/parts.tsx';
import type { Fact } from '../parts/parts.tsx';
import { State } from '../parts/state.tsx';
import { mebibytes, t, when } from '../words/t.ts';
import { actionNamed, labelOf, reasonAgainst } from './actions.ts';
import { AsCommand } from './as-command.tsx';
import { Nics, Volumes } from './belongings.tsx';
import { Events } from './events.tsx';
import { ENTITY, isTransitional, placementOf, stateOf, titleOf } from './instance.ts';
import type { Instance } from './instance.ts';
import { ActionMenu, useAllowed, useDo } from './menu.tsx';
import { PlacementText } from './placement.tsx';
import classes from './instances.module.css';

export function InstanceScreen(): JSX.Element {
  const { id } = useParams({ from: '/inside/instances/$id' });
  const { data, error, refetch } = useQuery({
    ...oneQuery<Instance>(ENTITY, id),
    refetchInterval: ({ state }) => pollWhile(state.data != null && isTransitional(state.data)),
  });
  if (data === undefined && error)
    return (
      <>
        <PageHead title={t('instances.one')} above={<Up />} />
        <Panel>
          <Problem title={t('error.title')} error={error} retry={() => void refetch()} />
        </Panel>
      </>
    );
  if (data === undefined)
    return (
      <>
        <PageHead title={t('instances.one')} above={<Up />} />
        <div className={classes.stack} aria-busy="true">
          <Skeleton height={160} />
          <Skeleton height={120} />
        </div>
      </>
    );
  if (data === null) return <Gone />;
  return <Loaded instance={data} />;
}

function Loaded({ instance }: { instance: Instance }): JSX.Element {
  const placement = placementOf(instance);
  return (
    <>
      <PageHead title={titleOf(instance)} above={<Up />} beside={<State state={stateOf(instance)} />}>
        <Actions instance={instance} />
      </PageHead>
      <div className={classes.columns}>
        <div className={classes.stack}>
          <Panel title={t('instance.facts')}>
            <Facts facts={factsOf(instance)} />
          </Panel>
          {placement && (
            <Panel title={t('placement.title')}>
              <PlacementText placement={placement} />
            </Panel>
          )}
          <Nics instance={instance} />
          <Volumes instance={instance} />
        </div>
        <div className={classes.stack}>
          <Events id={instance.id} />
          <AsCommand instance={instance} />
        </div>
      </div>
    </>
  );
}

export function Up(): JSX.Element {
  return (
    <Link to="/instances" className={classes.up}>
      <Icon name="left" size={13} />
      {t('instances.title')}
    </Link>
  );
}

export function Gone(): JSX.Element {
  return (
    <>
      <PageHead title={t('instance.gone')} above={<Up />} />
      <Panel>
        <Empty
          icon="server"
          title={t('instance.gone')}
          actions={
            <Button component={Link} to="/instances" variant="default">
              {t('instance.back')}
            </Button>
          }
        >
          {t('instance.gone.text')}
        </Empty>
      </Panel>
    </>
  );
}

function Actions({ instance }: { instance: Instance }): JSX.Element {
  const allowed = useAllowed();
  const act = useDo();
  const state = stateOf(instance);
  const main =
    state === 'Destroyed'
      ? (['recover', 'expunge'] as const)
      : state === 'Running'
        ? (['console', 'stop'] as const)
        : (['console', 'start'] as const);
  return (
    <>
      {main.map(actionNamed).map((action) => {
        const reason = reasonAgainst(action, instance, allowed);
        return (
          <Button
            key={action.name}
            variant="default"
            leftSection={<Icon name={action.icon} size={14} />}
            disabled={reason !== undefined}
            title={reason}
            onClick={() => act(action, instance)}
          >
            {labelOf(action)}
          </Button>
        );
      })}
      <ActionMenu
        instance={instance}
        allowed={allowed}
        target={
          <Button variant="default" rightSection={<Icon name="down" size={14} />}>
            {t('instance.actions')}
          </Button>
        }
      />
    </>
  );
}

function factsOf(instance: Instance): readonly Fact[] {
  const { cpunumber, cpuspeed, memory, name, created, lastupdated } = instance;
  const cpu =
    cpunumber === undefined
      ? undefined
      : cpuspeed
        ? t('instance.cpu.value', { count: cpunumber, mhz: cpuspeed })
        : t('instance.cpu.count', { count: cpunumber });
  return [
    [t('instance.id'), <Copied key="id" text={instance.id} what={t('instance.id')} />],
    [t('instances.col.name'), titleOf(instance) === name ? undefined : name],
    [t('instances.col.zone'), instance.zonename],
    [t('instances.col.host'), isAdmin() ? instance.hostname : undefined],
    [t('instances.col.offering'), instance.serviceofferingname],
    [t('instance.cpu'), cpu],
    [t('instance.memory'), memory === undefined ? undefined : mebibytes(memory)],
    [t('instance.template'), instance.templatedisplaytext ?? instance.templatename],
    [t('instance.os'), instance.osdisplayname],
    [t('instance.hypervisor'), instance.hypervisor],
    [t('instance.arch'), instance.arch],
    [t('instance.internalName'), instance.instancename && <span className="mono">{instance.instancename}</span>],
    [t('instance.account'), [instance.account, instance.domainpath ?? instance.domain].filter(Boolean).join(' · ')],
    [t('instance.group'), instance.group],
    [t('instance.keys'), instance.keypairs],
    [t('instances.col.created'), created && when(created)],
    [t('instance.updated'), lastupdated && when(lastupdated)],
  ];
}
