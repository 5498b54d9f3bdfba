// The actions of one instance: two at hand and all of them in a menu. What is impossible stays visible and says why.
import { ActionIcon, Menu, Tooltip } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Fragment } from 'react';
import type { ComponentProps, JSX, ReactElement } from 'react';
import { send, unwrap } from '../api/call.ts';
import { Icon } from '../parts/icons.tsx';
import { t } from '../words/t.ts';
import { actions, labelOf, reasonAgainst } from './actions.ts';
import type { Action, Allowed } from './actions.ts';
import { titleOf } from './instance.ts';
import type { Instance } from './instance.ts';
import { request } from './perform.ts';
import classes from './instances.module.css';

export const useAllowed = (): Allowed =>
  useQuery({
    queryKey: ['capabilities'],
    staleTime: 300_000,
    queryFn: async ({ signal }) => unwrap(await send('listCapabilities', {}, signal)) as Allowed,
  }).data ?? {};

/** Does the action, or goes where it is done. */
export function useDo(): (action: Action, instance: Instance) => void {
  const navigate = useNavigate();
  return (action, instance) => {
    if (action.name === 'console') void navigate({ to: '/instances/$id/console', params: { id: instance.id } });
    else request(action, [instance]);
  };
}

export function QuickAction({
  action,
  instance,
  allowed,
}: {
  action: Action;
  instance: Instance;
  allowed: Allowed;
}): JSX.Element {
  const act = useDo();
  const reason = reasonAgainst(action, instance, allowed);
  return (
    <Tooltip
      label={reason ? `${labelOf(action)}: ${reason.charAt(0).toLowerCase()}${reason.slice(1)}` : labelOf(action)}
    >
      <ActionIcon
        aria-label={`${labelOf(action)} ${titleOf(instance)}`}
        aria-disabled={reason !== undefined}
        className={classes.quick}
        onClick={() => {
          if (!reason) act(action, instance);
        }}
      >
        <Icon name={action.icon} />
      </ActionIcon>
    </Tooltip>
  );
}

/** A menu item that can be reached and read, but not chosen: Mantine's own disabled items are skipped by the keyboard. */
function Impossible(props: ComponentProps<'button'>): JSX.Element {
  return <button {...props} aria-disabled="true" />;
}

export function ActionMenu({
  instance,
  allowed,
  target,
}: {
  instance: Instance;
  allowed: Allowed;
  target?: ReactElement;
}): JSX.Element {
  const act = useDo();
  return (
    <Menu position="bottom-end" width={250} keepMounted={false} withinPortal>
      <Menu.Target>
        {target ?? (
          <ActionIcon aria-label={t('list.actions', { name: titleOf(instance) })}>
            <Icon name="dots" size={18} />
          </ActionIcon>
        )}
      </Menu.Target>
      <Menu.Dropdown>
        {actions.map((action) => {
          const reason = reasonAgainst(action, instance, allowed);
          return (
            <Fragment key={action.name}>
              {action.name === 'destroy' && <Menu.Divider />}
              <Menu.Item
                component={(reason ? Impossible : 'button') as 'button'}
                leftSection={<Icon name={action.icon} />}
                className={classes.item}
                data-removes={action.removes && !reason}
                closeMenuOnClick={!reason}
                onClick={() => {
                  if (!reason) act(action, instance);
                }}
              >
                {labelOf(action)}
                {reason && <span className={classes.reason}>{reason}</span>}
              </Menu.Item>
            </Fragment>
          );
        })}
      </Menu.Dropdown>
    </Menu>
  );
}
