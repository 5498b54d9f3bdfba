// listClusters, listClustersMetrics, updateCluster, deleteCluster.
import { deleteCluster, listClusters, updateCluster } from '#api/infra/cluster.ts';
import type { Values } from '#api/define.ts';
import { fail } from '#api/errors.ts';
import { listClustersMetrics } from '#api/metrics/metrics.ts';
import { capacitiesBy } from '../capacity/capacity.ts';
import { loadView, sharesOf, thresholds } from '../capacity/load.ts';
import { loadsBy } from '../capacity/loads.ts';
import { done, implement, type Cx } from '../context.ts';
import {
  changeCluster,
  clusterByName,
  clusterContents,
  clustersByIds,
  findClusters,
  removeCluster,
  type ClusterRow,
} from './cluster.store.ts';
import { clusterView } from './cluster.view.ts';
import { hypervisorNamed } from './hypervisors.ts';

async function wantedClusters(
  cx: Cx,
  params: Values<typeof listClusters.params>,
): Promise<{ rows: ClusterRow[]; count: number }> {
  if (params.storageAccessGroup !== undefined) return { rows: [], count: 0 }; // no cluster has any
  return findClusters(cx.tx, {
    page: cx.page,
    keyword: cx.keyword,
    id: params.id,
    name: params.name,
    zoneId: params.zoneId,
    podId: params.podId,
    hypervisor: params.hypervisor,
    clusterType: params.clusterType,
    allocationState: params.allocationState,
    managedState: params.managedState,
    arch: params.arch,
  });
}

export const list = implement(listClusters, async (cx, params) => {
  const { rows, count } = await wantedClusters(cx, params);
  const capacities = params.showCapacities
    ? await capacitiesBy(cx, { level: 'cluster', ids: rows.map(({ id }) => id) })
    : undefined;
  return { items: rows.map((cluster) => clusterView(cluster, capacities?.get(cluster.id))), count };
});

export const listMetrics = implement(listClustersMetrics, async (cx, params) => {
  const { rows, count } = await wantedClusters(cx, params);
  const ids = rows.map(({ id }) => id);
  const [capacities, loads] = [
    params.showCapacities ? await capacitiesBy(cx, { level: 'cluster', ids }) : undefined,
    await loadsBy(cx.tx, 'cluster', ids),
  ];
  return {
    items: rows.map((cluster) => {
      const load = loads.get(cluster.id);
      return {
        ...clusterView(cluster, capacities?.get(cluster.id)),
        state: cluster.managedState === 'Managed' ? cluster.allocationState : cluster.managedState,
        hosts: `${load?.hostsUp ?? 0} / ${load?.hosts ?? 0}`,
        ...loadView(load),
        ...thresholds(sharesOf(load), cx.settings, cluster.id),
      };
    }),
    count,
  };
});

export const update = implement(updateCluster, async (cx, params) => {
  const [before] = await clustersByIds(cx.tx, [params.id]);
  if (params.clusterType === 'ExternalManaged')
    fail('unsupported', 'clustertype is ExternalManaged; clusters of this cloud are CloudManaged', {
      parameter: 'clustertype',
    });
  if (params.externalDetails)
    fail('unsupported', 'externaldetails: this cloud has no extensions; leave it out', {
      parameter: 'externaldetails',
    });
  const named =
    params.clusterName === undefined
      ? undefined
      : await clusterByName(cx.tx, { podId: before!.podId, name: params.clusterName });
  if (named !== undefined && named !== params.id)
    fail('invalidParameter', `clustername: there is a cluster ${params.clusterName} in the pod already`, {
      parameter: 'clustername',
    });
  const hypervisor = params.hypervisor === undefined ? undefined : hypervisorNamed(params.hypervisor);
  for (const [name, value, now] of [
    ['hypervisor', hypervisor, before!.hypervisor],
    ['arch', params.arch, before!.arch],
  ] as const) {
    const hosts = (await clusterContents(cx.tx, params.id)).find(({ kind }) => kind === 'host');
    if (value !== undefined && value !== now && hosts)
      fail(
        'resourceInUse',
        `${name} is ${value}, but the cluster has ${hosts.n} host${hosts.n === 1 ? '' : 's'} of ${now}; it can change while there are none`,
        { parameter: name },
      );
  }
  await changeCluster(cx.tx, params.id, {
    name: params.clusterName,
    allocation_state: params.allocationState,
    managed_state: params.managedState,
    hypervisor,
    arch: params.arch,
  });
  return clusterView((await clustersByIds(cx.tx, [params.id]))[0]!);
});

export const remove = implement(deleteCluster, async (cx, params) => {
  const contents = await clusterContents(cx.tx, params.id);
  if (contents.length > 0)
    fail(
      'resourceInUse',
      `The cluster cannot be deleted, it still has: ${contents.map(({ kind, n }) => `${n} ${kind}${n === 1 ? '' : 's'}`).join(', ')}`,
      { parameter: 'id' },
    );
  await removeCluster(cx.tx, params.id);
  return done;
});
