// createServiceOffering: a fixed size, or one that the user chooses, freely or between bounds.
import { createServiceOffering } from '#api/offering/compute.ts';
import { fail } from '#api/errors.ts';
import type { Values } from '#api/define.ts';
import type { Settings } from '#kernel/settings.ts';
import { readDetails } from '../details.ts';
import { implement, type Cx } from '../context.ts';
import { offeredDomains, readTags } from './offered.ts';
import { checkIops, checkRates, rateColumns, readBursts } from './rates.ts';
import { insertServiceOffering, serviceOfferingsByIds } from './service.store.ts';
import { serviceOfferingView } from './service.view.ts';
import { checkMayTag } from './tagged.ts';

type Params = Values<typeof createServiceOffering.params>;

const SYSTEM_VM_TYPES = ['domainrouter', 'consoleproxy', 'secondarystoragevm', 'internalloadbalancervm'];
const PLANNERS = [
  'FirstFitPlanner',
  'UserDispersingPlanner',
  'UserConcentratedPodPlanner',
  'ImplicitDedicationPlanner',
  'BareMetalPlanner',
];
const MIN_MEMORY_MIB = 32;

export const createService = implement(createServiceOffering, async (cx, params) => {
  checkUnsupported(params);
  const size = sizeColumns(params, cx.settings);
  checkIops(params);
  checkRates(params);
  const system = checkSystem(cx, params);
  checkMayTag(cx, { hosttags: params.hostTags, tags: params.tags });
  const { id } = await insertServiceOffering(cx.tx, {
    name: params.name,
    display_text: params.displayText ?? params.name,
    ...size,
    ...system,
    ...storageColumns(params),
    ...behaviourColumns(params),
    domain_ids: await offeredDomains(cx, params.domainId),
    zone_ids: params.zoneId ?? [],
    details: JSON.stringify({
      ...readDetails(params.serviceOfferingDetails),
      ...(params.purgeResources ? { 'purge.db.entities': 'true' } : {}),
    }),
  });
  const [offering] = await serviceOfferingsByIds(cx.tx, [id]);
  await cx.event({
    description: `Service offering ${params.name} was created`,
    uuid: offering!.uuid,
    resourceType: 'ServiceOffering',
  });
  return serviceOfferingView(offering!, cx.settings);
});

/** What CloudStack can promise and this cloud cannot keep. */
function checkUnsupported(params: Params): void {
  if (params.encryptRoot)
    fail('unsupported', 'encryptroot: this cloud does not encrypt volumes; leave it out or say false', {
      parameter: 'encryptroot',
    });
  if (params.gpuCount)
    fail('unsupported', 'gpucount: this cloud gives no GPUs to instances; leave it out', { parameter: 'gpucount' });
  if (params.leaseDuration !== undefined && params.leaseDuration > 0)
    fail('unsupported', 'leaseduration: instances of this cloud have no lease; leave it out', {
      parameter: 'leaseduration',
    });
  if (params.externalDetails)
    fail('unsupported', 'externaldetails: this cloud has no extensions; leave it out', {
      parameter: 'externaldetails',
    });
}

function sizeColumns(params: Params, settings: Settings): Record<string, unknown> {
  const customized =
    params.customized ??
    (params.cpuNumber === undefined || params.cpuSpeed === undefined || params.memory === undefined);
  const columns = customized ? customColumns(params) : fixedColumns(params);
  const mostCpus = settings.number('vm.serviceoffering.cpu.cores.max');
  const mostMemoryMib = settings.number('vm.serviceoffering.ram.size.max');
  for (const [name, value, most] of [
    ['cpunumber', params.cpuNumber, mostCpus],
    ['maxcpunumber', params.maxCpuNumber, mostCpus],
    ['memory', params.memory, mostMemoryMib],
    ['maxmemory', params.maxMemory, mostMemoryMib],
  ] as const) {
    if (value !== undefined && most > 0 && value > most)
      fail('invalidParameter', `${name} is ${value}; at most ${most} is accepted here`, { parameter: name });
  }
  return { customized, ...columns };
}

function fixedColumns(params: Params): Record<string, unknown> {
  for (const name of ['minCpuNumber', 'maxCpuNumber', 'minMemory', 'maxMemory'] as const) {
    if (params[name] !== undefined)
      fail(
        'invalidParameter',
        `${name.toLowerCase()} is for offerings whose size the user chooses; say customized=true and leave cpunumber and memory out`,
        { parameter: name.toLowerCase() },
      );
  }
  return {
    cpus: atLeast('cpunumber', params.cpuNumber, 1),
    cpu_mhz: atLeast('cpuspeed', params.cpuSpeed, 1),
    memory_mib: atLeast('memory', params.memory, MIN_MEMORY_MIB),
  };
}

