// The same call from a terminal: shown wherever something is about to be done.
import { Button, SegmentedControl } from '@mantine/core';
import { useState } from 'react';
import type { JSX } from 'react';
import { session } from '../api/session.ts';
import { snippet, tools } from '../api/snippet.ts';
import type { Call, Tool } from '../api/snippet.ts';
import { useCopy } from '../parts/copy.ts';
import { Icon } from '../parts/icons.tsx';
import { t } from '../words/t.ts';
import classes from './form.module.css';

const KEPT = 'nephos.tool';
const kept = (): Tool => tools.find((tool) => tool === localStorage.getItem(KEPT)) ?? 'nephos';

export function Snippet({ call }: { call: Call }): JSX.Element {
  const [tool, setTool] = useState<Tool>(kept);
  const text = snippet(tool, call, { origin: location.origin, user: session.get()?.userName ?? '' });
  const { copied, copy } = useCopy(text);
  const choose = (value: string): void => {
    localStorage.setItem(KEPT, value);
    setTool(value as Tool);
  };
  return (
    <div className={classes.snippet}>
      <div className={classes.snippetHead}>
        <SegmentedControl size="xs" aria-label={t('snippet.tool')} data={[...tools]} value={tool} onChange={choose} />
        <Button
          variant="subtle"
          color="gray"
          onClick={copy}
          leftSection={<Icon name={copied ? 'check' : 'copy'} size={14} />}
        >
          {t(copied ? 'snippet.copied' : 'snippet.copy')}
        </Button>
      </div>
      <pre className={classes.code} tabIndex={0} aria-label={t('snippet.title')}>
        <code>{text}</code>
      </pre>
    </div>
  );
}

/** Folded away until somebody wants it. */
export function FoldedSnippet({ call }: { call: Call }): JSX.Element {
  return (
    <details className={classes.folded}>
      <summary>
        <Icon name="code" size={14} />
        {t('snippet.title')}
      </summary>
      <Snippet call={call} />
    </details>
  );
}
