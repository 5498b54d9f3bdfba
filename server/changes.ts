// The feed of changes: rows of `change` as they become durable on any server, to whoever in this process listens.
// Woken early by hints; a slow poll is the floor. Rows may commit out of order, so each look goes back a little and skips what it saw.
import type { Db } from '#kernel/db.ts';
import { isLost } from '#kernel/db.ts';
import type { Log } from '#kernel/log.ts';
import { changesAfter, newestChange, type Change } from './server.store.ts';

export type ChangeListener = (change: Change) => void;

const POLL_MS = 1_000;
const LOOK_BACK_ROWS = 500;

export class ChangeFeed {
  readonly #db: Db;
  readonly #log: Log;
  readonly #listeners = new Set<ChangeListener>();
  #seen = new Set<number>();
  #last = 0;
  #timer: NodeJS.Timeout | undefined;
  #looking = false;
  #again = false;
  #stopped = false;

  constructor({ db, log }: { db: Db; log: Log }) {
    this.#db = db;
    this.#log = log;
  }

  async start(): Promise<void> {
    this.#last = await newestChange(this.#db.read);
    this.#schedule();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  listen(listener: ChangeListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Something may be there. */
  wake(): void {
    if (this.#listeners.size > 0) void this.#look();
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (!this.#stopped) this.#timer = setTimeout(() => void this.#look(), POLL_MS);
  }

  async #look(): Promise<void> {
    if (this.#looking) {
      this.#again = true;
      return;
    }
    this.#looking = true;
    try {
      do {
        this.#again = false;
        await this.#read();
      } while (this.#again && !this.#stopped);
    } catch (error) {
      if (!isLost(error)) this.#log.warn({ err: error }, 'changes.read.failed');
    } finally {
      this.#looking = false;
      this.#schedule();
    }
  }

  async #read(): Promise<void> {
    const rows = await changesAfter(this.#db.read, this.#last - LOOK_BACK_ROWS);
    const fresh = rows.filter((row) => !this.#seen.has(row.id) && row.id > this.#last - LOOK_BACK_ROWS);
    this.#seen = new Set(rows.slice(-LOOK_BACK_ROWS * 2).map((row) => row.id));
    this.#last = Math.max(this.#last, rows.at(-1)?.id ?? 0);
    for (const change of fresh) for (const listener of this.#listeners) listener(change);
  }
}
