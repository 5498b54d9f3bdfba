// A host as an answer. Capacity is told in what is sold: MHz and bytes, with the cluster's over-commitment.
import type { Shape } from '#api/define.ts';
import type { hostResponse } from '#api/infra/host-responses.ts';
import type { ResultCx } from '../context.ts';
import { controllerView } from '../out-of-band/show.ts';
import { haView } from './ha.ts';
import { hostDetails, type HostDetail } from './host.store.ts';

const MIB = 2 ** 20;
const percent = (part: number, whole: number): string => `${(whole > 0 ? (100 * part) / whole : 0).toFixed(2)}%`;

export const showHosts = async (
  cx: Pick<ResultCx, 'tx'>,
  ids: readonly number[],
): Promise<Shape<typeof hostResponse>[]> => (await hostDetails(cx.tx, ids)).map(hostView);

export function hostView(host: HostDetail): Shape<typeof hostResponse> {
  const sellableMhz = host.cpus * host.cpuMhz * host.cpuOvercommit;
  const sellableBytes = host.memoryMib * host.memoryOvercommit * MIB;
  const tags = host.tags.join(',') || null;
  return {
    id: host.uuid,
    name: host.name,
    type: host.type,
    hypervisor: host.hypervisor,
    hypervisorversion: host.hypervisorVersion,
    state: host.status,
    resourcestate: host.resourceState,
    ipaddress: host.privateIp,
    version: host.version,
    arch: host.arch,
    zoneid: host.zoneUuid,
    zonename: host.zone,
    podid: host.podUuid,
    podname: host.pod,
    clusterid: host.clusterUuid,
    clustername: host.cluster,
    clustertype: host.clusterType,
    cpunumber: host.cpus,
    cpusockets: host.cpuSockets,
    cpuspeed: host.cpuMhz,
    cpuwithoverprovisioning: sellableMhz.toFixed(1),
    cpuallocated: percent(host.cpuReservedMhz, host.cpus * host.cpuMhz),
    cpuallocatedvalue: host.cpuReservedMhz,
    cpuallocatedpercentage: percent(host.cpuReservedMhz, host.cpus * host.cpuMhz),
    cpuallocatedwithoverprovisioning: percent(host.cpuReservedMhz, sellableMhz),
    cpuused: host.cpuUsedPercent === null ? undefined : `${host.cpuUsedPercent.toFixed(2)}%`,
    memorytotal: host.memoryMib * MIB,
    memorywithoverprovisioning: String(sellableBytes),
    memoryallocated: host.memoryReservedMib * MIB,
    memoryallocatedbytes: host.memoryReservedMib * MIB,
    memoryallocatedpercentage: percent(host.memoryReservedMib * MIB, sellableBytes),
    memoryused: host.memoryUsedMib === null ? undefined : host.memoryUsedMib * MIB,
    hasenoughcapacity: host.cpuReservedMhz < sellableMhz && host.memoryReservedMib * MIB < sellableBytes,
    hosttags: tags,
    explicithosttags: tags,
    istagarule: false,
    islocalstorageactive: host.localPools > 0,
    hahost: false,
    encryptionsupported: false,
    ueficapability: false,
    hostha: haView(host.ha),
    details: {
      ...(host.accelerator ? { accelerator: host.accelerator } : {}),
      ...host.details,
      ...(host.evidence === null ? {} : { investigation: host.evidence }),
    },
    capabilities: host.hypervisor === 'KVM' ? 'hvm' : null,
    oscategoryid: host.osCategoryUuid,
    oscategoryname: host.osCategory,
    hasannotations: host.annotation !== null,
    annotation: host.annotation?.text,
    lastannotated: host.annotation ? new Date(host.annotation.created) : null,
    username: host.annotation?.username,
    lastpinged: host.lastPing,
    managementserverid: host.managementServerUuid,
    managementservername: host.managementServer,
    disconnected: host.disconnected,
    created: host.created,
    removed: host.removed,
    outofbandmanagement: controllerView(host.controller, host.powerState),
    events: eventsFrom(host.status),
  };
}

/** What may happen to a host next, as clients show it. */
const eventsFrom = (status: string): string =>
  status === 'Removed' ? '' : 'AgentConnected; PingTimeout; HostDown; ShutdownRequested; ManagementServerDown; Remove';
