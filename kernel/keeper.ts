// Standing duties: idempotent, without input, woken by a timer and by a poke, each on one server at a time.
// A keeper compares what should be with what is, and repairs. It may be stopped anywhere and started again.
import { about, inTrace, openTrace } from '#base/trace.ts';
import type { Db } from './db.ts';
import { isLost } from './db.ts';
import type { Log } from './log.ts';
import { unmeasured, type Meter } from './meter.ts';
import { sql } from './sql.ts';

export interface Keeper {
  readonly name: string;
  readonly everyMs: number;
  run(signal: AbortSignal): Promise<void>;
}

const LEASE_MS = 30_000;
const LOOK_MS = 500;

/** Runs the keepers whose time has come and which no other process is at. */
export class KeeperLoop {
  readonly #keepers: readonly Keeper[];
  readonly #db: Db;
  readonly #log: Log;
  readonly #meter: Meter;
  readonly #stopping = new AbortController();
  readonly #running = new Map<string, Promise<void>>();
  #timer: NodeJS.Timeout | undefined;

  constructor({ keepers, db, log, meter }: { keepers: readonly Keeper[]; db: Db; log: Log; meter?: Meter }) {
    this.#keepers = keepers;
    this.#db = db;
    this.#log = log;
    this.#meter = meter ?? unmeasured;
  }

  async start(): Promise<void> {
    await this.#db.read.run(
      sql`insert into keeper(name) select unnest(${this.#keepers.map((keeper) => keeper.name)}::text[]) on conflict do nothing`,
    );
    this.#look();
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#stopping.abort();
    await Promise.allSettled(this.#running.values());
  }

  /** Looks at once: a poke was heard. */
  wake(): void {
    if (this.#stopping.signal.aborted) return;
    clearTimeout(this.#timer);
    setImmediate(() => this.#look());
  }

  #look(): void {
    if (this.#stopping.signal.aborted) return;
    this.#takeDue()
      .catch((error: unknown) => {
        if (!isLost(error)) this.#log.warn({ err: error }, 'keepers.look.failed');
      })
      .finally(() => {
        clearTimeout(this.#timer);
        if (!this.#stopping.signal.aborted)
          this.#timer = setTimeout(() => this.#look(), LOOK_MS * (0.8 + 0.4 * Math.random()));
      });
  }

  async #takeDue(): Promise<void> {
    const idle = this.#keepers.filter((keeper) => !this.#running.has(keeper.name));
    if (idle.length === 0) return;
    const due = await this.#db.read.rows<{ name: string; epoch: number }>(sql`
      with pace as (select * from unnest(${idle.map((keeper) => keeper.name)}::text[], ${idle.map((keeper) => keeper.everyMs)}::int[]) as p(name, every_ms))
      update keeper set epoch = epoch + 1, until = clock_timestamp() + ${LEASE_MS} * interval '1 millisecond', last_start = clock_timestamp(),
        next = clock_timestamp() + pace.every_ms * interval '1 millisecond', runs = runs + 1
      from pace where keeper.name = pace.name and next <= clock_timestamp() and (until is null or until < clock_timestamp())
      returning keeper.name, epoch`);
    for (const { name, epoch } of due) {
      const keeper = this.#keepers.find((one) => one.name === name)!;
      this.#running.set(
        name,
        inTrace(openTrace(), () => about({ keeper: name }, () => this.#run(keeper, epoch))).finally(() =>
          this.#running.delete(name),
        ),
      );
    }
  }

  async #run(keeper: Keeper, epoch: number): Promise<void> {
    const renew = setInterval(() => {
      this.#db.read
        .run(
          sql`update keeper set until = clock_timestamp() + ${LEASE_MS} * interval '1 millisecond' where name = ${keeper.name} and epoch = ${epoch}`,
        )
        .catch(() => {});
    }, LEASE_MS / 3);
    let failure: string | null = null;
    const begun = Date.now();
    try {
      await keeper.run(this.#stopping.signal);
    } catch (error) {
      failure = (error as Error).message;
      if (!isLost(error)) this.#log.error({ err: error, keeper: keeper.name }, 'keeper.failed');
    } finally {
      clearInterval(renew);
      this.#meter.keeperRan(keeper.name, failure === null, (Date.now() - begun) / 1000);
      await this.#db.read
        .run(
          sql`update keeper set until = null, last_end = clock_timestamp(), last_error = ${failure} where name = ${keeper.name} and epoch = ${epoch}`,
        )
        .catch(() => {});
    }
  }
}

/** Makes a keeper run now, on whichever server is first. */
export const poke = (db: Pick<Db, 'read'>, name: string): Promise<number> =>
  db.read.run(sql`update keeper set next = clock_timestamp() where name = ${name}`);
