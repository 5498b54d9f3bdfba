// Builds the tiny guest every installation can start with: a Debian kernel, busybox, and a page that shows its name.
// No root rights, loop devices, mounts or chroot. The same inputs are built once; an image appears whole or not at all.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { run } from '#agent/process.ts';
import { withLock } from '../lock.ts';
import { cpio } from './cpio.ts';
import { writeDisk } from './disk.ts';
import { copyKernel } from './modules.ts';
import { guestPackages, kernelPackage } from './packages.ts';
import type { Package } from './packages.ts';
import { initialTree, rootTree } from './tree.ts';

export type GuestImage = { path: string; sha256: string; kernelVersion: string };
export type BuildOptions = {
  cacheDir: string;
  log: (line: string) => void;
  /** Fetch today's packages even when some are in the cache. */
  refresh?: boolean;
};

/** The image, built unless the cache has it. `path` is a compressed qcow2. */
export async function buildGuestImage(options: BuildOptions): Promise<GuestImage> {
  await mkdir(options.cacheDir, { recursive: true });
  // Others may share the cache: nobody replaces the packages while somebody builds from them, and who waited finds the image.
  return withLock(join(options.cacheDir, 'build.lock'), () => buildAlone(options));
}

async function buildAlone(options: BuildOptions): Promise<GuestImage> {
  const packages = await guestPackages(options);
  const name = `guest-${await inputsHash(packages)}`;
  const kept = await keptImage(options.cacheDir, name);
  if (kept !== null) return kept;
  await removeAbandoned(options.cacheDir);
  const work = join(options.cacheDir, `building.${process.pid}.${Date.now()}`);
  await mkdir(work);
  try {
    options.log(`building the guest image with ${kernelPackage(packages).name}`);
    const kernelVersion = await buildIn(work, packages);
    const image = join(options.cacheDir, `${name}.qcow2`);
    const sha256 = await sha256Of(join(work, 'guest.qcow2'));
    await rename(join(work, 'guest.qcow2'), image);
    await writeFile(join(work, 'guest.json'), JSON.stringify({ sha256, kernelVersion }));
    await rename(join(work, 'guest.json'), join(options.cacheDir, `${name}.json`));
    return { path: image, sha256, kernelVersion };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function buildIn(work: string, packages: readonly Package[]): Promise<string> {
  const unpacked = join(work, 'unpacked');
  await mkdir(unpacked);
  for (const one of packages) await run(['dpkg-deb', '-x', one.file, unpacked], { timeoutS: 300 });
  const kernel = join(work, 'vmlinuz');
  const kernelVersion = await copyKernel(unpacked, kernel);
  const modules = join(unpacked, 'lib/modules', kernelVersion);
  await initialTree(unpacked, join(work, 'initrd'), modules);
  await rootTree(unpacked, join(work, 'root'), modules);
  const initrd = join(work, 'initrd.img');
  await writeFile(initrd, await cpio(join(work, 'initrd')));
  const disk = join(work, 'guest.raw');
  await writeDisk(disk, { kernel, initrd, root: join(work, 'root') });
  await run(
    [
      'qemu-img',
      'convert',
      '-f',
      'raw',
      '-O',
      'qcow2',
      '-c',
      '-o',
      'compression_type=zstd',
      disk,
      join(work, 'guest.qcow2'),
    ],
    { timeoutS: 300 },
  );
  return kernelVersion;
}

async function keptImage(cacheDir: string, name: string): Promise<GuestImage | null> {
  const text = await readFile(join(cacheDir, `${name}.json`), 'utf8').catch(() => null);
  if (text === null) return null;
  return { path: join(cacheDir, `${name}.qcow2`), ...(JSON.parse(text) as Omit<GuestImage, 'path'>) };
}

/** Which build this is: every file of the builder but its tests, and the name and version of every package. */
async function inputsHash(packages: readonly Package[]): Promise<string> {
  const hash = createHash('sha256');
  for (const one of packages) hash.update(`${one.name} ${one.version}\n`);
  const files = await readdir(import.meta.dirname, { recursive: true, withFileTypes: true });
  const paths = files
    .filter((file) => file.isFile() && !file.name.endsWith('.test.ts'))
    .map((file) => join(file.parentPath, file.name))
    .sort();
  for (const path of paths) hash.update(`${path.slice(import.meta.dirname.length)}\n`).update(await readFile(path));
  return hash.digest('hex').slice(0, 16);
}

/** Folders of builds whose process is gone. */
async function removeAbandoned(cacheDir: string): Promise<void> {
  for (const name of await readdir(cacheDir)) {
    const pid = /^(?:building|packages)\.(\d+)/.exec(name)?.[1];
    if (pid !== undefined && !runs(Number(pid))) await rm(join(cacheDir, name), { recursive: true, force: true });
  }
}

function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
