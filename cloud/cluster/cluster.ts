// listClusters, updateCluster, deleteCluster.
import { deleteCluster, listClusters, updateCluster } from '#api/infra/cluster.ts';
import { fail } from '#api/errors.ts';
import { capacitiesBy } from '../capacity/capacity.ts';
import { done, implement } from '../context.ts';
import { changeCluster, clusterByName, clusterContents, clustersByIds, findClusters, removeCluster } from './cluster.store.ts';
import { clusterView } from './cluster.view.ts';
import { hypervisorNamed } from './hypervisors.ts';

export const list = implement(listClusters, async (cx, params) => {
  const { rows, count } = await findClusters(cx.tx, {
    page: cx.page, keyword: cx.keyword, id: params.id, name: params.name, zoneId: params.zoneId, podId: params.podId, hypervisor: params.hypervisor, clusterType: params.clusterType,
    allocationState: params.allocationState, managedState: params.managedState, arch: params.arch,
  });
  const capacities = params.showCapacities ? await capacitiesBy(cx, { level: 'cluster', ids: rows.map(({ id }) => id) }) : undefined;
  return { items: rows.map((cluster) => clusterView(cluster, capacities?.get(cluster.id))), count };
});

export const update = implement(updateCluster, async (cx, params) => {
  const [before] = await clustersByIds(cx.tx, [params.id]);
  if (params.clusterType === 'ExternalManaged') fail('unsupported', 'clustertype is ExternalManaged; clusters of this cloud are CloudManaged', { parameter: 'clustertype' });
  if (params.externalDetails) fail('unsupported', 'externaldetails: this cloud has no extensions; leave it out', { parameter: 'externaldetails' });
  const named = params.clusterName === undefined ? undefined : await clusterByName(cx.tx, { podId: before!.podId, name: params.clusterName });
  if (named !== undefined && named !== params.id) fail('invalidParameter', `clustername: there is a cluster ${params.clusterName} in the pod already`, { parameter: 'clustername' });
  const hypervisor = params.hypervisor === undefined ? undefined : hypervisorNamed(params.hypervisor);
  for (const [name, value, now] of [['hypervisor', hypervisor, before!.hypervisor], ['arch', params.arch, before!.arch]] as const) {
    const hosts = (await clusterContents(cx.tx, params.id)).find(({ kind }) => kind === 'host');
    if (value !== undefined && value !== now && hosts) fail('resourceInUse', `${name} is ${value}, but the cluster has ${hosts.n} host${hosts.n === 1 ? '' : 's'} of ${now}; it can change while there are none`, { parameter: name });
  }
  await changeCluster(cx.tx, params.id, { name: params.clusterName, allocation_state: params.allocationState, managed_state: params.managedState, hypervisor, arch: params.arch });
  return clusterView((await clustersByIds(cx.tx, [params.id]))[0]!);
});

export const remove = implement(deleteCluster, async (cx, params) => {
  const contents = await clusterContents(cx.tx, params.id);
  if (contents.length > 0) fail('resourceInUse', `The cluster cannot be deleted, it still has: ${contents.map(({ kind, n }) => `${n} ${kind}${n === 1 ? '' : 's'}`).join(', ')}`, { parameter: 'id' });
  await removeCluster(cx.tx, params.id);
  return done;
});
