// Texts, plurals, dates and amounts.
import { expect, test } from 'vitest';
import { ago, bytes, many, mebibytes, msOf, span, t } from './t.ts';
import { en } from './en.ts';

test('values go into their slots, and plurals take their form', () => {
  expect(t('login.title')).toBe('Log in');
  expect(t('instances.why.state', { state: 'Running' })).toBe('Not possible while Running');
  expect(many('list.selected', 1)).toBe('1 selected');
  expect(many('form.problems', 2)).toBe('2 fields need attention');
  expect(many('form.problems', 1)).toBe('One field needs attention');
});

test('every plural has both forms, and the forms have the same slots but for the count', () => {
  const slots = (text: string): string[] =>
    [...text.matchAll(/\{(\w+)\}/g)]
      .map(([, name]) => name!)
      .filter((name) => name !== 'count')
      .sort();
  for (const [key, text] of Object.entries(en)) {
    if (!key.endsWith('.other')) continue;
    const one = (en as Record<string, string>)[key.replace(/other$/, 'one')];
    expect(one, key).toBeDefined();
    expect(slots(one!), key).toEqual(slots(text));
  }
});

test('the dates of the API are understood with and without a colon in the offset', () => {
  expect(msOf('2026-01-02T03:04:05+0100')).toBe(Date.UTC(2026, 0, 2, 2, 4, 5));
  expect(msOf('2026-01-02T03:04:05Z')).toBe(Date.UTC(2026, 0, 2, 3, 4, 5));
});

test('amounts are told in the unit that fits', () => {
  expect(bytes(0)).toBe('0 B');
  expect(bytes(5 * 1024 ** 3)).toBe('5 GiB');
  expect(bytes(1536)).toBe('1.5 KiB');
  expect(mebibytes(2048)).toBe('2 GiB');
});

test('times are told in the unit that fits', () => {
  expect(span(430)).toBe('0.4 s');
  expect(span(65_000)).toBe('1 m 05 s');
  expect(span(3_700_000)).toBe('1 h 01 m');
  const now = Date.UTC(2026, 0, 2, 4, 4, 5);
  expect(ago('2026-01-02T03:04:05+0000', { now })).toBe('1 hour ago');
  expect(ago('2026-01-02T04:03:00+0000', { now })).toBe('1 minute ago');
});
