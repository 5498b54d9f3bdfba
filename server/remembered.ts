// Objects of hot lists as JSON, remembered one by one for each role: which rows a list has is found with every request
// (finds.ts), the bytes of a row come from here while nothing that it shows has changed (kernel/fresh.ts). They are made for a
// role and from nothing else of its caller, so none cross callers that see different things. Bytes, not texts: what is sent is
// copied once.
import type { Response, Shape } from '#api/define.ts';
import type { Caller, Remembering, Written } from '#cloud/context.ts';
import type { Reading } from '#cloud/reference/reference.ts';
import type { Freshness } from '#kernel/fresh.ts';
import { Memory, type Remember } from '#kernel/memory.ts';
import { projector } from './serialize.ts';

const MAX_BYTES = 96 * 2 ** 20;
/** Of an entry, and of each piece of it, beside the JSON. */
const ENTRY_BYTES = 400;
const PIECE_BYTES = 200;
/** Responses by roles, at most: a memory's key is an id and one of these. */
const MOST_KINDS = 256;

interface Wanted<R extends Response> {
  on: Reading;
  what: Remembering<R>;
  ids: readonly number[];
  seer: Pick<Caller, 'isRoot' | 'roleType'>;
  lively?: ReadonlyMap<number, Shape<R>> | undefined;
}
type Plain = Record<string, unknown>;
/** The fields of an object without its braces, parted where lively fields belong. */
type Pieces = readonly Uint8Array[];

export class RememberedTexts {
  /** By id, and which response for which role. */
  readonly #pieces: Memory<number, Pieces>;
  readonly #kinds = new Map<string, number>();

  constructor(freshness: Freshness, { maxBytes = MAX_BYTES }: { maxBytes?: number } = {}) {
    this.#pieces = new Memory(freshness, { maxBytes });
  }

  /** Needs `freshness.check()` before, in the same request. */
  async list<R extends Response>(wanted: Wanted<R>): Promise<Written<never>> {
    const { what, ids, seer } = wanted;
    const found = new Map<number, Pieces>();
    const kind = this.#kindOf(`${what.response.objectName} ${seer.roleType}`);
    const keyOf = (id: number): number => id * MOST_KINDS + kind;
    const look = (): true | undefined => {
      for (const id of ids) {
        const pieces = found.has(id) ? undefined : this.#pieces.get(keyOf(id));
        if (pieces) found.set(id, pieces);
      }
      return found.size === ids.length || undefined;
    };
    if (!look()) {
      const missing = ids.filter((id) => !found.has(id));
      await this.#pieces.once<true>(`${kind} ${missing.join()}`, {
        look,
        read: async (put) => {
          for (const { id, pieces, remember } of await write({ ...wanted, ids: missing })) {
            found.set(id, pieces);
            put(keyOf(id), remember);
          }
          return true;
        },
      });
    }
    return compose(wanted, found);
  }

  #kindOf(name: string): number {
    const kind = this.#kinds.get(name) ?? this.#kinds.size;
    if (kind >= MOST_KINDS) throw new Error('more kinds of answers are remembered than keys have room for');
    this.#kinds.set(name, kind);
    return kind;
  }
}

/** Without memory: what a transaction changed itself must be seen, and remembered by nobody. */
export async function writtenNow<R extends Response>(wanted: Wanted<R>): Promise<Written<never>> {
  const written = await write(wanted);
  return compose(wanted, new Map(written.map(({ id, pieces }) => [id, pieces])));
}

async function write<R extends Response>({
  on,
  what,
  ids,
  seer,
}: Wanted<R>): Promise<{ id: number; pieces: Pieces; remember: Remember<Pieces> }[]> {
  const project = projector(what.response, seer.roleType);
  const role = { isRoot: seer.isRoot, roleType: seer.roleType };
  const slots = slotsOf(what);
  const names = Object.keys(what.response.fields);
  return (await what.read(on, ids, role)).map(({ id, shown, of }) => {
    const pieces = part(project(shown), { slots, names });
    const bytes = pieces.reduce((sum, piece) => sum + piece.length + PIECE_BYTES, ENTRY_BYTES);
    return { id, pieces, remember: { value: pieces, bytes, of } };
  });
}

const slotsKnown = new WeakMap<object, string[][]>();
/** Lively fields in the order of the answer, those that follow each other together. */
function slotsOf(what: Pick<Remembering<Response>, 'response'> & { lively?: readonly string[] }): string[][] {
  const known = slotsKnown.get(what);
  if (known) return known;
  const slots: string[][] = [];
  let before = false;
  for (const name of Object.keys(what.response.fields)) {
    const is = what.lively?.includes(name) ?? false;
    if (is && before) slots.at(-1)!.push(name);
    else if (is) slots.push([name]);
    before = is;
  }
  slotsKnown.set(what, slots);
  return slots;
}

/** The fields as JSON, without braces. */
const inner = (fields: Plain): Buffer => {
  const text = JSON.stringify(fields).slice(1, -1);
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text)); // not a part of a larger one that would be kept with it
  bytes.write(text);
  return bytes;
};

/** One piece before each slot, and one after the last. */
function part(shown: Plain, { slots, names }: { slots: readonly string[][]; names: readonly string[] }): Pieces {
  const parts: Plain[] = [{}];
  for (const name of names) {
    if (slots[parts.length - 1]?.[0] === name) parts.push({});
    else if (name in shown) parts.at(-1)![name] = shown[name];
  }
  return parts.map(inner);
}

/** Whole objects, in the order of the ids, with their lively fields. */
function compose<R extends Response>(
  { what, ids, seer, lively }: Wanted<R>,
  found: ReadonlyMap<number, Pieces>,
): Written<never> {
  const project = projector(what.response, seer.roleType);
  const slots = slotsOf(what);
  const whole: Pieces[] = [];
  for (const id of ids) {
    const pieces = found.get(id);
    if (!pieces) continue;
    const alive = lively?.get(id);
    whole.push(alive ? withSlots(pieces, { slots, alive: project(alive) }) : pieces);
  }
  return { length: whole.length, json: join(whole) };
}

const withSlots = (pieces: Pieces, { slots, alive }: { slots: readonly string[][]; alive: Plain }): Pieces =>
  pieces.flatMap((piece, index) => [
    piece,
    inner(Object.fromEntries((slots[index] ?? []).filter((name) => name in alive).map((name) => [name, alive[name]]))),
  ]);

const [COMMA, OPEN, CLOSE] = [0x2c, 0x7b, 0x7d];

/** Objects of these pieces, with commas between them. */
function join(objects: readonly Pieces[]): Uint8Array {
  let most = 0;
  for (const pieces of objects) for (const piece of pieces) most += piece.length + 1;
  const out = Buffer.allocUnsafe(most + 3 * objects.length);
  let at = 0;
  for (const pieces of objects) {
    if (at > 0) out[at++] = COMMA;
    out[at++] = OPEN;
    const begun = at;
    for (const piece of pieces) {
      if (piece.length === 0) continue;
      if (at > begun) out[at++] = COMMA;
      out.set(piece, at);
      at += piece.length;
    }
    out[at++] = CLOSE;
  }
  return out.subarray(0, at);
}
