// A parameter that is a list of records, or of free keys and values: one line each, added and taken away.
import { ActionIcon, Button, TextInput } from '@mantine/core';
import type { JSX } from 'react';
import { Icon } from '../parts/icons.tsx';
import { t } from '../words/t.ts';
import type { MapRow } from './values.ts';
import classes from './form.module.css';

interface MapFieldProps {
  readonly label: string;
  readonly help?: string;
  /** Fields of an entry; without them keys are free. */
  readonly keys?: readonly string[];
  readonly rows: readonly MapRow[];
  readonly error?: string;
  readonly onChange: (rows: readonly MapRow[]) => void;
}

const FREE = ['key', 'value'] as const;

export function MapField({ label, help, keys = FREE, rows, error, onChange }: MapFieldProps): JSX.Element {
  const put = (index: number, field: string, text: string): void =>
    onChange(rows.map((row, at) => (at === index ? { ...row, [field]: text } : row)));
  const titleOf = (field: string): string => (keys === FREE ? t(field === 'key' ? 'form.key' : 'form.value') : field);
  return (
    <fieldset className={classes.map} data-problem={error !== undefined}>
      <legend>{label}</legend>
      {help && <p className="soft">{help}</p>}
      {rows.map((row, index) => (
        <div className={classes.mapRow} key={index}>
          {keys.map((field) => (
            <TextInput
              key={field}
              size="xs"
              placeholder={titleOf(field)}
              aria-label={`${label} ${index + 1}: ${titleOf(field)}`}
              value={row[field] ?? ''}
              onChange={(event) => put(index, field, event.currentTarget.value)}
            />
          ))}
          <ActionIcon
            aria-label={`${t('form.remove')} ${label} ${index + 1}`}
            onClick={() => onChange(rows.filter((_, at) => at !== index))}
          >
            <Icon name="close" size={14} />
          </ActionIcon>
        </div>
      ))}
      {error && <p className={classes.error}>{error}</p>}
      <Button
        variant="subtle"
        color="gray"
        size="compact-xs"
        leftSection={<Icon name="plus" size={13} />}
        onClick={() => onChange([...rows, {}])}
        aria-label={`${t('form.add')}: ${label}`}
      >
        {t('form.add')}
      </Button>
    </fieldset>
  );
}
