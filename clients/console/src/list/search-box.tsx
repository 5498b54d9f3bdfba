// A search field that waits for a pause in typing before it asks the server.
import { CloseButton, TextInput } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import type { JSX } from 'react';
import { Icon } from '../parts/icons.tsx';
import { t } from '../words/t.ts';

const PAUSE_MS = 280;

export function SearchBox({
  label,
  placeholder,
  value,
  onSearch,
}: {
  label: string;
  placeholder?: string;
  value: string;
  onSearch: (text: string) => void;
}): JSX.Element {
  const [text, setText] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const sent = useRef(value);
  useEffect(() => {
    if (value !== sent.current) setText(value);
    sent.current = value;
  }, [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const change = (next: string, pause: number): void => {
    setText(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      sent.current = next.trim();
      onSearch(next.trim());
    }, pause);
  };
  return (
    <TextInput
      type="search"
      size="xs"
      aria-label={label}
      placeholder={placeholder ?? label}
      value={text}
      w={260}
      maw="100%"
      leftSection={<Icon name="search" size={14} />}
      onChange={(event) => change(event.currentTarget.value, PAUSE_MS)}
      onKeyDown={(event) => {
        if (event.key === 'Enter') change(text, 0);
      }}
      rightSection={
        text !== '' && <CloseButton size="xs" aria-label={t('form.clear', { label })} onClick={() => change('', 0)} />
      }
    />
  );
}
