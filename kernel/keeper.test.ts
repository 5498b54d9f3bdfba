// A keeper runs on one server at a time; one whose server slept past its lease changes nothing when it wakes.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { cloneDatabase } from '#test/database.ts';
import { countStatements, openDb, type Db } from './db.ts';
import { KeeperLoop, poker, type Keeper } from './keeper.ts';
import { silentLog } from './log.ts';
import { sql } from './sql.ts';
import { currentTurn, outsideTurn, TurnLost } from './turn.ts';

let db: Db;
let drop: () => Promise<void>;
before(async () => {
  const database = await cloneDatabase();
  db = openDb({ url: database.url });
  drop = database.drop;
  await db.read.run(sql`create table note (text text)`);
});
after(async () => {
  await db.close();
  await drop();
});

const worker = async (name: string): Promise<number> =>
  (await db.read.one<{ id: number }>(sql`insert into worker(name, version) values (${name}, 1) returning id`)).id;
const notes = async (): Promise<string[]> =>
  (await db.read.rows<{ text: string }>(sql`select text from note order by text`)).map(({ text }) => text);
function loop(owner: number, keeper: Keeper): KeeperLoop {
  return new KeeperLoop({ keepers: [keeper], db, log: silentLog, owner: () => owner });
}

test('a turn that another server took writes nothing, however it tries, and is told to stop', async () => {
  const [sleeper, other] = [await worker('sleeper'), await worker('other')];
  const asleep = Promise.withResolvers<void>();
  const woken = Promise.withResolvers<void>();
  const tried: unknown[] = [];
  const done = Promise.withResolvers<void>();
  const first = loop(sleeper, {
    name: 'doze',
    everyMs: 1,
    run: async (signal) => {
      if (tried.length > 0) return;
      await db.read.run(sql`insert into note values ('before')`);
      const turn = currentTurn()!;
      asleep.resolve();
      await woken.promise;
      const attempt = (work: () => Promise<unknown>): Promise<unknown> => work().catch((error: unknown) => error);
      tried.push(await attempt(() => db.read.run(sql`insert into note values ('statement')`)));
      tried.push(await attempt(() => db.tx((tx) => tx.run(sql`insert into note values ('transaction')`))));
      tried.push(await attempt(() => db.read.rows(sql`insert into note values ('rows') returning text`)));
      await db.read.rows(sql`select 1`); // reading is free
      await outsideTurn(() => db.read.run(sql`insert into note values ('set off')`));
      while (await turn.stillOurs()) await new Promise(setImmediate);
      assert.ok(signal.aborted);
      done.resolve();
    },
  });
  await first.start();
  await asleep.promise;
  first.rest(true);
  await db.read.run(sql`delete from worker where id = ${sleeper}`); // declared dead, as a paused one is
  const ran = Promise.withResolvers<number>();
  const second = loop(other, { name: 'doze', everyMs: 60_000, run: async () => ran.resolve(currentTurn()!.epoch) });
  await second.start();
  assert.equal(await ran.promise, 2);
  woken.resolve();
  await done.promise;
  assert.deepEqual(
    tried.map((error) => error instanceof TurnLost),
    [true, true, true],
  );
  assert.deepEqual(await notes(), ['before', 'set off']);
  await Promise.all([first.stop(), second.stop()]);
});

test('whoever takes a turn over waits for the transaction that holds it', async () => {
  const [one, two] = [await worker('one'), await worker('two')];
  const inside = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  const order: string[] = [];
  const first = loop(one, {
    name: 'hold',
    everyMs: 1,
    run: async () => {
      if (order.length > 0) return;
      await db.tx(async (tx) => {
        await tx.run(sql`insert into note values ('held')`);
        inside.resolve();
        await goOn.promise;
        order.push('committed');
      });
    },
  });
  await first.start();
  await inside.promise;
  first.rest(true);
  await db.read.run(sql`delete from worker where id = ${one}`);
  const ran = Promise.withResolvers<void>();
  const second = loop(two, {
    name: 'hold',
    everyMs: 60_000,
    run: async () => {
      order.push('taken over');
      ran.resolve();
    },
  });
  await second.start();
  second.wake();
  await db.read.rows(sql`select 1`);
  goOn.resolve();
  await ran.promise;
  assert.deepEqual(order, ['committed', 'taken over']);
  await Promise.all([first.stop(), second.stop()]);
});

test(
  'a turn that was not renewed for a while is asked for by one statement, which holds nothing that another asker waits for',
  { timeout: 60_000 },
  async (t) => {
    const owner = await worker('asker');
    const asked = Promise.withResolvers<{ result: boolean[]; statements: number }>();
    const keeper = loop(owner, {
      name: 'ask',
      everyMs: 60_000,
      run: async () => {
        const now = performance.now.bind(performance);
        t.mock.method(performance, 'now', () => now() + 5_000);
        const ask = (): Promise<boolean> => currentTurn()!.stillOurs();
        await countStatements(() => Promise.all([ask(), ask(), ask()])).then(asked.resolve, asked.reject);
        t.mock.restoreAll();
      },
    });
    await keeper.start();
    assert.deepEqual(await asked.promise, { result: [true, true, true], statements: 3 });
    await keeper.stop();
  },
);

test('a thousand pokes at once are two', { timeout: 60_000 }, async () => {
  await db.read.run(sql`insert into keeper(name, next) values ('poked', 'infinity')`);
  const second = Promise.withResolvers<void>();
  let woken = 0;
  const poke = poker(db, () => {
    woken += 1;
    if (woken === 2) second.resolve();
  });
  for (let n = 0; n < 1_000; n += 1) poke('poked');
  await second.promise;
  const { due } = await db.read.one<{ due: boolean }>(
    sql`select next <= clock_timestamp() as due from keeper where name = 'poked'`,
  );
  assert.deepEqual([woken, due], [2, true]);
});
