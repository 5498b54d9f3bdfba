// The guest's kernel drivers: which ones, in which order they are loaded, and made small. Each driver the guest's
// scripts load by name has a file <name>.order beside the drivers: everything it needs, needs first.
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** Loaded before the root file system is there. */
export const BOOT_DRIVERS = ['virtio_pci', 'virtio_blk', 'virtio_net', 'virtio_scsi', 'sd_mod', 'ata_piix'];
/** Loaded by the running guest, when the machine has the device. */
export const LATE_DRIVERS = [
  'virtio_scsi',
  'sd_mod',
  'ata_piix',
  'sr_mod',
  'isofs',
  'virtio_balloon',
  'virtio_console',
  'virtio-rng',
  'button',
  'evdev',
];

const SIGNATURE_MARK = Buffer.from('~Module signature appended~\n');
/** The kernel's struct module_signature: twelve bytes, the last four the length of the signature (big-endian). */
const SIGNATURE_INFO_BYTES = 12;

/** Copy `drivers` and what they need into `target`, flat, with their order files. Drivers built into the kernel need nothing. */
export async function copyDrivers(kernelModules: string, target: string, drivers: readonly string[]): Promise<void> {
  const paths = await modulePaths(kernelModules);
  const builtIn = await readFile(join(kernelModules, 'modules.builtin'), 'utf8');
  await mkdir(target, { recursive: true });
  for (const driver of drivers) {
    const missing = !paths.has(canonical(driver));
    if (missing && !new RegExp(`/${driver.replace(/[-_]/g, '[-_]')}\\.ko`, 'm').test(builtIn))
      throw new Error(`the kernel has no driver ${driver}`);
    const order = missing ? [] : await loadOrder(driver, paths);
    for (const path of order) await writeFile(join(target, basename(path)), unsigned(await readFile(path)));
    await writeFile(join(target, `${driver}.order`), order.map((path) => `${basename(path)}\n`).join(''));
  }
}

/** A driver and everything it needs, in the order to load. */
async function loadOrder(
  driver: string,
  paths: ReadonlyMap<string, string>,
  seen = new Set<string>(),
): Promise<string[]> {
  const path = paths.get(canonical(driver));
  if (path === undefined) throw new Error(`the kernel's driver ${driver} is missing`);
  if (seen.has(path)) return [];
  seen.add(path);
  const order: string[] = [];
  for (const needed of dependencies(await readFile(path))) order.push(...(await loadOrder(needed, paths, seen)));
  return [...order, path];
}

/** What a driver says it needs, in its own information section. */
export function dependencies(module: Buffer): string[] {
  const start = module.indexOf('\0depends=');
  if (start < 0) return [];
  const from = start + '\0depends='.length;
  const text = module.subarray(from, module.indexOf(0, from)).toString();
  return text === '' ? [] : text.split(',');
}

/** Checking a signature costs a slow guest more than loading the driver; the image is what vouches for its files. */
export function unsigned(module: Buffer): Buffer {
  if (!module.subarray(-SIGNATURE_MARK.length).equals(SIGNATURE_MARK)) return module;
  const info = module.length - SIGNATURE_MARK.length - SIGNATURE_INFO_BYTES;
  const length = module.readUInt32BE(info + SIGNATURE_INFO_BYTES - 4);
  return module.subarray(0, info - length);
}

const canonical = (name: string): string => name.replaceAll('-', '_');

async function modulePaths(kernelModules: string): Promise<Map<string, string>> {
  const files = await readdir(kernelModules, { recursive: true });
  return new Map(
    files
      .filter((file) => file.endsWith('.ko'))
      .map((file) => [canonical(basename(file, '.ko')), join(kernelModules, file)]),
  );
}

/** Copies the kernel itself and tells its version. */
export async function copyKernel(unpacked: string, target: string): Promise<string> {
  const file = (await readdir(join(unpacked, 'boot'))).find((name) => name.startsWith('vmlinuz-'));
  if (file === undefined) throw new Error('the kernel package holds no boot/vmlinuz-…');
  await copyFile(join(unpacked, 'boot', file), target);
  return file.slice('vmlinuz-'.length);
}
