// The form of deployVirtualMachine: zone, image, size, network, name and access by hand; all other parameters from the definition.
import { Checkbox, Textarea } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useMemo, useRef, useState } from 'react';
import type { FormEvent, JSX, ReactNode } from 'react';
import { deployVirtualMachine } from '#api/vm/lifecycle.ts';
import { sendJob } from '../api/call.ts';
import type { WireParams } from '../api/call.ts';
import { sentenceOf } from '../api/failure.ts';
import { mine } from '../api/session.ts';
import { CommandFields } from '../form/command-form.tsx';
import { wordsQuery } from '../form/definitions.ts';
import { focusFirstProblem, useForm } from '../form/draft.ts';
import type { Form } from '../form/draft.ts';
import { complaint, Field } from '../form/field.tsx';
import { Restored } from '../form/restored.tsx';
import { secretsOf, offered, textOf } from '../form/values.ts';
import { remember } from '../jobs/jobs.ts';
import { Note, PageHead, Panel } from '../parts/parts.tsx';
import { t } from '../words/t.ts';
import { Access } from './deploy-access.tsx';
import { NetworkPick, OfferingPick, TemplatePick, ZonePick, customProblem } from './deploy-picks.tsx';
import { Summary } from './deploy-summary.tsx';
import { usePicked } from './deploy-picked.ts';
import type { Picked } from './deploy-picked.ts';
import { Up } from './detail.tsx';
import { ENTITY } from './instance.ts';
import classes from './deploy.module.css';

/** Drawn by hand above, or another way of saying the same. */
const BY_HAND = [
  'zoneId',
  'templateId',
  'serviceOfferingId',
  'networkIds',
  'name',
  'keyPairs',
  'keyPair',
  'userData',
  'startVm',
];
export const DRAFT = 'deployVirtualMachine';

export function DeployForm(): JSX.Element {
  const params = useMemo(() => offered(deployVirtualMachine.params, mine().roleType), []);
  const form = useForm(DRAFT, params);
  const picked = usePicked(form);
  const place = useRef<HTMLFormElement>(null);
  const { submit, busy, refused } = useDeploy(form, picked, place);
  const { data: words } = useQuery(wordsQuery);
  const zone = textOf(form.draft, 'zoneId');
  return (
    <>
      <PageHead title={t('deploy.title')} above={<Up />} />
      <form ref={place} className={classes.columns} onSubmit={submit} noValidate aria-label={t('deploy.title')}>
        <div className={classes.stack}>
          <Restored form={form} />
          <Part number={1} title={t('deploy.where')}>
            <ZonePick form={form} />
          </Part>
          <Part number={2} title={t('deploy.image')}>
            {zone && <TemplatePick form={form} zone={zone} />}
          </Part>
          <Part number={3} title={t('deploy.size')}>
            {zone && <OfferingPick form={form} zone={zone} picked={picked.offering} />}
          </Part>
          <Part number={4} title={t('deploy.network')}>
            {zone && <NetworkPick form={form} zone={zone} />}
          </Part>
          <Part number={5} title={t('deploy.identity')}>
            <Identity form={form} />
            <CommandFields form={form} except={BY_HAND} helpOf={(key) => words?.describe(deployVirtualMachine, key)} />
          </Part>
        </div>
        <Summary
          form={form}
          picked={picked}
          busy={busy}
          call={{ command: deployVirtualMachine.name, params: wireOf(form), secrets: secretsOf(params) }}
        >
          {refused && (
            <Note tone="bad" title={t('deploy.refused')}>
              {refused}
            </Note>
          )}
        </Summary>
      </form>
    </>
  );
}

function Identity({ form }: { form: Form }): JSX.Element {
  return (
    <>
      <div className={classes.fields}>
        <Field form={form} name="name" label={t('deploy.name')} help={t('deploy.name.hint')} />
        <Access form={form} />
      </div>
      <Textarea
        label={t('deploy.userData')}
        description={t('deploy.userData.hint')}
        value={textOf(form.draft, 'userData')}
        onChange={(event) => form.set('userData', event.currentTarget.value)}
        error={complaint(form, 'userData')}
        autosize
        minRows={2}
        maxRows={14}
        spellCheck={false}
        classNames={{ input: 'mono' }}
      />
      <Checkbox
        label={t('deploy.start')}
        checked={textOf(form.draft, 'startVm') !== 'false'}
        onChange={(event) => form.set('startVm', event.currentTarget.checked ? '' : 'false')}
      />
    </>
  );
}

function Part({ number, title, children }: { number: number; title: string; children: ReactNode }): JSX.Element {
  return (
    <Panel title={`${number}. ${title}`}>
      <div className={classes.part}>{children || <p className="soft">{t('deploy.zoneFirst')}</p>}</div>
    </Panel>
  );
}

/** User data travels in base 64, of its UTF-8. */
function wireOf(form: Form): WireParams {
  const text = textOf(form.draft, 'userData');
  if (!text) return form.wire;
  const encoded = btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(''));
  return { ...form.wire, userdata: encoded };
}

function useDeploy(form: Form, picked: Picked, place: { current: HTMLFormElement | null }) {
  const navigate = useNavigate();
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<string>();
  const run = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setRefused(undefined);
    const fits = form.check();
    if (!fits || customProblem(form, picked.offering)) return focusFirstProblem(place.current);
    setBusy(true);
    try {
      const { jobid, id } = await sendJob(deployVirtualMachine.name, wireOf(form));
      const name = textOf(form.draft, 'name') || t('deploy.nameless');
      remember({ id: jobid, title: `${t('deploy.submit')} ${name}`, entity: ENTITY, objectId: id });
      await navigate({ to: '/instances/new', search: { of: jobid, ...(id ? { id } : {}) } });
    } catch (error) {
      setRefused(sentenceOf(error));
      setBusy(false);
    }
  };
  return { submit: (event: FormEvent) => void run(event), busy, refused };
}
