// Which server a host should be linked to: evenly, always the same, and moving no more hosts than must move.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { moveQuota, orderFor, type Algorithm } from './balance.ts';

const guids = Array.from({ length: 3_000 }, (_, n) => `3f0c1c5e-9a50-4f0c-8d51-${String(n).padStart(12, '0')}`);
const places = (count: number) =>
  Array.from({ length: count }, (_, n) => ({
    id: n + 1,
    uuid: `8544baeb-424c-4a5b-afe2-${String(n).padStart(12, '7')}`,
  }));
const first = (guid: string, n: number, { count, algorithm }: { count: number; algorithm: Algorithm }): number =>
  orderFor({ guid, hostId: n, generation: 1 }, places(count), algorithm)[0]!.id;

for (const algorithm of ['static', 'roundrobin', 'shuffle'] as const) {
  test(`${algorithm}: each server is the first choice of about its share`, () => {
    const counts = new Map<number, number>();
    guids.forEach((guid, n) => {
      const id = first(guid, n, { count: 3, algorithm });
      counts.set(id, (counts.get(id) ?? 0) + 1);
    });
    for (const count of counts.values()) assert.ok(count > 850 && count < 1_150, [...counts.values()].join(', '));
  });
}

test('a server more takes its share and no other host moves; one less gives only its own away', () => {
  let moved = 0;
  guids.forEach((guid, n) => {
    const [before, after] = [3, 4].map((count) => first(guid, n, { count, algorithm: 'static' }));
    if (before === after) return;
    assert.equal(after, 4);
    moved += 1;
  });
  assert.ok(moved > 600 && moved < 900, `${moved} of ${guids.length}`);
});

test('the order names every server once, whatever order they are listed in', () => {
  const host = { guid: guids[7]!, hostId: undefined, generation: 3 };
  const ids = orderFor(host, places(5), 'static').map(({ id }) => id);
  assert.deepEqual(
    ids.toSorted((a, b) => a - b),
    [1, 2, 3, 4, 5],
  );
  assert.deepEqual(
    orderFor(host, places(5).toReversed(), 'static').map(({ id }) => id),
    ids,
  );
});

test('hosts are moved a few at a time', () => {
  assert.deepEqual([0, 10, 500, 30_000].map(moveQuota), [1, 1, 10, 100]);
});
