// Any command of the API as a page: its form, the call as a command, the job or the answer.
// The way to everything that has no screen of its own yet.
import { Button, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams, useSearch } from '@tanstack/react-router';
import { useMemo, useRef, useState } from 'react';
import type { FormEvent, JSX } from 'react';
import type { Command } from '#api/define.ts';
import { send, sendJob } from '../api/call.ts';
import type { WireParams } from '../api/call.ts';
import { sentenceOf } from '../api/failure.ts';
import { cache } from '../api/queries.ts';
import { verbAndNoun } from '../api/snippet.ts';
import { mine } from '../api/session.ts';
import { remember } from '../jobs/jobs.ts';
import { Empty, Note, PageHead, Panel } from '../parts/parts.tsx';
import type { RunSearch } from '../search.ts';
import { many, t } from '../words/t.ts';
import { FollowedJob, Made, REMOVES } from './answer.tsx';
import { CommandFields } from './command-form.tsx';
import { definitionsQuery, keyOf, wordsQuery } from './definitions.ts';
import { focusFirstProblem, useForm } from './draft.ts';
import { Restored } from './restored.tsx';
import { FoldedSnippet } from './snippet.tsx';
import { capital, offered, secretsOf } from './values.ts';
import classes from './form.module.css';

export function RunScreen(): JSX.Element {
  const { command } = useParams({ from: '/inside/run/$command' });
  const about = useSearch({ from: '/inside/run/$command' });
  const { data } = useQuery(definitionsQuery);
  const { data: words } = useQuery(wordsQuery);
  const found = data?.[command];
  if (!data || !words)
    return (
      <>
        <PageHead title={command} />
        <Skeleton height={200} />
      </>
    );
  if (!found?.roles.includes(mine().roleType))
    return (
      <>
        <PageHead title={command} />
        <Panel>
          <Empty icon="code" title={t('form.unknownCommand', { name: command })} />
        </Panel>
      </>
    );
  return <Run key={`${command} ${about.id ?? ''}`} command={found} about={about} words={words} />;
}

type Words = typeof import('#api/words.ts');

/** What came back may be below the fold. */
function intoView(place: HTMLElement | null): void {
  void place?.scrollIntoView({ block: 'nearest' });
}

interface Outcome {
  readonly job?: string;
  readonly answer?: Readonly<Record<string, unknown>>;
}

interface RunProps {
  readonly command: Command;
  readonly about: RunSearch;
  readonly words: Words;
}

function useRun({ command, about }: RunProps, place: { current: HTMLFormElement | null }) {
  const params = useMemo(() => offered(command.params, mine().roleType), [command]);
  const given = about.of && about.id ? keyOf(command, about.of) : undefined;
  const draft = `${command.name}.${about.id ?? ''}`;
  const form = useForm(draft, params, given && about.id ? { [given]: about.id } : {});
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<string>();
  const [outcome, setOutcome] = useState<Outcome>();
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setRefused(undefined);
    setOutcome(undefined);
    if (!form.check()) return focusFirstProblem(place.current);
    setBusy(true);
    try {
      setOutcome(await run(command, form.wire));
      sessionStorage.removeItem(`nephos.draft.${draft}`);
    } catch (error) {
      setRefused(sentenceOf(error));
    }
    setBusy(false);
  };
  return { form, busy, refused, outcome, submit: (event: FormEvent) => void submit(event) };
}

async function run(command: Command, params: WireParams): Promise<Outcome> {
  if (!command.mode.startsWith('async')) {
    const answer = await send(command.name, params);
    void cache.invalidateQueries();
    return { answer };
  }
  const { jobid } = await sendJob(command.name, params);
  remember({ id: jobid, title: capital(command.summary) });
  return { job: jobid };
}

function Run(props: RunProps): JSX.Element {
  const { command, words } = props;
  const place = useRef<HTMLFormElement>(null);
  const { form, busy, refused, outcome, submit } = useRun(props, place);
  const title = capital(command.summary);
  const verb = capital(verbAndNoun(command.name).split(' ')[0] ?? '');
  const wrong = Object.keys(form.problems).length;
  return (
    <>
      <PageHead title={title} above={<span className="soft mono">{command.name}</span>} />
      <form ref={place} className={classes.run} onSubmit={submit} noValidate>
        <Panel>
          <div className={classes.body}>
            <Restored form={form} />
            <CommandFields form={form} helpOf={(key) => words.describe(command, key)} />
            {refused && (
              <Note tone="bad" title={t('form.refused')}>
                {refused}
              </Note>
            )}
            <div className={classes.foot}>
              <Button type="submit" size="sm" loading={busy} color={REMOVES.test(command.name) ? 'red.8' : undefined}>
                {verb}
              </Button>
              <span className={classes.error} role="status">
                {wrong > 0 && many('form.problems', wrong)}
              </span>
            </div>
            <FoldedSnippet call={{ command: command.name, params: form.wire, secrets: secretsOf(command.params) }} />
          </div>
        </Panel>
      </form>
      {outcome && <Result command={command} outcome={outcome} />}
    </>
  );
}

function Result({ command, outcome }: { command: Command; outcome: Outcome }): JSX.Element {
  return (
    <div className={classes.outcome} ref={intoView}>
      <Panel title={t('form.resultOf', { name: command.name })}>
        {outcome.job ? (
          <FollowedJob id={outcome.job} title={capital(command.summary)} />
        ) : (
          <Made command={command} answer={outcome.answer ?? {}} />
        )}
      </Panel>
    </div>
  );
}
