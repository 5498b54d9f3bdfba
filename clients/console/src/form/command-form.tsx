// A form for any command, drawn from its definition: what is needed first, the rest folded away with a filter over it.
import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { JSX } from 'react';
import type { ParamMap } from '#api/define.ts';
import { Icon } from '../parts/icons.tsx';
import { many, t } from '../words/t.ts';
import type { Form } from './draft.ts';
import { Field } from './field.tsx';
import { isSet, labelOfKey } from './values.ts';
import classes from './form.module.css';

const FEW = 6;
type HelpOf = (key: string) => string | undefined;

/** Fields of a command. `except`: those that the caller draws by itself. */
export function CommandFields({
  form,
  helpOf,
  except = [],
}: {
  form: Form;
  helpOf?: HelpOf;
  except?: readonly string[];
}): JSX.Element {
  const keys = Object.keys(form.params).filter((key) => !except.includes(key));
  const needed = keys.filter((key) => form.params[key]?.required);
  const rest = keys.filter((key) => !form.params[key]?.required);
  const fold = rest.length > FEW || (needed.length > 0 && rest.length > 3);
  return (
    <>
      {needed.length > 0 && (
        <div className={classes.fields}>
          {needed.map((key) => (
            <Field key={key} form={form} name={key} help={helpOf?.(key)} />
          ))}
        </div>
      )}
      {fold ? (
        <MoreFields form={form} keys={rest} helpOf={helpOf} />
      ) : (
        <div className={classes.fields}>
          {rest.map((key) => (
            <Field key={key} form={form} name={key} help={helpOf?.(key)} />
          ))}
        </div>
      )}
    </>
  );
}

function MoreFields({ form, keys, helpOf }: { form: Form; keys: readonly string[]; helpOf?: HelpOf }): JSX.Element {
  const complaining = keys.some((key) => form.problems[key] !== undefined);
  const [open, setOpen] = useState(false);
  const [filter, setFilter] = useState('');
  const set = keys.filter((key) => isSet(form.draft, key)).length;
  const shown = open || complaining;
  const matching = keys.filter((key) => matches(key, form.params, filter));
  return (
    <div className={classes.more}>
      <div className={classes.moreHead}>
        <Button
          variant="subtle"
          color="gray"
          aria-expanded={shown}
          leftSection={<Icon name={shown ? 'down' : 'right'} size={14} />}
          onClick={() => setOpen(!shown)}
        >
          {t(shown ? 'form.fewer' : 'form.more')}
        </Button>
        {set > 0 && <span className="soft">{many('form.set', set)}</span>}
        {shown && keys.length > FEW && (
          <TextInput
            size="xs"
            aria-label={t('form.find')}
            placeholder={t('form.find')}
            value={filter}
            onChange={(event) => setFilter(event.currentTarget.value)}
            leftSection={<Icon name="search" size={13} />}
          />
        )}
      </div>
      {shown && (
        <div className={classes.fields}>
          {matching.map((key) => (
            <Field key={key} form={form} name={key} help={helpOf?.(key)} />
          ))}
        </div>
      )}
      {shown && matching.length === 0 && <p className="soft">{t('form.none')}</p>}
    </div>
  );
}

function matches(key: string, params: ParamMap, filter: string): boolean {
  const param = params[key];
  const word = filter.trim().toLowerCase();
  return (
    word === '' ||
    (param !== undefined && `${key} ${labelOfKey(key, param)} ${param.summary ?? ''}`.toLowerCase().includes(word))
  );
}
