// Runs the jobs a test has enqueued, at once and in the test's own transaction: claimed, journalled, undone and finished by the
// kernel's own parts, without an engine's timers and connections.
import { workflows } from '#server/workflows.ts';
import { describeError, jobHooks } from '#server/jobs.ts';
import type { Server } from '#server/dispatch.ts';
import { JobRun, type JobRow, type Workflow } from '#kernel/job.ts';
import { claim, finish, startUndoing, type Outcome } from '#kernel/queue.ts';

const OWNER = 1;
const flows = new Map([...workflows].map((flow) => [flow.kind, flow]));

/** Runs everything that waits, and what that enqueues, until nothing waits. */
export async function settle(server: Server, extra: readonly Workflow<never, unknown, never>[] = []): Promise<void> {
  const known = new Map([...flows, ...extra.map((flow) => [flow.kind, flow] as const)]);
  const kinds = new Map([...known.values()].map((flow) => [flow.kind, flow.version]));
  for (;;) {
    const rows = await claim(server.db.read, { owner: OWNER, kinds, limit: 50 });
    if (rows.length === 0) return;
    for (const row of rows) await runJob(server, row, known.get(row.kind)!);
  }
}

async function runJob(server: Server, row: JobRow, flow: Workflow<never, unknown, never>): Promise<void> {
  const { db, handlers, world } = server;
  const hooks = jobHooks({ handlers, world: () => world, onHint: () => {} });
  const run = new JobRun({ db, row, memories: [], stopping: new AbortController().signal, onProgress: () => {} });
  await hooks.onStart!(db.read, row);
  const outcome = await attempt();
  await db.tx(async (tx) => {
    await finish(tx, row, await hooks.onFinish!(tx, row, outcome));
  });

  async function attempt(): Promise<Outcome> {
    try {
      return { state: 'done', result: await flow.run(run, row.input as never, world as never), error: null };
    } catch (error) {
      const described = { ...describeError(error), ...run.brokenAt() };
      await startUndoing(db.read, row, described);
      await run.unwind();
      return { state: 'failed', result: null, error: described };
    }
  }
}
