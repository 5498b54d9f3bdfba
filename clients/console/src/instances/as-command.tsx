// Every action of an instance as somebody would type it.
import { NativeSelect } from '@mantine/core';
import { useState } from 'react';
import type { JSX } from 'react';
import { Snippet } from '../form/snippet.tsx';
import { Panel } from '../parts/parts.tsx';
import { t } from '../words/t.ts';
import { actionNamed, actions, labelOf, paramsOf, reasonAgainst } from './actions.ts';
import type { ActionName } from './actions.ts';
import type { Instance } from './instance.ts';

export function AsCommand({ instance }: { instance: Instance }): JSX.Element {
  const [chosen, setName] = useState<ActionName>();
  const name = chosen ?? actions.find((one) => !reasonAgainst(one, instance))?.name ?? 'start';
  const action = actionNamed(name);
  return (
    <Panel title={t('snippet.title')}>
      <NativeSelect
        size="xs"
        mb={10}
        aria-label={t('snippet.action')}
        value={name}
        onChange={(event) => setName(event.currentTarget.value as ActionName)}
        data={actions.map((one) => ({ value: one.name, label: labelOf(one) }))}
      />
      <Snippet call={{ command: action.command, params: paramsOf(action, instance.id) }} />
    </Panel>
  );
}
