// Leases as files on a pool that several hosts share. Each file has one writer: a host's heartbeat is its guard's, a volume's owner
// is the owning host's (or, once that host cannot run anything any more, whoever takes it over), a pill is a witness's.
// Invariant: a file is whole or absent, and is on the storage itself when it was written.
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';

/** Beside the volumes; its name is no volume's. */
const DIR = '.nephos';
type Pool = { path: string };

const heartbeat = z.object({
  /** Grows with every renewal. */
  count: z.number().int().nonnegative(),
  /** How long the guard waits for a renewal before it ends the guests that need the pool. */
  killAfterS: z.number().positive(),
  /** The pill it took: no guest runs on the host, and none is started while the pill lies there. */
  fenced: z.uuid().nullable(),
});
export type Heartbeat = z.output<typeof heartbeat>;
/** `off`: whoever laid it knows that the host is without power. */
const pill = z.object({ id: z.uuid(), off: z.boolean().default(false) });
export type Pill = z.output<typeof pill>;
const owner = z.object({ host: z.uuid() });

const heartbeatFile = (pool: Pool, host: string): string => join(pool.path, DIR, 'hosts', `${host}.json`);
const pillFile = (pool: Pool, host: string): string => join(pool.path, DIR, 'pills', `${host}.json`);
const ownerFile = (pool: Pool, volumeId: string): string => join(pool.path, DIR, 'volumes', `${volumeId}.json`);

async function write(file: string, value: unknown): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const fresh = `${file}.${process.pid}.new`;
  const handle = await open(fresh, 'w');
  try {
    await handle.writeFile(JSON.stringify(value));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(fresh, file);
}

/** Undefined where there is none; what cannot be understood is an error, never nothing. */
async function read<T>(shape: z.ZodType<T>, file: string): Promise<T | undefined> {
  try {
    return shape.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

export const writeHeartbeat = (pool: Pool, host: string, beat: Heartbeat): Promise<void> =>
  write(heartbeatFile(pool, host), beat);
export const readHeartbeat = (pool: Pool, host: string): Promise<Heartbeat | undefined> =>
  read(heartbeat, heartbeatFile(pool, host));
export const removeHeartbeat = (pool: Pool, host: string): Promise<void> =>
  rm(heartbeatFile(pool, host), { force: true });

export const writePill = (pool: Pool, host: string, laid: Pill): Promise<void> => write(pillFile(pool, host), laid);
export const readPill = (pool: Pool, host: string): Promise<Pill | undefined> => read(pill, pillFile(pool, host));
export const removePill = (pool: Pool, host: string): Promise<void> => rm(pillFile(pool, host), { force: true });

export const writeOwner = (pool: Pool, volumeId: string, host: string): Promise<void> =>
  write(ownerFile(pool, volumeId), { host });
export const readOwner = async (pool: Pool, volumeId: string): Promise<string | undefined> =>
  (await read(owner, ownerFile(pool, volumeId)))?.host;
export const removeOwner = (pool: Pool, volumeId: string): Promise<void> =>
  rm(ownerFile(pool, volumeId), { force: true });
