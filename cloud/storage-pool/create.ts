// createStoragePool: a folder that hosts of a zone or cluster reach. A host is asked before anything is recorded, so that a
// wrong path is refused here and not at the first deploy.
import { randomUUID } from 'node:crypto';
import { createStoragePool } from '#api/storage/pool.ts';
import type { Values } from '#api/define.ts';
import { fail } from '#api/errors.ts';
import { implement, type Caller, type World } from '../context.ts';
import { flatDetails } from '../vm/details.ts';
import type { PoolPlace } from '../volume/driver.ts';
import { showPools } from './show.ts';
import { insertPool, poolWithPath, upHosts } from './storage-pool.store.ts';

type Params = Values<typeof createStoragePool.params>;
interface Probed { uuid: string; place: PoolPlace; address: string; totalBytes: number; usedBytes: number }

const KINDS: Record<string, PoolPlace['kind']> = { sharedmountpoint: 'SharedMountPoint', filesystem: 'Filesystem', file: 'Filesystem' };

/** `SharedMountPoint://localhost/path` and `file:///path`. */
export function poolInUrl(url: string): { kind: PoolPlace['kind']; address: string; path: string } {
  const found = /^([A-Za-z]+):\/\/([A-Za-z0-9._-]*)(\/[^\0\n]*)$/.exec(url.trim());
  const kind = KINDS[found?.[1]?.toLowerCase() ?? ''];
  if (!found || !kind || found[3]!.split('/').includes('..')) return fail('invalidParameter', `url is not understood; SharedMountPoint://localhost/path or file:///path is accepted (a folder that every host has at the same path)`, { parameter: 'url' });
  return { kind, address: found[2] || 'localhost', path: found[3]!.replace(/(.)\/+$/, '$1') };
}

async function probe(world: World, _caller: Caller, params: Params): Promise<Probed> {
  const { kind, address, path } = poolInUrl(params.url);
  const uuid = randomUUID();
  const place: PoolPlace = { id: uuid, kind, path };
  const hosts = await upHosts(world.db.read, { zoneId: params.zoneId, clusterId: params.clusterId });
  const host = hosts.find((one) => world.drivers.hosts.isConnected(one.id)) ?? fail('hostUnavailable', 'No host of the zone is up to try the storage with; add a host first');
  return { uuid, place, address, ...(await world.drivers.storage.stat(host.id, place, null)) };
}

export const create = implement(createStoragePool, async (cx, params, probed: Probed) => {
  const scope = params.scope ?? (params.clusterId === undefined ? 'ZONE' : 'CLUSTER');
  if (scope === 'CLUSTER' && params.clusterId === undefined) fail('missingParameter', 'Unable to execute API command createstoragepool due to missing parameter clusterid (for scope CLUSTER)', { parameter: 'clusterid' });
  const same = await poolWithPath(cx.tx, { zoneId: params.zoneId, path: probed.place.path, address: probed.address });
  if (same) fail('invalidParameter', `url: the pool ${same.name} has this folder already`, { parameter: 'url' });
  const { id } = await insertPool(cx.tx, {
    uuid: probed.uuid, zone_id: params.zoneId, pod_id: params.podId ?? null, cluster_id: scope === 'CLUSTER' ? params.clusterId : null, name: params.name, type: probed.place.kind, scope, provider: params.provider ?? 'DefaultPrimary',
    hypervisor: params.hypervisor ?? null, path: probed.place.path, address: probed.address, state: 'Up', total_bytes: params.capacityBytes ?? probed.totalBytes, used_bytes: probed.usedBytes, capacity_iops: params.capacityIops ?? null,
    tags: (params.tags ?? '').split(',').map((tag) => tag.trim()).filter(Boolean), details: JSON.stringify(flatDetails(params.details)),
  });
  await cx.event({ type: 'PRIMARY.STORAGE.CREATE', description: `Storage pool ${params.name} was added`, uuid: probed.uuid, resourceType: 'StoragePool' });
  const [pool] = await showPools(cx, [id]);
  return pool!;
}, undefined, { probe });
