// A worker process that is killed or stopped at a debug point of the engine: node victim.ts DATABASE_URL POINT SIGNAL. It tells
// when it is about to strike itself; stopped, it goes on when somebody wakes it. Both it and the survivor run the same workflow.
import { openDb, type Db, type Tx } from '#kernel/db.ts';
import { Engine } from '#kernel/engine.ts';
import { workflow, type Workflow } from '#kernel/job.ts';
import type { DebugPoint } from '#kernel/probe.ts';
import { silentLog } from '#kernel/log.ts';
import { sql } from '#kernel/sql.ts';

export const LEASE_MS = 700;
const POLL_MS = 60;

/** Effects of steps on the database are counted here; effects in the world as often as they were asked for. */
export const EFFECTS = sql`create table effect (job text not null, step text not null, kind text not null, worker text not null)`;
const note = (
  tx: Tx,
  { job, step, kind }: { job: string; step: string; kind: 'tx' | 'call' | 'undo' },
): Promise<number> => tx.run(sql`insert into effect values (${job}, ${step}, ${kind}, ${String(process.pid)})`);

export interface Trial {
  /** The last step fails, so that all is undone. */
  fails: boolean;
}

/** Two steps on the database, two in the world; a world that is a table of another connection, as an agent's would be. */
export const trialOf = (kind: string, world: Db): Workflow<Trial, unknown> =>
  workflow<Trial, unknown>(kind, async (job, { fails }) => {
    const seen = (step: string, what: 'tx' | 'call' | 'undo') => ({ job: job.uuid, step, kind: what });
    const undoing = (step: string) => ({ undo: (tx: Tx) => note(tx, seen(step, 'undo')) });
    await job.tx('one', (tx) => note(tx, seen('one', 'tx')), undoing('one'));
    await job.call('two', () => note(world.read, seen('two', 'call')), {
      undo: () => note(world.read, seen('two', 'undo')),
    });
    await job.tx('three', (tx) => note(tx, seen('three', 'tx')), undoing('three'));
    await job.call('four', async () => {
      // Longer than the pause between two beats: the engine beats while a job is under way.
      await new Promise((resolve) => {
        setTimeout(resolve, 3 * POLL_MS);
      });
      if (fails) throw new Error('as asked');
      return note(world.read, seen('four', 'call'));
    });
  });

export const trialEngine = (
  db: Db,
  options: { kind: string; name: string; probe?: (point: DebugPoint, at: { step: string }) => void },
): Engine =>
  new Engine({
    db,
    log: silentLog,
    workflows: [trialOf(options.kind, db)] as never,
    world: undefined,
    name: options.name,
    pollMs: POLL_MS,
    leaseMs: LEASE_MS,
    hooks: { describe: (error) => ({ code: 'internal', text: (error as Error).message }) },
    ...(options.probe ? { probe: options.probe } : {}),
  });

async function main([url, kind, point, signal]: readonly string[]): Promise<void> {
  const db = openDb({ url: url!, max: 4 });
  let struck = false;
  const engine = trialEngine(db, {
    kind: kind!,
    name: `victim ${kind}`,
    probe: (at) => {
      // A beat strikes while a job is under way, not before there is one.
      if (struck || at !== point || (at === 'beat' && engine.running === 0)) return;
      struck = true;
      process.kill(process.pid, signal);
    },
  });
  await engine.start();
  process.stdout.write('ready\n');
  process.once('SIGTERM', () => void engine.stop(0).then(() => process.exit(0)));
}

if (process.argv[1] === import.meta.filename) await main(process.argv.slice(2));
