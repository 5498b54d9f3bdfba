// Standing duties: idempotent, without input, woken by a timer and by a poke, each on one server at a time.
// A keeper compares what should be with what is, and repairs. It may be stopped anywhere and started again. A run whose
// server was paused past its lease is fenced by the turn's epoch: it writes nothing and hosts refuse it (turn.ts).
import { coalesce } from '#base/coalesce.ts';
import { about, inTrace, openTrace } from '#base/trace.ts';
import type { Db } from './db.ts';
import { isLost } from './db.ts';
import type { Log } from './log.ts';
import { unmeasured, type Meter } from './meter.ts';
import { sql } from './sql.ts';
import { inTurn, outsideTurn, TurnLost, type Turn } from './turn.ts';

export interface Keeper {
  readonly name: string;
  readonly everyMs: number;
  run(signal: AbortSignal): Promise<void>;
}

/** Also over as soon as the worker that has it is declared dead: see engine.ts. */
const LEASE_MS = 10_000;
const RENEW_MS = 1_500;
/** Shorter than the time after which a silent worker is declared dead: past it, a run asks before it touches the world. */
const SURE_MS = 4_000;
const LOOK_MS = 500;

export interface KeeperLoopOptions {
  keepers: readonly Keeper[];
  db: Db;
  log: Log;
  /** The worker that proves this process alive, now. */
  owner: () => number;
  meter?: Meter;
}

interface Running {
  readonly epoch: number;
  readonly control: AbortController;
  renewedAt: number;
  done: Promise<void>;
}

/** Runs the keepers whose time has come and which no other process is at. */
export class KeeperLoop {
  readonly #options: KeeperLoopOptions;
  readonly #running = new Map<string, Running>();
  #timer: NodeJS.Timeout | undefined;
  #renewing: NodeJS.Timeout | undefined;
  #stopped = false;
  #resting = false;

  constructor(options: KeeperLoopOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { db, keepers } = this.#options;
    await db.read.run(
      sql`insert into keeper(name) select unnest(${keepers.map((keeper) => keeper.name)}::text[]) on conflict do nothing`,
    );
    this.#renewing = setInterval(() => void this.#renew([...this.#running.keys()]).catch(() => {}), RENEW_MS);
    this.#look();
  }

