// Runs jobs: one engine per process, any number of processes on one database. Jobs of a worker that is dead (presence.ts) are
// taken over by whoever looks first. Invariant: a job that is running in the database runs in the process of its owner, or is
// put back in line by it.
import { about, inSpan, inTrace, readTrace } from '#base/trace.ts';
import type { Db, Tx } from './db.ts';
import { DatabaseLost, isFull, isLost } from './db.ts';
import { Cancelled, Fenced, JobRun, Killed, type JobError, type JobRow, type Workflow } from './job.ts';
import { Presence } from './presence.ts';
import type { DebugPoint, Probe } from './probe.ts';
import { showProgress } from './progress.ts';
import { claim, finish, giveBack, giveBackAdrift, leaveUndone, startUndoing, type Outcome } from './queue.ts';
import { sql } from './sql.ts';
import { UndoFailed } from './undo.ts';
import type { Log } from './log.ts';
import { unmeasured, type Meter } from './meter.ts';

export interface EngineHooks {
  /** A job is about to run for the first time. */
  onStart?(tx: Tx, job: JobRow): Promise<void>;
  /** In the transaction that ends a job: turns the outcome into what is kept, writes events. */
  onFinish?(tx: Tx, job: JobRow, outcome: Outcome): Promise<Outcome>;
  /** Something people may watch changed: a job's step, or rows in `change`. */
  onHint?(hint: string): void;
  /** The connection that hears hints was lost and is back: some may have been missed. */
  onDeaf?(): void;
  /** What is written down of an error. Nothing of it may be a secret. */
  describe(error: unknown): JobError;
}

export interface EngineOptions {
  db: Db;
  log: Log;
  workflows: Iterable<Workflow<never, unknown, never>>;
  /** Handed to every workflow. */
  world: unknown;
  hooks: EngineHooks;
  name: string;
  slots?: number;
  pollMs?: number;
  leaseMs?: number;
  /** Schema changes that take something away and that this release knows. */
  contracts?: readonly string[];
  probe?: Probe;
  meter?: Meter;
}

const MAX_CLAIM = 100;
const GIVE_BACK_TRIES = 100;
/** So many runs without a step forward, and a job goes backwards; so many more, and it ends where it is. */
const MAX_BROKEN = 8;

const ended = (error: JobError | null): Outcome => ({
  state: error?.cancelled ? 'cancelled' : 'failed',
  result: null,
  error,
});

export class Engine {
  readonly #options: Required<Omit<EngineOptions, 'probe'>> & Pick<EngineOptions, 'probe'>;
  readonly #workflows = new Map<string, Workflow<never, unknown, never>>();
  readonly #stopping = new AbortController();
  readonly #running = new Map<number, Promise<void>>();
  readonly #presence: Presence;
  #timer: NodeJS.Timeout | undefined;
  #slotsClosed = false;
  #claiming = false;
  #again = false;
  /** There may be jobs to claim that no hint will tell of: the last look took as many as it could, or a job that ended let one go. */
  #more = false;
  /** There may be jobs that are this worker's in the database and not here: an answer was lost. */
  #adrift = false;
  #resting = false;
  /** Aborted: running jobs go to others. */
  #halt = new AbortController();

