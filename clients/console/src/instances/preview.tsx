// What goes when an instance goes: its root disk, its addresses, what points at it; and the data disks that may go too.
import { Checkbox, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { JSX } from 'react';
import { list } from '../api/call.ts';
import { sentenceOf } from '../api/failure.ts';
import { Note } from '../parts/parts.tsx';
import { bytes, many, t } from '../words/t.ts';
import type { Instance } from './instance.ts';
import classes from './instances.module.css';

interface PreviewProps {
  readonly instance: Instance;
  /** It is deleted for good now. */
  readonly final: boolean;
  /** Data disks chosen to go too. */
  readonly chosen: readonly string[];
  readonly onChoose?: (ids: readonly string[]) => void;
}

export function Preview({ instance, final, chosen, onChoose }: PreviewProps): JSX.Element {
  const { data, error } = useQuery({
    queryKey: ['list', 'preview', { virtualmachineid: instance.id }],
    queryFn: () => belongings(instance),
    staleTime: 0,
  });
  if (error) return <Note tone="warn">{t('destroy.unknown', { why: sentenceOf(error) })}</Note>;
  if (!data)
    return (
      <div role="status">
        <span className="hidden">{t('destroy.loading')}</span>
        <Skeleton height={12} mb={6} />
        <Skeleton height={12} width="60%" />
      </div>
    );
  const toggle = (id: string): void =>
    onChoose?.(chosen.includes(id) ? chosen.filter((other) => other !== id) : [...chosen, id]);
  return (
    <div>
      <strong>{t(final ? 'destroy.preview' : 'destroy.preview.later')}</strong>
      <ul className={classes.preview}>
        {data.going.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      {onChoose && data.disks.length > 0 && (
        <fieldset style={{ border: 0, padding: 0, margin: '12px 0 0', display: 'grid', gap: 6 }}>
          <legend style={{ padding: 0, marginBottom: 4 }}>{t('destroy.data')}</legend>
          {data.disks.map(({ id, label }) => (
            <Checkbox key={id} size="xs" label={label} checked={chosen.includes(id)} onChange={() => toggle(id)} />
          ))}
        </fieldset>
      )}
    </div>
  );
}

interface Belongings {
  readonly going: readonly string[];
  readonly disks: readonly { readonly id: string; readonly label: string }[];
}

async function belongings(instance: Instance): Promise<Belongings> {
  const volumes = (await list('listVolumes', { virtualMachineId: instance.id, listAll: true })).items;
  const labels = volumes.map(({ id = '', name = '', size = 0, type }) => ({
    id,
    name,
    size: bytes(size),
    root: type === 'ROOT',
  }));
  const roots = labels.filter(({ root }) => root).map(({ name, size }) => t('destroy.root', { name, size }));
  const addresses = (instance.nic ?? [])
    .filter(({ ipaddress }) => ipaddress)
    .map(({ ipaddress = '', networkname = '' }) => t('destroy.address', { ip: ipaddress, network: networkname }));
  const nat = instance.publicip ? [t('destroy.publicip', { ip: instance.publicip })] : [];
  const rules = await countRules(instance);
  return {
    going: [...roots, ...addresses, ...nat, ...(rules > 0 ? [many('destroy.rules', rules)] : [])],
    disks: labels
      .filter(({ root }) => !root)
      .map(({ id, name, size }) => ({ id, label: t('destroy.disk', { name, size }) })),
  };
}

/** Port forwarding rules that lead to it. Somebody who may not list rules has none to lose. */
async function countRules(instance: Instance): Promise<number> {
  const networks = [
    ...new Set((instance.nic ?? []).map(({ networkid }) => networkid).filter((id) => id !== undefined)),
  ];
  const found = await Promise.all(
    networks.map((networkId) =>
      list('listPortForwardingRules', { networkId, listAll: true }).catch(() => ({ items: [] })),
    ),
  );
  return found
    .flatMap(({ items }) => items as readonly { readonly virtualmachineid?: string }[])
    .filter(({ virtualmachineid }) => virtualmachineid === instance.id).length;
}
