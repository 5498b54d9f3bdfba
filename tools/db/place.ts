// Which database and which key a command is about: those of the cloud in the data folder, or the ones the environment names.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { onDatabase } from '#kernel/archive.ts';
import { keyFingerprint, makeSealer } from '#kernel/seal.ts';
import { startPostgres, type Postgres } from '#server/postgres.ts';
import { packagedPrograms } from '#server/postgres-programs.ts';

export interface Place {
  /** Of the data folder. */
  dataDir: string;
  /** Folder of the embedded server. */
  embedded: string;
  keyFile: string;
  /** An external server; absent: the embedded one. */
  externalUrl: string | undefined;
}

/** Works on the cloud's database; an embedded server that did not run is stopped again. */
export async function withDatabase<T>(place: Place, work: (url: string) => Promise<T>): Promise<T> {
  if (place.externalUrl !== undefined) return work(place.externalUrl);
  return withServer(
    () => startPostgres({ dataDir: place.embedded, programs: packagedPrograms() }),
    place.embedded,
    work,
  );
}

/** Starts it where it does not run, and leaves it as it was found. */
export async function withServer<T>(
  start: () => Promise<Postgres>,
  folder: string,
  work: (url: string) => Promise<T>,
): Promise<T> {
  const ran = existsSync(path.join(folder, 'postmaster.pid'));
  const server = await start();
  try {
    return await work(server.url);
  } finally {
    if (!ran) await server.stop();
  }
}

/** Throws where the file is not there: without its key a backup's secrets cannot be read. */
export function readKey({ keyFile }: Place): Buffer {
  if (!existsSync(keyFile))
    throw new Error(`there is no key in ${keyFile}; put the cloud's key there, or name it with --key`);
  return readFileSync(keyFile);
}

export async function hasCloud(url: string): Promise<boolean> {
  const rows = await onDatabase(
    url,
    async (client) => (await client.query(`select to_regclass('public.cloud_identity') as t`)).rows,
  );
  return (rows[0] as { t: string | null }).t !== null;
}

/** The fingerprint of the key, once it has opened a secret of the database. */
export async function provenKey(url: string, place: Place): Promise<string> {
  const key = readKey(place);
  const sealed = await onDatabase(
    url,
    async (client) =>
      (await client.query<{ value: string }>(`select value from cloud_identity where name = 'ca.key'`)).rows[0]?.value,
  );
  try {
    if (sealed !== undefined) makeSealer(key).open(sealed);
  } catch (error) {
    throw new Error(`the key in ${place.keyFile} is not this cloud's: it does not open its secrets`, { cause: error });
  }
  return keyFingerprint(key);
}