  constructor(options: EngineOptions) {
    this.#options = { slots: 100, pollMs: 250, leaseMs: 5_000, contracts: [], meter: unmeasured, ...options };
    for (const flow of options.workflows) this.#workflows.set(flow.kind, flow);
    const { db, log, name, contracts, leaseMs, hooks } = this.#options;
    this.#presence = new Presence({
      db,
      log,
      name,
      contracts,
      kinds: this.#kinds,
      leaseMs,
      heard: (hint) => this.#heard(hint),
      deaf: () => hooks.onDeaf?.(),
    });
  }

  get running(): number {
    return this.#running.size;
  }
  get worker(): number {
    return this.#presence.worker;
  }
  /** Holds its lock in the database, so it may claim and keep jobs. */
  get registered(): boolean {
    return this.#presence.here;
  }

  get #kinds(): ReadonlyMap<string, number> {
    return new Map([...this.#workflows.values()].map((flow) => [flow.kind, flow.version]));
  }
  /** What is claimed must be written down, step by step. */
  get #mayClaim(): boolean {
    return this.#presence.here && !this.#options.db.room.full;
  }

  async start(): Promise<void> {
    await this.#presence.start();
    await this.#tick();
  }

  /** Claims nothing until it may again; what runs goes on. */
  rest(resting: boolean): void {
    this.#resting = resting;
    if (!resting) void this.#claim();
  }

  /** Gives the running jobs back at their next step, for others to go on with. */
  async handOver(): Promise<void> {
    this.#halt.abort();
    await Promise.allSettled(this.#running.values());
    this.#halt = new AbortController();
  }

  /** Claims nothing more and lets running jobs finish for `graceMs`. */
  async finishJobs(graceMs: number): Promise<void> {
    this.rest(true);
    await within(graceMs, Promise.allSettled(this.#running.values()));
  }

  /** Lets running jobs finish for `graceMs`, then hands the rest to others. */
  async stop(graceMs = 10_000): Promise<void> {
    await this.finishJobs(graceMs);
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#slotsClosed = true;
    this.#stopping.abort();
    this.#halt.abort();
    await within(2_000, Promise.allSettled(this.#running.values()));
    await this.#presence.end();
  }

  /** Looks for work now, and wakes the other processes. Call it when a transaction that enqueued has committed. */
  wake(): void {
    setImmediate(() => void this.#claim());
    this.hint('job');
  }

  /** Tells every process, soon and at most once: for waking and for watchers, never for truth. */
  hint(text: string): void {
    this.#presence.hint(text);
  }

  #heard(hint: string): void {
    if (hint === 'job') void this.#claim();
    else this.#options.hooks.onHint?.(hint);
  }

  async #tick(): Promise<void> {
    if (this.#slotsClosed) return;
    try {
      await this.#probe('beat');
      const taken = await this.#presence.beat();
      if (taken > 0) {
        this.#options.meter.tookOver(taken);
        await this.#probe('taken-over');
      }
      await this.#collectAdrift();
      await this.#claim();
    } catch (error) {
      if (isFull(error)) this.#options.db.room.refused();
      else if (isLost(error)) this.#presence.doubt();
      else this.#options.log.warn({ err: error }, 'engine.tick.failed');
    }
    if (!this.#slotsClosed)
      this.#timer = setTimeout(() => void this.#tick(), this.#options.pollMs * (0.8 + 0.4 * Math.random()));
  }

  /** Where the answer to a claim was lost, or a job could not be given back, what nobody runs goes back in line. */
  async #collectAdrift(): Promise<void> {
    if (!this.#adrift || this.#claiming || !this.#mayClaim) return;
    this.#claiming = true;
    try {
      this.#adrift = false;
      await giveBackAdrift(this.#options.db.read, { owner: this.worker, running: [...this.#running.keys()] });
    } catch (error) {
      this.#adrift = true;
      throw error;
    } finally {
      this.#claiming = false;
    }
  }

  async #probe(point: DebugPoint, kind = ''): Promise<void> {
    await this.#options.probe?.(point, { kind, step: '' });
  }

  async #claim(): Promise<void> {
    if (this.#slotsClosed || this.#resting || !this.#mayClaim) return;
    if (this.#claiming) {
      this.#again = true;
      return;
    }
    this.#claiming = true;
    try {
      do {
        this.#again = false;
        const free = this.#options.slots - this.#running.size;
        this.#more = free <= 0;
        if (this.#more) break;
        const jobs = await claim(this.#options.db.read, {
          owner: this.worker,
          kinds: this.#kinds,
          limit: Math.min(free, MAX_CLAIM),
        });
        for (const job of jobs) this.#start(job);
        this.#more ||= jobs.length === Math.min(free, MAX_CLAIM);
        if (jobs.length === MAX_CLAIM) this.#again = true;
      } while (this.#again && !this.#slotsClosed);
    } catch (error) {
      this.#adrift = true;
      if (!isLost(error)) this.#options.log.warn({ err: error }, 'engine.claim.failed');
    } finally {
      this.#claiming = false;
    }
  }

  #start(job: JobRow): void {
    const traced = (): Promise<void> =>
      inSpan(`job ${job.kind}`, { attributes: { job: job.uuid } }, () => this.#run(job));
    const done = inTrace(readTrace(job.trace), () => about({ job: job.uuid }, traced))
      .catch((error: unknown) => {
        this.#adrift = true;
        this.#options.log.error({ err: error, job: job.uuid }, 'job.crashed');
      })
      .finally(() => {
        this.#running.delete(job.id);
        if (this.#more) void this.#claim();
      });
    this.#running.set(job.id, done);
  }

  async #run(claimed: JobRow): Promise<void> {
    let row = claimed;
    const { db, log, probe } = this.#options;
    const begun = Date.now();
    const halt = this.#halt.signal;
    try {
      await this.#probe('claimed', row.kind);
      if (row.epoch === 1) await this.#options.hooks.onStart?.(db.read, row);
      if (row.broken >= MAX_BROKEN) {
        if (row.undoing) return await this.#abandon(row);
        row = await this.#turnBack(row);
      }
      const memories =
        row.epoch > 1
          ? await db.read.rows<{ name: string; out: unknown; undone: boolean }>(
              sql`select name, out, undone from job_step where job_id = ${row.id}`,
            )
          : [];
      const run = new JobRun({
        db,
        row,
        memories,
        probe,
        stopping: halt,
        onProgress: showProgress(db, row, () => this.hint(`job:${row.uuid}`)),
      });
      const outcome = row.undoing ? await this.#resumeUndo(run, row) : await this.#goForward(run, row, halt);
      await this.#probe('finish', row.kind);
      await this.#finish(row, outcome);
      await this.#probe('finished', row.kind);
      this.#options.meter.jobEnded(row.kind, outcome.state, (Date.now() - begun) / 1000);
      this.hint(`job:${row.uuid}`);
    } catch (error) {
      if (error instanceof Killed) return;
      if (error instanceof Fenced) {
        log.info({ job: row.uuid }, 'job.fenced');
        return;
      }
      await this.#giveBack(row, error, halt);
    }
  }

  async #goForward(run: JobRun, row: JobRow, halt: AbortSignal): Promise<Outcome> {
    const flow = this.#workflows.get(row.kind)!;
    try {
      return {
        state: 'done',
        result: await flow.run(run, row.input as never, this.#options.world as never),
        error: null,
      };
    } catch (error) {
      if (error instanceof Killed || error instanceof Fenced || error instanceof DatabaseLost || halt.aborted)
        throw error;
      const cancelled = error instanceof Cancelled ? { cancelled: true as const } : {};
      const described = { ...this.#options.hooks.describe(error), ...run.brokenAt(), ...cancelled };
      this.#options.log.info({ job: row.uuid, kind: row.kind, code: described.code, err: error }, 'job.failed');
      const held = await startUndoing(this.#options.db.read, row, described);
      if (!held) throw new Fenced(`job ${row.id} belongs to another worker`);
      await this.#unwind(run, row);
      return ended(described);
    }
  }

  async #resumeUndo(run: JobRun, row: JobRow): Promise<Outcome> {
    await run.replay(() => this.#workflows.get(row.kind)!.run(run, row.input as never, this.#options.world as never));
    await this.#unwind(run, row);
    return ended(row.error);
  }

  /** The servers that took it up died of it, or could not go on: no more of them shall. */
  async #turnBack(row: JobRow): Promise<JobRow> {
    const error = { code: 'internal', text: `Its servers died or could not go on ${row.broken} times; it was undone` };
    this.#options.log.error({ job: row.uuid, kind: row.kind, runs: row.broken }, 'job.broken');
    if (!(await startUndoing(this.#options.db.read, row, error))) throw new Fenced(`job ${row.id} belongs to another`);
    return { ...row, undoing: true, error };
  }

  /** Nor does undoing it come to an end: it stays as it is, for people and for the keepers, and its lanes go on. */
  async #abandon(row: JobRow): Promise<void> {
    this.#options.log.error({ job: row.uuid, kind: row.kind, runs: row.broken }, 'job.abandoned');
    const why = `undoing it ended ${row.broken} times without an outcome`;
    await this.#options.db.tx(async (tx) => {
      await leaveUndone(tx, row, why);
      const error = row.error ?? { code: 'internal', text: why };
      await this.#end(tx, row, { state: 'failed', result: null, error });
    });
    this.hint(`job:${row.uuid}`);
  }

  /** What the world would not take back is reported and left to the keepers; the job itself must end. */
  async #unwind(run: JobRun, row: JobRow): Promise<void> {
    for (;;) {
      try {
        await run.unwind();
        return;
      } catch (error) {
        if (!(error instanceof UndoFailed)) throw error;
        this.#options.log.error({ err: error, job: row.uuid, kind: row.kind }, 'job.undo.failed');
        await run.giveUpUndo(error.message);
      }
    }
  }

  async #finish(row: JobRow, outcome: Outcome): Promise<void> {
    const { db, hooks } = this.#options;
    await db.tx(async (tx) => {
      const kept = hooks.onFinish ? await hooks.onFinish(tx, row, outcome) : outcome;
      await this.#end(tx, row, kept);
      await this.#probe('finishing', row.kind);
    });
  }

  async #end(tx: Tx, row: JobRow, outcome: Outcome): Promise<void> {
    const { ours, letGo } = await finish(tx, row, outcome);
    if (!ours) throw new Fenced(`job ${row.id} belongs to another worker`);
    if (letGo) tx.afterCommit(() => (this.#more = true));
  }

  /** The database went away or this worker stops: whoever is alive goes on from the journal. */
  async #giveBack(row: JobRow, error: unknown, halt: AbortSignal): Promise<void> {
    const lost = error instanceof DatabaseLost;
    if (!lost && !halt.aborted) this.#options.log.error({ err: error, job: row.uuid, kind: row.kind }, 'job.gave-back');
    const pauseMs = lost || halt.aborted ? 0 : Math.min(60_000, 500 * 2 ** row.attempts);
    for (let attempt = 0; attempt < GIVE_BACK_TRIES; attempt += 1) {
      try {
        await giveBack(this.#options.db.read, row, { afterMs: pauseMs, broken: !lost && !halt.aborted });
        return;
      } catch {
        if (this.#stopping.signal.aborted) return;
        await new Promise((resolve) => {
          setTimeout(resolve, 200);
        });
      }
    }
    this.#adrift = true;
  }
}

const within = (ms: number, work: Promise<unknown>): Promise<unknown> =>
  Promise.race([work, new Promise((resolve) => setTimeout(resolve, ms).unref())]);
