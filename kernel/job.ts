// What a long operation is written with: a workflow is an async function of named steps. A finished step is remembered by
// its name and never done again; on failure the undos of finished steps run backwards, and of the one that may have begun.
//   job.tx    writes the database; commits together with the memory of it: exactly once.
//   job.call  touches the world; at least once, so it must be repeatable. Its undo is keyed by identity, because a call
//             whose reply was lost did happen.
// The steps must follow from the input and the results of earlier steps alone.
import { currentTraceText, inSpan } from '#base/trace.ts';
import { databaseNow } from './clock.ts';
import { DatabaseLost, type Db, type Tx } from './db.ts';
import { remembering, type Remembered } from './journal.ts';
import type { DebugPoint, Probe } from './probe.ts';
import { sql } from './sql.ts';
import { patiently, UndoFailed } from './undo.ts';

/** The job is not ours any more: another worker has it, under a newer epoch. Nothing may be written. */
export class Fenced extends Error {
  override name = 'Fenced';
}
export class Cancelled extends Error {
  override name = 'Cancelled';
}
/** Thrown at a debug point by a test: the worker is to behave as if it had been killed there. */
export class Killed extends Error {
  override name = 'Killed';
}
/** Ends the forward replay of a job that is being undone at the first step without a memory. */
class EndOfJournal extends Error {}

/** What a call to the world carries along, so that a host can refuse a worker that lost its lease. */
export interface Call {
  readonly job: string;
  readonly epoch: number;
  readonly trace: string | null;
  /** Aborted when the step's time is up or the worker stops. */
  readonly signal: AbortSignal;
  /** Shown to people while the step runs; not kept. */
  progress(percent: number, text?: string): void;
}

export interface TxOptions<T> {
  undo?: (tx: Tx, out: T) => Promise<unknown>;
}
export interface CallOptions<T> {
  /** `out` is undefined when it is not known whether the call came through. */
  undo?: (call: Call, out: T | undefined) => Promise<unknown>;
  /** Gives up after this long; the default fits a host that answers in seconds. */
  timeoutS?: number;
}

export interface AttemptOptions {
  /** Whether this failure is one the job can go on from. */
  mayFail(error: unknown): boolean;
}
export type Tried<T> = { done: T } | { failed: JobError };

export interface Job {
  readonly id: number;
  readonly uuid: string;
  tx<T>(name: string, work: (tx: Tx) => Promise<T>, options?: TxOptions<T>): Promise<T>;
  call<T>(name: string, work: (call: Call) => Promise<T>, options?: CallOptions<T>): Promise<T>;
  /** A part that may fail without failing the job: what it did is undone, and the job goes on with the reason. Its steps, and the
   * failure itself, are remembered like any others. Where an undo does not come through, the job fails after all. */
  attempt<T>(name: string, work: () => Promise<T>, options: AttemptOptions): Promise<Tried<T>>;
  /** An undo of what was there before the job began: the rows of the transaction that submitted it. */
  undoTx(name: string, undo: (tx: Tx) => Promise<unknown>): void;
  undoCall(name: string, undo: (call: Call) => Promise<unknown>): void;
}

/** `W` is what the work reaches the world with; the kernel only hands it on. */
export interface Workflow<I = unknown, O = unknown, W = unknown> {
  readonly kind: string;
  /** Raised when steps change so that an older process could not continue a newer job. */
  readonly version: number;
  run(job: Job, input: I, world: W): Promise<O>;
}

/** Names a workflow. The name is data: rows of waiting jobs carry it. */
export const workflow = <I, O, W = unknown>(
  kind: string,
  run: (job: Job, input: I, world: W) => Promise<O>,
  version = 1,
): Workflow<I, O, W> => ({ kind, version, run });

export interface JobRow {
  id: number;
  uuid: string;
  kind: string;
  input: unknown;
  owner: number;
  epoch: number;
  attempts: number;
  /** So many runs before this one ended without a step and without an outcome. */
  broken: number;
  cancel: boolean;
  undoing: boolean;
  error: JobError | null;
  command: string | null;
  user_id: number | null;
  account_id: number | null;
  domain_id: number | null;
  resource_type: string | null;
  resource_uuid: string | null;
  start_event: number | null;
  trace: string | null;
}
export interface JobError {
  code: string;
  text: string;
  /** The step in which it happened; none where it was between two. */
  step?: { name: string; started: Date | string; ended: Date | string };
  /** It was not a failure: somebody wanted it to end. */
  cancelled?: true;
}

interface Memory {
  name: string;
  out: unknown;
  undone: boolean;
}
interface Undo {
  name: string;
  run: () => Promise<void>;
}

export interface RunOptions {
  db: Db;
  row: JobRow;
  memories: readonly Memory[];
  probe?: Probe;
  /** Told of every change people may want to see. */
  onProgress: (doing: string, percent: number, text: string) => void;
  stopping: AbortSignal;
  /** Before the world is asked for an undo once more. */
  undoPauseMs?: number;
}

const DEFAULT_CALL_TIMEOUT_S = 300;

