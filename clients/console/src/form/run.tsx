// Any command of the API as a page: its form, the call as a command, the job or the answer.
// The way to everything that has no screen of its own yet.
import { Button, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useMemo, useRef, useState } from 'react';
import type { FormEvent, JSX } from 'react';
import type { Command } from '#api/define.ts';
import { send } from '../api/call.ts';
import { sentenceOf } from '../api/failure.ts';
import { cache } from '../api/queries.ts';
import { mine } from '../api/session.ts';
import { remember } from '../jobs/jobs.ts';
import { Empty, Note, PageHead, Panel } from '../parts/parts.tsx';
import { many, t } from '../words/t.ts';
import { Answer, FollowedJob } from './answer.tsx';
import { CommandFields } from './command-form.tsx';
import { focusFirstProblem, useForm } from './draft.ts';
import { FoldedSnippet } from './snippet.tsx';
import { offered, secretsOf } from './values.ts';
import classes from './form.module.css';

export function RunScreen(): JSX.Element {
  const { command } = useParams({ from: '/inside/run/$command' });
  const { data } = useQuery({ queryKey: ['definitions'], staleTime: Infinity, queryFn: async () => (await import('#api/commands.ts')).commands as Readonly<Record<string, Command>> });
  const found = data?.[command];
  if (!data) return <><PageHead title={command} /><Skeleton height={200} /></>;
  if (!found) return <><PageHead title={command} /><Panel><Empty icon="code" title={t('form.unknownCommand', { name: command })} /></Panel></>;
  return <Run key={command} command={found} />;
}

interface Outcome {
  readonly job?: string;
  readonly answer?: Readonly<Record<string, unknown>>;
}

function Run({ command }: { command: Command }): JSX.Element {
  const params = useMemo(() => offered(command.params, mine().roleType), [command]);
  const form = useForm(command.name, params);
  const place = useRef<HTMLFormElement>(null);
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<string>();
  const [outcome, setOutcome] = useState<Outcome>();
  const title = command.summary.charAt(0).toUpperCase() + command.summary.slice(1);

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setRefused(undefined);
    setOutcome(undefined);
    if (!form.check()) return focusFirstProblem(place.current);
    setBusy(true);
    try {
      const answer = await send(command.name, form.wire);
      if (typeof answer.jobid === 'string') remember({ id: answer.jobid, title });
      else void cache.invalidateQueries({ queryKey: ['list'] });
      setOutcome(typeof answer.jobid === 'string' ? { job: answer.jobid } : { answer });
    } catch (error) {
      setRefused(sentenceOf(error));
    }
    setBusy(false);
  };

  const wrong = Object.keys(form.problems).length;
  return (
    <>
      <PageHead title={title} above={<span className="soft mono">{command.name}</span>} />
      <form ref={place} className={classes.run} onSubmit={(event) => void submit(event)} noValidate>
        <Panel>
          <div className={classes.body}>
            {form.restored && <Note>{t('form.restored')} <Button variant="subtle" size="compact-xs" onClick={form.reset}>{t('form.discard')}</Button></Note>}
            <CommandFields form={form} />
            {refused && <Note tone="bad" title={t('form.refused')}>{refused}</Note>}
            <div className={classes.foot}>
              <Button type="submit" size="sm" loading={busy}>{t('form.submit')}</Button>
              <span className={classes.error} role="status">{wrong > 0 && many('form.problems', wrong)}</span>
            </div>
            <FoldedSnippet call={{ command: command.name, params: form.wire, secrets: secretsOf(command.params) }} />
          </div>
        </Panel>
      </form>
      {outcome && <div className={classes.outcome}><Panel title={t('form.resultOf', { name: command.name })}>{outcome.job ? <FollowedJob id={outcome.job} title={title} /> : <Answer answer={outcome.answer ?? {}} />}</Panel></div>}
    </>
  );
}
