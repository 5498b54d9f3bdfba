// What a setting's value must lie between, beyond being of its kind: a wrong number must be refused where it is typed, not
// found out by whoever divides by it.
import { isIP } from 'node:net';
import { fail } from '#api/errors.ts';
import type { SettingName } from '#api/settings.ts';
import { definitionOf } from './show.ts';

interface Bounds {
  min?: number;
  max?: number;
  words: string;
}

const BY_UNIT: Readonly<Record<string, Bounds>> = {
  share: { min: 0, max: 1, words: 'from 0 to 1' },
  port: { min: 0, max: 65_535, words: 'from 0 to 65535' },
  seconds: { min: 0, words: 'of 0 or more' },
  milliseconds: { min: 0, words: 'of 0 or more' },
  minutes: { min: 0, words: 'of 0 or more' },
  hours: { min: 0, words: 'of 0 or more' },
  days: { min: 0, words: 'of 0 or more' },
  // one late ping is no silence
  intervals: { min: 1.5, words: 'of 1.5 or more' },
  characters: { min: 0, words: 'of 0 or more' },
  calls: { min: 1, words: 'of 1 or more' },
  attempts: { min: 0, words: 'of 0 or more' },
  hosts: { min: 1, words: 'of 1 or more' },
  accounts: { min: 1, words: 'of 1 or more' },
};
const FACTOR: Bounds = { min: 1, words: 'of 1 or more' };
const LIMIT: Bounds = { min: -1, words: 'of 0 or more, or -1 for no limit' };

function boundsOf(name: SettingName): Bounds | undefined {
  if (name.endsWith('overprovisioning.factor')) return FACTOR;
  if (/^max\.(account|domain|project)\./.test(name)) return LIMIT;
  return BY_UNIT[definitionOf(name).unit ?? ''];
}

export function checkBounds(name: SettingName, value: unknown): void {
  const refuse = (accepted: string): never =>
    fail('invalidParameter', `value is '${String(value).slice(0, 60)}'; ${name} takes ${accepted}`, {
      parameter: 'value',
    });
  if (name === 'default.page.size' && (value === 0 || (value as number) < -1))
    refuse('a whole number of 1 or more items, or -1 for no limit');
  if (name === 'host.ping.interval' && ((value as number) < 1 || (value as number) > 300))
    refuse('a whole number of seconds from 1 to 300');
  if (name === 'vm.password.length' && (value as number) < 6) refuse('a whole number of 6 or more');
  if (name === 'api.allowed.source.cidr.list' && !String(value).split(',').every(isNetwork))
    refuse('networks like 10.0.0.0/8 or ::1/128 parted by commas');
  if (name === 'password.policy.regex' && !isPattern(String(value))) refuse('a regular expression');
  const bounds = typeof value === 'number' ? boundsOf(name) : undefined;
  if (bounds && ((value as number) < (bounds.min ?? -Infinity) || (value as number) > (bounds.max ?? Infinity)))
    refuse(`a number ${bounds.words}`);
}

function isPattern(text: string): boolean {
  try {
    return Boolean(new RegExp(text));
  } catch {
    return false;
  }
}

function isNetwork(text: string): boolean {
  const [address = '', prefix, ...more] = text.trim().split('/');
  const family = isIP(address);
  if (family === 0 || more.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128));
}
