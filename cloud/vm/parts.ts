// Which parts of instances a list shows: `details` names them, as CloudStack's does. What belongs to no part is always shown.
import { fail } from '#api/errors.ts';
import type { Shape } from '#api/define.ts';
import type { virtualMachineResponse } from '#api/vm/responses.ts';

type Shown = Shape<typeof virtualMachineResponse>;
type Field = keyof Shown;

const size: readonly Field[] = ['cpunumber', 'cpuspeed', 'memory'];
const parts = {
  group: ['group', 'groupid'],
  nics: ['nic'],
  stats: [
    ...size,
    'cpuused',
    'memorykbs',
    'memoryintfreekbs',
    'memorytargetkbs',
    'networkkbsread',
    'networkkbswrite',
    'diskkbsread',
    'diskkbswrite',
    'diskioread',
    'diskiowrite',
  ],
  secgrp: ['securitygroup'],
  tmpl: ['templateid', 'templatename', 'templatedisplaytext', 'templatetype', 'templateformat', 'passwordenabled'],
  servoff: [...size, 'serviceofferingid', 'serviceofferingname'],
  diskoff: ['diskofferingid', 'diskofferingname'],
  backoff: ['backupofferingid', 'backupofferingname'],
  iso: ['isoid', 'isoname', 'isodisplaytext'],
  volume: ['rootdeviceid', 'rootdevicetype', 'pooltype'],
  min: [],
  affgrp: ['affinitygroup'],
} as const satisfies Record<string, readonly Field[]>;
type Part = keyof typeof parts;

const all: ReadonlySet<Field> = new Set(Object.values(parts).flat());
const isPart = (name: string): name is Part => Object.hasOwn(parts, name);

export interface Wanted {
  /** What measuring says is read for who wants it only. */
  readonly stats: boolean;
  /** Nothing is left out. */
  readonly whole: boolean;
  /** Leaves out what is not asked for. */
  select<T extends Shown>(shown: T): T;
}

const everything: Wanted = { stats: true, whole: true, select: (shown) => shown };
const withoutStats: Wanted = { stats: false, whole: true, select: (shown) => shown };

/** Without `details` everything, measurements as the setting says. */
export function wantedParts(details: readonly string[] | undefined, statsByDefault: boolean): Wanted {
  if (details === undefined || details.length === 0) return statsByDefault ? everything : withoutStats;
  const names = details.map((name) => name.toLowerCase());
  const wrong = names.find((name) => name !== 'all' && !isPart(name));
  if (wrong !== undefined)
    fail('invalidParameter', `details names '${wrong.slice(0, 40)}'; accepted: all, ${Object.keys(parts).join(', ')}`, {
      parameter: 'details',
    });
  if (names.includes('all')) return everything;
  const kept = new Set<Field>(names.flatMap((name): readonly Field[] => (isPart(name) ? parts[name] : [])));
  const isShown = (field: string): boolean => !all.has(field as Field) || kept.has(field as Field);
  return {
    stats: names.includes('stats'),
    whole: false,
    select: (shown) => Object.fromEntries(Object.entries(shown).filter(([field]) => isShown(field))) as typeof shown,
  };
}
