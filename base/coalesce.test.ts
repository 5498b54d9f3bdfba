// Wishes while the work runs become one more run, and nobody is told of a run that began before the wish.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coalesce } from './coalesce.ts';

test('wishes during a run are one more run, begun after them', async () => {
  const gates: (() => void)[] = [];
  let runs = 0;
  const wish = coalesce(
    () =>
      new Promise<void>((resolve) => {
        runs += 1;
        gates.push(resolve);
      }),
  );
  const first = wish();
  let late = 0;
  const others = [wish(), wish(), wish()].map((one) => one.then(() => (late += 1)));
  assert.equal(runs, 1);
  gates[0]!();
  await first;
  await new Promise(setImmediate);
  assert.deepEqual([runs, late], [2, 0]);
  gates[1]!();
  await Promise.all(others);
  assert.deepEqual([runs, late], [2, 3]);
});

test('a run that failed fails those who wished for it, not the next', async () => {
  let fails = true;
  const wish = coalesce(async () => {
    if (fails) throw new Error('no');
  });
  await assert.rejects(wish(), /no/);
  fails = false;
  await wish();
});
