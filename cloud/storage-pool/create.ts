// createStoragePool: a folder that hosts of a zone, of a cluster, or one host reach. A host is asked before anything is recorded,
// so that a wrong path is refused here and not at the first deploy.
import { randomUUID } from 'node:crypto';
import { createStoragePool } from '#api/storage/pool.ts';
import type { Values } from '#api/define.ts';
import { fail } from '#api/errors.ts';
import { databaseNow } from '#kernel/clock.ts';
import type { Tx } from '#kernel/db.ts';
import { implement, type Caller, type World } from '../context.ts';
import { readDetails } from '../details.ts';
import type { PoolPlace } from '../volume/driver.ts';
import { showPools } from './show.ts';
import {
  clusterPlace,
  hostNamed,
  insertPool,
  isSimulated,
  movePool,
  poolWithPath,
  upHosts,
} from './storage-pool.store.ts';
import { readPoolUrl } from './url.ts';
import { refuseAccessGroups } from './access-groups.ts';

type Params = Values<typeof createStoragePool.params>;
interface Placed {
  scope: 'ZONE' | 'CLUSTER' | 'HOST';
  podId: number | null;
  clusterId: number | null;
  hostId: number | null;
}
interface Probed {
  uuid: string;
  place: PoolPlace;
  address: string;
  placed: Placed;
  totalBytes: number;
  usedBytes: number;
}

async function probe(world: World, _caller: Caller, params: Params): Promise<Probed> {
  checkUnsupported(params);
  const where = { zoneId: params.zoneId, clusterId: params.clusterId };
  const { kind, address, path } = readPoolUrl(params.url, {
    mountpoint: readDetails(params.details)['mountpoint'],
    simulated: await isSimulated(world.db.read, where),
  });
  const placed =
    kind === 'Filesystem' ? await placeLocal(world.db.read, params, address) : await placeShared(world.db.read, params);
  const uuid = randomUUID();
  const place: PoolPlace = { id: uuid, kind, path };
  const hosts = placed.hostId === null ? await upHosts(world.db.read, where) : [{ id: placed.hostId }];
  const host =
    hosts.find((one) => world.drivers.hosts.isConnected(one.id)) ??
    fail(
      'hostUnavailable',
      placed.hostId === null
        ? 'No host of the zone is up to try the storage with; add a host first'
        : `The host ${address} is not connected; its storage cannot be tried`,
    );
  return { uuid, place, address, placed, ...(await world.drivers.storage.stat(host.id, place, null)) };
}

function checkUnsupported(params: Params): void {
  if (params.managed)
    fail('unsupported', 'managed: this cloud has no managed storage; leave it out or say false', {
      parameter: 'managed',
    });
  if (params.provider !== undefined && params.provider !== 'DefaultPrimary')
    fail('unsupported', `provider is '${params.provider}'; accepted: DefaultPrimary`, { parameter: 'provider' });
  if (params.isTagARule)
    fail('unsupported', 'istagarule: tags of this cloud are plain tags; leave it out or say false', {
      parameter: 'istagarule',
    });
  refuseAccessGroups(params);
  if (params.capacityBytes !== undefined && params.capacityBytes <= 0)
    fail('invalidParameter', `capacitybytes is ${params.capacityBytes}; more than 0 is accepted`, {
      parameter: 'capacitybytes',
    });
  if (params.capacityIops !== undefined && params.capacityIops <= 0)
    fail('invalidParameter', `capacityiops is ${params.capacityIops}; more than 0 is accepted`, {
      parameter: 'capacityiops',
    });
}

/** A folder of one host is that host's. */
async function placeLocal(tx: Tx, params: Params, address: string): Promise<Placed> {
  const host = address === 'localhost' ? undefined : await hostNamed(tx, { zoneId: params.zoneId, name: address });
  if (!host)
    return fail(
      'invalidParameter',
      `url: ${address === 'localhost' ? 'a folder of one host names it' : `the zone has no host ${address}`}; accepted: file://host1/path, or SharedMountPoint://localhost/path for a folder that all hosts have`,
      { parameter: 'url' },
    );
  if (params.scope !== undefined && params.clusterId === undefined)
    fail('invalidParameter', `scope is ${params.scope}; a folder of one host is that host's, leave scope out`, {
      parameter: 'scope',
    });
  return { scope: 'HOST', podId: host.podId, clusterId: host.clusterId, hostId: host.id };
}

async function placeShared(tx: Tx, params: Params): Promise<Placed> {
  const scope = params.scope ?? (params.clusterId === undefined ? 'ZONE' : 'CLUSTER');
  if (scope === 'ZONE') return { scope, podId: null, clusterId: null, hostId: null };
  if (params.clusterId === undefined)
    return fail(
      'missingParameter',
      'Unable to execute API command createstoragepool due to missing parameter clusterid (for scope CLUSTER)',
      { parameter: 'clusterid' },
    );
  const cluster = await clusterPlace(tx, params.clusterId);
  if (cluster.zoneId !== params.zoneId || (params.podId !== undefined && params.podId !== cluster.podId))
    fail('invalidParameter', `clusterid: the cluster ${cluster.name} is in another pod or zone`, {
      parameter: 'clusterid',
    });
  if (params.hypervisor !== undefined && params.hypervisor.toLowerCase() !== cluster.hypervisor.toLowerCase())
    fail(
      'invalidParameter',
      `hypervisor is ${params.hypervisor}, the cluster ${cluster.name} is for ${cluster.hypervisor}`,
      { parameter: 'hypervisor' },
    );
  return { scope, podId: cluster.podId, clusterId: params.clusterId, hostId: null };
}

export const create = implement(
  createStoragePool,
  async (cx, params, probed: Probed) => {
    const { place, placed, address } = probed;
    const same = await poolWithPath(cx.tx, {
      zoneId: params.zoneId,
      path: place.path,
      address,
      hostId: placed.hostId ?? undefined,
    });
    if (same) fail('invalidParameter', `url: the pool ${same.name} has this folder already`, { parameter: 'url' });
    const { id } = await insertPool(cx.tx, {
      uuid: probed.uuid,
      zone_id: params.zoneId,
      pod_id: placed.podId,
      cluster_id: placed.clusterId,
      host_id: placed.hostId,
      name: params.name,
      type: place.kind,
      scope: placed.scope,
      provider: 'DefaultPrimary',
      hypervisor: params.hypervisor,
      path: place.path,
      address,
      state: 'Initial',
      limit_bytes: params.capacityBytes,
      total_bytes: Math.min(params.capacityBytes ?? probed.totalBytes, probed.totalBytes),
      used_bytes: probed.usedBytes,
      capacity_iops: params.capacityIops,
      tags: (params.tags ?? '')
        .split(',')
        .map((tag) => tag.trim())
        .filter(Boolean),
      details: JSON.stringify(readDetails(params.details)),
      measured: databaseNow(),
    });
    await movePool(cx.tx, id, 'AttachRequested');
    await movePool(cx.tx, id, 'OperationSucceeded');
    return (await showPools(cx, [id]))[0]!;
  },
  undefined,
  { probe },
);