/** One run of one claimed job: replays what is remembered, does the rest. */
export class JobRun implements Job {
  readonly id: number;
  readonly uuid: string;
  readonly #options: RunOptions;
  readonly #memories: Map<string, Memory>;
  readonly #undos: Undo[] = [];
  readonly #seen = new Set<string>();
  #doing: { name: string; started: Date } | undefined;
  /** What follows is only looked up, not done: it belongs to an attempt that has failed. */
  #lookingBack = false;

  constructor(options: RunOptions) {
    this.#options = options;
    this.id = options.row.id;
    this.uuid = options.row.uuid;
    this.#memories = new Map(options.memories.map((memory) => [memory.name, memory]));
  }

  async tx<T>(name: string, work: (tx: Tx) => Promise<T>, { undo }: TxOptions<T> = {}): Promise<T> {
    const memory = this.#enter(name);
    if (memory) {
      if (undo) this.#undos.push({ name, run: () => this.#undoTx(name, (tx) => undo(tx, memory.out as T)) });
      return memory.out as T;
    }
    this.#mayGoOn();
    const started = await this.#begin(name);
    const out = await inSpan(name, {}, () =>
      this.#options.db.tx(async (tx) => {
        const result = plain(await work(tx));
        this.#held(await tx.first(remembering(this.#options.row, { name, out: result, started })));
        await this.#probe('commit', name);
        return result;
      }),
    );
    await this.#committed(name, out);
    if (undo) this.#undos.push({ name, run: () => this.#undoTx(name, (tx) => undo(tx, out)) });
    return out;
  }

  async call<T>(name: string, work: (call: Call) => Promise<T>, options: CallOptions<T> = {}): Promise<T> {
    const memory = this.#enter(name);
    const { undo } = options;
    if (undo)
      this.#undos.push({
        name,
        run: () => this.#undoCall(name, (call) => undo(call, this.#memories.get(name)?.out as T | undefined)),
      });
    if (memory) return memory.out as T;
    this.#mayGoOn();
    const started = await this.#begin(name);
    const out = plain(await this.#outside(name, work, options.timeoutS ?? DEFAULT_CALL_TIMEOUT_S));
    await this.#rememberAlone({ name, out, started });
    await this.#committed(name, out);
    return out;
  }

  async attempt<T>(name: string, work: () => Promise<T>, { mayFail }: AttemptOptions): Promise<Tried<T>> {
    const memory = this.#enter(name);
    const failed = memory?.out as JobError;
    if (memory?.undone) return { failed };
    const before = this.#undos.length;
    if (memory) {
      await this.#lookBack(work);
      if (this.#options.row.undoing) throw new EndOfJournal();
      return this.#cleared(name, before, failed);
    }
    try {
      return { done: await work() };
    } catch (error) {
      if (!this.#isFailure(error) || !mayFail(error)) throw error;
      const { code, message } = error as Error & { code?: string };
      const why: JobError = { code: code ?? 'internal', text: message };
      await this.#rememberAlone({ name, out: why, started: databaseNow() });
      await this.#committed(name, why);
      return this.#cleared(name, before, why);
    }
  }

  /** Collects the undos of an attempt that failed in an earlier run. */
  async #lookBack(work: () => Promise<unknown>): Promise<void> {
    this.#lookingBack = true;
    try {
      await this.replay(work);
    } finally {
      this.#lookingBack = false;
    }
  }

  async #cleared(name: string, before: number, failed: JobError): Promise<{ failed: JobError }> {
    const started = databaseNow();
    try {
      await this.unwind(before);
    } catch (error) {
      if (error instanceof UndoFailed) throw new Error(failed.text, { cause: error });
      throw error;
    }
    await this.#options.db.tx((tx) => this.#markUndone(tx, name, { started }));
    this.#memories.set(name, { name, out: failed, undone: true });
    this.#undos.length = before;
    return { failed };
  }

  #isFailure(error: unknown): boolean {
    const ours = [Killed, Fenced, Cancelled, EndOfJournal].some((kind) => error instanceof kind);
    return !ours && !(error instanceof DatabaseLost) && !this.#options.stopping.aborted;
  }

  undoTx(name: string, undo: (tx: Tx) => Promise<unknown>): void {
    this.#enter(name);
    this.#undos.push({ name, run: () => this.#undoTx(name, undo) });
  }

  undoCall(name: string, undo: (call: Call) => Promise<unknown>): void {
    this.#enter(name);
    this.#undos.push({ name, run: () => this.#undoCall(name, undo) });
  }

  /** Where it is, or was when it failed. */
  brokenAt(): Pick<JobError, 'step'> {
    return this.#doing ? { step: { ...this.#doing, ended: databaseNow() } } : {};
  }

  /** Undoes what was done, newest first, all or back to the first `kept`. Each undo is remembered too, so a crash in the middle
   * continues. */
  async unwind(kept = 0): Promise<void> {
    for (const { name, run } of this.#undos.slice(kept).toReversed()) {
      if (this.#memories.get(name)?.undone) continue;
      await this.#probe('undo', name);
      this.#options.onProgress(`undo ${name}`, 0, '');
      await run();
      this.#memories.set(name, { name, out: this.#memories.get(name)?.out, undone: true });
      await this.#probe('undo-committed', name);
    }
  }

  /** Gives up on the undo that would not go through, so that the others still run; why is kept for who has to look. */
  async giveUpUndo(reason: string): Promise<void> {
    const stuck = this.#undos.toReversed().find(({ name }) => !this.#memories.get(name)?.undone);
    if (!stuck) return;
    await this.#options.db.tx((tx) => this.#markUndone(tx, stuck.name, { error: reason.slice(0, 500) }));
    this.#memories.set(stuck.name, { name: stuck.name, out: undefined, undone: true });
  }

  /** Replays a job that failed before, up to where its memory ends, or to where it failed between two steps. */
  async replay(run: () => Promise<unknown>): Promise<void> {
    try {
      await run();
    } catch (error) {
      if (!(error instanceof EndOfJournal) && !this.#isFailure(error)) throw error;
    }
  }

  #enter(name: string): Memory | undefined {
    if (this.#seen.has(name)) throw new Error(`step ${name} stands twice in ${this.#options.row.kind}`);
    this.#seen.add(name);
    return this.#memories.get(name);
  }

  #mayGoOn(): void {
    if (this.#options.row.undoing || this.#lookingBack) throw new EndOfJournal();
    if (this.#options.row.cancel) throw new Cancelled('the job was cancelled');
  }

  async #begin(name: string): Promise<Date> {
    const started = databaseNow();
    this.#doing = { name, started };
    await this.#probe('step', name);
    return started;
  }

  async #probe(point: DebugPoint, step: string): Promise<void> {
    await this.#options.probe?.(point, { kind: this.#options.row.kind, step });
  }

  async #committed(name: string, out: unknown): Promise<void> {
    this.#memories.set(name, { name, out, undone: false });
    this.#doing = undefined;
    await this.#probe('committed', name);
    this.#options.onProgress(name, 100, '');
  }

  async #outside<T>(name: string, work: (call: Call) => Promise<T>, timeoutS: number): Promise<T> {
    const { row, onProgress, stopping } = this.#options;
    const signal = AbortSignal.any([stopping, AbortSignal.timeout(timeoutS * 1000)]);
    onProgress(name, 0, '');
    return inSpan(name, {}, () =>
      work({
        job: row.uuid,
        epoch: row.epoch,
        trace: currentTraceText() ?? row.trace,
        signal,
        progress: (percent, text = '') => onProgress(name, percent, text),
      }),
    );
  }

  /** A transaction of one statement: the point before its commit is the one before it is sent. */
  async #rememberAlone(memory: Remembered): Promise<void> {
    await this.#probe('commit', memory.name);
    this.#held(await this.#options.db.alone(remembering(this.#options.row, memory)));
  }

  #held(held: { cancel: boolean } | undefined): void {
    const { row } = this.#options;
    if (!held) throw new Fenced(`job ${row.id} belongs to another worker`);
    row.cancel ||= held.cancel;
  }

  async #undoTx(name: string, undo: (tx: Tx) => Promise<unknown>): Promise<void> {
    const started = databaseNow();
    await inSpan(`undo ${name}`, {}, () =>
      this.#options.db.tx(async (tx) => {
        await undo(tx);
        await this.#markUndone(tx, name, { started });
        await this.#probe('undo-commit', name);
      }),
    );
  }

  async #undoCall(name: string, undo: (call: Call) => Promise<unknown>): Promise<void> {
    const started = databaseNow();
    // A lost database says nothing about the undo: it is not a try.
    const endsAtOnce = (error: unknown): boolean =>
      error instanceof Killed || error instanceof DatabaseLost || this.#options.stopping.aborted;
    await patiently(() => this.#outside(`undo ${name}`, undo, DEFAULT_CALL_TIMEOUT_S), {
      endsAtOnce,
      firstPauseMs: this.#options.undoPauseMs,
    });
    await this.#options.db.tx(async (tx) => {
      await this.#markUndone(tx, name, { started });
      await this.#probe('undo-commit', name);
    });
  }

  async #markUndone(
    tx: Tx,
    name: string,
    { started = databaseNow(), error = null }: { started?: Date; error?: string | null },
  ): Promise<void> {
    const { id, owner, epoch } = this.#options.row;
    const held = await tx.run(
      sql`update job set doing = ${`undo ${name}`}, broken = 0 where id = ${id} and owner = ${owner} and epoch = ${epoch} and state = 'running'`,
    );
    if (!held) throw new Fenced(`job ${id} belongs to another worker`);
    await tx.run(sql`insert into job_step(job_id, name, undone, started, undo_started, undo_ended, undo_error)
                     values (${id}, ${name}, true, clock_timestamp(), ${started}, clock_timestamp(), ${error})
                     on conflict (job_id, name) do update set undone = true, undo_started = excluded.undo_started,
                       undo_ended = excluded.undo_ended, undo_error = excluded.undo_error`);
  }
}

/** What a step returns must survive a restart, so it is what JSON makes of it, the first time already. */
const plain = <T>(value: T): T => (value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T));
