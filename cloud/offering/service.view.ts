// How a service offering looks in an answer.
import type { Shape } from '#api/define.ts';
import type { serviceOfferingResponse } from '#api/offering/responses.ts';
import type { Settings } from '#kernel/settings.ts';
import { ratesView } from './rates.ts';
import type { ServiceOfferingRow } from './service.store.ts';

/** Least and most of what the user chooses, under the names clients look for. */
const bounds = (row: ServiceOfferingRow): Record<string, string> =>
  Object.fromEntries(
    Object.entries({
      mincpunumber: row.minCpus,
      maxcpunumber: row.maxCpus,
      minmemory: row.minMemoryMib,
      maxmemory: row.maxMemoryMib,
    })
      .filter(([, value]) => value !== null)
      .map(([name, value]) => [name, String(value)]),
  );

/** Without a rate of its own an offering has that of the settings; system offerings have none. */
function networkRate(row: ServiceOfferingRow, settings: Settings): number | null {
  if (row.networkRate !== null) return row.networkRate;
  if (row.systemUse && row.systemVmType !== 'domainrouter') return null;
  const rate = settings.number('vm.network.throttling.rate');
  return rate > 0 ? rate : null;
}

export function serviceOfferingView(
  row: ServiceOfferingRow,
  settings: Settings,
): Shape<typeof serviceOfferingResponse> {
  const details = { ...row.details, ...bounds(row) };
  return {
    id: row.uuid,
    name: row.name,
    displaytext: row.displayText,
    created: row.created,
    state: row.state,
    cpunumber: row.cpus,
    cpuspeed: row.cpuMhz,
    memory: row.memoryMib,
    iscustomized: row.customized,
    offerha: row.offerHa,
    limitcpuuse: row.limitCpu,
    isvolatile: row.isVolatile,
    dynamicscalingenabled: row.dynamicScaling,
    storagetype: row.storageType,
    provisioningtype: row.provisioningType,
    rootdisksize: row.rootDiskGib ?? 0,
    cacheMode: row.cacheMode,
    encryptroot: row.encryptRoot,
    hosttags: row.hostTags.join(',') || null,
    storagetags: row.storageTags.join(',') || null,
    issystem: row.systemUse,
    systemvmtype: row.systemVmType,
    defaultuse: row.isDefault,
    networkrate: networkRate(row, settings),
    deploymentplanner: row.planner,
    iscustomizediops: row.customIops,
    miniops: row.minIops,
    maxiops: row.maxIops,
    hypervisorsnapshotreserve: row.snapshotReserve,
    ...ratesView(row),
    diskofferingid: row.diskOfferingUuid,
    diskofferingname: row.diskOfferingName,
    diskofferingdisplaytext: row.diskOfferingText,
    diskofferingstrictness: row.diskOfferingStrictness,
    domainid: row.domainUuids,
    domain: row.domainNames,
    zoneid: row.zoneUuids,
    zone: row.zoneNames,
    hasannotations: row.annotated,
    purgeresources: row.details['purge.db.entities'] === 'true',
    serviceofferingdetails: Object.keys(details).length > 0 ? details : null,
  };
}
