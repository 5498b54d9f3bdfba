// What every verb on this host's guests needs, made once. It holds no state of guests but their files: libvirt knows
// what runs, the files know what was asked for.
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir, open, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { DiskSpec } from '#protocol/messages.ts';
import { Refused } from '../refused.ts';
import { volumePath } from './domain-xml.ts';
import type { DomainHost } from './domain-xml.ts';
import type { Leases } from '../lease/leases.ts';
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
  leases: Leases;
  /** A guest's power changed, or may have: tell the servers now. */
  onPower: () => void;
};
export type Kvm = Omit<KvmOptions, 'dataDir' | 'libvirtUri' | 'onPower'> & {
  virsh: Virsh;
  files: GuestFiles;
  power: PowerWatch;
  consoleDir: string;
  /** virsh with a text it can only read from a file; the file is root's alone and gone afterwards. */
  withXml(text: string, argv: (file: string) => string[], options?: { timeoutS?: number }): Promise<string>;
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
  power.subscribe((event) => {
    if (event.event === 'lifecycle') options.onPower();
  });
  const trim = setInterval(
    () =>
      void trimConsoles(consoleDir).catch((error: unknown) => options.log.warn({ err: error }, 'console.untrimmed')),
    CONSOLE_CHECK_MS,
  );
  const virsh = makeVirsh(options.libvirtUri);
  const scratchDir = join(options.dataDir, 'scratch');
  await rm(scratchDir, { recursive: true, force: true });
  await mkdir(scratchDir, { mode: 0o700 });
  return {
    virsh,
    files,
    power,
    consoleDir,
    domain: options.domain,
    leases: options.leases,
    log: options.log,
    hurries: new Map(),
    async withXml(text, argv, limits) {
      const file = join(scratchDir, `${randomUUID()}.xml`);
      await writeFile(file, text, { mode: 0o600 });
      try {
        return await virsh(argv(file), limits);
      } finally {
        await rm(file, { force: true });
      }
    },
    async close() {
      clearInterval(trim);
      options.leases.stop();
      await power.stop();
    },
  };
}

/** QEMU appends, so that what comes next lands at the new end. */
export async function trimConsoles(dir: string, maxBytes = MAX_CONSOLE_BYTES): Promise<void> {
  for (const name of await readdir(dir)) {
    const file = join(dir, name);
    const size = await stat(file).then(
      (found) => found.size,
      () => 0,
    );
    if (size > maxBytes) await truncate(file, 0);
  }
}

export const consoleLogOf = (kvm: Pick<Kvm, 'consoleDir'>, guest: string): string =>
  join(kvm.consoleDir, `${guest}.log`);

export function refuseMissingGuest(name: string): never {
  throw new Refused('missing', `guest ${name} does not run on this host`);
}

/** Pools among the disks' whose files can be read past the page cache; throws `missing` for a disk without a file. */
export async function directPoolsOf(disks: readonly DiskSpec[]): Promise<Set<string>> {
  const pools = new Set<string>();
  for (const disk of disks) {
    const path = volumePath(disk);
    await access(path, constants.R_OK).catch((cause: unknown) => {
      throw new Refused('missing', `volume ${disk.volumeId} has no file ${path} on this host`, { cause });
    });
    const direct = await open(path, constants.O_RDONLY | constants.O_DIRECT).then(
      (file) => file.close().then(() => true),
      () => false,
    );
    if (direct) pools.add(disk.pool.id);
  }
  return pools;
}

/** Whether libvirt can weigh guests' processors against each other here: the control group for it is mounted and given on. */
export async function cpuWeightsWork(): Promise<boolean> {
  const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n').map((line) => line.split(' '));
  for (const [, mountPoint, type, options] of mounts) {
    if (type === 'cgroup' && options!.split(',').includes('cpu')) return true;
    if (type !== 'cgroup2') continue;
    const given = await readFile(join(mountPoint!, 'cgroup.subtree_control'), 'utf8').catch(() => '');
    if (given.split(/\s+/).includes('cpu')) return true;
  }
  return false;
}
