// Lays out the guest's two file systems as folders: the initial one (drivers and one script) and the root. The files
// people wrote are under root/; the rest comes from unpacked Debian packages.
import { chmod, copyFile, cp, mkdir, readdir, readFile, realpath, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { run } from '#agent/process.ts';
import { BOOT_DRIVERS, copyDrivers, LATE_DRIVERS } from './modules.ts';

const WRITTEN = join(import.meta.dirname, 'root');
const PROGRAMS = ['usr/sbin/dropbear', 'usr/sbin/qemu-ga', 'sbin/resize2fs'];
const LIBRARIES = 'lib/x86_64-linux-gnu';
const LOADER = 'lib64/ld-linux-x86-64.so.2';
const EMPTY = ['dev', 'proc', 'sys', 'run', 'tmp', 'mnt', 'root', 'var/log', 'var/lib/guest', 'etc/dropbear'];
/** The console's password until the cloud sets one; the SSH server does not take it. */
const CONSOLE_PASSWORD = 'password';

/** The initial file system. */
export async function initialTree(unpacked: string, target: string, kernelModules: string): Promise<void> {
  for (const folder of ['bin', 'dev', 'proc', 'sys', 'newroot']) await mkdir(join(target, folder), { recursive: true });
  await copyFile(join(unpacked, 'bin/busybox'), join(target, 'bin/busybox'));
  await symlink('busybox', join(target, 'bin/sh'));
  await copyWritten(join(WRITTEN, 'initrd'), target);
  await copyDrivers(kernelModules, join(target, 'lib/modules'), BOOT_DRIVERS);
}

/** The root file system. */
export async function rootTree(unpacked: string, target: string, kernelModules: string): Promise<void> {
  for (const folder of EMPTY) await mkdir(join(target, folder), { recursive: true });
  await copyWritten(join(WRITTEN, 'system'), target);
  await busybox(unpacked, target);
  for (const program of PROGRAMS) await copyProgram(unpacked, target, program);
  await copyDrivers(kernelModules, join(target, 'lib/modules'), LATE_DRIVERS);
  await symlink('/proc/mounts', join(target, 'etc/mtab'));
  await symlink('/run', join(target, 'var/run'));
  const { stdout } = await run(
    [join(unpacked, 'bin/busybox'), 'mkpasswd', '-m', 'sha512', '-P', '0', '-S', 'guestimage'],
    { input: `${CONSOLE_PASSWORD}\n` },
  );
  await writeFile(join(target, 'etc/shadow'), `root:${stdout.trim()}:19000:0:99999:7:::\n`, { mode: 0o600 });
  await chmod(join(target, 'root'), 0o700);
}

/** Copies files as they are under root/, scripts executable whatever the checkout's file modes. */
async function copyWritten(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true });
  for (const entry of await readdir(from, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const script = (await readFile(path)).subarray(0, 2).toString() === '#!';
    await chmod(join(to, path.slice(from.length)), script ? 0o755 : 0o644);
  }
}

async function busybox(unpacked: string, target: string): Promise<void> {
  const program = join(unpacked, 'bin/busybox');
  for (const folder of ['bin', 'sbin', 'usr/bin']) await mkdir(join(target, folder), { recursive: true });
  await copyFile(program, join(target, 'bin/busybox'));
  const taken = new Set(['busybox', 'resize2fs', 'bash']);
  const applets = (await run([program, '--list'])).stdout.split('\n').filter((name) => name !== '' && !taken.has(name));
  for (const applet of applets) await symlink('/bin/busybox', join(target, 'bin', applet));
  for (const applet of ['init', 'poweroff', 'reboot', 'halt'])
    await symlink('/bin/busybox', join(target, 'sbin', applet));
  await symlink('/bin/busybox', join(target, 'usr/bin/env'));
}

async function copyProgram(unpacked: string, target: string, program: string): Promise<void> {
  const path = join(unpacked, program);
  for (const library of await librariesOf(unpacked, path)) {
    await mkdir(join(target, LIBRARIES), { recursive: true });
    await copyFile(await realpath(library), join(target, LIBRARIES, basename(library)));
  }
  await mkdir(join(target, dirname(LOADER)), { recursive: true });
  await copyFile(await realpath(await loader(unpacked)), join(target, LOADER));
  await mkdir(dirname(join(target, program)), { recursive: true });
  await copyFile(path, join(target, program));
  await chmod(join(target, program), 0o755);
}

/** The libraries a program needs, as its own unpacked loader finds them: never this machine's. */
async function librariesOf(unpacked: string, program: string): Promise<string[]> {
  const folders = [join(unpacked, LIBRARIES), join(unpacked, 'usr', LIBRARIES)];
  const { stdout } = await run([await loader(unpacked), '--library-path', folders.join(':'), '--list', program]);
  const found = [...stdout.matchAll(/^\s*(\S+) => (.+?)(?: \(0x[0-9a-f]+\))?$/gm)];
  return found
    .filter(([, name]) => !name!.includes('ld-linux'))
    .map(([, name, path]) => {
      if (!path!.startsWith(unpacked))
        throw new Error(`${basename(program)} needs ${name}, which is in none of the guest image's packages`);
      return path!;
    });
}

async function loader(unpacked: string): Promise<string> {
  for (const folder of [LIBRARIES, `usr/${LIBRARIES}`]) {
    const path = join(unpacked, folder, basename(LOADER));
    if (
      await realpath(path).then(
        () => true,
        () => false,
      )
    )
      return path;
  }
  throw new Error('the C library of the guest image has no loader');
}
