// The five laws of every workflow, generated from its steps: repeat any step, crash after any step, fail before any step, lose
// the reply of any step, crash while undoing. Each ends done or on a clean slate; what that means the caller verifies.
import type { Db } from '#kernel/db.ts';
import { JobRun, Killed, type JobRow, type Workflow } from '#kernel/job.ts';
import type { DebugPoint, Probe } from '#kernel/probe.ts';
import { claim, enqueue, finish, startUndoing } from '#kernel/queue.ts';
import { sql } from '#kernel/sql.ts';

export interface Arranged<I> {
  db: Db;
  world: unknown;
  input: I;
  /** Called at the end; throws where the world is not as it must be. */
  verify: (outcome: 'done' | 'failed') => Promise<void>;
}

export interface Fault {
  point: DebugPoint;
  step: string;
  kill: boolean;
}
export interface LawCase {
  law: string;
  faults: Fault[];
}

class Refused extends Error {}
const MAX_RUNS = 20;
const OWNER = 1;

/** Runs the job to its end, under the faults; each strikes once. */
export async function runUnder<I>(
  { db, world, input }: Arranged<I>,
  flow: Workflow<I, unknown, never>,
  faults: readonly Fault[],
  seen?: (point: DebugPoint, step: string) => void,
): Promise<'done' | 'failed'> {
  const pending = [...faults];
  const probe: Probe = (point, { step }) => {
    seen?.(point, step);
    const index = pending.findIndex((fault) => fault.point === point && fault.step === step);
    if (index < 0) return;
    const [fault] = pending.splice(index, 1);
    throw fault!.kill ? new Killed(`killed at ${point} ${step}`) : new Refused(`refused at ${point} ${step}`);
  };
  await db.tx((tx) => enqueue(tx, flow, input, { lanes: ['law'] }));
  for (let runs = 0; runs < MAX_RUNS; runs += 1) {
    const [row] = await claim(db.read, { owner: OWNER, kinds: new Map([[flow.kind, flow.version]]), limit: 1 });
    if (!row) throw new Error('the job is lost: it is not in line and not done');
    const outcome = await once({ db, world, flow, row, probe });
    if (outcome) return outcome;
    await db.read.run(sql`update job set state = 'queued', owner = null where id = ${row.id}`);
  }
  throw new Error(`the job did not end in ${MAX_RUNS} runs`);
}

interface Once<I> {
  db: Db;
  world: unknown;
  flow: Workflow<I, unknown, never>;
  row: JobRow;
  probe: Probe;
}

/** One run as an engine does it; undefined where it was killed. */
async function once<I>({ db, world, flow, row, probe }: Once<I>): Promise<'done' | 'failed' | undefined> {
  const memories = await db.read.rows<{ name: string; out: unknown; undone: boolean }>(
    sql`select name, out, undone from job_step where job_id = ${row.id}`,
  );
  const run = new JobRun({
    db,
    row,
    memories,
    probe,
    stopping: new AbortController().signal,
    undoPauseMs: 1,
    onProgress: () => {},
  });
  try {
    if (row.undoing) await run.replay(() => flow.run(run, row.input as I, world as never));
    else {
      try {
        await flow.run(run, row.input as I, world as never);
        await end('done');
        return 'done';
      } catch (error) {
        if (error instanceof Killed) throw error;
        await startUndoing(db.read, row, { code: 'internal', text: (error as Error).message });
      }
    }
    await run.unwind();
    await end('failed');
    return 'failed';
  } catch (error) {
    if (error instanceof Killed) return undefined;
    throw error;
  }
  async function end(state: 'done' | 'failed'): Promise<void> {
    await db.tx((tx) => finish(tx, row, { state, result: null, error: null }));
  }
}

/** The cases for a workflow that goes through these points when nothing goes wrong, and through these undos when its last step fails. */
export function lawCases(steps: readonly string[], undos: readonly string[]): LawCase[] {
  const last = steps.at(-1)!;
  return [
    { law: 'nothing goes wrong', faults: [] },
    ...steps.map((step) => ({ law: `crash before ${step}`, faults: [{ point: 'step' as const, step, kill: true }] })),
    ...steps.map((step) => ({
      law: `repeat ${step}: crash after its effect, before its memory`,
      faults: [{ point: 'commit' as const, step, kill: true }],
    })),
    ...steps.map((step) => ({
      law: `crash after ${step}`,
      faults: [{ point: 'committed' as const, step, kill: true }],
    })),
    ...steps.map((step) => ({ law: `fail before ${step}`, faults: [{ point: 'step' as const, step, kill: false }] })),
    ...steps.map((step) => ({
      law: `lose the reply of ${step}`,
      faults: [{ point: 'commit' as const, step, kill: false }],
    })),
    ...undos.flatMap((step) =>
      (['undo', 'undo-committed'] as const).map((point) => ({
        law: `crash at ${point} of ${step}`,
        faults: [
          { point: 'commit' as const, step: last, kill: false },
          { point, step, kill: true },
        ],
      })),
    ),
  ];
}

/** Looks which steps and undos the workflow has, by running it twice in worlds of their own. `first` goes wrong in every case before
 * anything else: for workflows that go on from it, on another way. */
export async function lawsOf<I>(
  flow: Workflow<I, unknown, never>,
  arrange: (work: (arranged: Arranged<I>) => Promise<void>) => Promise<void>,
  first: readonly Fault[] = [],
): Promise<LawCase[]> {
  const steps: string[] = [];
  const undos: string[] = [];
  await arrange(async (arranged) => {
    await runUnder(arranged, flow, first, (point, step) => {
      if (point === 'step') steps.push(step);
      // What is undone on the way of a job that goes on may be interrupted like a step.
      if (point === 'undo') undos.push(step);
    });
  });
  const onTheWay = undos.splice(0);
  const last = steps.at(-1);
  if (last === undefined) return [{ law: 'nothing goes wrong', faults: [] }]; // without steps there is nothing to strike
  await arrange(async (arranged) => {
    await runUnder(arranged, flow, [...first, { point: 'commit', step: last, kill: false }], (point, step) => {
      if (point === 'undo') undos.push(step);
    });
  });
  const cases = [...lawCases(steps, undos), ...crashesOf(onTheWay)];
  return cases.map(({ law, faults }) => ({ law, faults: [...first, ...faults] }));
}

const crashesOf = (undos: readonly string[]): LawCase[] =>
  undos.flatMap((step) =>
    (['undo', 'undo-committed'] as const).map((point) => ({
      law: `crash at ${point} of ${step}, on the way`,
      faults: [{ point, step, kill: true }],
    })),
  );

/** Runs every case in a world of its own and verifies how it ended. */
export async function checkLaws<I>(
  flow: Workflow<I, unknown, never>,
  arrange: (work: (arranged: Arranged<I>) => Promise<void>) => Promise<void>,
  first: readonly Fault[] = [],
): Promise<number> {
  const cases = await lawsOf(flow, arrange, first);
  for (const { law, faults } of cases) {
    try {
      await arrange(async (arranged) => {
        await arranged.verify(await runUnder(arranged, flow, faults));
      });
    } catch (error) {
      throw new Error(`${flow.kind}, ${law}: ${(error as Error).message}`, { cause: error });
    }
  }
  return cases.length;
}
