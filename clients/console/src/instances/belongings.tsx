// The network cards and volumes of an instance.
import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { JSX } from 'react';
import { listQuery } from '../api/queries.ts';
import type { Item } from '../api/types.ts';
import { Panel, Problem } from '../parts/parts.tsx';
import { State } from '../parts/state.tsx';
import { bytes, t } from '../words/t.ts';
import type { Instance } from './instance.ts';
import classes from './instances.module.css';

export function Nics({ instance: { nic = [] } }: { instance: Instance }): JSX.Element {
  return (
    <Panel title={t('instance.nics')} flush>
      {nic.length === 0 ? (
        <p className={classes.none}>{t('instance.nics.none')}</p>
      ) : (
        <div className={classes.wide}>
          <table className={classes.inner} aria-label={t('instance.nics')}>
            <thead>
              <tr>
                <th scope="col">{t('instance.nic.network')}</th>
                <th scope="col">{t('instance.nic.ip')}</th>
                <th scope="col">{t('instance.nic.gateway')}</th>
                <th scope="col">{t('instance.nic.mac')}</th>
                <th scope="col">{t('instance.nic.type')}</th>
              </tr>
            </thead>
            <tbody>
              {nic.map((card) => (
                <tr key={card.id}>
                  <td>
                    {card.networkname}
                    {card.isdefault && <span className={classes.tag}>{t('instance.nic.default')}</span>}
                  </td>
                  <td className="mono">{[card.ipaddress, card.ip6address].filter(Boolean).join(', ')}</td>
                  <td className="mono">{card.gateway}</td>
                  <td className="mono">{card.macaddress}</td>
                  <td>{card.type}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}

export function Volumes({ instance: { id } }: { instance: Instance }): JSX.Element {
  const { data, error, refetch } = useQuery(listQuery<Item<'listVolumes'>>('volume', { virtualmachineid: id }));
  return (
    <Panel title={t('instance.volumes')} flush>
      {error && !data && <Problem title={t('list.failed')} error={error} retry={() => void refetch()} />}
      {!data && !error && (
        <div className={classes.none}>
          <Skeleton height={12} width="70%" />
        </div>
      )}
      {data?.items.length === 0 && <p className={classes.none}>{t('instance.volumes.none')}</p>}
      {data && data.items.length > 0 && <VolumeTable volumes={data.items} />}
    </Panel>
  );
}

function VolumeTable({ volumes }: { volumes: readonly Item<'listVolumes'>[] }): JSX.Element {
  return (
    <div className={classes.wide}>
      <table className={classes.inner} aria-label={t('instance.volumes')}>
        <thead>
          <tr>
            <th scope="col">{t('instance.volume.name')}</th>
            <th scope="col">{t('instance.volume.type')}</th>
            <th scope="col">{t('instance.volume.size')}</th>
            <th scope="col">{t('instance.volume.pool')}</th>
            <th scope="col">{t('instance.volume.state')}</th>
          </tr>
        </thead>
        <tbody>
          {volumes.map((volume) => (
            <tr key={volume.id}>
              <td>{volume.name}</td>
              <td>{volume.type}</td>
              <td>{volume.size === undefined ? '' : bytes(volume.size)}</td>
              <td>{volume.storage}</td>
              <td>{volume.state && <State state={volume.state} />}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
