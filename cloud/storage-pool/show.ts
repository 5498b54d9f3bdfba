// A storage pool as an answer.
import type { Shape } from '#api/define.ts';
import type { storagePoolResponse } from '#api/storage/responses.ts';
import type { ResultCx } from '../context.ts';
import { poolDetails } from './storage-pool.store.ts';

/** `1.0`, as clients expect factors. */
const factor = (value: number): string => (Number.isInteger(value) ? value.toFixed(1) : String(value));

export const showPools = async (
  { tx, settings }: Pick<ResultCx, 'tx' | 'settings'>,
  ids: readonly number[],
): Promise<Shape<typeof storagePoolResponse>[]> =>
  (await poolDetails(tx, ids)).map((pool) => ({
    id: pool.uuid,
    name: pool.name,
    type: pool.type,
    scope: pool.scope,
    provider: pool.provider,
    path: pool.path,
    ipaddress: pool.address,
    state: pool.state,
    disksizetotal: pool.totalBytes,
    disksizeused: pool.usedBytes,
    disksizeallocated: pool.allocatedBytes,
    capacitybytes: pool.limitBytes,
    capacityiops: pool.capacityIops,
    overprovisionfactor: factor(
      settings.number('storage.overprovisioning.factor', { scope: 'StoragePool', id: pool.id }),
    ),
    tags: pool.tags.join(',') || null,
    istagarule: false,
    managed: false,
    zoneid: pool.zoneUuid,
    zonename: pool.zone,
    podid: pool.podUuid,
    podname: pool.pod,
    clusterid: pool.clusterUuid,
    clustername: pool.cluster,
    hypervisor: pool.hypervisor,
    created: pool.created,
    details: Object.keys(pool.details).length > 0 ? pool.details : null,
    hasannotations: pool.annotated,
  }));
