// addCluster: hosts of one hypervisor in one pod. How far CPU and memory are over-committed follows the settings; see keeper.ts.
import { addCluster } from '#api/infra/cluster.ts';
import { fail } from '#api/errors.ts';
import type { Tx } from '#kernel/db.ts';
import type { Settings } from '#kernel/settings.ts';
import { implement } from '../context.ts';
import { taggedVlan } from '../public-range/range.ts';
import { clusterByName, clustersByIds, insertCluster, zoneOfPod } from './cluster.store.ts';
import { clusterView } from './cluster.view.ts';
import { hypervisorNamed } from './hypervisors.ts';
import { refuseAccessGroups } from '../storage-pool/access-groups.ts';

export const add = implement(addCluster, async (cx, params) => {
  if (params.clusterType !== 'CloudManaged')
    fail('unsupported', `clustertype is ${params.clusterType}; clusters of this cloud are CloudManaged`, {
      parameter: 'clustertype',
    });
  if (params.externalDetails)
    fail('unsupported', 'externaldetails: this cloud has no extensions; leave it out', {
      parameter: 'externaldetails',
    });
  refuseAccessGroups(params);
  if ((await zoneOfPod(cx.tx, params.podId)) !== params.zoneId)
    fail('invalidParameter', 'podid names a pod of another zone than zoneid', { parameter: 'podid' });
  const hypervisor = hypervisorNamed(params.hypervisor);
  const tagged = hypervisor === 'KVM' ? await taggedVlan(cx.tx, params.zoneId) : undefined;
  if (tagged !== undefined)
    fail(
      'unsupported',
      `hypervisor is KVM; public addresses of the zone are on VLAN ${tagged}, but KVM hosts carry public traffic untagged`,
      { parameter: 'hypervisor' },
    );
  if ((await clusterByName(cx.tx, { podId: params.podId, name: params.clusterName })) !== undefined)
    fail('invalidParameter', `clustername: there is a cluster ${params.clusterName} in the pod already`, {
      parameter: 'clustername',
    });
  const id = await makeCluster(cx.tx, cx.settings, {
    zone_id: params.zoneId,
    pod_id: params.podId,
    name: params.clusterName,
    hypervisor,
    allocation_state: params.allocationState ?? 'Enabled',
    arch: params.arch ?? 'x86_64',
  });
  return { items: (await clustersByIds(cx.tx, [id])).map((cluster) => clusterView(cluster)), count: 1 };
});

export async function makeCluster(
  tx: Tx,
  settings: Settings,
  values: Readonly<Record<string, unknown>>,
): Promise<number> {
  const { id } = await insertCluster(tx, {
    ...values,
    cpu_overcommit: settings.number('cpu.overprovisioning.factor'),
    memory_overcommit: settings.number('mem.overprovisioning.factor'),
  });
  return id;
}

/** A cluster of the pod by its name. */
export const findCluster = (tx: Tx, { podId, name }: { podId: number; name: string }): Promise<number | undefined> =>
  clusterByName(tx, { podId, name });
