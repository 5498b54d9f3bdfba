// The API calls that are under way in this process, so that its end can wait for them. A balancer needs a moment to see that a
// server is about to end: until then it still sends calls here, and they are answered.
import { setTimeout as pass } from 'node:timers/promises';

export class Calls {
  #running = 0;

  async run<T>(work: () => Promise<T>): Promise<T> {
    this.#running += 1;
    try {
      return await work();
    } finally {
      this.#running -= 1;
    }
  }

  /** Goes on answering for `leaveMs`, then waits for the last answers, `graceMs` at most. */
  async ebb({ leaveMs, graceMs }: { leaveMs: number; graceMs: number }): Promise<void> {
    await pass(leaveMs);
    const until = performance.now() + graceMs;
    while (this.#running > 0 && performance.now() < until) await pass(LOOK_MS);
  }
}

const LOOK_MS = 10;
