// How often an account may call: counted per account and interval, in this process. Off unless the setting says so; root
// administrators are never counted out.
import { fail } from '#api/errors.ts';
import type { Caller } from '#cloud/context.ts';
import type { CallCounter, CallCount } from '#cloud/calls.ts';
import type { Settings } from '#kernel/settings.ts';

interface Count {
  issued: number;
  ends: number;
}

const ofServer = new WeakMap<Settings, Throttle>();
/** The one of the server with these settings. */
export function throttleOf(settings: Settings): Throttle {
  const known = ofServer.get(settings) ?? new Throttle(settings);
  ofServer.set(settings, known);
  return known;
}

export class Throttle implements CallCounter {
  readonly #settings: Settings;
  readonly #counts = new Map<number, Count>();

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** Counts a call of the account in, or refuses it. */
  count({ accountId, isRoot }: Pick<Caller, 'accountId' | 'isRoot'>, now = Date.now()): void {
    if (!this.#settings.boolean('api.throttling.enabled') || isRoot) return;
    const count = this.#current(accountId, now) ?? this.#begin(accountId, now);
    if (count.issued >= this.#settings.number('api.throttling.max')) {
      fail(
        'tooManyRequests',
        `The given user has reached his/her account api limit, please retry after ${count.ends - now} ms.`,
      );
    }
    count.issued += 1;
  }

  of(accountId: number, now = Date.now()): CallCount {
    const issued = this.#current(accountId, now)?.issued ?? 0;
    const ends = this.#current(accountId, now)?.ends ?? now + this.#settings.number('api.throttling.interval') * 1000;
    return {
      issued,
      allowed: Math.max(0, this.#settings.number('api.throttling.max') - issued),
      expiresInMs: ends - now,
    };
  }

  reset(accountId: number | undefined): void {
    if (accountId === undefined) this.#counts.clear();
    else this.#counts.delete(accountId);
  }

  #current(accountId: number, now: number): Count | undefined {
    const count = this.#counts.get(accountId);
    return count && count.ends > now ? count : undefined;
  }

  /** The accounts counted longest ago are forgotten first, so that memory stays bounded. */
  #begin(accountId: number, now: number): Count {
    const count = { issued: 0, ends: now + this.#settings.number('api.throttling.interval') * 1000 };
    this.#counts.delete(accountId);
    this.#counts.set(accountId, count);
    const [oldest] = this.#counts.keys();
    if (this.#counts.size > this.#settings.number('api.throttling.cachesize') && oldest !== undefined)
      this.#counts.delete(oldest);
    return count;
  }
}
