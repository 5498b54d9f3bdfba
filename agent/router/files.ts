// What a router keeps on disk. In its own directory, for ever: the last spec with its name, and which passwords were
// handed over. In the run directory, until the next boot: dnsmasq's files and what is loaded now, as the kernel and
// dnsmasq have it only until then too. Invariants: a file is whole or absent; what holds passwords is the owner's alone.
import { chmod, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { routerSpec } from '#protocol/messages.ts';
import type { RouterSpec } from '#protocol/messages.ts';
import { isUuid } from '#base/id.ts';
import type { DnsmasqFiles, DnsmasqPaths } from './dnsmasq.ts';
import type { Chain } from './nftables.ts';

export type Stored = { suffix: string; spec: RouterSpec; taken: string[] };
/** What was loaded last, to compare the machine with: the policy and how nftables lists it, and dnsmasq's files. */
export type Loaded = { rules: Chain[]; listing: string; names: DnsmasqFiles };

const PRIVATE = 0o600;
/** dnsmasq reads its host files again after it has given up root. */
const READABLE = 0o644;

export async function replaceFile(path: string, text: string, mode = READABLE): Promise<void> {
  const file = await open(`${path}.new`, 'w', mode);
  try {
    await file.chmod(mode); // whatever the umask
    await file.writeFile(text);
    if (mode === PRIVATE) await file.datasync(); // must outlive a power cut; the run directory does not outlive it anyway
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
}

const specFile = (dir: string, id: string): string => join(dir, id, 'spec.json');
const takenFile = (dir: string, id: string): string => join(dir, id, 'taken.json');

export async function storeSpec(dir: string, suffix: string, spec: RouterSpec): Promise<void> {
  await mkdir(join(dir, spec.id), { recursive: true, mode: 0o700 });
  await replaceFile(specFile(dir, spec.id), JSON.stringify({ suffix, spec }), PRIVATE);
}

export const storeTaken = (dir: string, id: string, taken: Iterable<string>): Promise<void> =>
  replaceFile(takenFile(dir, id), JSON.stringify([...taken]), PRIVATE);
export const forgetSpec = (dir: string, id: string): Promise<void> =>
  rm(join(dir, id), { recursive: true, force: true });

/** The name of the router with this id, also when the rest of its spec cannot be understood; null when there is none. */
export async function storedSuffix(dir: string, id: string): Promise<string | null> {
  const stored = z.object({ suffix: z.string().regex(/^[0-9a-f]{8,11}$/) });
  try {
    return stored.parse(JSON.parse(await readFile(specFile(dir, id), 'utf8'))).suffix;
  } catch {
    return null;
  }
}

/** Every router on disk; one that cannot be read is told to `onTrouble` and left as it is. */
export async function storedRouters(dir: string, onTrouble: (id: string, error: Error) => void): Promise<Stored[]> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const found: Stored[] = [];
  for (const id of (await readdir(dir)).filter(isUuid)) {
    try {
      const { suffix, spec } = JSON.parse(await readFile(specFile(dir, id), 'utf8')) as {
        suffix: string;
        spec: unknown;
      };
      found.push({ suffix, spec: routerSpec.parse(spec), taken: await takenOf(dir, id) });
    } catch (error) {
      onTrouble(id, error as Error);
    }
  }
  return found;
}

async function takenOf(dir: string, id: string): Promise<string[]> {
  const text = await readFile(takenFile(dir, id), 'utf8').catch(() => '[]');
  return JSON.parse(text) as string[];
}

export type RunFiles = DnsmasqPaths & { dir: string; loaded: string };
export function runFiles(runDir: string, namespace: string): RunFiles {
  const dir = join(runDir, namespace);
  return {
    dir,
    config: join(dir, 'dnsmasq.conf'),
    dhcpHosts: join(dir, 'dhcp.hosts'),
    dnsHosts: join(dir, 'dns.hosts'),
    pid: join(dir, 'dnsmasq.pid'),
    loaded: join(dir, 'loaded.json'),
  };
}

/** Throws when dnsmasq, which is not root, could not get there. */
export async function prepareRunDir(runDir: string): Promise<void> {
  await mkdir(runDir, { recursive: true });
  await chmod(runDir, 0o755);
  for (let dir = runDir; dir !== dirname(dir); dir = dirname(dir)) {
    if (((await stat(dir)).mode & 0o001) === 0)
      throw new Error(
        `${dir} is closed to other users; dnsmasq must be able to reach ${runDir} (chmod o+x ${dir}, or choose another run directory)`,
      );
  }
}

export async function makeRunDir(files: RunFiles): Promise<void> {
  await mkdir(files.dir, { recursive: true });
  await chmod(files.dir, 0o755);
}

export const storeLoaded = (files: RunFiles, loaded: Loaded): Promise<void> =>
  replaceFile(files.loaded, JSON.stringify(loaded), PRIVATE);

export async function readLoaded(files: RunFiles): Promise<Loaded | null> {
  try {
    return JSON.parse(await readFile(files.loaded, 'utf8')) as Loaded;
  } catch {
    return null;
  }
}
