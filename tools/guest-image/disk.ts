// Puts the guest's two partitions into one disk image, without mounting anything: a FAT partition with boot loader,
// kernel and initial file system, and the ext4 root, which is last so that it can grow.
import { open, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '#agent/process.ts';

const MIB = 1024 * 1024;
const SECTOR = 512;
const BOOT_START_MIB = 1;
const BOOT_MIB = 19;
const ROOT_MIB = 64;
const ROOT_START = (BOOT_START_MIB + BOOT_MIB) * MIB;
const BOOT_SECTOR = '/usr/lib/syslinux/mbr/mbr.bin';
const SYSLINUX_CFG = join(import.meta.dirname, 'root/boot/syslinux.cfg');
/** Blocks of 4 KiB up to which the root can grow while mounted: 2 TiB, where its partition table ends too. */
const GROWS_TO_BLOCKS = 2 ** 29;

export type DiskParts = { kernel: string; initrd: string; root: string };

/** A raw disk at `path`, bootable by a BIOS. */
export async function writeDisk(path: string, parts: DiskParts): Promise<void> {
  await writeFile(path, '');
  await truncate(path, (BOOT_START_MIB + BOOT_MIB + ROOT_MIB) * MIB);
  await writeBoot(path, parts);
  await writeRoot(path, parts.root);
  await writeTable(path);
}

async function writeBoot(path: string, parts: DiskParts): Promise<void> {
  const image = `${path}@@${BOOT_START_MIB}M`;
  const sectors = String((BOOT_MIB * MIB) / SECTOR);
  await run([
    'mformat',
    '-i',
    image,
    '-v',
    'BOOT',
    '-N',
    '47554553',
    '-T',
    sectors,
    '-h',
    '64',
    '-s',
    '32',
    '-H',
    String((BOOT_START_MIB * MIB) / SECTOR),
  ]);
  await run(['mcopy', '-i', image, parts.kernel, '::vmlinuz']);
  await run(['mcopy', '-i', image, parts.initrd, '::initrd.img']);
  await run(['mcopy', '-i', image, SYSLINUX_CFG, '::syslinux.cfg']);
  await run(['syslinux', '--install', '--offset', String(BOOT_START_MIB * MIB), path]);
}

/** No checksums in the file system: they cost a slow guest time at each read. */
async function writeRoot(path: string, root: string): Promise<void> {
  const options = [`offset=${ROOT_START}`, 'root_owner=0:0', 'lazy_itable_init=1', `resize=${GROWS_TO_BLOCKS}`];
  await run([
    'mke2fs',
    '-q',
    '-F',
    '-t',
    'ext4',
    '-L',
    'guest-root',
    '-b',
    '4096',
    '-m',
    '0',
    '-J',
    'size=4',
    '-O',
    '^64bit,^metadata_csum,uninit_bg',
    '-E',
    options.join(','),
    '-d',
    root,
    path,
    `${ROOT_MIB}M`,
  ]);
  if (process.getuid?.() !== 0) await giveToRoot(path, root);
}

/** mke2fs copies owners as they are; built by an ordinary user, the guest's files would be that user's. */
async function giveToRoot(path: string, root: string): Promise<void> {
  const files = await readdir(root, { recursive: true });
  const commands = files.flatMap((file) => [`sif "/${file}" uid 0`, `sif "/${file}" gid 0`]);
  await run(['debugfs', '-w', '-f', '-', `${path}?offset=${ROOT_START}`], { input: `${commands.join('\n')}\n` });
}

/** The boot sector and a partition table of the old kind: it needs no copy at the end of the disk, which moves. */
async function writeTable(path: string): Promise<void> {
  const sector = Buffer.alloc(SECTOR);
  (await readFile(BOOT_SECTOR)).copy(sector, 0, 0, 440);
  sector.writeUInt32LE(0x47554553, 440);
  partition({ active: true, kind: 0x0e, start: BOOT_START_MIB, size: BOOT_MIB }).copy(sector, 446);
  partition({ active: false, kind: 0x83, start: BOOT_START_MIB + BOOT_MIB, size: ROOT_MIB }).copy(sector, 462);
  sector.writeUInt16LE(0xaa55, 510);
  const disk = await open(path, 'r+');
  try {
    await disk.write(sector, 0, SECTOR, 0);
  } finally {
    await disk.close();
  }
}

/** Start and size in MiB. Cylinders, heads and sectors say «look at the sector numbers instead». */
function partition(entry: { active: boolean; kind: number; start: number; size: number }): Buffer {
  const bytes = Buffer.from([
    entry.active ? 0x80 : 0,
    0xfe,
    0xff,
    0xff,
    entry.kind,
    0xfe,
    0xff,
    0xff,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
  ]);
  bytes.writeUInt32LE((entry.start * MIB) / SECTOR, 8);
  bytes.writeUInt32LE((entry.size * MIB) / SECTOR, 12);
  return bytes;
}
