// The Debian packages behind the guest image: the tools that build it, and the packages whose files go into it.
// The latter are downloaded and unpacked, never installed, and kept: with them in the cache a build needs no network.
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandFailed, run } from '#agent/process.ts';
import { ASK_AGAIN } from '../packages.ts';

/** Tools the build starts on this machine. */
export const guestImagePackages: readonly { name: string; why: string }[] = [
  { name: 'apt', why: 'downloads the packages whose files go into the guest' },
  { name: 'dpkg', why: 'unpacks them (dpkg-deb)' },
  { name: 'e2fsprogs', why: 'fills the root file system without mounting it (mke2fs -d, debugfs)' },
  { name: 'mtools', why: 'fills the boot partition without mounting it' },
  { name: 'syslinux', why: 'installs the boot loader into the boot partition' },
  { name: 'syslinux-common', why: 'the boot sector that starts the boot loader' },
  { name: 'qemu-utils', why: 'writes the image as qcow2' },
];

/** Programs with which the image is tried out, beyond those that built it. */
export const guestTestPackages: readonly { name: string; why: string }[] = [
  { name: 'qemu-system-x86', why: 'boots the guest' },
  { name: 'seabios', why: 'the firmware it boots with' },
  { name: 'openssh-client', why: 'logs in to it' },
  { name: 'iproute2', why: 'brings up the network the test has to itself' },
  { name: 'util-linux', why: 'gives the test a network to itself (unshare)' },
];

/** Packages with programs of the guest; the kernel is added by the name its metapackage gives. */
const PROGRAMS = ['busybox-static', 'dropbear-bin', 'qemu-guest-agent', 'e2fsprogs'];
const KERNEL = 'linux-image-cloud-amd64';
const DIRECT = ['--no-recommends', '--no-suggests', '--no-conflicts', '--no-breaks', '--no-replaces', '--no-enhances'];

export type Package = { name: string; version: string; file: string };

/** The packages in the cache, downloaded first when they are not there or `refresh` asks for today's. */
export async function guestPackages(options: {
  cacheDir: string;
  refresh?: boolean;
  log: (line: string) => void;
}): Promise<Package[]> {
  const kept = join(options.cacheDir, 'packages');
  const found = options.refresh === true ? [] : await packagesIn(kept);
  if (found.length > 0) return found;
  const arriving = join(options.cacheDir, `packages.${process.pid}`);
  await rm(arriving, { recursive: true, force: true });
  await mkdir(arriving, { recursive: true });
  try {
    await download(arriving, options.log);
    await rm(kept, { recursive: true, force: true });
    await rename(arriving, kept);
  } finally {
    await rm(arriving, { recursive: true, force: true });
  }
  return packagesIn(kept);
}

/** The package of the kernel among `packages`. */
export function kernelPackage(packages: readonly Package[]): Package {
  const kernel = packages.find((one) => one.name.startsWith('linux-image-'));
  if (kernel === undefined) throw new Error(`no kernel (${KERNEL}) among the packages of the guest image`);
  return kernel;
}

async function packagesIn(folder: string): Promise<Package[]> {
  const files = await readdir(folder).catch(() => []);
  return files
    .filter((file) => file.endsWith('.deb'))
    .sort()
    .map((file) => {
      const [name = file, version = ''] = file.split('_');
      return { name, version: decodeURIComponent(version), file: join(folder, file) };
    });
}

async function download(folder: string, log: (line: string) => void): Promise<void> {
  try {
    const names = [await kernelName(), ...PROGRAMS, ...(await librariesOf(PROGRAMS))];
    log(`downloading ${names.length} Debian packages for the guest image`);
    // apt drops to its own user, who may not be let into this folder; the packages' signatures are checked either way.
    await run(['apt-get', '-qq', ...ASK_AGAIN, '-o', 'APT::Sandbox::User=', 'download', ...names], {
      cwd: folder,
      timeoutS: 600,
    });
  } catch (cause) {
    if (!(cause instanceof CommandFailed)) throw cause;
    throw new Error(
      `the Debian packages of the guest image cannot be downloaded (try «apt-get update»): ${cause.message}`,
      { cause },
    );
  }
}

async function kernelName(): Promise<string> {
  const { stdout } = await run(['apt-cache', 'depends', KERNEL]);
  const name = /Depends: (linux-image-\S+)/.exec(stdout)?.[1];
  if (name === undefined)
    throw new Error(`Debian's package lists do not say which kernel ${KERNEL} is: run «apt-get update»`);
  return name;
}

/** Every library package the programs need, however deep. */
async function librariesOf(names: readonly string[]): Promise<string[]> {
  const { stdout } = await run(['apt-cache', 'depends', '--recurse', ...DIRECT, ...names]);
  const all = stdout.split('\n').filter((line) => /^(lib|zlib)\S*$/.test(line));
  return [...new Set(all)].filter((name) => !/perl|^libdb|^libgdbm/.test(name)).sort();
}
