// What lists found, remembered: ids of a page, rows of a small table. Needs `freshness.check()` before, in the same request.
import type { Find } from '#cloud/context.ts';
import type { Freshness } from '#kernel/fresh.ts';
import { Memory } from '#kernel/memory.ts';

const MAX_BYTES = 16 * 2 ** 20;
/** Of an entry beside what was found and its key. */
const ENTRY_BYTES = 400;

export class RememberedFinds {
  readonly #found: Memory<string, { value: unknown }>;

  constructor(freshness: Freshness) {
    this.#found = new Memory(freshness, { maxBytes: MAX_BYTES });
  }

  async find<T>({ key, of, read }: Find<T>): Promise<T> {
    const found = await this.#found.once(key, {
      look: () => this.#found.get(key),
      read: async (put) => {
        const value = await read();
        const bytes = ENTRY_BYTES + key.length + (JSON.stringify(value) ?? '').length;
        put(key, { value: { value }, bytes, of });
        return { value };
      },
    });
    return found.value as T;
  }
}
