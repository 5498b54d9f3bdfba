// The four verbs of disk offerings: sizes and speeds of volumes, fixed or the user's to say.
import { createDiskOffering, deleteDiskOffering, listDiskOfferings, updateDiskOffering } from '#api/offering/disk.ts';
import { fail } from '#api/errors.ts';
import { readDetails } from '../details.ts';
import { done, implement, type Cx } from '../context.ts';
import { offeringAudience, offeringState } from './audience.ts';
import {
  changeDiskOffering,
  diskOfferingsByIds,
  findDiskOfferings,
  insertDiskOffering,
  ownerOfGuest,
  poolsForGuest,
  poolTraits,
  volumeNow,
  type DiskOfferingQuery,
  type DiskOfferingRow,
  type VolumeNow,
} from './disk.store.ts';
import { diskOfferingView } from './disk.view.ts';
import { changedDomains, changedZones, mayChangeOffering, offeredDomains, readTags } from './offered.ts';
import { OFFERINGS_MADE_OF } from './offered.store.ts';
import { checkIops, checkRates, rateColumns, readBursts } from './rates.ts';
import { checkMayTag } from './tagged.ts';

export const createDisk = implement(createDiskOffering, async (cx, params) => {
  if (params.encrypt)
    fail('unsupported', 'encrypt: this cloud does not encrypt volumes; leave it out or say false', {
      parameter: 'encrypt',
    });
  const customized = params.customized ?? false;
  checkSize({ customized, sizeGib: params.diskSize, mostGib: cx.settings.number('storage.max.volume.size') });
  checkIops(params);
  checkRates(params);
  checkMayTag(cx, { tags: params.tags });
  const { id } = await insertDiskOffering(cx.tx, {
    name: params.name,
    display_text: params.displayText ?? params.name,
    size_gib: params.diskSize,
    customized,
    strictness: params.diskSizeStrictness ?? false,
    custom_iops: params.customizedIops ?? false,
    min_iops: params.minIops,
    max_iops: params.maxIops,
    storage_type: params.storageType ?? 'shared',
    provisioning_type: params.provisioningType ?? 'thin',
    tags: readTags(params.tags) ?? [],
    display: params.displayOffering ?? true,
    cache_mode: params.cacheMode ?? 'none',
    hypervisor_snapshot_reserve: params.hypervisorSnapshotReserve,
    ...rateColumns(params),
    bursts: JSON.stringify(readBursts(params)),
    details: JSON.stringify(readDetails(params.details)),
    domain_ids: await offeredDomains(cx, params.domainId),
    zone_ids: params.zoneId ?? [],
  });
  const [offering] = await diskOfferingsByIds(cx.tx, [id]);
  await cx.event({ description: `Disk offering ${params.name} was created`, uuid: offering!.uuid });
  return diskOfferingView(offering!);
});

function checkSize({
  customized,
  sizeGib,
  mostGib,
}: {
  customized: boolean;
  sizeGib: number | undefined;
  mostGib: number;
}): void {
  if (customized && sizeGib !== undefined)
    fail(
      'invalidParameter',
      'disksize is given for an offering whose size the user chooses; leave disksize or customized=true out',
      { parameter: 'disksize' },
    );
  if (!customized && sizeGib === undefined)
    fail('invalidParameter', 'disksize is missing: give the size in GiB, or customized=true for one the user chooses', {
      parameter: 'disksize',
    });
  if (sizeGib !== undefined && (sizeGib < 1 || sizeGib > mostGib))
    fail('invalidParameter', `disksize is ${sizeGib}; 1 to ${mostGib} GiB is accepted`, { parameter: 'disksize' });
}

export const listDisks = implement(listDiskOfferings, async (cx, params) => {
  const query: DiskOfferingQuery = {
    page: cx.page,
    ascending: cx.settings.boolean('sortkey.algorithm'),
    keyword: cx.keyword,
    id: params.id,
    name: params.name,
    audience: await offeringAudience(cx, params),
    zoneId: params.zoneId,
    shownOnly: !cx.caller.isRoot,
    state: offeringState(params.state),
    storageType: params.storageType,
    encrypt: params.encrypt,
    insteadOf: params.volumeId === undefined ? undefined : await knownVolume(cx, params.volumeId),
    onPool: params.storageId === undefined ? undefined : await poolTraits(cx.tx, params.storageId),
  };
  const { rows, count } = await cx.found({
    key: `disk-offerings ${JSON.stringify(query)}`,
    of: OFFERINGS_MADE_OF,
    read: () => findDiskOfferings(cx.tx, query),
  });
  const suits = params.virtualMachineId === undefined ? undefined : await suitability(cx, params.virtualMachineId);
  return { items: rows.map((row) => diskOfferingView(row, suits?.(row))), count };
});

async function knownVolume(cx: Cx, volumeId: number): Promise<VolumeNow> {
  const volume = await volumeNow(cx.tx, volumeId);
  await cx.mayActFor(volume, 'the volume given as volumeid');
  return volume;
}

/** An offering suits an instance where a pool its host reaches has all of the offering's tags. */
async function suitability(cx: Cx, vmId: number): Promise<(row: DiskOfferingRow) => boolean> {
  await cx.mayActFor(await ownerOfGuest(cx.tx, vmId), 'the instance given as virtualmachineid');
  const pools = await poolsForGuest(cx.tx, vmId);
  return (row) =>
    pools.some((pool) => pool.storageType === row.storageType && row.tags.every((tag) => pool.tags.includes(tag)));
}

export const updateDisk = implement(updateDiskOffering, async (cx, params) => {
  const [before] = await diskOfferingsByIds(cx.tx, [params.id]);
  await mayChangeOffering(cx, { domainIds: before!.domainIds, what: 'disk offering' });
  checkRates(params);
  checkMayTag(cx, { tags: params.tags });
  await changeDiskOffering(cx.tx, params.id, {
    name: params.name,
    display_text: params.displayText,
    sort_key: params.sortKey,
    display: params.displayOffering,
    state: params.state,
    tags: readTags(params.tags),
    cache_mode: params.cacheMode,
    ...rateColumns(params),
    bursts: JSON.stringify({ ...before!.bursts, ...readBursts(params) }),
    domain_ids: await changedDomains(cx, params.domainId),
    zone_ids: await changedZones(cx, params.zoneId),
  });
  const [offering] = await diskOfferingsByIds(cx.tx, [params.id]);
  await cx.event({ description: `Disk offering ${offering!.name} was changed`, uuid: offering!.uuid });
  return diskOfferingView(offering!);
});

/** Withdrawn, not removed: volumes that have it keep it. */
export const deleteDisk = implement(deleteDiskOffering, async (cx, params) => {
  const [offering] = await diskOfferingsByIds(cx.tx, [params.id]);
  await mayChangeOffering(cx, { domainIds: offering!.domainIds, what: 'disk offering' });
  await changeDiskOffering(cx.tx, params.id, { state: 'Inactive' });
  await cx.event({
    description: `Disk offering ${offering!.name} was deleted`,
    uuid: offering!.uuid,
    resourceType: 'DiskOffering',
  });
  return done;
});
