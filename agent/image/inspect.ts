// Judges an image file: is it what it was declared to be, whole, and does it keep to itself? First by its own bytes,
// then, under limits, by QEMU's eyes, which must agree.
// Invariant: no program opens a file whose header was not judged, and none guesses its format.
import { open } from 'node:fs/promises';
import { z } from 'zod';
import { CommandFailed, run, runStatus } from '../process.ts';
import { Refused } from '../refused.ts';
import { limited } from './jail.ts';
import { readEdges, recognise } from './magic.ts';
import type { Edges, ImageFormat } from './magic.ts';
import { checkQcow2 } from './qcow2.ts';
import { checkVhd } from './vhd.ts';
import { checkVmdk } from './vmdk.ts';

const TIB = 1024 ** 4;
export const MAX_VIRTUAL_BYTES = 16 * TIB;
const READ_LIMITS = { memoryMib: 1024, cpuS: 60, fileBytes: 0 };
/** qemu-img check: leaked clusters waste room and harm nobody. */
const CHECK_LEAKS = 3;
const CHECK_UNSUPPORTED = 63;
/** prlimit: there is no such program. */
const NOT_STARTED = 127;

/** What qemu-img calls the formats. An ISO is a plain disk to it. */
export const QEMU_FORMAT: Record<ImageFormat, string> = {
  QCOW2: 'qcow2',
  RAW: 'raw',
  VMDK: 'vmdk',
  VHD: 'vpc',
  ISO: 'raw',
};

const infoShape = z.object({
  format: z.string(),
  'virtual-size': z.number().nonnegative(),
  'backing-filename': z.string().optional(),
  'full-backing-filename': z.string().optional(),
  encrypted: z.boolean().optional(),
  snapshots: z.array(z.unknown()).optional(),
  'format-specific': z.object({ data: z.record(z.string(), z.unknown()) }).optional(),
});

export type Inspected = { virtualBytes: number; physicalBytes: number };

/** Throws `refused` unless the file is a sound image of this format. */
export async function inspectImage(
  path: string,
  declared: ImageFormat,
  maxVirtualBytes = MAX_VIRTUAL_BYTES,
): Promise<Inspected> {
  const edges = await edgesOf(path);
  const virtualBytes = sizeByHeader(edges, declared);
  if (virtualBytes > maxVirtualBytes)
    throw new Refused(
      'refused',
      `the image is a disk of ${inGib(virtualBytes)}; at most ${inGib(maxVirtualBytes)} are accepted`,
    );
  if (virtualBytes === 0) throw new Refused('refused', 'the image is a disk of no size');
  if (QEMU_FORMAT[declared] === 'raw') return { virtualBytes, physicalBytes: edges.size };
  const seen = await qemuInfo(path, declared);
  if (seen > maxVirtualBytes)
    throw new Refused(
      'refused',
      `the image is a disk of ${inGib(seen)}; at most ${inGib(maxVirtualBytes)} are accepted`,
    );
  await qemuCheck(path, declared);
  return { virtualBytes: seen, physicalBytes: edges.size };
}

/** The size of the disk in a file that was judged before, by its header alone. */
export async function virtualBytesOf(path: string, format: ImageFormat): Promise<number> {
  return sizeByHeader(await edgesOf(path), format);
}

async function edgesOf(path: string): Promise<Edges> {
  const file = await open(path, 'r');
  try {
    return await readEdges(file);
  } finally {
    await file.close();
  }
}

function sizeByHeader(edges: Edges, declared: ImageFormat): number {
  const { format, what } = recognise(edges);
  // A disk that also boots as a CD is both; declared as a disk it is taken as one.
  const disk = declared === 'RAW' && format === 'ISO' && edges.head.readUInt16LE(510) === 0xaa55;
  if (format === null) throw new Refused('refused', `the file is no image: it looks like ${what}`);
  if (format !== declared && !disk) throw new Refused('refused', `the file is ${what}, not ${declared} as declared`);
  if (format === 'QCOW2') return checkQcow2(edges);
  if (format === 'VMDK') return checkVmdk(edges);
  return format === 'VHD' ? checkVhd(edges) : edges.size;
}

async function qemuInfo(path: string, declared: ImageFormat): Promise<number> {
  const format = QEMU_FORMAT[declared];
  const { stdout } = await run(limited(['qemu-img', 'info', '--output=json', '-f', format, path], READ_LIMITS)).catch(
    refuseUnreadable(declared),
  );
  const info = infoShape.parse(JSON.parse(stdout));
  const specific = info['format-specific']?.data ?? {};
  const names = info['backing-filename'] ?? info['full-backing-filename'] ?? specific['data-file'];
  if (
    info.format !== format ||
    names !== undefined ||
    info.encrypted === true ||
    (info.snapshots ?? []).length > 0 ||
    specific['corrupt'] === true
  ) {
    throw new Refused('refused', `the ${declared} image holds more than one plain disk`);
  }
  return info['virtual-size'];
}

/** Reads all tables: an image that was cut short says so only here. */
async function qemuCheck(path: string, declared: ImageFormat): Promise<void> {
  const argv = limited(['qemu-img', 'check', '-q', '-f', QEMU_FORMAT[declared], path], READ_LIMITS);
  const { code, stdout, stderr } = await runStatus(argv).catch(refuseUnreadable(declared));
  if (code === 0 || code === CHECK_LEAKS || code === CHECK_UNSUPPORTED) return;
  throw new Refused(
    'refused',
    `the ${declared} image is damaged or cut short: ${lastLine(stderr || stdout).replaceAll(path, 'the file')}`,
  );
}

function refuseUnreadable(declared: ImageFormat): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof CommandFailed)) throw error;
    if (error.exitCode === NOT_STARTED || (error.exitCode === null && error.cause !== undefined)) throw error;
    const why = error.tail === '' ? error.message : lastLine(error.tail).replace(/^.*?: (?=[A-Z])/, '');
    throw new Refused('refused', `the ${declared} image cannot be read: ${why}`, { cause: error });
  };
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1)?.slice(0, 300) ?? '';
const inGib = (size: number): string => `${(size / 1024 ** 3).toFixed(1)} GiB`;
