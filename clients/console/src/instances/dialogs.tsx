// What is asked before an instance is stopped, rebooted, destroyed or expunged. Rendered once, shown when something asks.
import { Button, Checkbox, Modal, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { JSX, ReactNode } from 'react';
import { useCell } from '../cell.ts';
import { toWire } from '../api/call.ts';
import { FoldedSnippet } from '../form/snippet.tsx';
import { many, t } from '../words/t.ts';
import { labelOf, paramsOf } from './actions.ts';
import { titleOf } from './instance.ts';
import { asked, perform } from './perform.ts';
import type { Asked } from './perform.ts';
import { Preview } from './preview.tsx';
import classes from './instances.module.css';

export function ActionDialog(): JSX.Element | null {
  const question = useCell(asked);
  if (!question) return null;
  return <Question key={question.instances.map(({ id }) => id).join()} question={question} />;
}

const close = (): void => asked.set(undefined);

/** What the dialogs differ in: extra parameters, and what has to be typed first. */
interface Choices {
  readonly forced?: boolean;
  readonly expunge?: boolean;
  readonly volumeIds?: readonly string[];
}

function Question({ question: { action, instances } }: { question: Asked }): JSX.Element {
  const [choices, setChoices] = useState<Choices>({});
  const [typed, setTyped] = useState('');
  const first = instances[0]!;
  const single = instances.length === 1;
  const final = action.name === 'expunge' || choices.expunge === true;
  const word = single ? titleOf(first) : t('expunge.bulk.word', { count: instances.length });
  const extra = extraOf(choices);
  const submit = (): void => {
    close();
    void perform(action, instances, extra);
  };
  return (
    <Modal
      opened
      onClose={close}
      title={titleOfQuestion({ action, instances })}
      size="lg"
      closeButtonProps={{ 'aria-label': t('action.cancel') }}
    >
      <form
        className={classes.dialog}
        onSubmit={(event) => {
          event.preventDefault();
          if (!final || typed === word) submit();
        }}
      >
        <Text question={{ action, instances }} choices={choices} />
        <Options
          question={{ action, instances }}
          choices={choices}
          onChange={(change) => setChoices({ ...choices, ...change })}
        />
        {final && (
          <TextInput
            label={t('destroy.type', { name: word })}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            autoComplete="off"
            spellCheck={false}
            data-autofocus
          />
        )}
        <FoldedSnippet
          call={{ command: action.command, params: { ...paramsOf(action, first.id), ...toWire(extra) } }}
        />
        <div className={classes.dialogFoot}>
          <Button variant="default" onClick={close}>
            {t('action.cancel')}
          </Button>
          <Button
            type="submit"
            color={action.removes ? 'red.8' : undefined}
            disabled={final && typed !== word}
            data-autofocus={!final || undefined}
          >
            {final ? t('instances.expunge') : choices.forced ? t('instances.forceStop') : labelOf(action)}
          </Button>
        </div>
      </form>
    </Modal>
  );
}

const extraOf = ({ forced, expunge, volumeIds }: Choices): Readonly<Record<string, unknown>> => ({
  ...(forced ? { forced } : {}),
  ...(expunge ? { expunge } : {}),
  ...(volumeIds?.length ? { volumeIds } : {}),
});

function titleOfQuestion({ action, instances }: Asked): string {
  if (instances.length > 1) return many('instances.bulk.confirm', instances.length, { action: labelOf(action) });
  const name = titleOf(instances[0]!);
  return action.name === 'stop'
    ? t('stop.title', { name })
    : action.name === 'reboot'
      ? t('reboot.title', { name })
      : action.name === 'destroy'
        ? t('destroy.title', { name })
        : t('expunge.title', { name });
}

function Text({ question: { action, instances }, choices }: { question: Asked; choices: Choices }): ReactNode {
  const text =
    action.name === 'stop'
      ? t('stop.text')
      : action.name === 'reboot'
        ? t('reboot.text')
        : action.name === 'expunge' || choices.expunge
          ? t('destroy.text.expunge')
          : t('destroy.text');
  return (
    <>
      <p>{text}</p>
      {instances.length > 1 && (
        <ul className={classes.names} tabIndex={0}>
          {instances.map((instance) => (
            <li key={instance.id}>{titleOf(instance)}</li>
          ))}
        </ul>
      )}
    </>
  );
}

function Options({
  question: { action, instances },
  choices,
  onChange,
}: {
  question: Asked;
  choices: Choices;
  onChange: (change: Choices) => void;
}): ReactNode {
  if (action.name === 'stop')
    return (
      <Checkbox
        label={t('stop.force')}
        description={t('stop.force.hint')}
        checked={choices.forced ?? false}
        onChange={(event) => onChange({ forced: event.currentTarget.checked })}
      />
    );
  if (!action.removes) return null;
  const only = instances.length === 1 ? instances[0] : undefined;
  return (
    <>
      {only && (
        <Preview
          instance={only}
          final={action.name === 'expunge' || choices.expunge === true}
          chosen={choices.volumeIds ?? []}
          onChoose={action.name === 'destroy' ? (volumeIds) => onChange({ volumeIds }) : undefined}
        />
      )}
      {action.name === 'destroy' && (
        <Checkbox
          label={t('destroy.expunge')}
          description={t('destroy.expunge.hint')}
          checked={choices.expunge ?? false}
          onChange={(event) => onChange({ expunge: event.currentTarget.checked })}
        />
      )}
    </>
  );
}
