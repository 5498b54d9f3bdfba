// How often the database is asked for metrics: no scrape asks twice within seconds, and what takes long is asked for seldom.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sparing } from './exporter.ts';

test('an answer is good for five seconds, or twenty times as long as it took', async () => {
  let now = 0;
  let asked = 0;
  let takesMs = 10;
  const read = sparing(
    async () => {
      now += takesMs;
      return (asked += 1);
    },
    () => now,
  );
  assert.deepEqual(await Promise.all([read(), read()]), [1, 1]);
  now = 5_009;
  assert.equal(await read(), 1);
  now = 5_011;
  takesMs = 1_000;
  assert.equal(await read(), 2);
  now += 19_999;
  assert.equal(await read(), 2);
  now += 2;
  assert.equal(await read(), 3);
});

test('what failed is asked for again at once', async () => {
  let fails = true;
  const read = sparing(async () => {
    if (fails) throw new Error('the database is away');
    return 'here';
  });
  await assert.rejects(read(), /away/);
  fails = false;
  assert.equal(await read(), 'here');
});