  /** Asks running keepers to stop and waits for them, for a while: a run that is cut off is fenced. */
  async stop(graceMs = 5_000): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    for (const { control } of this.#running.values()) control.abort();
    await Promise.race([
      Promise.allSettled([...this.#running.values()].map(({ done }) => done)),
      new Promise((resolve) => {
        setTimeout(resolve, graceMs).unref();
      }),
    ]);
    clearInterval(this.#renewing);
  }

  /** Begins nothing until it may again; what runs goes on. */
  rest(resting: boolean): void {
    this.#resting = resting;
    if (!resting) this.wake();
  }

  /** Looks at once: a poke was heard. */
  wake(): void {
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    setImmediate(() => this.#look());
  }

  #look(): void {
    if (this.#stopped) return;
    this.#takeDue()
      .catch((error: unknown) => {
        if (!isLost(error)) this.#options.log.warn({ err: error }, 'keepers.look.failed');
      })
      .finally(() => {
        clearTimeout(this.#timer);
        if (!this.#stopped) this.#timer = setTimeout(() => this.#look(), LOOK_MS * (0.8 + 0.4 * Math.random()));
      });
  }

  async #takeDue(): Promise<void> {
    const { keepers, db, owner } = this.#options;
    const idle = keepers.filter((keeper) => !this.#running.has(keeper.name));
    if (idle.length === 0 || this.#resting || db.room.full) return;
    const began = performance.now();
    const due = await db.read.rows<{ name: string; epoch: number }>(sql`
      with pace as (select * from unnest(${idle.map((keeper) => keeper.name)}::text[], ${idle.map((keeper) => keeper.everyMs)}::int[]) as p(name, every_ms)),
        due as (select k.name, pace.every_ms from keeper k join pace on pace.name = k.name where k.next <= clock_timestamp()
          and (k.until is null or k.until < clock_timestamp() or k.owner not in (select id from worker)) for update of k skip locked)
      update keeper set epoch = epoch + 1, owner = ${owner()}, until = clock_timestamp() + ${LEASE_MS} * interval '1 millisecond', last_start = clock_timestamp(),
        next = clock_timestamp() + due.every_ms * interval '1 millisecond', runs = runs + 1
      from due where keeper.name = due.name
      returning keeper.name, epoch`);
    for (const { name, epoch } of due)
      this.#begin(
        keepers.find((one) => one.name === name)!,
        epoch,
        began,
      );
  }

  #begin(keeper: Keeper, epoch: number, renewedAt: number): void {
    const run: Running = { epoch, control: new AbortController(), renewedAt, done: Promise.resolve() };
    this.#running.set(keeper.name, run);
    run.done = inTrace(openTrace(), () => about({ keeper: keeper.name }, () => this.#run(keeper, run))).finally(() =>
      this.#running.delete(keeper.name),
    );
  }

  async #run(keeper: Keeper, run: Running): Promise<void> {
    const { db, log, meter = unmeasured } = this.#options;
    const { name } = keeper;
    const begun = performance.now();
    const turn: Turn = {
      name,
      epoch: run.epoch,
      stillOurs: async () => {
        // Within the turn it would hold the row as everything there does, and whoever else asks just now too: none could renew.
        if (performance.now() - run.renewedAt > SURE_MS) await outsideTurn(() => this.#renew([name]));
        return !run.control.signal.aborted;
      },
    };
    let failure: string | null = null;
    try {
      await inTurn(turn, () => keeper.run(run.control.signal));
    } catch (error) {
      failure = (error as Error).message;
      if (error instanceof TurnLost) log.info({ keeper: name, epoch: run.epoch }, 'keeper.fenced');
      else if (!isLost(error)) log.error({ err: error, keeper: name }, 'keeper.failed');
    }
    meter.keeperRan(name, failure === null, (performance.now() - begun) / 1000);
    await db.read
      .run(
        sql`update keeper set until = null, owner = null, last_end = clock_timestamp(), last_error = ${failure} where name = ${name} and epoch = ${run.epoch}`,
      )
      .catch(() => {});
  }

  /** Keeps the turns of these keepers; a run whose turn is another's by now is told to stop. */
  async #renew(names: readonly string[]): Promise<void> {
    const runs = names.flatMap((name) => {
      const run = this.#running.get(name);
      return run ? [{ name, run }] : [];
    });
    if (runs.length === 0) return;
    const { db, owner } = this.#options;
    const began = performance.now();
    const kept = await db.read.rows<{ name: string; epoch: number }>(sql`
      update keeper k set owner = ${owner()}, until = clock_timestamp() + ${LEASE_MS} * interval '1 millisecond'
      from unnest(${runs.map(({ name }) => name)}::text[], ${runs.map(({ run }) => run.epoch)}::int[]) as mine(name, epoch)
      where k.name = mine.name and k.epoch = mine.epoch returning k.name, k.epoch`);
    for (const { name, run } of runs) {
      if (kept.some((one) => one.name === name && one.epoch === run.epoch)) run.renewedAt = began;
      else run.control.abort();
    }
  }
}

/** Makes a keeper run now, on whichever server is first. */
export const poke = (db: Pick<Db, 'read'>, name: string): Promise<number> =>
  db.read.run(sql`update keeper set next = clock_timestamp() where name = ${name}`);

/** Pokes by whoever meets something to repair, which may be thousands at once: those of a keeper that come while one is being
 * written are one more. `woken` is called after each that was. */
export function poker(db: Pick<Db, 'read'>, woken: () => void): (name: string) => void {
  const wishes = new Map<string, () => Promise<void>>();
  const wish = (name: string): (() => Promise<void>) => {
    const made = coalesce(() => outsideTurn(() => poke(db, name)).then(woken));
    wishes.set(name, made);
    return made;
  };
  return (name) => void (wishes.get(name) ?? wish(name))().catch(() => {});
}
