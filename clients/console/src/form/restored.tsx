// Says that a form's draft is from before, and how to begin afresh.
import { Button } from '@mantine/core';
import type { JSX } from 'react';
import { Note } from '../parts/parts.tsx';
import { t } from '../words/t.ts';
import type { Form } from './draft.ts';

export function Restored({ form }: { form: Form }): JSX.Element | null {
  if (!form.restored) return null;
  return (
    <Note>
      {t('form.restored')}{' '}
      <Button variant="subtle" size="compact-xs" onClick={form.reset}>
        {t('form.discard')}
      </Button>
    </Note>
  );
}
