// What a pushed change does to the cache, and what it costs in requests.
import { afterEach, expect, test, vi } from 'vitest';
import { cache, listKey, oneKey } from '../api/queries.ts';
import type { Thing } from '../api/entities.ts';
import type { Page } from '../api/types.ts';
import { noteChange } from './changes.ts';

const page = (...items: Thing[]): Page<Thing> => ({ count: items.length, items });
const plain = listKey('virtualmachine', { page: '1', pagesize: '20' });
const filtered = listKey('virtualmachine', { page: '1', pagesize: '20', state: 'Running' });
let asked: Record<string, string>[] = [];

/** The server's truth; what is not in it does not exist. */
function serve(things: Record<string, Thing>): void {
  asked = [];
  vi.stubGlobal('fetch', async (_url: string, { body }: { body: URLSearchParams }) => {
    const params = Object.fromEntries(body);
    asked.push(params);
    const found = things[params.id ?? ''];
    return { status: 200, json: async () => ({ x: found ? { count: 1, virtualmachine: [found] } : {} }) };
  });
}

const stale = (key: readonly unknown[]): boolean => cache.getQueryState(key)?.isInvalidated ?? false;
const settled = (): Promise<void> =>
  vi
    .waitFor(() => {
      if (asked.length === 0 && !stale(plain)) throw new Error('nothing yet');
    })
    .then(() => new Promise((resolve) => setTimeout(resolve, 20)));

afterEach(() => {
  cache.clear();
  vi.unstubAllGlobals();
});

test('a row that is shown is fetched alone and put in its place', async () => {
  serve({ a: { id: 'a', state: 'Running' } });
  cache.setQueryData(plain, page({ id: 'a', state: 'Starting' }, { id: 'b', state: 'Stopped' }));
  noteChange('virtualmachine', 'a');
  noteChange('virtualmachine', 'a');
  await settled();
  expect(cache.getQueryData<Page<Thing>>(plain)?.items).toEqual([
    { id: 'a', state: 'Running' },
    { id: 'b', state: 'Stopped' },
  ]);
  expect(asked.map(({ command, id }) => [command, id])).toEqual([['listVirtualMachines', 'a']]);
  expect(stale(plain)).toBe(false);
});

test('a row that has gone, or is not shown, has its list asked for again', async () => {
  serve({});
  cache.setQueryData(plain, page({ id: 'a', state: 'Expunging' }));
  noteChange('virtualmachine', 'a');
  await settled();
  expect(stale(plain)).toBe(true);
  cache.setQueryData(plain, page({ id: 'a' }));
  noteChange('virtualmachine', 'new');
  await vi.waitFor(() => expect(stale(plain)).toBe(true));
});

test('a filtered list is asked for again: the row may no longer belong there', async () => {
  serve({ a: { id: 'a', state: 'Stopped' } });
  cache.setQueryData(filtered, page({ id: 'a', state: 'Running' }));
  noteChange('virtualmachine', 'a');
  await vi.waitFor(() => expect(stale(filtered)).toBe(true));
});

test('the thing itself and the lists of what belongs to it are stale', async () => {
  serve({});
  const events = listKey('event', { resourceid: 'a', page: '1' });
  const others = listKey('event', { resourceid: 'b', page: '1' });
  cache.setQueryData(oneKey('virtualmachine', 'a'), { id: 'a' });
  cache.setQueryData(events, page());
  cache.setQueryData(others, page());
  noteChange('virtualmachine', 'a');
  await vi.waitFor(() => expect(stale(events)).toBe(true));
  expect(stale(oneKey('virtualmachine', 'a'))).toBe(true);
  expect(stale(others)).toBe(false);
});

test('a burst costs a list and not a request for each', async () => {
  serve({});
  cache.setQueryData(plain, page(...Array.from({ length: 20 }, (_, index) => ({ id: `v${index}` }))));
  for (let index = 0; index < 20; index += 1) noteChange('virtualmachine', `v${index}`);
  await vi.waitFor(() => expect(stale(plain)).toBe(true));
  expect(asked.length).toBe(0);
});
