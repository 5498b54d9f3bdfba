// The four choices that make an instance: each lists what can be used in the zone, with what tells one from another.
import { Button, TextInput } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { JSX, ReactNode } from 'react';
import type { WireParams } from '../api/call.ts';
import type { Thing } from '../api/entities.ts';
import type { Form } from '../form/draft.ts';
import { complaint } from '../form/field.tsx';
import { PickList } from '../form/pick-list.tsx';
import { rowsOf, textOf } from '../form/values.ts';
import { Note } from '../parts/parts.tsx';
import { bytes, mebibytes, t } from '../words/t.ts';
import classes from './deploy.module.css';

interface PickProps {
  readonly form: Form;
}

const chosenIn = (form: Form, key: string): readonly string[] => textOf(form.draft, key).split(',').filter(Boolean);
const words = (...parts: readonly (string | undefined | false)[]): string => parts.filter(Boolean).join(' · ');

const keep =
  ({ form }: PickProps, key: string) =>
  (ids: readonly string[]): void =>
    form.set(key, ids[0] ?? '');

/** For whom it is deployed: the caller, or who is given under the further options. Only their things can be used. */
export function ownerOf({ draft }: Form): WireParams {
  const [account, domainid, projectid] = [
    textOf(draft, 'account'),
    textOf(draft, 'domainId'),
    textOf(draft, 'projectId'),
  ];
  const other: WireParams = projectid ? { projectid } : account && domainid ? { account, domainid } : {};
  return { listall: 'false', ...other };
}

export function ZonePick(props: PickProps): JSX.Element {
  const { form } = props;
  const set = keep(props, 'zoneId');
  return (
    <PickList
      entity="zone"
      label={t('deploy.zone')}
      within={{ available: 'true' }}
      chosen={chosenIn(form, 'zoneId')}
      takeOnly
      error={complaint(form, 'zoneId')}
      usable={({ allocationstate = 'Enabled' }) => allocationstate === 'Enabled'}
      beside={({ networktype }) => String(networktype ?? '')}
      none={<Note tone="warn">{t('deploy.zone.none')}</Note>}
      onChoose={(ids) => {
        set(ids);
        if (ids[0] !== textOf(form.draft, 'zoneId')) form.set('networkIds', '');
      }}
    />
  );
}

export function TemplatePick({ zone, ...props }: PickProps & { zone: string }): JSX.Element {
  const { form } = props;
  return (
    <PickList
      entity="template"
      label={t('deploy.template')}
      within={{ zoneid: zone, templatefilter: 'executable' }}
      chosen={chosenIn(form, 'templateId')}
      onChoose={keep(props, 'templateId')}
      takeOnly
      error={complaint(form, 'templateId')}
      usable={({ isready }) => isready === true}
      beside={({ ostypename, size, arch }) =>
        words(ostypename as string, typeof size === 'number' && bytes(size), arch as string)
      }
      none={
        <Note tone="warn">
          {t('deploy.template.none')}{' '}
          <Button
            component={Link}
            to="/run/$command"
            params={{ command: 'registerTemplate' } as never}
            variant="subtle"
            size="compact-xs"
          >
            {t('instances.empty.template.do')}
          </Button>
        </Note>
      }
    />
  );
}

export const shapeOf = ({ cpunumber, memory, iscustomized }: Thing): string =>
  iscustomized || typeof cpunumber !== 'number' || typeof memory !== 'number'
    ? t('deploy.offering.custom')
    : t('deploy.offering.shape', { cpu: cpunumber, memory: mebibytes(memory) });

export function OfferingPick({
  zone,
  picked,
  ...props
}: PickProps & { zone: string; picked: Thing | undefined }): JSX.Element {
  const { form } = props;
  return (
    <>
      <PickList
        entity="serviceoffering"
        label={t('deploy.offering')}
        within={{ zoneid: zone, issystem: 'false' }}
        chosen={chosenIn(form, 'serviceOfferingId')}
        onChoose={keep(props, 'serviceOfferingId')}
        takeOnly
        error={complaint(form, 'serviceOfferingId')}
        beside={shapeOf}
        none={<Note tone="warn">{t('deploy.offering.none')}</Note>}
      />
      {picked?.iscustomized === true && <CustomSize form={form} offering={picked} />}
    </>
  );
}

const SIZES = [
  ['cpuNumber', 'deploy.cpuNumber', 'cpunumber'],
  ['cpuSpeed', 'deploy.cpuSpeed', 'cpuspeed'],
  ['memory', 'deploy.memory', 'memory'],
] as const;

/** A custom offering leaves open what it does not fix itself; that is given in the details of the instance. */
const openSizes = (offering: Thing) => SIZES.filter(([, , field]) => typeof offering[field] !== 'number');
const detail = (form: Form, key: string): string =>
  rowsOf(form.draft, 'details').find((row) => row.key === key)?.value ?? '';
const isCount = (text: string): boolean => /^[1-9]\d{0,7}$/.test(text);

export const customProblem = (form: Form, offering: Thing | undefined): boolean =>
  offering?.iscustomized === true && openSizes(offering).some(([key]) => !isCount(detail(form, key)));

function CustomSize({ form, offering }: { form: Form; offering: Thing }): ReactNode {
  const put = (key: string, value: string): void =>
    form.set('details', [
      ...rowsOf(form.draft, 'details').filter((row) => row.key !== key),
      ...(value ? [{ key, value }] : []),
    ]);
  return (
    <div className={classes.fields}>
      {openSizes(offering).map(([key, label]) => (
        <TextInput
          key={key}
          label={t(label)}
          inputMode="numeric"
          required
          value={detail(form, key)}
          onChange={(event) => put(key, event.currentTarget.value.trim())}
          error={detail(form, key) !== '' && !isCount(detail(form, key)) ? t('form.required') : undefined}
        />
      ))}
    </div>
  );
}

export function NetworkPick({ form, zone }: PickProps & { zone: string }): JSX.Element {
  return (
    <PickList
      several
      entity="network"
      label={t('deploy.networks')}
      help={t('deploy.network.hint')}
      within={{ zoneid: zone, canusefordeploy: 'true', ...ownerOf(form) }}
      chosen={chosenIn(form, 'networkIds')}
      takeOnly
      error={complaint(form, 'networkIds')}
      beside={({ cidr, type, vpcname }) => words(cidr as string, type as string, vpcname as string)}
      none={
        <Note>
          {t('deploy.network.none')}{' '}
          <Button
            component={Link}
            to="/run/$command"
            params={{ command: 'createNetwork' } as never}
            variant="subtle"
            size="compact-xs"
          >
            {t('deploy.network.do')}
          </Button>
        </Note>
      }
      onChoose={(ids) => form.set('networkIds', ids.join(','))}
    />
  );
}
