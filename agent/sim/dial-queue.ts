// How many handshakes one process makes at once: its hosts share a processor that real ones do not, and a handshake that has to
// wait for thousands of others would be given up and begun again for ever.

export class DialQueue {
  readonly #atOnce: number;
  readonly #waiting: (() => void)[] = [];
  #next = 0;
  #underWay = 0;

  constructor(atOnce: number) {
    this.#atOnce = atOnce;
  }

  /** Resolves when the next dial may begin; each must end with `done`. */
  turn(): Promise<void> {
    if (this.#underWay < this.#atOnce) {
      this.#underWay += 1;
      return Promise.resolve();
    }
    return new Promise((resolve) => void this.#waiting.push(resolve));
  }

  done(): void {
    const next = this.#waiting[this.#next];
    if (!next) {
      this.#underWay -= 1;
      return;
    }
    this.#next += 1;
    if (this.#next === this.#waiting.length) {
      this.#waiting.length = 0;
      this.#next = 0;
    }
    next();
  }
}
