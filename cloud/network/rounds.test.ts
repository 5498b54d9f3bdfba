// Rounds: one for who comes alone, one more for all who come meanwhile.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Rounds } from './rounds.ts';

/** Work that ends when it is told to, and how often it was begun. */
function stage() {
  const begun: string[] = [];
  const gates: PromiseWithResolvers<string>[] = [];
  const work = (who: string) => () => {
    begun.push(who);
    const gate = Promise.withResolvers<string>();
    gates.push(gate);
    return gate.promise;
  };
  return { begun, gates, work };
}

test('while a round runs, all who come share one next round, which begins after they came', async () => {
  const { begun, gates, work } = stage();
  const rounds = new Rounds<string>();
  const ask = (who: string) => rounds.take(1, { mine: work(who), everybodys: work('all') });
  const first = ask('a');
  const later = [ask('b'), ask('c')];
  const other = rounds.take(2, { mine: work('other'), everybodys: work('all') });
  assert.deepEqual(begun, ['a', 'other']);
  gates[0]!.reject(new Error('a fails'));
  await assert.rejects(first, /a fails/);
  await new Promise(setImmediate);
  assert.deepEqual(begun, ['a', 'other', 'all']);
  const last = ask('d');
  gates[2]!.resolve('told');
  assert.deepEqual(await Promise.all(later), ['told', 'told']);
  await new Promise(setImmediate);
  gates[3]!.resolve('told again');
  assert.equal(await last, 'told again');
  gates[1]!.resolve('two');
  assert.equal(await other, 'two');
  const alone = ask('e');
  assert.equal(begun.at(-1), 'e');
  gates[4]!.resolve('mine');
  assert.equal(await alone, 'mine');
});

test('who gives up does not wait for the round', async () => {
  const { gates, work } = stage();
  const rounds = new Rounds<string>();
  const first = rounds.take(1, { mine: work('a'), everybodys: work('all') });
  const giving = new AbortController();
  const given = rounds.take(1, { mine: work('b'), everybodys: work('all') }, giving.signal);
  giving.abort(new Error('enough'));
  await assert.rejects(given, /enough/);
  gates[0]!.resolve('done');
  assert.equal(await first, 'done');
  await new Promise(setImmediate);
  gates[1]!.resolve('done too');
});
