// How a cluster looks in an answer.
import type { Shape } from '#api/define.ts';
import type { capacityResponse, clusterResponse } from '#api/infra/responses.ts';
import type { ClusterRow } from './cluster.store.ts';

/** `1.0`, as clients expect factors. */
const factor = (value: number): string => (Number.isInteger(value) ? value.toFixed(1) : String(value));

export const clusterView = (
  cluster: ClusterRow,
  capacity?: readonly Shape<typeof capacityResponse>[],
): Shape<typeof clusterResponse> => ({
  id: cluster.uuid,
  name: cluster.name,
  zoneid: cluster.zoneUuid,
  zonename: cluster.zoneName,
  podid: cluster.podUuid,
  podname: cluster.podName,
  hypervisortype: cluster.hypervisor,
  clustertype: cluster.clusterType,
  allocationstate: cluster.allocationState,
  managedstate: cluster.managedState,
  arch: cluster.arch,
  cpuovercommitratio: factor(cluster.cpuOvercommit),
  memoryovercommitratio: factor(cluster.memoryOvercommit),
  hasannotations: cluster.annotated,
  capacity,
  resourcedetails: {
    ...cluster.details,
    cpuOvercommitRatio: factor(cluster.cpuOvercommit),
    memoryOvercommitRatio: factor(cluster.memoryOvercommit),
  },
});
