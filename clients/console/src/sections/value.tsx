// One value of an answer as people read it.
import { Tooltip } from '@mantine/core';
import type { JSX, ReactNode } from 'react';
import { useNow } from '../parts/now.ts';
import { State } from '../parts/state.tsx';
import { ago, bytes, mebibytes, number, t, when } from '../words/t.ts';
import type { FieldKind } from './section.ts';

const MINUTE_MS = 60_000;

export function Age({ of }: { of: string }): JSX.Element {
  const now = useNow(MINUTE_MS);
  return (
    <Tooltip label={when(of)}>
      <span className="soft">{ago(of, { now: Math.max(now, Date.now()), style: 'narrow' })}</span>
    </Tooltip>
  );
}

export function Value({ value, kind = 'text' }: { value: unknown; kind?: FieldKind }): ReactNode {
  if (value === undefined || value === null || value === '') return null;
  if (kind === 'state') return <State state={String(value)} />;
  if (kind === 'date') return <Age of={String(value)} />;
  if (kind === 'yesno') return t(value === true || value === 'true' ? 'form.yes' : 'form.no');
  if (kind === 'mono') return <span className="mono">{String(value)}</span>;
  const amount = Number(value);
  if (!Number.isFinite(amount) || kind === 'text') return String(value);
  return kind === 'bytes' ? bytes(amount) : kind === 'mib' ? mebibytes(amount) : number(amount);
}
