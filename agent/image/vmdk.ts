// What a VMDK must not say: its description can name any file of the host as part of the disk. Only disks that are
// wholly in this one file are taken (monolithicSparse and streamOptimized).
import { Refused } from '../refused.ts';
import type { Edges } from './magic.ts';

const SECTOR = 512;
const MAX_DESCRIPTION_SECTORS = 128;
const KINDS = ['monolithicSparse', 'streamOptimized'];
const NO_PARENT = 'ffffffff';

const refuse = (why: string): Refused => new Refused('refused', `the VMDK image ${why}`);

/** Throws `refused`; returns the disk's size in bytes. */
export function checkVmdk({ head }: Edges): number {
  if (head.length < SECTOR) throw refuse('ends within its header');
  const version = head.readUInt32LE(4);
  if (version < 1 || version > 3) throw refuse(`is of version ${version}; versions 1 to 3 are accepted`);
  const sectors = head.readBigUInt64LE(12);
  // Programs take a disk of no sectors for a mere description and open the files it names.
  if (sectors === 0n) throw refuse('is a description without a disk');
  checkDescription(descriptionIn(head));
  return Number(sectors) * SECTOR;
}

function descriptionIn(head: Buffer): string {
  const start = head.readBigUInt64LE(28);
  const length = head.readBigUInt64LE(36);
  if (start === 0n || length === 0n) throw refuse('has no description of itself');
  if (length > BigInt(MAX_DESCRIPTION_SECTORS) || (start + length) * BigInt(SECTOR) > BigInt(head.length))
    throw refuse('keeps its description where none belongs');
  const bytes = head.subarray(Number(start) * SECTOR, Number(start + length) * SECTOR);
  const end = bytes.indexOf(0);
  return bytes.subarray(0, end < 0 ? bytes.length : end).toString('latin1');
}

function checkDescription(text: string): void {
  const kind = valueOf(text, 'createType') ?? '';
  if (!KINDS.includes(kind)) throw refuse(`is of kind ${shown(kind)}; ${KINDS.join(' and ')} are accepted`);
  if (
    (valueOf(text, 'parentCID') ?? NO_PARENT).toLowerCase() !== NO_PARENT ||
    valueOf(text, 'parentFileNameHint') !== null
  ) {
    throw refuse('builds on another file (a parent disk)');
  }
  const extents = text.split(/\r?\n/).filter((line) => /^\s*(RW|RDONLY|NOACCESS)\s/i.test(line));
  const [extent = ''] = extents;
  const [, type = '', file = ''] = /^\s*(?:RW|RDONLY)\s+\d+\s+(\w+)\s+"([^"]*)"\s*$/i.exec(extent) ?? [];
  if (extents.length !== 1) throw refuse(`is made of ${extents.length} parts; one is accepted`);
  if (type.toUpperCase() !== 'SPARSE' || /[/\\:]|^\.\.?$/.test(file))
    throw refuse(`takes its data from ${shown(file === '' ? extent.trim() : file)} instead of holding it itself`);
}

const shown = (text: string): string => (text === '' ? 'nothing' : JSON.stringify(text.slice(0, 100)));

function valueOf(text: string, key: string): string | null {
  const line = new RegExp(`^\\s*${key}\\s*=\\s*(.*)$`, 'im').exec(text)?.[1];
  return line === undefined ? null : line.trim().replace(/^"(.*)"$/, '$1');
}
