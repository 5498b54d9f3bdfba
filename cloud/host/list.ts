// listHosts, listHostsMetrics, listHostTags, listHypervisors, listHypervisorCapabilities.
import { listHosts, listHostTags, listHypervisorCapabilities, listHypervisors } from '#api/infra/host.ts';
import type { Shape, Values } from '#api/define.ts';
import type { hostResponse } from '#api/infra/host-responses.ts';
import { listHostsMetrics } from '#api/metrics/metrics.ts';
import { gigabytes, gigahertz, thresholds } from '../capacity/load.ts';
import { hypervisors } from '../cluster/hypervisors.ts';
import { implement, type Cx } from '../context.ts';
import { findCapabilities, findHosts, guestNeeds, hostDetails, hostTags, hypervisorsInZone } from './host.store.ts';
import { hostView } from './show.ts';

async function wantedHosts(cx: Cx, params: Values<typeof listHosts.params>): Promise<{ ids: number[]; count: number }> {
  // No host is kept for high availability or has access groups here.
  if (params.haHost || params.storageAccessGroup !== undefined) return { ids: [], count: 0 };
  return findHosts(cx.tx, {
    page: cx.page,
    keyword: cx.keyword,
    id: params.id,
    name: params.name,
    type: params.type,
    state: params.state,
    resourceState: params.resourceState,
    zoneId: params.zoneId,
    podId: params.podId,
    clusterId: params.clusterId,
    hypervisor: params.hypervisor,
    arch: params.arch,
    version: params.version,
    managementServerId: params.managementServerId,
    guestId: params.virtualMachineId,
    hasController: params.outOfBandManagementEnabled,
    powerState: params.outOfBandManagementPowerState,
  });
}

export const list = implement(listHosts, async (cx, params) => {
  const { ids, count } = await wantedHosts(cx, params);
  const fits = params.virtualMachineId === undefined ? undefined : await fitting(cx, params.virtualMachineId);
  return { items: (await hostDetails(cx.tx, ids)).map((host) => ({ ...hostView(host), ...fits?.(host) })), count };
});

export const listMetrics = implement(listHostsMetrics, async (cx, params) => {
  const { ids, count } = await wantedHosts(cx, params);
  return {
    items: (await hostDetails(cx.tx, ids)).map((host) => {
      const [mhz, usedMhz] = [host.cpus * host.cpuMhz, (host.cpus * host.cpuMhz * (host.cpuUsedPercent ?? 0)) / 100];
      const shares = {
        cpuUsed: usedMhz / mhz,
        cpuAllocated: host.cpuReservedMhz / (mhz * host.cpuOvercommit),
        memoryUsed: (host.memoryUsedMib ?? 0) / host.memoryMib,
        memoryAllocated: host.memoryReservedMib / (host.memoryMib * host.memoryOvercommit),
      };
      return {
        ...hostView(host),
        instances: `${host.runningInstances} / ${host.instances}`,
        systeminstances: '0 / 0',
        cputotalghz: `${gigahertz(mhz)} (x ${host.cpuOvercommit})`,
        cpuusedghz: gigahertz(usedMhz),
        cpuallocatedghz: gigahertz(host.cpuReservedMhz),
        memorytotalgb: `${gigabytes(host.memoryMib)} (x ${host.memoryOvercommit})`,
        memoryusedgb: gigabytes(host.memoryUsedMib ?? 0),
        memoryallocatedgb: gigabytes(host.memoryReservedMib),
        ...thresholds(shares, cx.settings, host.clusterId),
      };
    }),
    count,
  };
});

/** Whether a host has room for the guest that is asked about. */
async function fitting(
  cx: Cx,
  guestId: number,
): Promise<(host: Awaited<ReturnType<typeof hostDetails>>[number]) => Shape<typeof hostResponse>> {
  const need = await guestNeeds(cx.tx, guestId);
  return (host) => {
    const enough =
      host.cpus >= need.cpus &&
      host.cpus * host.cpuMhz * host.cpuOvercommit - host.cpuReservedMhz >= need.cpuMhz &&
      host.memoryMib * host.memoryOvercommit - host.memoryReservedMib >= need.memoryMib;
    return { hasenoughcapacity: enough, suitableformigration: enough };
  };
}

/** A tag is known by its name. */
export const listTags = implement(listHostTags, async (cx) => {
  const { rows, count } = await hostTags(cx.tx, { keyword: cx.keyword, page: cx.page });
  return { items: rows.map(({ tag, hostId }) => ({ id: tag, name: tag, hostid: hostId, isimplicit: false })), count };
});

export const listHypervisorNames = implement(listHypervisors, async (cx, params) => {
  const names = params.zoneId === undefined ? hypervisors : await hypervisorsInZone(cx.tx, params.zoneId);
  return { items: names.map((name) => ({ name })), count: names.length };
});

export const listCapabilities = implement(listHypervisorCapabilities, async (cx, params) => {
  const { rows, count } = await findCapabilities(cx.tx, {
    page: cx.page,
    keyword: cx.keyword,
    id: params.id,
    hypervisor: params.hypervisor,
  });
  return {
    items: rows.map((row) => ({
      id: row.uuid,
      hypervisor: row.hypervisor,
      hypervisorversion: row.version,
      maxguestslimit: row.maxGuests,
      maxdatavolumeslimit: row.maxDataVolumes,
      maxhostspercluster: row.maxHostsPerCluster,
      securitygroupenabled: row.securityGroup,
      storagemotionenabled: row.storageMotion,
      vmsnapshotenabled: row.vmSnapshot,
    })),
    count,
  };
});
