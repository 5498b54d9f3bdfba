// What is remembered is as true as the database was when the request came: whatever the order of commits, and whoever reads
// meanwhile.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { cloneDatabase } from '#test/database.ts';
import { openDb, type Db } from './db.ts';
import { ANY, forgetStale, Freshness, shared } from './fresh.ts';
import { Memory } from './memory.ts';
import { sql } from './sql.ts';

let db: Db;
let drop: () => Promise<void>;
before(async () => {
  const clone = await cloneDatabase();
  drop = clone.drop;
  db = openDb({ url: clone.url, max: 6 });
});
after(async () => {
  await db.close();
  await drop();
});

const changes = (id: number) => sql`insert into stale(kind, id) values ('thing', ${id})`;
async function remembered(freshness: Freshness, ids: readonly number[]): Promise<Memory<number, string>> {
  await freshness.check();
  const memory = new Memory<number, string>(freshness, { maxBytes: 1_000 });
  await memory.read(async (put) => {
    for (const id of ids) put(id, { value: `thing ${id}`, bytes: 10, of: [['thing', id]] });
  });
  return memory;
}

describe('freshness', () => {
  test('a change is known to the next check, and what did not change is kept', async () => {
    const freshness = new Freshness(db);
    const memory = await remembered(freshness, [1, 2]);
    await db.read.run(changes(1));
    await freshness.check();
    assert.equal(memory.get(1), undefined);
    assert.equal(memory.get(2), 'thing 2');
  });

  test('what is made of any thing of a kind goes with each of them', async () => {
    const freshness = new Freshness(db);
    await freshness.check();
    const memory = new Memory<string, string>(freshness, { maxBytes: 1_000 });
    await memory.read(async (put) => {
      put('things', { value: 'all', bytes: 10, of: [['thing', ANY]] });
      put('others', { value: 'all', bytes: 10, of: [['other', ANY]] });
      await db.read.run(changes(4));
      await freshness.check(); // of another request
      put('meanwhile', { value: 'old', bytes: 10, of: [['thing', ANY]] });
    });
    assert.deepEqual(
      ['things', 'others', 'meanwhile'].map((key) => memory.get(key)),
      [undefined, 'all', undefined],
    );
  });

  test('a transaction that began earlier and commits later is not missed', async () => {
    const freshness = new Freshness(db);
    const memory = await remembered(freshness, [1, 2]);
    await db.tx(async (slow) => {
      await slow.run(changes(1));
      await db.read.run(changes(2)); // a later transaction, committed first
      await freshness.check();
      assert.equal(memory.get(1), 'thing 1', 'not committed yet');
      assert.equal(memory.get(2), undefined);
      await freshness.check();
    });
    await freshness.check();
    assert.equal(memory.get(1), undefined);
  });

  test('what became stale while it was read is not remembered', async () => {
    const freshness = new Freshness(db);
    const memory = await remembered(freshness, []);
    await memory.read(async (put) => {
      await db.read.run(changes(7));
      await freshness.check(); // of another request
      put(7, { value: 'old', bytes: 10, of: [['thing', 7]] });
      put(8, { value: 'good', bytes: 10, of: [['thing', 8]] });
    });
    assert.equal(memory.get(7), undefined);
    assert.equal(memory.get(8), 'good');
  });

  test('more changes than are worth telling apart forget everything', async () => {
    const freshness = new Freshness(db);
    const memory = await remembered(freshness, [1]);
    await db.read.run(sql`insert into stale(kind, id) select 'other', n from generate_series(1, 6000) n`);
    await freshness.check();
    assert.equal(memory.get(1), undefined);
  });

  test('who has not asked for longer than rows are kept forgets everything', async () => {
    let now = new Date();
    const late = {
      read: { ...db.read, one: async (statement: never) => ({ ...((await db.read.one(statement)) as object), now }) },
    };
    const freshness = new Freshness(late as never);
    const memory = await remembered(freshness, [1]);
    now = new Date(now.getTime() + 4 * 60_000);
    await freshness.check();
    assert.equal(memory.get(1), 'thing 1');
    now = new Date(now.getTime() + 6 * 60_000);
    await freshness.check();
    assert.equal(memory.get(1), undefined);
  });

  test('another database server under the same name forgets everything', async () => {
    let era = 'first';
    const moved = {
      read: { ...db.read, one: async (statement: never) => ({ ...((await db.read.one(statement)) as object), era }) },
    };
    const freshness = new Freshness(moved as never);
    const memory = await remembered(freshness, [1]);
    era = 'second';
    await freshness.check();
    assert.equal(memory.get(1), undefined);
  });

  test('who asks for what is being read waits for it, unless it became stale meanwhile', async () => {
    const freshness = new Freshness(db);
    await freshness.check();
    const memory = new Memory<string, string>(freshness, { maxBytes: 1_000 });
    const gates: (() => void)[] = [];
    let reads = 0;
    const ask = (name: string): Promise<string> =>
      memory.once(name, {
        look: () => memory.get(name),
        read: async (put) => {
          reads += 1;
          const value = `read ${reads}`;
          await new Promise<void>((resolve) => gates.push(resolve));
          put(name, { value, bytes: 10, of: [['thing', 9]] });
          return value;
        },
      });
    const together = [ask('a'), ask('a'), ask('a')];
    gates.shift()!();
    assert.deepEqual(await Promise.all(together), ['read 1', 'read 1', 'read 1']);
    const before = ask('b');
    await db.read.run(changes(9));
    await freshness.check();
    const after = ask('b'); // knows of the change: what is being read may be older
    gates.shift()!();
    assert.equal(await before, 'read 2');
    while (gates.length === 0) await new Promise(setImmediate);
    gates.shift()!();
    assert.equal(await after, 'read 3');
  });

  test('a memory that is full drops what was asked for longest ago', async () => {
    const memory = await remembered(new Freshness(db), [...Array(100).keys()]);
    assert.ok(memory.get(0));
    await memory.read(async (put) => put(100, { value: 'one more', bytes: 10, of: [] }));
    assert.ok(memory.get(0), 'asked for just now');
    assert.equal(memory.get(1), undefined);
    assert.ok(memory.bytes <= 1_000);
  });

  test('old rows are deleted and young ones kept', async () => {
    await db.read.run(sql`delete from stale`);
    await db.read.run(
      sql`insert into stale(kind, id, at) values ('old', 1, now() - interval '1 hour'), ('young', 1, now())`,
    );
    await forgetStale(db);
    assert.deepEqual(await db.read.rows(sql`select kind from stale`), [{ kind: 'young' }]);
  });
});

