// What a VHD must not be: a differencing disk, whose header names its parent. Fixed and dynamic disks are taken.
import { Refused } from '../refused.ts';
import type { Edges } from './magic.ts';

const FOOTER_BYTES = 512;
const KINDS = new Map([
  [2, 'fixed'],
  [3, 'dynamic'],
]);
const DIFFERENCING = 4;

const refuse = (why: string): Refused => new Refused('refused', `the VHD image ${why}`);

/** Throws `refused`; returns the disk's size in bytes. */
export function checkVhd({ head, tail }: Edges): number {
  // A dynamic disk begins with a copy of its footer; programs differ in which one they believe, so both must be sound.
  const footers = [head.subarray(0, FOOTER_BYTES), tail].filter(
    (bytes) => bytes.subarray(0, 8).toString('latin1') === 'conectix',
  );
  for (const footer of footers) checkFooter(footer);
  if (tail.subarray(0, 8).toString('latin1') !== 'conectix')
    throw refuse('is cut short: it does not end as a VHD does');
  const [first, last] = [footers[0]!, footers.at(-1)!];
  if (first.readUInt32BE(60) !== last.readUInt32BE(60)) throw refuse('contradicts itself about its kind');
  if (first.readUInt32BE(60) === 3) checkDynamic(head, first);
  return Number(first.readBigUInt64BE(48));
}

function checkFooter(footer: Buffer): void {
  const kind = footer.readUInt32BE(60);
  if (kind === DIFFERENCING) throw refuse('builds on another file (a differencing disk)');
  if (!KINDS.has(kind)) throw refuse(`is of kind ${kind}; fixed (2) and dynamic (3) disks are accepted`);
}

function checkDynamic(head: Buffer, footer: Buffer): void {
  const at = footer.readBigUInt64BE(16);
  if (at + 1024n > BigInt(head.length)) throw refuse('keeps its header where none belongs');
  const header = head.subarray(Number(at), Number(at) + 1024);
  if (header.subarray(0, 8).toString('latin1') !== 'cxsparse') throw refuse('has no header for its blocks');
  if (header.subarray(40, 56).some((byte) => byte !== 0)) throw refuse('builds on another file (a parent disk)');
}
