// A storage pool as an answer.
import type { Shape } from '#api/define.ts';
import type { storagePoolResponse } from '#api/storage/responses.ts';
import type { ResultCx } from '../context.ts';
import { poolDetails } from './storage-pool.store.ts';

export const showPools = async (cx: Pick<ResultCx, 'tx'>, ids: readonly number[]): Promise<Shape<typeof storagePoolResponse>[]> => (await poolDetails(cx.tx, ids)).map((pool) => ({
  id: pool.uuid, name: pool.name, type: pool.type, scope: pool.scope, provider: pool.provider, path: pool.path, ipaddress: pool.address, state: pool.state, disksizetotal: pool.totalBytes, disksizeused: pool.usedBytes, disksizeallocated: pool.allocatedBytes,
  capacityiops: pool.capacityIops, tags: pool.tags.join(','), zoneid: pool.zoneUuid, zonename: pool.zone, podid: pool.podUuid, podname: pool.pod, clusterid: pool.clusterUuid, clustername: pool.cluster, hypervisor: pool.hypervisor, created: pool.created,
  overprovisionfactor: '1.0', managed: false,
}));
