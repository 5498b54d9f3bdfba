// Objects of hot lists as JSON texts, remembered one by one for each role: which rows a list has comes from the database with
// every request, the text of a row from here while nothing that it shows has changed (kernel/fresh.ts). A text is made for a
// role and from nothing else of its caller, so no text crosses callers that see different things.
import type { Response, Shape } from '#api/define.ts';
import type { Caller, Remembering, Written } from '#cloud/context.ts';
import type { Reading } from '#cloud/reference/reference.ts';
import type { Freshness } from '#kernel/fresh.ts';
import { Memory, type Remember } from '#kernel/memory.ts';
import { projector } from './serialize.ts';

const MAX_BYTES = 96 * 2 ** 20;
/** Of an entry beside its text. */
const ENTRY_BYTES = 400;

interface Wanted<R extends Response> {
  on: Reading;
  what: Remembering<R>;
  ids: readonly number[];
  seer: Pick<Caller, 'isRoot' | 'roleType'>;
  lively?: ReadonlyMap<number, Shape<R>> | undefined;
}
type Plain = Record<string, unknown>;
/** The fields of an object without its braces, parted where lively fields belong. */
type Pieces = readonly string[];

export class RememberedTexts {
  /** By response, role and id. */
  readonly #pieces: Memory<string, Pieces>;

  constructor(freshness: Freshness, { maxBytes = MAX_BYTES }: { maxBytes?: number } = {}) {
    this.#pieces = new Memory(freshness, { maxBytes });
  }

  /** Needs `freshness.check()` before, in the same request. */
  async list<R extends Response>(wanted: Wanted<R>): Promise<Written<never>> {
    const { what, ids, seer } = wanted;
    const found = new Map<number, Pieces>();
    const prefix = `${what.response.objectName} ${seer.roleType} `;
    for (const id of ids) {
      const pieces = this.#pieces.get(prefix + id);
      if (pieces) found.set(id, pieces);
    }
    const missing = ids.filter((id) => !found.has(id));
    if (missing.length > 0)
      await this.#pieces.read(async (put) => {
        for (const { id, pieces, remember } of await write({ ...wanted, ids: missing })) {
          found.set(id, pieces);
          put(prefix + id, remember);
        }
      });
    return { texts: compose(wanted, found) };
  }
}

/** Without memory: what a transaction changed itself must be seen, and remembered by nobody. */
export async function writtenNow<R extends Response>(wanted: Wanted<R>): Promise<Written<never>> {
  const written = await write(wanted);
  return { texts: compose(wanted, new Map(written.map(({ id, pieces }) => [id, pieces]))) };
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
    const bytes = pieces.reduce((sum, piece) => sum + piece.length, ENTRY_BYTES);
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

/** The fields as text, without braces. */
const inner = (fields: Plain): string => JSON.stringify(fields).slice(1, -1);

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
): string[] {
  const project = projector(what.response, seer.roleType);
  const slots = slotsOf(what);
  return ids.flatMap((id) => {
    const pieces = found.get(id);
    if (!pieces) return [];
    const alive = lively?.get(id);
    const texts = alive ? withSlots(pieces, { slots, alive: project(alive) }) : pieces;
    return [`{${texts.filter(Boolean).join(',')}}`];
  });
}

const withSlots = (pieces: Pieces, { slots, alive }: { slots: readonly string[][]; alive: Plain }): string[] =>
  pieces.flatMap((piece, index) => [
    piece,
    inner(Object.fromEntries((slots[index] ?? []).filter((name) => name in alive).map((name) => [name, alive[name]]))),
  ]);
