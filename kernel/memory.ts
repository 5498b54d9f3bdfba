// Values remembered by key, each with the things it was made of. It is good while none of them became stale (kernel/fresh.ts)
// and is dropped when it is found not to be, or when the memory is full and it was not asked for since it was looked at last.
import type { Cell, Freshness, Reading } from './fresh.ts';

interface Entry<V> {
  /** Asked for since eviction passed it. */
  used: boolean;
  value: V;
  bytes: number;
  cells: readonly Cell[];
  /** Of the cells' counts, which only grow. */
  sum: number;
}

export interface Remember<V> {
  value: V;
  bytes: number;
  /** What it was made of: kind and id. */
  of: readonly (readonly [kind: string, id: number])[];
}

export class Memory<K, V> {
  readonly #freshness: Freshness;
  readonly #maxBytes: number;
  readonly #entries = new Map<K, Entry<V>>();
  /** What is being read, by name; each ends when the reading does, however it ends. */
  readonly #underWay = new Map<string, Promise<void>>();
  #bytes = 0;

  constructor(freshness: Freshness, { maxBytes }: { maxBytes: number }) {
    this.#freshness = freshness;
    this.#maxBytes = maxBytes;
    freshness.onForget(() => {
      this.#entries.clear();
      this.#bytes = 0;
    });
  }

  get bytes(): number {
    return this.#bytes;
  }
  get size(): number {
    return this.#entries.size;
  }

  /** Only after `freshness.check()` of the same request. */
  get(key: K): V | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    if (sumOf(entry.cells) === entry.sum) {
      entry.used = true;
      return entry.value;
    }
    this.#entries.delete(key);
    this.#bytes -= entry.bytes;
    return undefined;
  }

  /** What `read` finds is handed out, and remembered unless it became stale meanwhile. */
  async read<T>(read: (put: (key: K, found: Remember<V>) => void) => Promise<T>): Promise<T> {
    const reading = this.#freshness.beginReading();
    try {
      return await read((key, found) => this.#put(reading, key, found));
    } finally {
      this.#freshness.endReading(reading);
    }
  }

  /**
   * What `look` finds remembered, else what `read` finds. Whoever asks for the same while it is read waits and looks again, so
   * that a thousand clients who come at once to a server that knows nothing are one reading. What became stale meanwhile was not
   * remembered, so who waited does not find it and reads anew.
   */
  async once<T>(
    name: string,
    { look, read }: { look: () => T | undefined; read: (put: (key: K, found: Remember<V>) => void) => Promise<T> },
  ): Promise<T> {
    const known = look();
    if (known !== undefined) return known;
    const underWay = this.#underWay.get(name);
    if (underWay) {
      await underWay;
      const found = look();
      if (found !== undefined) return found;
    }
    const reading = this.read(read);
    const ended = reading.then(
      () => {},
      () => {},
    );
    this.#underWay.set(name, ended);
    void ended.then(() => {
      if (this.#underWay.get(name) === ended) this.#underWay.delete(name);
    });
    return reading;
  }

  #put(reading: Reading, key: K, { value, bytes, of }: Remember<V>): void {
    if (reading.everything || of.some(([kind, id]) => reading.stale.has(`${kind} ${id}`))) return;
    const cells = of.map(([kind, id]) => this.#freshness.cell(kind, id));
    if (reading.everything) return; // there were too many cells: all was forgotten just now
    this.#bytes -= this.#entries.get(key)?.bytes ?? 0;
    this.#entries.delete(key);
    this.#entries.set(key, { value, bytes, cells, sum: sumOf(cells), used: false });
    this.#bytes += bytes;
    if (this.#bytes > this.#maxBytes) this.#makeRoom();
  }

  /** What was used goes to the end of the line once; what was not is dropped. */
  #makeRoom(): void {
    for (const [key, entry] of this.#entries) {
      if (this.#bytes <= this.#maxBytes) return;
      this.#entries.delete(key);
      if (entry.used) this.#entries.set(key, { ...entry, used: false });
      else this.#bytes -= entry.bytes;
    }
  }
}

function sumOf(cells: readonly Cell[]): number {
  let sum = 0;
  for (const cell of cells) sum += cell.n;
  return sum;
}
