// What a qcow2 header must not say: it can name other files to read, hide snapshots, or claim tables larger than any
// memory. Read here, byte by byte, because a program that opens the image follows such names before it prints them.
import { Refused } from '../refused.ts';
import type { Edges } from './magic.ts';

const HEADER_V2_BYTES = 72;
const HEADER_V3_BYTES = 104;
const EXTENSION_END = 0;
const EXTENSION_DATA_FILE = 0x44415441;
const EXTENSION_ENCRYPTION = 0x0537be77;
const MAX_L1_BYTES = 32 * 1024 * 1024;
const MAX_REFCOUNT_BYTES = 8 * 1024 * 1024;
const L1_ENTRY_BYTES = 8;

/** Features without which the image cannot be read: the known and harmless ones are dirty, compression type, extended L2. */
const CORRUPT = 1n << 1n;
const DATA_FILE = 1n << 2n;
const KNOWN = (1n << 0n) | (1n << 3n) | (1n << 4n);

const refuse = (why: string): Refused => new Refused('refused', `the QCOW2 image ${why}`);

/** Throws `refused`; returns the disk's size in bytes. */
export function checkQcow2({ head, size }: Edges): number {
  if (head.length < HEADER_V2_BYTES) throw refuse('ends within its header');
  const version = head.readUInt32BE(4);
  if (version !== 2 && version !== 3) throw refuse(`is of version ${version}; versions 2 and 3 are accepted`);
  if (version === 3) checkFeatures(head);
  if (head.readBigUInt64BE(8) !== 0n || head.readUInt32BE(16) !== 0)
    throw refuse('builds on another file (a backing file); flatten it first, for instance with qemu-img convert');
  if (head.readUInt32BE(32) !== 0) throw refuse('is encrypted');
  if (head.readUInt32BE(60) !== 0)
    throw refuse('holds snapshots; remove them first, for instance with qemu-img convert');
  checkExtensions(head, version);
  checkTables(head, size);
  return Number(head.readBigUInt64BE(24));
}

function checkFeatures(head: Buffer): void {
  if (head.length < HEADER_V3_BYTES) throw refuse('ends within its header');
  const features = head.readBigUInt64BE(72);
  if ((features & DATA_FILE) !== 0n) throw refuse('keeps its data in another file');
  if ((features & CORRUPT) !== 0n) throw refuse('is marked as corrupt');
  const unknown = features & ~(KNOWN | CORRUPT | DATA_FILE);
  if (unknown !== 0n) throw refuse(`needs features that are not known (0x${unknown.toString(16)})`);
}

/** Extensions follow the header up to the first cluster: type, length, data rounded up to eight bytes. */
function checkExtensions(head: Buffer, version: number): void {
  let at = version === 2 ? HEADER_V2_BYTES : head.readUInt32BE(100);
  if (version === 3 && at < HEADER_V3_BYTES) throw refuse('has a header that is too short');
  while (at + 8 <= head.length) {
    const type = head.readUInt32BE(at);
    if (type === EXTENSION_END) return;
    if (type === EXTENSION_DATA_FILE) throw refuse('keeps its data in another file');
    if (type === EXTENSION_ENCRYPTION) throw refuse('is encrypted');
    at += 8 + Math.ceil(head.readUInt32BE(at + 4) / 8) * 8;
  }
}

function checkTables(head: Buffer, size: number): void {
  const clusterBits = head.readUInt32BE(20);
  if (clusterBits < 9 || clusterBits > 21)
    throw refuse(`has clusters of 2^${clusterBits} bytes; 2^9 to 2^21 are possible`);
  const l1Bytes = head.readUInt32BE(36) * L1_ENTRY_BYTES;
  const refcountBytes = head.readUInt32BE(56) * 2 ** clusterBits;
  if (l1Bytes > MAX_L1_BYTES || refcountBytes > MAX_REFCOUNT_BYTES)
    throw refuse('claims tables larger than any real image has');
  const ends = [head.readBigUInt64BE(40) + BigInt(l1Bytes), head.readBigUInt64BE(48) + BigInt(refcountBytes)];
  if (ends.some((end) => end > BigInt(size))) throw refuse('is cut short: its tables lie beyond the end of the file');
}
