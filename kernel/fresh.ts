// What a process remembers of the database stays true: whoever answers from memory first asks, once per request, what became
// stale since it asked last. The rows of `stale` are written by triggers in the transaction that changed the thing; the ones
// not seen before are those of transactions that this statement's snapshot sees and the last one's did not, so that it does
// not matter in which order transactions commit. Requests that come while one asks share the next one's answer: every
// request's answer is as true as the database was after the request came.
import type { Db } from './db.ts';
import { sql } from './sql.ts';

/** In place of an id: whatever of the kind becomes stale. */
export const ANY = -1;

/** Grows when the thing became stale. What was made of things is good while their counts are what they were. */
export interface Cell {
  readonly kind: string;
  readonly id: number;
  n: number;
}

/** A read that began: what becomes stale until it is put down must not be remembered. */
export interface Reading {
  readonly stale: Set<string>;
  everything: boolean;
}

/** More at once, and all is forgotten instead. */
const MOST_AT_ONCE = 5_000;
/** Rows are kept for longer than this: who has not asked for so long forgets all. */
const TRUSTED_MS = 5 * 60_000;
const KEPT_S = 15 * 60;
/** No transaction is later. With two bounds the planner takes the index, whatever they are; and it is not shown what they are,
 * else it would plan anew each time, which costs several times what the question does. */
const LAST_XID = '18446744073709551615';
const MOST_CELLS = 500_000;

interface Look {
  snapshot: string;
  era: string;
  now: Date;
  kinds: string[] | null;
  ids: number[] | null;
}

export class Freshness {
  readonly #db: Pick<Db, 'read'>;
  readonly #cells = new Map<string, Map<number, Cell>>();
  readonly #readings = new Set<Reading>();
  readonly #forgetters = new Set<() => void>();
  readonly #listeners = new Map<string, Set<() => void>>();
  readonly #look: () => Promise<void>;
  #cellCount = 0;
  #last: Look | undefined;

  constructor(db: Pick<Db, 'read'>) {
    this.#db = db;
    this.#look = shared(() => this.#ask());
  }

  /** After it, what is remembered is as true as the database was when this was called. */
  check(): Promise<void> {
    return this.#look();
  }

  /** The database's clock at the last check. */
  get now(): Date {
    return this.#last?.now ?? new Date(0);
  }

  cell(kind: string, id: number): Cell {
    const known = this.#cells.get(kind)?.get(id);
    if (known) return known;
    if (this.#cellCount >= MOST_CELLS) this.#forgetAll();
    const cells = this.#cells.get(kind) ?? new Map<number, Cell>();
    this.#cells.set(kind, cells);
    const made = { kind, id, n: 0 };
    cells.set(id, made);
    this.#cellCount += 1;
    return made;
  }

  /** Before reading what shall be remembered; `endReading` afterwards, whatever happened. */
  beginReading(): Reading {
    const reading: Reading = { stale: new Set(), everything: false };
    this.#readings.add(reading);
    return reading;
  }
  endReading(reading: Reading): void {
    this.#readings.delete(reading);
  }

  /** Called when all must be forgotten. */
  onForget(forget: () => void): void {
    this.#forgetters.add(forget);
  }
  /** Called when anything of the kind became stale. */
  onStale(kind: string, listener: () => void): void {
    const listeners = this.#listeners.get(kind) ?? new Set();
    this.#listeners.set(kind, listeners.add(listener));
  }

  /** A snapshot counts its own transaction among what it sees; who asks within one has not been told of its changes. */
  async #ask(): Promise<void> {
    const last = this.#last;
    const found = await this.#db.read.one<Look>(
      last
        ? sql`select pg_current_snapshot()::text as snapshot, pg_postmaster_start_time()::text as era, clock_timestamp() as now, array_agg(s.kind) as kinds, array_agg(s.id) as ids
            from (select kind, id from stale where xid >= (select pg_snapshot_xmin(${last.snapshot}::pg_snapshot)) and xid <= (select ${LAST_XID}::xid8) and (not pg_visible_in_snapshot(xid, ${last.snapshot}::pg_snapshot) or xid = pg_current_xact_id_if_assigned()) limit ${MOST_AT_ONCE + 1}) s`
        : sql`select pg_current_snapshot()::text as snapshot, pg_postmaster_start_time()::text as era, clock_timestamp() as now, null::text[] as kinds, null::bigint[] as ids`,
    );
    this.#last = found;
    const gap = last && found.now.getTime() - last.now.getTime();
    if (gap === undefined || gap > TRUSTED_MS || gap < -TRUSTED_MS || found.era !== last!.era) this.#forgetAll();
    else if ((found.ids?.length ?? 0) > MOST_AT_ONCE) this.#forgetAll();
    else found.ids?.forEach((id, index) => this.#becameStale(found.kinds![index]!, id));
  }

  #becameStale(kind: string, id: number): void {
    const cells = this.#cells.get(kind);
    for (const cell of [cells?.get(id), cells?.get(ANY)]) if (cell) cell.n += 1;
    for (const { stale } of this.#readings) stale.add(`${kind} ${id}`).add(`${kind} ${ANY}`);
    for (const listener of this.#listeners.get(kind) ?? []) listener();
  }

  #forgetAll(): void {
    // Cells that somebody still holds must not look good any more.
    for (const cells of this.#cells.values()) for (const cell of cells.values()) cell.n += 1;
    this.#cells.clear();
    this.#cellCount = 0;
    for (const reading of this.#readings) reading.everything = true;
    for (const forget of this.#forgetters) forget();
    for (const listeners of this.#listeners.values()) for (const listener of listeners) listener();
  }
}

/** Calls of one turn of the event loop share one run after it, and so do those that come while one runs: each sees what was
 * true when it was called. */
export function shared(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const start = (): Promise<void> => {
    next = undefined;
    running = work().finally(() => {
      running = undefined;
    });
    return running;
  };
  return () => {
    next ??= (running ? running.catch(() => {}).then(turnEnds) : turnEnds()).then(start);
    return next;
  };
}
/** Until everything that came together was looked at. */
const turnEnds = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

/** Deletes what no server asks for any more. */
export async function forgetStale(db: Db): Promise<void> {
  for (;;) {
    const gone = await db.read.run(
      sql`delete from stale where xid in (select xid from stale order by xid limit 10000) and at < now() - ${KEPT_S} * interval '1 second'`,
    );
    if (gone < 10_000) return;
  }
}
