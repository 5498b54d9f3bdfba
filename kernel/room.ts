// Whether the database has room on its disk. A full disk refuses what needs a new page and takes the rest, so it shows in a
// statement here and there; from the first of them on nothing more is begun, until a look finds room. The looks go on by
// themselves and touch nothing that is kept. Invariant: no statement that was refused has changed anything.
import { setTimeout as pass } from 'node:timers/promises';
import { sql, type Sql } from './sql.ts';

/** Between looks: the one thing that asks a full disk for room. */
const LOOK_EVERY_MS = 1_000;
/** Some megabytes: with a few pages free the next statement would be refused again. */
const WANTED_ROWS = 100_000;

export type RoomListener = (full: boolean) => void;

export class Room {
  readonly #look: () => Promise<void>;
  readonly #listeners = new Set<RoomListener>();
  #full = false;
  #closed = false;

  /** `look` throws while there is no room. */
  constructor(look: () => Promise<void>) {
    this.#look = look;
  }

  get full(): boolean {
    return this.#full;
  }
  listen(listener: RoomListener): void {
    this.#listeners.add(listener);
  }
  close(): void {
    this.#closed = true;
  }

  /** A statement was refused for want of room. */
  refused(): void {
    if (this.#full || this.#closed) return;
    this.#turn(true);
    void this.#lookOut();
  }

  async #lookOut(): Promise<void> {
    while (!this.#closed) {
      await pass(LOOK_EVERY_MS, undefined, { ref: false });
      const room = await this.#look().then(
        () => true,
        () => false,
      );
      if (room) break;
    }
    if (!this.#closed) this.#turn(false);
  }

  #turn(full: boolean): void {
    this.#full = full;
    for (const listener of this.#listeners) listener(full);
  }
}

/** What needs room; its transaction is rolled back. */
export const roomWanted: Sql = sql`create temporary table nephos_room on commit drop as
  select n from generate_series(1, ${sql.raw(String(WANTED_ROWS))}) n`;
