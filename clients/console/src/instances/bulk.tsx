// What can be done to the chosen instances: each action says for how many of them it is possible now.
import { Button, CloseButton } from '@mantine/core';
import type { JSX } from 'react';
import { Icon } from '../parts/icons.tsx';
import { many, t } from '../words/t.ts';
import { actions, labelOf, reasonAgainst } from './actions.ts';
import type { Allowed } from './actions.ts';
import type { Instance } from './instance.ts';
import { request } from './perform.ts';
import classes from './instances.module.css';

export function Bulk({
  chosen,
  allowed,
  onClear,
}: {
  chosen: readonly Instance[];
  allowed: Allowed;
  onClear: () => void;
}): JSX.Element {
  return (
    <div className={classes.bulk} role="toolbar" aria-label={t('instance.actions')}>
      <strong role="status">{many('list.selected', chosen.length)}</strong>
      {actions
        .filter(({ bulk }) => bulk)
        .map((action) => {
          const able = chosen.filter((instance) => !reasonAgainst(action, instance, allowed));
          const label =
            able.length === 0 || able.length === chosen.length
              ? labelOf(action)
              : t('instances.bulk.of', { action: labelOf(action), ok: able.length, all: chosen.length });
          return (
            <Button
              key={action.name}
              size="compact-sm"
              variant="default"
              leftSection={<Icon name={action.icon} size={14} />}
              disabled={able.length === 0}
              onClick={() => {
                request(action, able);
                onClear();
              }}
              title={
                able.length === 0
                  ? chosen[0] && chosen.length === 1
                    ? reasonAgainst(action, chosen[0], allowed)
                    : t('instances.bulk.none')
                  : undefined
              }
            >
              {label}
            </Button>
          );
        })}
      <CloseButton size="sm" aria-label={t('list.unselect')} onClick={onClear} />
    </div>
  );
}
