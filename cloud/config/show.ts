// Settings as answers show them: with the value that holds where it was asked for. A secret value is shown to nobody.
import { unheededSettings } from '#api/settings.unheeded.ts';
import type { Shape } from '#api/define.ts';
import type { configurationResponse } from '#api/config/responses.ts';
import { settings as definitions, type SettingName } from '#api/settings.ts';
import type { Setting, SettingScope } from '#api/setting.ts';
import { fail } from '#api/errors.ts';
import type { Scoped, Settings } from '#kernel/settings.ts';

/** Where a setting is read or set: nowhere in particular is the whole cloud. */
export interface Place {
  readonly scope: SettingScope;
  readonly at?: Scoped;
}
export interface PlaceParams {
  zoneId?: number;
  clusterId?: number;
  storageId?: number;
  imageStoreUuid?: number;
  imageStoreId?: number;
  managementServerId?: number;
  domainId?: number;
  accountId?: number;
}

/** At most one of the parameters may be given. */
export function placeOf(params: PlaceParams): Place {
  const places: [string, SettingScope, number | undefined][] = [
    ['zoneid', 'Zone', params.zoneId],
    ['clusterid', 'Cluster', params.clusterId],
    ['storageid', 'StoragePool', params.storageId],
    ['imagestoreuuid', 'ImageStore', params.imageStoreUuid ?? params.imageStoreId],
    ['managementserverid', 'ManagementServer', params.managementServerId],
    ['domainid', 'Domain', params.domainId],
    ['accountid', 'Account', params.accountId],
  ];
  const given = places.filter(([, , id]) => id !== undefined);
  if (given.length > 1)
    fail(
      'invalidParameter',
      `${given.map(([name]) => name).join(' and ')} exclude each other: a setting is set in one place at a time`,
      { parameter: given[1]![0] },
    );
  const [found] = given;
  return found ? { scope: found[1], at: { scope: found[1], id: found[2]! } } : { scope: 'Global' };
}

export const settingNames = Object.keys(definitions) as SettingName[];
export const definitionOf = (name: SettingName): Setting => definitions[name];
export const isHidden = (name: SettingName): boolean => definitionOf(name).category === 'Hidden';

/** CloudStack's names for the kinds of values. */
const TYPES: Readonly<Record<Setting['kind'], string>> = {
  text: 'String',
  words: 'CSV',
  whole: 'Number',
  number: 'Decimal',
  flag: 'Boolean',
};

/** `vm.stats.interval` → `Vm stats interval`. */
const displayText = (name: string): string => {
  const words = name.replace(/[._]/g, ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
};

export function settingView(settings: Settings, name: SettingName, { at }: Place): Shape<typeof configurationResponse> {
  const setting = definitionOf(name);
  return {
    name,
    displaytext: displayText(name),
    description: unheededSettings.has(name) ? `${setting.summary} (not heeded by this cloud yet)` : setting.summary,
    category: setting.category,
    group: setting.group,
    subgroup: setting.subgroup,
    isdynamic: !setting.restart,
    scope: setting.scope.join(','),
    type: setting.oneOf ? 'Select' : TYPES[setting.kind],
    options: setting.oneOf?.join(','),
    defaultvalue: defaultText(name),
    ...(setting.secret ? {} : { value: valueOf(settings, name, at) }),
  };
}

/** The default as it is stored and sent; null where there is none. */
export const defaultText = (name: SettingName): string | null => {
  const value = definitions[name].default;
  return value === null ? null : `${value}`;
};

const valueOf = (settings: Settings, name: SettingName, at: Scoped | undefined): string | null => {
  const value = at ? settings.text(name, at) : settings.text(name);
  return value === '' && definitionOf(name).default === null ? null : value;
};
