// How often an account may call: counted per account and interval. Off unless the setting says so; root administrators are never
// counted out. Each server counts for itself until an account has made half of its own server's share; from then on it is counted in
// the database, on all servers together. So most calls cost nothing, and with any number of servers an account gets no more than
// half as much again as it may.
import { fail } from '#api/errors.ts';
import type { Caller } from '#cloud/context.ts';
import type { CallCounter, CallCount } from '#cloud/calls.ts';
import { databaseNowMs } from '#kernel/clock.ts';
import type { Db } from '#kernel/db.ts';
import type { Settings } from '#kernel/settings.ts';
import { addCalls, forgetCalls } from './throttle.store.ts';

interface Count {
  accountId: number;
  /** Here. */
  issued: number;
  /** Of those here, how many the others know of. */
  told: number;
  /** On all servers, as far as is known here. */
  total: number;
  endsMs: number;
}
export interface Others {
  db: Pick<Db, 'read'>;
  /** How many servers answer calls. */
  servers: () => number;
}

const ofServer = new WeakMap<Settings, Throttle>();
/** The one of the server with these settings; alone until it is told of others. */
export function throttleOf(settings: Settings, others?: Others): Throttle {
  const known = (!others && ofServer.get(settings)) || new Throttle(settings, others);
  ofServer.set(settings, known);
  return known;
}

export class Throttle implements CallCounter {
  readonly #settings: Settings;
  readonly #others: Others | undefined;
  readonly #counts = new Map<number, Count>();

  constructor(settings: Settings, others?: Others) {
    this.#settings = settings;
    this.#others = others;
  }

  get #max(): number {
    return this.#settings.number('api.throttling.max');
  }

  /** Counts a call of the account in, or refuses it. A promise where others have to be asked. */
  count({ accountId, isRoot }: Pick<Caller, 'accountId' | 'isRoot'>, now = databaseNowMs()): Promise<void> | undefined {
    if (!this.#settings.boolean('api.throttling.enabled') || isRoot) return undefined;
    const count = this.#current(accountId, now) ?? this.#begin(accountId, now);
    if (Math.max(count.issued, count.total) >= this.#max) refuse(count, now);
    count.issued += 1;
    count.total += 1;
    const servers = this.#others?.servers() ?? 1;
    return servers > 1 && count.issued > this.#max / servers / 2 ? this.#countTogether(count, now) : undefined;
  }

  /** Where the database cannot be asked, this server's own count stands. */
  async #countTogether(count: Count, now: number): Promise<void> {
    const { db } = this.#others!;
    const more = count.issued - count.told;
    count.told = count.issued;
    count.total = await addCalls(db.read, count, more).catch(() => count.total);
    if (count.total > this.#max) refuse(count, now);
  }

  of(accountId: number, now = databaseNowMs()): CallCount {
    const count = this.#current(accountId, now);
    const issued = Math.max(count?.issued ?? 0, count?.total ?? 0);
    return {
      issued,
      allowed: Math.max(0, this.#max - issued),
      expiresInMs: Math.ceil((count?.endsMs ?? this.#endOf(now)) - now),
    };
  }

  async reset(accountId: number | undefined): Promise<void> {
    if (accountId === undefined) this.#counts.clear();
    else this.#counts.delete(accountId);
    if (this.#others) await forgetCalls(this.#others.db.read, accountId);
  }

  #current(accountId: number, now: number): Count | undefined {
    const count = this.#counts.get(accountId);
    return count && count.endsMs > now ? count : undefined;
  }

  /** The same on all servers, by the database's clock. */
  #endOf(now: number): number {
    const intervalMs = Math.max(1, this.#settings.number('api.throttling.interval')) * 1000;
    return (Math.floor(now / intervalMs) + 1) * intervalMs;
  }

  /** The accounts counted longest ago are forgotten first, so that memory stays bounded. */
  #begin(accountId: number, now: number): Count {
    const count = { accountId, issued: 0, told: 0, total: 0, endsMs: this.#endOf(now) };
    this.#counts.delete(accountId);
    this.#counts.set(accountId, count);
    const [oldest] = this.#counts.keys();
    if (this.#counts.size > this.#settings.number('api.throttling.cachesize') && oldest !== undefined)
      this.#counts.delete(oldest);
    return count;
  }
}

const refuse = ({ endsMs }: Count, now: number): never =>
  fail(
    'tooManyRequests',
    `The given user has reached his/her account api limit, please retry after ${Math.ceil(endsMs - now)} ms.`,
  );
