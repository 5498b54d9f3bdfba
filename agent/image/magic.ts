// Tells what a file is by its first and last bytes, before any program touches it. It judges nothing; unknown content
// is named by what it looks like, so that a user sees at once that the URL led to a web page.
import type { FileHandle } from 'node:fs/promises';
import type { Params } from '#protocol/messages.ts';

export type ImageFormat = Params<'image.download'>['format'];
/** `format` is null for what is no image that is taken. */
export type Content = { format: ImageFormat | null; what: string };

const HEAD_BYTES = 128 * 1024;
const SECTOR = 512;

type Sign = { at: number; bytes: string | readonly number[]; what: string };

const PACKED: readonly (Sign & { by: 'gzip' | 'bzip2' | 'xz' })[] = [
  { at: 0, bytes: [0x1f, 0x8b], what: 'a gzip file', by: 'gzip' },
  { at: 0, bytes: 'BZh', what: 'a bzip2 file', by: 'bzip2' },
  { at: 0, bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], what: 'an xz file', by: 'xz' },
];

/** Disk formats and other files that are not taken. Before the weaker signs of a plain disk. */
const FOREIGN: readonly Sign[] = [
  { at: 0, bytes: 'COWD', what: 'a VMware ESX sparse disk' },
  { at: 0, bytes: '# Disk DescriptorFile', what: 'a VMDK description without its disk' },
  { at: 0, bytes: 'vhdxfile', what: 'a VHDX disk' },
  { at: 64, bytes: [0x7f, 0x10, 0xda, 0xbe], what: 'a VirtualBox disk (VDI)' },
  { at: 0, bytes: [0x51, 0x45, 0x44, 0x00], what: 'a QED disk' },
  { at: 0, bytes: 'WithoutFreeSpace', what: 'a Parallels disk' },
  { at: 0, bytes: 'WithouFreSpacExt', what: 'a Parallels disk' },
  { at: 0, bytes: [0x4c, 0x55, 0x4b, 0x53, 0xba, 0xbe], what: 'an encrypted disk (LUKS)' },
  { at: 0, bytes: [0x28, 0xb5, 0x2f, 0xfd], what: 'a zstd file' },
  { at: 0, bytes: [0x50, 0x4b, 0x03, 0x04], what: 'a ZIP file' },
  { at: 0, bytes: [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], what: 'a 7-Zip file' },
  { at: 0, bytes: 'Rar!', what: 'a RAR file' },
  { at: 257, bytes: 'ustar', what: 'a tar file (or an OVA, which is one)' },
  { at: 0, bytes: [0x7f, 0x45, 0x4c, 0x46], what: 'a program (ELF)' },
  { at: 0, bytes: '%PDF', what: 'a PDF document' },
  { at: 0, bytes: '#!', what: 'a script' },
];

/** File systems and the like that stand on a disk without a partition table. */
const WHOLE_DISK: readonly Sign[] = [
  { at: 512, bytes: 'EFI PART', what: 'a disk with a GPT' },
  { at: 4096, bytes: 'EFI PART', what: 'a disk with a GPT' },
  { at: 0, bytes: 'XFSB', what: 'an XFS file system' },
  { at: 0x10040, bytes: '_BHRfS_M', what: 'a btrfs file system' },
  { at: 0, bytes: 'hsqs', what: 'a squashfs file system' },
  { at: 512, bytes: 'LABELONE', what: 'an LVM volume' },
];

export type Edges = { head: Buffer; tail: Buffer; size: number };

/** First 128 KiB and last sector. */
export async function readEdges(file: FileHandle): Promise<Edges> {
  const { size } = await file.stat();
  const head = Buffer.alloc(Math.min(HEAD_BYTES, size));
  await file.read(head, 0, head.length, 0);
  const tail = Buffer.alloc(Math.min(SECTOR, size));
  await file.read(tail, 0, tail.length, size - tail.length);
  return { head, tail, size };
}

const has = (head: Buffer, { at, bytes }: Sign): boolean => {
  const sign = Buffer.from(bytes as string);
  return head.subarray(at, at + sign.length).equals(sign);
};

/** What packed the file, or null. */
export function packedBy(head: Buffer): 'gzip' | 'bzip2' | 'xz' | null {
  return PACKED.find((sign) => has(head, sign))?.by ?? null;
}

export function recognise({ head, tail, size }: Edges): Content {
  if (size === 0) return { format: null, what: 'an empty file' };
  if (has(head, { at: 0, bytes: [0x51, 0x46, 0x49, 0xfb], what: '' }))
    return { format: 'QCOW2', what: 'a QCOW2 image' };
  if (has(head, { at: 0, bytes: 'KDMV', what: '' })) return { format: 'VMDK', what: 'a VMDK image' };
  if (isVhd(head) || isVhd(tail)) return { format: 'VHD', what: 'a VHD image' };
  const foreign = [...PACKED, ...FOREIGN].find((sign) => has(head, sign));
  if (foreign !== undefined) return { format: null, what: foreign.what };
  if (has(head, { at: 0x8001, bytes: 'CD001', what: '' })) return { format: 'ISO', what: 'an ISO image' };
  const disk = plainDisk(head);
  if (disk !== null) return { format: 'RAW', what: disk };
  return { format: null, what: textLike(head) };
}

const isVhd = (edge: Buffer): boolean => edge.length >= SECTOR && edge.subarray(0, 8).toString('latin1') === 'conectix';

/** A disk as a machine would see it, or null. ext's mark is two bytes, so its revision and states must make sense too. */
function plainDisk(head: Buffer): string | null {
  if (head.length < 2 * SECTOR) return null;
  const named = WHOLE_DISK.find((sign) => has(head, sign));
  if (named !== undefined) return named.what;
  if (head.readUInt16LE(510) === 0xaa55) return 'a plain disk';
  const ext = 1024;
  if (head.length < 2 * ext || head.readUInt16LE(ext + 56) !== 0xef53) return null;
  return head.readUInt16LE(ext + 58) <= 7 && head.readUInt32LE(ext + 76) <= 1 ? 'an ext file system' : null;
}

function textLike(head: Buffer): string {
  const text = head.subarray(0, 4096).toString('latin1');
  const start = text.trimStart().slice(0, 60).toLowerCase();
  if (/^(\ufeff|ï»¿)?\s*(<!doctype html|<html|<head|<body|<!--)/.test(start)) return 'a web page (HTML)';
  if (start.startsWith('<?xml') || start.startsWith('<')) return 'an XML document';
  if (start.startsWith('{') || start.startsWith('[')) return 'a JSON document';
  // eslint-disable-next-line no-control-regex -- control characters are what tells text from other data
  if (!/[\x00-\x08\x0e-\x1f]/.test(text)) return 'a text';
  return 'data of an unknown kind';
}
