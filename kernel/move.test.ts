// Many rows are moved as one is: along the declared ways only, told to watchers in the same transaction, all of them or none.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { rolledBack, sharedDatabase } from '#test/database.ts';
import type { Db } from './db.ts';
import { move, moveAll, onChange, WrongState } from './move.ts';
import { sql } from './sql.ts';

after(async () => (await sharedDatabase()).drop());

const lamp = {
  entity: 'lamp',
  table: 'lamp',
  machine: { states: { Off: { Turn: 'On' }, On: { Turn: 'Off' }, Broken: {} } },
};

async function lamps(db: Db, ...states: string[]): Promise<number[]> {
  await db.read.run(
    sql`create table lamp (id bigint generated always as identity, uuid uuid not null default gen_random_uuid(), state text not null, account_id bigint, domain_id bigint)`,
  );
  const rows = await db.read.rows<{ id: number }>(
    sql`insert into lamp(state, account_id) select state, 2 from unnest(${states}::text[]) state returning id`,
  );
  return rows.map(({ id }) => id);
}
const told = async (db: Db): Promise<number> =>
  (
    await db.read.one<{ n: number }>(
      sql`select count(*)::int as n from change where entity = 'lamp' and account_id = 2 and uuid in (select uuid from lamp)`,
    )
  ).n;

test('rows go from their own states, each is told of, and watchers are woken once it is durable', () =>
  rolledBack(async (db) => {
    const [off, on, other] = await lamps(db, 'Off', 'On', 'Off');
    let woken = 0;
    const end = onChange(() => (woken += 1));
    const moved = await db.tx(async (tx) => {
      const after = await moveAll(tx, lamp, [off!, on!], 'Turn');
      assert.equal(woken, 0);
      return after;
    });
    end();
    assert.deepEqual([moved.get(off!), moved.get(on!), moved.size], ['On', 'Off', 2]);
    assert.equal(woken, 1);
    assert.equal(await told(db), 2);
    const { state } = await db.read.one<{ state: string }>(sql`select state from lamp where id = ${other}`);
    assert.equal(state, 'Off');
    assert.equal(await db.tx((tx) => move(tx, lamp, other!, 'Turn')), 'On');
  }));

test('where one has no such way none is moved, and it is named', () =>
  rolledBack(async (db) => {
    const [off, broken] = await lamps(db, 'Off', 'Broken');
    const wrong = (state: string | undefined, id: number) => (error: unknown) =>
      error instanceof WrongState && error.state === state && error.message.includes(`lamp ${id} `);
    await assert.rejects(
      db.tx((tx) => moveAll(tx, lamp, [off!, broken!], 'Turn')),
      wrong('Broken', broken!),
    );
    await assert.rejects(
      db.tx((tx) => move(tx, lamp, 99, 'Turn')),
      wrong(undefined, 99),
    );
    assert.deepEqual(await db.read.rows(sql`select state from lamp order by id`), [
      { state: 'Off' },
      { state: 'Broken' },
    ]);
    assert.equal(await told(db), 0);
  }));
