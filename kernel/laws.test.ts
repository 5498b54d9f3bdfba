// The engine's own promise, on a workflow made for it: database effects exactly once, effects in the world undone or kept
// together, under every generated fault. And that the laws can fail: three broken workflows are caught.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Tx } from '#kernel/db.ts';
import { checkLaws, runUnder, type Arranged } from '#test/laws.ts';
import { rolledBack, sharedDatabase } from '#test/database.ts';
import { workflow, type Job } from './job.ts';
import { sql } from './sql.ts';

interface World {
  things: Set<string>;
  calls: number;
}
after(async () => {
  await (await sharedDatabase()).drop();
});

const note = (tx: Tx, name: string): Promise<number> =>
  tx.run(sql`insert into setting(name, scope, scope_id, value) values (${name}, 'law', 1, '1')`);
const erase = (tx: Tx, name: string): Promise<number> =>
  tx.run(sql`delete from setting where name = ${name} and scope = 'law'`);

const arrange = async (work: (arranged: Arranged<{ n: number }>) => Promise<void>): Promise<void> =>
  rolledBack(async (db) => {
    const world: World = { things: new Set(), calls: 0 };
    await work({
      db,
      world,
      input: { n: 1 },
      verify: async (outcome) => {
        const rows = await db.read.rows<{ name: string }>(
          sql`select name from setting where scope = 'law' order by name`,
        );
        assert.deepEqual(
          rows.map((row) => row.name),
          outcome === 'done' ? ['a', 'c', 'e'] : [],
        );
        assert.deepEqual([...world.things].sort(), outcome === 'done' ? ['b', 'd'] : []);
        assert.equal((await db.read.rows(sql`select 1 from lane`)).length, 0, 'a lane is left');
      },
    });
  });

const make = (world: World, name: string) => async (): Promise<{ made: string }> => {
  world.calls += 1;
  world.things.add(name);
  return { made: name };
};
const unmake = (world: World, name: string) => async (): Promise<void> => {
  world.things.delete(name);
};

async function goodSteps(job: Job, world: World): Promise<void> {
  await job.tx('a', (tx) => note(tx, 'a'), { undo: (tx) => erase(tx, 'a') });
  await job.call('b', make(world, 'b'), { undo: unmake(world, 'b') });
  await job.tx('c', (tx) => note(tx, 'c'), { undo: (tx) => erase(tx, 'c') });
  await job.call('d', make(world, 'd'), { undo: unmake(world, 'd') });
  await job.tx('e', (tx) => note(tx, 'e'));
}

test('a workflow with undos obeys the five laws', async () => {
  const flow = workflow<{ n: number }, unknown, World>('law.good', (job, _input, world) => goodSteps(job, world));
  assert.equal(await checkLaws(flow, arrange), 1 + 5 * 5 + 2 * 4);
});

test('a call without an undo is caught', async () => {
  const flow = workflow<{ n: number }, unknown, World>('law.leaky', async (job, _input, world) => {
    await job.tx('a', (tx) => note(tx, 'a'), { undo: (tx) => erase(tx, 'a') });
    await job.call('b', make(world, 'b'));
    await job.tx('c', async (tx) => {
      await note(tx, 'c');
      await note(tx, 'e');
    });
    await job.call('d', make(world, 'd'), { undo: unmake(world, 'd') });
  });
  await assert.rejects(checkLaws(flow, arrange), /law\.leaky, fail before c/);
});

test('a call that cannot be repeated ends undone, not half done', async () => {
  const flow = workflow<{ n: number }, unknown, World>('law.once', async (job, _input, world) => {
    await job.tx('a', (tx) => note(tx, 'a'), { undo: (tx) => erase(tx, 'a') });
    await job.call(
      'b',
      async () => {
        if (world.things.has('b')) throw new Error('b exists');
        world.things.add('b');
        return {};
      },
      { undo: unmake(world, 'b') },
    );
    await job.tx(
      'c',
      async (tx) => {
        await note(tx, 'c');
        await note(tx, 'e');
      },
      {
        undo: async (tx) => {
          await erase(tx, 'c');
          await erase(tx, 'e');
        },
      },
    );
    await job.call('d', make(world, 'd'), { undo: unmake(world, 'd') });
  });
  await checkLaws(flow, arrange);
});

test('a step that stands twice is refused', async () => {
  const flow = workflow<{ n: number }, unknown, World>('law.twice', async (job) => {
    await job.tx('a', (tx) => note(tx, 'a'), { undo: (tx) => erase(tx, 'a') });
    await job.tx('a', (tx) => note(tx, 'c'));
  });
  await arrange(async (arranged) => {
    assert.equal(await runUnder(arranged, flow, []), 'failed');
    await arranged.verify('failed');
  });
});

/** Steps that may fail twice before the third way works: each way notes, makes, and stumbles. */
const detours = (undo: (world: World, way: string) => () => Promise<void>) =>
  workflow<{ n: number }, unknown, World>('law.detours', async (job, _input, world) => {
    await job.tx('a', (tx) => note(tx, 'a'), { undo: (tx) => erase(tx, 'a') });
    for (const way of ['x', 'y']) {
      const tried = await job.attempt(
        `${way} failed`,
        async () => {
          await job.tx(`note ${way}`, (tx) => note(tx, way), { undo: (tx) => erase(tx, way) });
          await job.call(`make ${way}`, make(world, way), { undo: undo(world, way) });
          await job.call(`stumble ${way}`, async () => {
            throw new Error(`no way ${way}`);
          });
        },
        { mayFail: (error) => /no way/.test((error as Error).message) },
      );
      assert.deepEqual(tried, { failed: { code: 'internal', text: `no way ${way}` } });
    }
    await job.call('b', make(world, 'b'), { undo: unmake(world, 'b') });
    await job.tx('c', (tx) => note(tx, 'c'), { undo: (tx) => erase(tx, 'c') });
    await job.call('d', make(world, 'd'), { undo: unmake(world, 'd') });
    await job.tx('e', (tx) => note(tx, 'e'));
  });

test('attempts that failed are undone, wherever the worker dies, and the job goes on to its end', async () => {
  assert.ok((await checkLaws(detours(unmake), arrange)) > 60);
});

test('an attempt whose undo does not come through fails the job: no other way is gone', async () => {
  const refuses = () => async (): Promise<void> => {
    throw new Error('the world is away');
  };
  await arrange(async (arranged) => {
    await assert.rejects(runUnder(arranged, detours(refuses), []), { name: 'UndoFailed' });
    const world = arranged.world as World;
    assert.deepEqual([...world.things], ['x'], 'what is not known to be undone is still there, and nothing else');
  });
});
