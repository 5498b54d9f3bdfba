// Work on one thing that many ask for at the same time: telling the hosts of a network, or its router, what is new. What is told
// is always the newest state, so that everybody who asks while a round runs is served by one next round.
// Invariant: what `take` resolves with began after it was asked for, and of one key one round runs at a time.

export class Rounds<T> {
  readonly #under = new Map<number, { next: Promise<T> | undefined; running: Promise<T> }>();

  /** Does `mine`, or, while a round of this key runs, waits for `everybodys`. Rejects early where the signal says so. */
  take(
    key: number,
    { mine, everybodys }: { mine: () => Promise<T>; everybodys: () => Promise<T> },
    signal?: AbortSignal,
  ): Promise<T> {
    const now = this.#under.get(key);
    if (!now) return this.#begin(key, mine);
    now.next ??= now.running.then(
      () => this.#begin(key, everybodys),
      () => this.#begin(key, everybodys),
    );
    return signal ? orAborted(now.next, signal) : now.next;
  }

  #begin(key: number, work: () => Promise<T>): Promise<T> {
    const running = work().finally(() => {
      if (this.#under.get(key)?.next === undefined) this.#under.delete(key);
    });
    running.catch(() => {}); // whoever waits is told
    this.#under.set(key, { running, next: undefined });
    return running;
  }
}

async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const over = Promise.withResolvers<never>();
  const abort = (): void => over.reject(signal.reason as Error);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, over.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
