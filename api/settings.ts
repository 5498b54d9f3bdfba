// Every setting by name: what listConfigurations shows, what code may read, and as what type.
import { availabilitySettings } from './availability.data.ts';
import { limitSettings } from './limits.data.ts';
import type { Setting } from './setting.ts';
import { outOfBandSettings } from './out-of-band.data.ts';
import { generalSettings } from './settings.data.ts';

export const settings = { ...generalSettings, ...availabilitySettings, ...outOfBandSettings, ...limitSettings };

export type SettingName = keyof typeof settings;
/** Type of a setting's value; null where there may be none. */
export type SettingValue<N extends SettingName> = (typeof settings)[N] extends Setting<infer T> ? T : never;

/** A setting as stored or sent, read as what it is; undefined where the text does not say one. */
export function readSetting<N extends SettingName>(name: N, value: string): SettingValue<N> | undefined {
  const setting: Setting = settings[name];
  return readers[setting.kind](value.trim(), setting) as SettingValue<N> | undefined;
}

const WHOLE = /^-?\d{1,15}$/;
const FLAGS: Readonly<Record<string, boolean>> = { true: true, false: false };

const readers: Record<Setting['kind'], (value: string, setting: Setting) => unknown> = {
  text: (value, { oneOf }) => (oneOf ? oneOf.find((each) => each.toLowerCase() === value.toLowerCase()) : value),
  words: (value) => value,
  whole: (value) => (WHOLE.test(value) ? Number(value) : undefined),
  number: (value) => (value !== '' && Number.isFinite(Number(value)) ? Number(value) : undefined),
  flag: (value) => FLAGS[value.toLowerCase()],
};

/** What would be accepted, in words. */
export function acceptedBy(name: SettingName): string {
  const { kind, oneOf, unit }: Setting = settings[name];
  if (oneOf) return `one of ${oneOf.join(', ')}`;
  const words = {
    text: 'a text',
    words: 'a list parted by commas',
    whole: 'a whole number',
    number: 'a number',
    flag: 'true or false',
  }[kind];
  return unit ? `${words} of ${unit}` : words;
}
