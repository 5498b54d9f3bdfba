// Addresses somebody may have typed, bookmarked or made up.
import { expect, test } from 'vitest';
import { readInstancesSearch, readLoginSearch } from './search.ts';

test('what is impossible in an address is dropped', () => {
  expect(readInstancesSearch({ page: 3, rows: 50, q: 'web', state: 'Running', zone: 'z', other: 1 })).toEqual({
    page: 3,
    rows: 50,
    q: 'web',
    state: 'Running',
    zone: 'z',
  });
  expect(readInstancesSearch({ page: 1, rows: 20, q: '', state: 7 })).toEqual({ state: '7' });
  expect(readInstancesSearch({ page: -2, rows: 33, q: ['a'] })).toEqual({});
});

test('after the login one goes to this console and nowhere else', () => {
  expect(readLoginSearch({ to: '/instances?page=2' })).toEqual({ to: '/instances?page=2' });
  for (const to of [
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    'javascript:alert(1)',
    '/login?to=/login',
  ])
    expect(readLoginSearch({ to }), to).toEqual({});
});