test('calls that come together share a run, and those while it runs share one run after it', async () => {
  let runs = 0;
  const gates: (() => void)[] = [];
  const ask = shared(async () => {
    runs += 1;
    await new Promise<void>((resolve) => gates.push(resolve));
  });
  const first = [ask(), ask()];
  while (gates.length === 0) await new Promise(setImmediate);
  const later = [ask(), ask(), ask()];
  assert.equal(runs, 1);
  gates.shift()!();
  await Promise.all(first);
  while (gates.length === 0) await new Promise(setImmediate);
  assert.equal(runs, 2);
  const latest = ask();
  gates.shift()!();
  await Promise.all(later);
  while (gates.length === 0) await new Promise(setImmediate);
  gates.shift()!();
  await latest;
  assert.equal(runs, 3);
});

test('a run that fails fails its callers and not those after them', async () => {
  const gate = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const works = [
    (): Promise<void> => {
      begun.resolve();
      return gate.promise;
    },
    (): Promise<void> => Promise.resolve(),
  ];
  const ask = shared(() => works.shift()!());
  const first = [ask(), ask()];
  await begun.promise;
  const later = ask();
  gate.reject(new Error('lost'));
  const outcomes = await Promise.allSettled([...first, later]);
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['rejected', 'rejected', 'fulfilled'],
  );
});
