// What a page of answers refers to, from memory where nothing of it changed, else read in one go.
import type { Tx } from '#kernel/db.ts';
import type { Remember } from '#kernel/memory.ts';
import type { ReferenceKind, References } from './kinds.ts';
import { referenceRows, type ReferenceRow } from './reference.store.ts';

/** Memory of references; see kernel/memory.ts. */
export interface ReferenceMemory {
  get(key: string): object | undefined;
  read<T>(read: (put: (key: string, found: Remember<object>) => void) => Promise<T>): Promise<T>;
}
/** Where references are read from; without memory all of them by `tx`. */
export interface Reading {
  readonly tx: Tx;
  readonly references?: ReferenceMemory | undefined;
}

export class Known {
  readonly #rows = new Map<string, object | null>();

  put(kind: ReferenceKind, id: number, row: object | null): void {
    this.#rows.set(keyOf(kind, id), row);
  }

  /** Null for null, and for what is gone. */
  get<K extends ReferenceKind>(kind: K, id: number | null): References[K] | null {
    return id === null ? null : ((this.#rows.get(keyOf(kind, id)) ?? null) as References[K] | null);
  }

  /** What an answer cannot be without. */
  must<K extends ReferenceKind>(kind: K, id: number): NonNullable<References[K]> {
    const found = this.get(kind, id);
    if (!found) throw new Error(`there is no ${kind} ${id}`);
    return found;
  }
}

const keyOf = (kind: ReferenceKind, id: number): string => `${kind} ${id}`;
const BYTES_OF_ONE = 400;

/** Everything named in `wanted`; nulls are skipped. */
export async function knowReferences(
  { tx, references }: Reading,
  wanted: Iterable<readonly [ReferenceKind, number | null]>,
): Promise<Known> {
  const known = new Known();
  const missing = new Map<ReferenceKind, Set<number>>();
  for (const [kind, id] of wanted) {
    if (id === null) continue;
    const found = references?.get(keyOf(kind, id));
    if (found) known.put(kind, id, found);
    else missing.set(kind, (missing.get(kind) ?? new Set()).add(id));
  }
  if (missing.size === 0) return known;
  const read = async (put: (key: string, found: Remember<object>) => void): Promise<void> => {
    for (const found of await referenceRows(tx, missing)) {
      known.put(found.kind, found.id, found.row);
      if (found.row) put(keyOf(found.kind, found.id), { value: found.row, bytes: BYTES_OF_ONE, of: madeOf(found) });
    }
  };
  await (references ? references.read(read) : read(() => {}));
  return known;
}

function madeOf({ kind, id, row }: ReferenceRow): [string, number][] {
  const { accountId, domainId } = (row ?? {}) as { accountId?: number; domainId?: number };
  return [
    [kind, id],
    ...(accountId === undefined ? [] : [['account', accountId] as [string, number]]),
    ...(domainId === undefined ? [] : [['domain', domainId] as [string, number]]),
  ];
}