/** Without bounds everything is the user's to say; with bounds the speed is fixed and all four bounds are there. */
function customColumns(params: Params): Record<string, unknown> {
  if (params.cpuNumber !== undefined || params.memory !== undefined) {
    const [name, other] = params.cpuNumber === undefined ? ['memory', 'cpunumber'] : ['cpunumber', 'memory'];
    fail(
      'invalidParameter',
      `${name} is given for an offering whose size the user chooses; give cpunumber, cpuspeed and memory for a fixed size, or leave ${name} and ${other} out`,
      { parameter: name },
    );
  }
  const bounds = {
    mincpunumber: params.minCpuNumber,
    maxcpunumber: params.maxCpuNumber,
    minmemory: params.minMemory,
    maxmemory: params.maxMemory,
    cpuspeed: params.cpuSpeed,
  };
  if (Object.values(bounds).every((value) => value === undefined)) return {};
  const missing = Object.entries(bounds).find(([, value]) => value === undefined);
  if (missing)
    fail(
      'invalidParameter',
      `${missing[0]} is missing: an offering with bounds needs ${Object.keys(bounds).join(', ')}`,
      { parameter: missing[0] },
    );
  if (params.minCpuNumber! > params.maxCpuNumber!)
    fail(
      'invalidParameter',
      `mincpunumber is ${params.minCpuNumber}; at most maxcpunumber (${params.maxCpuNumber}) is accepted`,
      { parameter: 'mincpunumber' },
    );
  if (params.minMemory! > params.maxMemory!)
    fail('invalidParameter', `minmemory is ${params.minMemory}; at most maxmemory (${params.maxMemory}) is accepted`, {
      parameter: 'minmemory',
    });
  return {
    cpu_mhz: atLeast('cpuspeed', params.cpuSpeed, 1),
    min_cpus: atLeast('mincpunumber', params.minCpuNumber, 1),
    max_cpus: params.maxCpuNumber,
    min_memory_mib: atLeast('minmemory', params.minMemory, MIN_MEMORY_MIB),
    max_memory_mib: params.maxMemory,
  };
}

function atLeast(parameter: string, value: number | undefined, least: number): number {
  if (value === undefined)
    return fail('invalidParameter', `${parameter} is missing: a fixed size needs cpunumber, cpuspeed and memory`, {
      parameter,
    });
  if (value < least) fail('invalidParameter', `${parameter} is ${value}; at least ${least} is accepted`, { parameter });
  return value;
}

function checkSystem({ caller }: Pick<Cx, 'caller'>, params: Params): Record<string, unknown> {
  const system = params.isSystem ?? false;
  if (system && !caller.isRoot)
    fail('permissionDenied', `Account ${caller.accountName} may not create offerings for system VMs`, {
      parameter: 'issystem',
    });
  const type = params.systemVmType?.toLowerCase();
  if (system && (type === undefined || !SYSTEM_VM_TYPES.includes(type)))
    fail('invalidParameter', `systemvmtype is ${type ?? 'missing'}; accepted: ${SYSTEM_VM_TYPES.join(', ')}`, {
      parameter: 'systemvmtype',
    });
  if (params.networkRate !== undefined) {
    if (params.networkRate < 0)
      fail('invalidParameter', `networkrate is ${params.networkRate}; 0 or more Mbit/s is accepted`, {
        parameter: 'networkrate',
      });
    if (system && type !== 'domainrouter')
      fail('invalidParameter', 'networkrate is for instances and routers, not for other system VMs', {
        parameter: 'networkrate',
      });
  }
  if (params.deploymentPlanner !== undefined && !PLANNERS.includes(params.deploymentPlanner)) {
    fail('invalidParameter', `deploymentplanner is '${params.deploymentPlanner}'; accepted: ${PLANNERS.join(', ')}`, {
      parameter: 'deploymentplanner',
    });
  }
  return {
    system_use: system,
    system_vm_type: system ? type : undefined,
    network_rate: params.networkRate,
    planner: params.deploymentPlanner,
  };
}

function storageColumns(params: Params): Record<string, unknown> {
  if (params.rootDiskSize !== undefined && params.rootDiskSize < 0)
    fail(
      'invalidParameter',
      `rootdisksize is ${params.rootDiskSize}; 0 (the template's) or a size in GiB is accepted`,
      { parameter: 'rootdisksize' },
    );
  return {
    storage_type: params.storageType ?? 'shared',
    provisioning_type: params.provisioningType ?? 'thin',
    root_disk_gib: params.rootDiskSize || undefined,
    storage_tags: readTags(params.tags) ?? [],
    cache_mode: params.cacheMode ?? 'none',
    custom_iops: params.customizedIops ?? false,
    min_iops: params.minIops,
    max_iops: params.maxIops,
    hypervisor_snapshot_reserve: params.hypervisorSnapshotReserve,
    ...rateColumns(params),
    bursts: JSON.stringify(readBursts(params)),
    disk_offering_id: params.diskOfferingId,
    disk_offering_strictness: params.diskOfferingStrictness ?? false,
  };
}

const behaviourColumns = (params: Params): Record<string, unknown> => ({
  offer_ha: params.offerHa ?? false,
  limit_cpu: params.limitCpuUse ?? false,
  is_volatile: params.isVolatile ?? false,
  dynamic_scaling: params.dynamicScalingEnabled ?? true,
  host_tags: readTags(params.hostTags) ?? [],
});
