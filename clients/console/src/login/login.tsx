// The login page. Whoever was sent here goes back to where they were.
import { Button, Collapse, PasswordInput, TextInput, UnstyledButton } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import type { FormEvent, JSX } from 'react';
import { useCell } from '../cell.ts';
import { login } from '../api/login.ts';
import { sentenceOf } from '../api/failure.ts';
import { ended, session } from '../api/session.ts';
import { Note } from '../parts/parts.tsx';
import { t } from '../words/t.ts';
import classes from './login.module.css';

const DOMAIN_KEPT = 'nephos.domain';

export function LoginScreen(): JSX.Element {
  const form = useLogin();
  const why = useCell(ended);
  return (
    <main className={classes.page}>
      <form className={classes.card} onSubmit={form.submit} noValidate>
        <div className={classes.brand}>
          <img src="/client/mark.svg" alt="" width={30} height={30} />
          <span>{t('app.name')}</span>
        </div>
        <h1 className={classes.title}>{t('login.title')}</h1>
        {form.problem ? <Note tone="bad">{form.problem}</Note> : why && <Note>{t(`login.${why}`)}</Note>}
        <TextInput
          label={t('login.user')}
          name="username"
          autoComplete="username"
          autoFocus
          autoCapitalize="none"
          spellCheck={false}
          required
          withAsterisk={false}
          value={form.username}
          onChange={(event) => form.setUsername(event.currentTarget.value)}
          error={form.missing && form.username === '' && t('login.needUser')}
        />
        <PasswordInput
          label={t('login.password')}
          name="password"
          autoComplete="current-password"
          required
          withAsterisk={false}
          value={form.password}
          onChange={(event) => form.setPassword(event.currentTarget.value)}
          error={form.missing && form.password === '' && t('login.needPassword')}
        />
        <Domain value={form.domain} onChange={form.setDomain} />
        <Button type="submit" size="sm" loading={form.busy} fullWidth>
          {t('login.submit')}
        </Button>
      </form>
    </main>
  );
}

function Domain({ value, onChange }: { value: string; onChange: (value: string) => void }): JSX.Element {
  const [open, setOpen] = useState(value !== '');
  return (
    <div>
      {!open && (
        <UnstyledButton className={classes.more} onClick={() => setOpen(true)} aria-expanded={open}>
          {t('login.domain')}…
        </UnstyledButton>
      )}
      <Collapse expanded={open}>
        <TextInput
          label={t('login.domain')}
          description={t('login.domain.hint')}
          name="domain"
          autoCapitalize="none"
          spellCheck={false}
          value={value}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      </Collapse>
    </div>
  );
}

function useLogin() {
  const { to = '/instances' } = useSearch({ from: '/login' });
  const navigate = useNavigate();
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [domain, setDomain] = useState(() => localStorage.getItem(DOMAIN_KEPT) ?? '');
  const [busy, setBusy] = useState(false);
  const [missing, setMissing] = useState(false);
  const [problem, setProblem] = useState<string>();
  const inside = useCell(session) !== undefined;
  useEffect(() => {
    document.title = `${t('login.title')} · ${t('app.name')}`;
  }, []);
  useEffect(() => {
    if (inside) void navigate({ href: to, replace: true });
  }, [inside, navigate, to]);

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setProblem(undefined);
    setMissing(true);
    if (username === '' || password === '') return;
    setBusy(true);
    try {
      await login({ username, password, domain });
      localStorage.setItem(DOMAIN_KEPT, domain.trim());
    } catch (error) {
      setProblem(sentenceOf(error));
      setPassword('');
      setMissing(false);
      setBusy(false);
    }
  };
  return {
    username,
    setUsername,
    password,
    setPassword,
    domain,
    setDomain,
    busy,
    missing,
    problem,
    submit: (event: FormEvent) => void submit(event),
  };
}
