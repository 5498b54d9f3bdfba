// Details of an instance: free names and values, and the size of a custom offering among them.
import { fail } from '#api/errors.ts';
import type { MapEntries } from '#base/param.ts';
import type { OfferingRow } from './vm.store.ts';

/** `details[0].a=b` and `details[0].key=a&details[0].value=b` alike. */
export function flatDetails(entries: MapEntries | undefined): Record<string, string> {
  const found = new Map<string, string>();
  for (const fields of entries?.values() ?? []) {
    const key = fields.get('key');
    if (key !== undefined && fields.has('value')) found.set(key, fields.get('value')!);
    else for (const [name, value] of fields) found.set(name, value);
  }
  return Object.fromEntries(found);
}

export interface Size {
  cpus: number;
  cpuMhz: number;
  memoryMib: number;
}

/** What the offering sells, or what the details ask of a custom one, within its bounds. */
export function customSize(offering: OfferingRow, details: Readonly<Record<string, string>>): Size {
  if (!offering.customized) return { cpus: offering.cpus!, cpuMhz: offering.cpuMhz!, memoryMib: offering.memoryMib! };
  return {
    cpus:
      offering.cpus ??
      bounded('cpuNumber', details['cpuNumber'], { min: offering.minCpus ?? 1, max: offering.maxCpus ?? 512 }),
    cpuMhz: offering.cpuMhz ?? bounded('cpuSpeed', details['cpuSpeed'], { min: 1, max: 100_000 }),
    memoryMib:
      offering.memoryMib ??
      bounded('memory', details['memory'], {
        min: offering.minMemoryMib ?? 32,
        max: offering.maxMemoryMib ?? 16 * 1024 * 1024,
      }),
  };
}

function bounded(name: string, text: string | undefined, { min, max }: { min: number; max: number }): number {
  const value = Number(text);
  if (text === undefined)
    return fail('missingParameter', `The offering is custom: details must say ${name}, from ${min} to ${max}`, {
      parameter: 'details',
    });
  if (!Number.isInteger(value) || value < min || value > max)
    return fail(
      'invalidParameter',
      `details: ${name} is ${text.slice(0, 30)}; a whole number from ${min} to ${max} is accepted`,
      { parameter: 'details' },
    );
  return value;
}
