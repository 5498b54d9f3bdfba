// What size a volume may have: fixed by its disk offering or said by the user, within the settings' bounds. GiB on the wire, bytes here.
import { fail } from '#api/errors.ts';
import type { Settings } from '#kernel/settings.ts';
import type { DiskOfferingRow } from './volume.store.ts';

export const GIB = 2 ** 30;

/** Of a new volume, or of one that gets this offering. `sizeGib`: what the user said. */
export function sizeOfOffering(settings: Settings, offering: DiskOfferingRow, sizeGib: number | undefined): number {
  if (offering.customized)
    return chosenSize(
      settings,
      sizeGib ??
        fail(
          'missingParameter',
          `size is missing: the disk offering ${offering.name} is custom; give the size in GiB`,
          { parameter: 'size' },
        ),
    );
  if (sizeGib !== undefined)
    fail(
      'invalidParameter',
      `size is given, but the disk offering ${offering.name} has a fixed size of ${offering.sizeGib} GiB; leave size out`,
      { parameter: 'size' },
    );
  return offering.sizeGib! * GIB;
}

export function chosenSize(settings: Settings, sizeGib: number): number {
  const least = settings.number('custom.diskoffering.size.min');
  const most = Math.min(settings.number('custom.diskoffering.size.max'), settings.number('storage.max.volume.size'));
  if (sizeGib < least || sizeGib > most)
    fail('invalidParameter', `size is ${sizeGib}; ${least} to ${most} GiB is accepted`, { parameter: 'size' });
  return sizeGib * GIB;
}

/** Refuses an offering that is not for a volume in that zone. */
export function checkOffering(offering: DiskOfferingRow, zoneId: number): void {
  if (offering.state !== 'Active')
    fail('invalidParameter', `diskofferingid: the disk offering ${offering.name} is not sold any more`, {
      parameter: 'diskofferingid',
    });
  if (offering.zoneIds.length > 0 && !offering.zoneIds.includes(zoneId))
    fail('invalidParameter', `diskofferingid: the disk offering ${offering.name} is not sold in this zone`, {
      parameter: 'diskofferingid',
    });
}

export interface Iops {
  min_iops: number | null;
  max_iops: number | null;
}

/** Said by the user where the offering leaves it open. */
export function iopsOf(offering: DiskOfferingRow, { minIops, maxIops }: { minIops?: number; maxIops?: number }): Iops {
  if (!offering.customIops) {
    const given = minIops !== undefined ? 'miniops' : maxIops !== undefined ? 'maxiops' : undefined;
    if (given)
      fail('invalidParameter', `${given} is given, but the disk offering ${offering.name} says its own; leave it out`, {
        parameter: given,
      });
    return { min_iops: offering.minIops, max_iops: offering.maxIops };
  }
  if ((minIops === undefined) !== (maxIops === undefined))
    fail('invalidParameter', 'miniops and maxiops come together; give both or neither', {
      parameter: minIops === undefined ? 'miniops' : 'maxiops',
    });
  if (minIops !== undefined && (minIops < 0 || minIops > maxIops!))
    fail('invalidParameter', `miniops is ${minIops}; 0 to maxiops (${maxIops}) is accepted`, { parameter: 'miniops' });
  return { min_iops: minIops ?? null, max_iops: maxIops ?? null };
}
