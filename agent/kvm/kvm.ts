// What every verb on this host's guests needs, made once. It holds no state of guests but their files: libvirt knows
// what runs, the files know what was asked for.
import { constants } from 'node:fs';
import { access, mkdir, open, readdir, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { DiskSpec } from '#protocol/messages.ts';
import { Refused } from '../refused.ts';
import { volumePath } from './domain-xml.ts';
import type { DomainHost } from './domain-xml.ts';
import { openGuestFiles } from './guest-files.ts';
import type { GuestFiles } from './guest-files.ts';
import { watchPower } from './power-watch.ts';
import type { PowerWatch } from './power-watch.ts';
import { makeVirsh } from './virsh.ts';
import type { Virsh } from './virsh.ts';

export type KvmOptions = {
  libvirtUri: string;
  /** The agent's own directory. */
  dataDir: string;
  domain: Pick<DomainHost, 'accelerator' | 'machine' | 'tcgCacheMib' | 'sparePorts' | 'cpuWeights'>;
  log: Logger;
  /** A guest's power changed, or may have: tell the servers now. */
  onPower: () => void;
};
export type Kvm = Omit<KvmOptions, 'dataDir' | 'libvirtUri' | 'onPower'> & {
  virsh: Virsh;
  files: GuestFiles;
  power: PowerWatch;
  consoleDir: string;
  /** Graceful stops that wait now; aborting one makes it force. */
  hurries: Map<string, AbortController>;
  close(): Promise<void>;
};

/** A guest that prints without end must not fill the host's disk. */
const MAX_CONSOLE_BYTES = 4 * 1024 * 1024;
const CONSOLE_CHECK_MS = 30_000;

export async function openKvm(options: KvmOptions): Promise<Kvm> {
  const consoleDir = join(options.dataDir, 'console');
  await mkdir(consoleDir, { recursive: true, mode: 0o700 });
  const files = await openGuestFiles(join(options.dataDir, 'guests'));
  const power = watchPower(options.libvirtUri, options.onPower);
  power.subscribe((event) => { if (event.event === 'lifecycle') options.onPower(); });
  const trim = setInterval(() => void trimConsoles(consoleDir).catch((error: unknown) => options.log.warn({ err: error }, 'console.untrimmed')), CONSOLE_CHECK_MS);
  return {
    virsh: makeVirsh(options.libvirtUri), files, power, consoleDir, domain: options.domain, log: options.log, hurries: new Map(),
    async close() {
      clearInterval(trim);
      await power.stop();
    },
  };
}

/** QEMU appends, so that what comes next lands at the new end. */
export async function trimConsoles(dir: string, maxBytes = MAX_CONSOLE_BYTES): Promise<void> {
  for (const name of await readdir(dir)) {
    const file = join(dir, name);
    const size = await stat(file).then((found) => found.size, () => 0);
    if (size > maxBytes) await truncate(file, 0);
  }
}

export const consoleLogOf = (kvm: Pick<Kvm, 'consoleDir'>, guest: string): string => join(kvm.consoleDir, `${guest}.log`);

export function refuseMissingGuest(name: string): never {
  throw new Refused('missing', `guest ${name} does not run on this host`);
}

/** Pools among the disks' whose files can be read past the page cache; throws `missing` for a disk without a file. */
export async function directPoolsOf(disks: readonly DiskSpec[]): Promise<Set<string>> {
  const pools = new Set<string>();
  for (const disk of disks) {
    const path = volumePath(disk);
    await access(path, constants.R_OK).catch((cause: unknown) => { throw new Refused('missing', `volume ${disk.volumeId} has no file ${path} on this host`, { cause }); });
    const direct = await open(path, constants.O_RDONLY | constants.O_DIRECT).then((file) => file.close().then(() => true), () => false);
    if (direct) pools.add(disk.pool.id);
  }
  return pools;
}
