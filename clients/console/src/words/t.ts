// The words people read. Keys are flat, texts have `{name}` in them; a missing or misspelt key or value does not compile.
// Other languages are further tables with the same keys, chosen before the first render.
import { en } from './en.ts';

type Texts = typeof en;
export type Key = keyof Texts;
type Slots<S extends string> = S extends `${string}{${infer N}}${infer R}` ? N | Slots<R> : never;
type Values<K extends Key> = { readonly [N in Slots<Texts[K]>]: string | number };
type Arguments<K extends Key> = [Slots<Texts[K]>] extends [never] ? [] : [values: Values<K>];
/** Keys of texts without slots. */
export type Plain = { [K in Key]: [Slots<Texts[K]>] extends [never] ? K : never }[Key];

let table: Readonly<Record<Key, string>> = en;
let language = 'en';

export function speak(code: string, texts: Readonly<Record<Key, string>>): void {
  language = code;
  table = texts;
}

export function t<K extends Key>(key: K, ...[values]: Arguments<K>): string {
  const text: string = table[key];
  if (!values) return text;
  return text.replace(/\{(\w+)\}/g, (slot, name: string) =>
    String((values as Record<string, string | number>)[name] ?? slot),
  );
}

type Plural = { [K in Key]: K extends `${infer B}.other` ? B : never }[Key];

/** A text in one of the plural forms of the language: `<key>.one`, `<key>.other`; `{count}` is in both. */
export function many(key: Plural, count: number, values: Readonly<Record<string, string | number>> = {}): string {
  const form = `${key}.${new Intl.PluralRules(language).select(count)}`;
  const text = table[(form in table ? form : `${key}.other`) as Key];
  return text.replace(/\{(\w+)\}/g, (slot, name: string) =>
    name === 'count' ? number(count) : String(values[name] ?? slot),
  );
}

export const number = (value: number): string => new Intl.NumberFormat(language).format(value);

const asDate = (wire: string): Date => new Date(wire.replace(/([+-]\d{2})(\d{2})$/, '$1:$2'));

/** A date of the API, in this browser's time zone. */
export const when = (wire: string): string =>
  new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'medium' }).format(asDate(wire));
export const clock = (ms: number): string => new Intl.DateTimeFormat(language, { timeStyle: 'medium' }).format(ms);
export const msOf = (wire: string): number => asDate(wire).getTime();

const UNITS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];

/** «3 minutes ago»; `narrow`: «3m ago». */
export function ago(
  wire: string,
  { now = Date.now(), style = 'long' }: { now?: number; style?: 'long' | 'narrow' } = {},
): string {
  const seconds = Math.round((msOf(wire) - now) / 1000);
  const [unit, size] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? ['second', 1];
  return new Intl.RelativeTimeFormat(language, { numeric: 'auto', style }).format(Math.trunc(seconds / size), unit);
}

const SHORT_MS = 9950;

/** «0.4 s», «1 m 05 s». */
export function span(ms: number): string {
  if (ms < SHORT_MS)
    return t('unit.seconds', {
      s: new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(Math.max(0, ms) / 1000),
    });
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return t('unit.seconds', { s: seconds });
  if (seconds < 3600)
    return t('unit.minutes', { m: Math.floor(seconds / 60), s: String(seconds % 60).padStart(2, '0') });
  return t('unit.hours', {
    h: Math.floor(seconds / 3600),
    m: String(Math.floor((seconds % 3600) / 60)).padStart(2, '0'),
  });
}

const SIZES = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

export function bytes(value: number): string {
  const step = value > 0 ? Math.min(SIZES.length - 1, Math.floor(Math.log2(value) / 10)) : 0;
  return `${new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(value / 1024 ** step)} ${SIZES[step]}`;
}

export const mebibytes = (value: number): string => bytes(value * 1024 ** 2);
