// The feed of changes: rows of `change` as they become durable on any server, to whoever in this process listens.
// Woken early by hints; a slow poll is the floor. Rows commit out of order, so each look goes back to the oldest transaction
// that was under way at the look before, and skips what it saw then.
import type { Db } from '#kernel/db.ts';
import { isLost } from '#kernel/db.ts';
import type { Log } from '#kernel/log.ts';
import { changeHorizon, changesSince, type Change } from './server.store.ts';

export type ChangeListener = (change: Change) => void;

const POLL_MS = 1_000;

export class ChangeFeed {
  readonly #db: Db;
  readonly #log: Log;
  readonly #listeners = new Set<ChangeListener>();
  #seen = new Set<number>();
  #horizon = '0';
  #timer: NodeJS.Timeout | undefined;
  #looking = false;
  #again = false;
  #stopped = false;

  constructor({ db, log }: { db: Db; log: Log }) {
    this.#db = db;
    this.#log = log;
  }

  async start(): Promise<void> {
    this.#horizon = await changeHorizon(this.#db.read);
    await this.#read(); // what was there before is not news
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
    const { horizon, changes } = await changesSince(this.#db.read, this.#horizon);
    const fresh = changes.filter(({ id }) => !this.#seen.has(id));
    this.#seen = new Set(changes.map(({ id }) => id));
    this.#horizon = horizon;
    for (const change of fresh) for (const listener of this.#listeners) listener(change);
  }
}
