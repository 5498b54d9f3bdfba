// Things that parameters name, remembered: a uuid, and whose the thing is. Which rights the caller has follows from that anew
// with every request. Needs `freshness.check()` before, in the same request.
import type { EntityName } from '#api/entities.ts';
import { findEntity, staleKinds, type Found } from '#cloud/access.ts';
import type { Tx } from '#kernel/db.ts';
import type { Freshness } from '#kernel/fresh.ts';
import { Memory } from '#kernel/memory.ts';

const MAX_BYTES = 16 * 2 ** 20;
const BYTES_OF_ONE = 400;

export interface Named {
  kind: EntityName;
  found: Found;
}

export class NamedThings {
  readonly #found: Memory<string, Named>;

  constructor(freshness: Freshness) {
    this.#found = new Memory(freshness, { maxBytes: MAX_BYTES });
  }

  async find(
    tx: Tx,
    kinds: readonly EntityName[],
    { text, removed }: { text: string; removed: boolean },
  ): Promise<Named | undefined> {
    const key = `${kinds.join()} ${removed} ${text}`;
    return this.#found.once<Named | undefined>(key, {
      look: () => this.#found.get(key),
      read: async (put) => {
        const named = await findEntity(tx, kinds, text, { removed });
        const stale = named && staleKinds[named.kind];
        if (stale) put(key, { value: named, bytes: BYTES_OF_ONE + key.length, of: [[stale, named.found.id]] });
        return named;
      },
    });
  }
}
