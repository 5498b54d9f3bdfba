// Ranges of network identifiers as text: `1000-2000,3000-3100`. Pure.
import { fail } from '#api/errors.ts';

export interface VniRange {
  readonly first: number;
  readonly last: number;
}

const MAX_VLAN = 4_094;
const MAX_VNI = 16_777_215;
/** Each identifier is a row; this many are made at a time at most. */
export const MAX_IDENTIFIERS = 500_000;

/** Sorted, joined where they touch. VXLAN identifiers go further than VLANs. */
export function readVlanRanges(text: string, { vxlan }: { vxlan: boolean }): VniRange[] {
  const max = vxlan ? MAX_VNI : MAX_VLAN;
  const ranges = text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)
    .map((part) => readRange(part, max));
  const joined = join(ranges);
  const count = sizeOf(joined);
  if (count > MAX_IDENTIFIERS)
    fail(
      'invalidParameter',
      `vlan names ${count} identifiers; at most ${MAX_IDENTIFIERS} are accepted for a physical network`,
      { parameter: 'vlan' },
    );
  return joined;
}

function readRange(text: string, max: number): VniRange {
  const match = /^(\d{1,8})(?:-(\d{1,8}))?$/.exec(text);
  const [first, last] = match ? [Number(match[1]), Number(match[2] ?? match[1])] : [0, 0];
  if (!match || first < 1 || last > max || last < first)
    fail(
      'invalidParameter',
      `vlan has '${text.slice(0, 40)}'; ranges within 1 to ${max} are accepted, for instance 1000-2000,3000-3100`,
      { parameter: 'vlan' },
    );
  return { first, last };
}

function join(ranges: readonly VniRange[]): VniRange[] {
  const found: { first: number; last: number }[] = [];
  for (const { first, last } of ranges.toSorted((a, b) => a.first - b.first)) {
    const previous = found.at(-1);
    if (previous && first <= previous.last + 1) previous.last = Math.max(previous.last, last);
    else found.push({ first, last });
  }
  return found;
}

export const writeVlanRanges = (ranges: readonly VniRange[]): string =>
  ranges.map(({ first, last }) => (first === last ? String(first) : `${first}-${last}`)).join(',');
const sizeOf = (ranges: readonly VniRange[]): number =>
  ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0);

/** How many identifiers the stored text names. */
export const countVnis = (text: string | null): number =>
  text
    ? sizeOf(
        text.split(',').map((part) => {
          const [first = '', last = first] = part.split('-');
          return { first: Number(first), last: Number(last) };
        }),
      )
    : 0;

/** A piece that both have, if any. */
export function rangesOverlap(ours: readonly VniRange[], theirs: readonly VniRange[]): VniRange | undefined {
  for (const a of ours)
    for (const b of theirs)
      if (a.first <= b.last && b.first <= a.last)
        return { first: Math.max(a.first, b.first), last: Math.min(a.last, b.last) };
  return undefined;
}
