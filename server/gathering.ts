// Things that come one by one and are done together: those of a moment, and all that came while the last ones were done.
// Invariant: one batch at a time, in the order of arrival.

export class Gathering<T> {
  readonly #afterMs: number;
  readonly #atOnce: number;
  readonly #work: (batch: readonly T[]) => Promise<unknown>;
  #waiting: T[] = [];
  /** A batch is being done, or will be soon. */
  #begun = false;

  /** `work` must not reject. */
  constructor(
    { afterMs, atOnce = Infinity }: { afterMs: number; atOnce?: number },
    work: (batch: readonly T[]) => Promise<unknown>,
  ) {
    this.#afterMs = afterMs;
    this.#atOnce = atOnce;
    this.#work = work;
  }

  add(one: T): void {
    this.#waiting.push(one);
    if (!this.#begun) this.#soon(this.#afterMs);
  }

  #soon(ms: number): void {
    this.#begun = true;
    setTimeout(() => void this.#go(), ms);
  }

  async #go(): Promise<void> {
    const batch = this.#waiting.slice(0, this.#atOnce);
    this.#waiting = this.#waiting.slice(batch.length);
    try {
      await this.#work(batch);
    } finally {
      this.#begun = false;
      if (this.#waiting.length > 0) this.#soon(this.#waiting.length >= this.#atOnce ? 0 : this.#afterMs);
    }
  }
}
