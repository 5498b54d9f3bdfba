// One parameter as a field: its kind decides the input, its definition the help, the limits and the complaint.
import { NativeSelect, PasswordInput, Textarea, TextInput } from '@mantine/core';
import type { JSX } from 'react';
import type { Param } from '#base/param.ts';
import type { WireParams } from '../api/call.ts';
import { t } from '../words/t.ts';
import type { Form } from './draft.ts';
import { EntityMultiSelect, EntitySelect } from './entity-select.tsx';
import { MapField } from './map-field.tsx';
import { capital, labelOfKey, rowsOf, textOf } from './values.ts';

/** Texts that may be longer than this are given room. */
const LONG = 1000;
/** Things that belong to a zone: once one is chosen, only its own are offered. */
const ZONED = new Set([
  'template',
  'network',
  'serviceoffering',
  'diskoffering',
  'host',
  'cluster',
  'pod',
  'iso',
  'volume',
  'storagepool',
]);

export interface FieldProps {
  readonly form: Form;
  readonly name: string;
  readonly label?: string;
  readonly help?: string;
}

export function Field({ form, name, label, help }: FieldProps): JSX.Element | null {
  const param = form.params[name];
  if (!param) return null;
  const shown = {
    form,
    name,
    param,
    label: label ?? labelOfKey(name, param),
    help: capital(help ?? helpOf(param) ?? '') || undefined,
  };
  if (param.kind === 'map')
    return (
      <MapField
        label={shown.label}
        help={shown.help}
        keys={param.mapKeys}
        rows={rowsOf(form.draft, name)}
        error={complaint(form, name)}
        onChange={(rows) => form.set(name, rows)}
      />
    );
  if (param.kind === 'uuid' || param.kind === 'uuids') return <IdField {...shown} />;
  if (param.kind === 'boolean')
    return (
      <Choice
        {...shown}
        options={[
          { value: 'true', label: t('form.yes') },
          { value: 'false', label: t('form.no') },
        ]}
      />
    );
  if (param.oneOf) return <Choice {...shown} options={param.oneOf.map((value) => ({ value, label: value }))} />;
  return <TextField {...shown} />;
}

interface Shown {
  readonly form: Form;
  readonly name: string;
  readonly param: Param;
  readonly label: string;
  readonly help: string | undefined;
}

/** The complaint under a field begins with a capital, like a sentence whose subject is the label above. */
export const complaint = (form: Form, name: string): string | undefined => {
  const text = form.problems[name];
  return text && capital(text);
};

function helpOf({ summary, kind, accepted }: Param): string | undefined {
  if (summary) return summary;
  if (kind === 'date') return t('form.date');
  if (kind === 'strings' || kind === 'integers') return t('form.list');
  return accepted;
}

function common({ form, name, param, label, help }: Shown) {
  return {
    label,
    description: help,
    required: param.required,
    error: complaint(form, name),
    onBlur: () => form.touch(name),
    name: name.toLowerCase(),
  };
}

function IdField(shown: Shown): JSX.Element {
  const { form, name, param } = shown;
  const { name: _, ...props } = common(shown);
  const entity = param.entity?.[0] ?? '';
  const zone = textOf(form.draft, 'zoneId');
  const within: WireParams = zone && ZONED.has(entity) ? { zoneid: zone } : {};
  const value = textOf(form.draft, name);
  if (param.kind === 'uuid')
    return (
      <EntitySelect {...props} entity={entity} within={within} value={value} onChange={(id) => form.set(name, id)} />
    );
  return (
    <EntityMultiSelect
      {...props}
      entity={entity}
      within={within}
      value={value ? value.split(',') : []}
      onChange={(ids) => form.set(name, ids.join(','))}
    />
  );
}

function Choice({ options, ...shown }: Shown & { options: { value: string; label: string }[] }): JSX.Element {
  const { form, name, param } = shown;
  const none = { value: '', label: param.required ? '' : t('form.default') };
  return (
    <NativeSelect
      {...common(shown)}
      data={[none, ...options]}
      value={textOf(form.draft, name)}
      onChange={(event) => form.set(name, event.currentTarget.value)}
    />
  );
}

function TextField(shown: Shown): JSX.Element {
  const { form, name, param } = shown;
  const props = {
    ...common(shown),
    value: textOf(form.draft, name),
    onChange: (event: { currentTarget: { value: string } }) => form.set(name, event.currentTarget.value),
  };
  const whole = param.kind === 'integer' || param.kind === 'long';
  if (param.secret) return <PasswordInput {...props} autoComplete="new-password" />;
  if ((param.maxLength ?? 0) > LONG)
    return <Textarea {...props} autosize minRows={3} maxRows={14} spellCheck={false} />;
  return (
    <TextInput
      {...props}
      inputMode={whole ? 'numeric' : param.kind === 'double' ? 'decimal' : undefined}
      autoComplete="off"
      spellCheck={false}
    />
  );
}
