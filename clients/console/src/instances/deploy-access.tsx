// Which SSH key gets in; a new one can be added without leaving the form.
import { Button, NativeSelect, Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { JSX } from 'react';
import { one } from '../api/call.ts';
import { sentenceOf } from '../api/failure.ts';
import { cache, listKey, listQuery } from '../api/queries.ts';
import type { Form } from '../form/draft.ts';
import { textOf } from '../form/values.ts';
import { Icon } from '../parts/icons.tsx';
import { Note } from '../parts/parts.tsx';
import { t } from '../words/t.ts';
import { ownerOf } from './deploy-picks.tsx';
import classes from './deploy.module.css';

export function Access({ form }: { form: Form }): JSX.Element {
  const [adding, setAdding] = useState(false);
  const { data } = useQuery(listQuery('sshkeypair', { page: '1', pagesize: '200', ...ownerOf(form) }));
  const names = data?.items.map(({ name = '' }) => name) ?? [];
  const chosen = textOf(form.draft, 'keyPairs');
  const saved = (name: string): void => {
    form.set('keyPairs', name);
    setAdding(false);
  };
  return (
    <div className={classes.access}>
      <div className={classes.accessRow}>
        <NativeSelect
          label={t('deploy.key')}
          value={chosen}
          onChange={(event) => form.set('keyPairs', event.currentTarget.value)}
          data={[
            { value: '', label: t('deploy.key.none') },
            ...(chosen && !names.includes(chosen) ? [chosen] : []),
            ...names,
          ]}
        />
        {!adding && (
          <Button variant="default" leftSection={<Icon name="plus" size={14} />} onClick={() => setAdding(true)}>
            {t('deploy.key.add')}
          </Button>
        )}
      </div>
      {adding && <NewKey onSaved={saved} onCancel={() => setAdding(false)} />}
    </div>
  );
}

function NewKey({ onSaved, onCancel }: { onSaved: (name: string) => void; onCancel: () => void }): JSX.Element {
  const [name, setName] = useState('');
  const [publicKey, setPublicKey] = useState('');
  const [problem, setProblem] = useState<string>();
  const save = async (): Promise<void> => {
    setProblem(undefined);
    try {
      await one('registerSSHKeyPair', { name: name.trim(), publicKey: publicKey.trim() });
      await cache.invalidateQueries({ queryKey: listKey('sshkeypair') });
      onSaved(name.trim());
    } catch (error) {
      setProblem(sentenceOf(error));
    }
  };
  return (
    <div className={classes.newKey}>
      <TextInput
        label={t('deploy.key.name')}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        autoFocus
      />
      <Textarea
        label={t('deploy.key.public')}
        description={t('deploy.key.public.hint')}
        value={publicKey}
        onChange={(event) => setPublicKey(event.currentTarget.value)}
        minRows={2}
        autosize
        spellCheck={false}
      />
      {problem && <Note tone="bad">{problem}</Note>}
      <div className={classes.accessRow}>
        <Button variant="default" disabled={!name.trim() || !publicKey.trim()} onClick={() => void save()}>
          {t('deploy.key.save')}
        </Button>
        <Button variant="subtle" color="gray" onClick={onCancel}>
          {t('action.cancel')}
        </Button>
      </div>
    </div>
  );
}
