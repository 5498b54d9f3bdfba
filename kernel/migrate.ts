// Brings a database to this release's schema: numbered .sql files, each once, in order, in one transaction each.
// Any number of servers may start at the same time: one migrates, the others wait for it.
// Invariant: servers of two releases run side by side. What only adds (expand) is applied at the start. What takes away
// (contract, NNNN_name.contract.sql) waits until it is asked for or a later release builds on it, is refused while a server
// lives that does not know it, and shuts out every older server from then on.
import { readdir, readFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import type pg from 'pg';
import { databaseServers } from './database-servers.ts';

/** Held while the schema changes; shared by whoever needs it to stand still. */
export const SCHEMA_LOCK = 7_700;
/** Advisory lock class of living workers. */
export const ALIVE = 7_701;
const FILE = /^\d{4}_[a-z0-9_]+(\.contract)?\.sql$/;

export interface Migration {
  readonly name: string;
  readonly text: string;
  readonly hash: string;
}

/** This release is older than the database, or a server is older than the change. Nothing was changed. */
export class SchemaMismatch extends Error {
  override name = 'SchemaMismatch';
}

export const isContract = (name: string): boolean => name.endsWith('.contract.sql');

/** Those of `folder`, in their order. */
export async function readMigrations(folder: string): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((file) => FILE.test(file)).sort();
  return Promise.all(
    names.map(async (name) => {
      const text = await readFile(`${folder}/${name}`, 'utf8');
      return { name, text, hash: createHash('sha256').update(text).digest('hex') };
    }),
  );
}

/**
 * Returns the names of the migrations it applied; `finish` applies the waiting contracts as well. Throws when an applied
 * migration was changed afterwards, and SchemaMismatch when this release may not run on this database.
 */
export async function migrate(url: string, folder: string, { finish = false } = {}): Promise<string[]> {
  const migrations = await readMigrations(folder);
  return withClient(url, async (client) => {
    await refuseOld(client);
    await client.query('select pg_advisory_lock($1)', [SCHEMA_LOCK]);
    await makeJournal(client);
    return applyDue(client, migrations, finish);
  });
}

/** Contracts of this release that were not applied yet. */
export async function waitingContracts(url: string, folder: string): Promise<string[]> {
  const migrations = await readMigrations(folder);
  return withClient(url, async (client) => {
    const applied = new Set((await appliedOf(client)).map(({ name }) => name));
    return migrations.map(({ name }) => name).filter((name) => isContract(name) && !applied.has(name));
  });
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const { url: connectionString, Client } = databaseServers(url);
  const client = new Client({ connectionString, application_name: 'nephos-migrate' });
  client.on('error', () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

export const makeJournal = (client: pg.ClientBase): Promise<unknown> =>
  client.query(
    'create table if not exists migration (name text primary key, hash text not null, applied timestamptz not null default now())',
  );

export const appliedOf = async (client: pg.ClientBase): Promise<{ name: string; hash: string }[]> =>
  (await client.query<{ name: string; hash: string }>('select name, hash from migration order by name')).rows;

/** What the schema and our statements were tried with. */
export const OLDEST_SUPPORTED = 15;

async function refuseOld(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ version: string; encoding: string }>(
    `select current_setting('server_version') as version, current_setting('server_encoding') as encoding`,
  );
  const { version, encoding } = rows[0]!;
  if (parseInt(version, 10) < OLDEST_SUPPORTED)
    throw new SchemaMismatch(`the database is PostgreSQL ${version}; ${OLDEST_SUPPORTED} or newer is needed`);
  if (encoding !== 'UTF8')
    throw new SchemaMismatch(`the database's encoding is ${encoding}; create it with encoding 'UTF8'`);
}

async function applyDue(client: pg.Client, migrations: readonly Migration[], finish: boolean): Promise<string[]> {
  const journal = await appliedOf(client);
  refuseMismatch(migrations, journal);
  const applied = new Set(journal.map(({ name }) => name));
  const missing = migrations.filter(({ name }) => !applied.has(name));
  const lastExpand = missing.findLastIndex(({ name }) => !isContract(name));
  const due = finish ? missing : missing.filter(({ name }, index) => !isContract(name) || index < lastExpand);
  if (journal.length > 0) await refuseOlderServers(client, due.map(({ name }) => name).filter(isContract));
  for (const migration of due) await applyOne(client, migration);
  return due.map(({ name }) => name);
}

function refuseMismatch(migrations: readonly Migration[], journal: readonly { name: string; hash: string }[]): void {
  const known = new Map(migrations.map((migration) => [migration.name, migration.hash]));
  for (const { name, hash } of journal) {
    if (known.has(name) && known.get(name) !== hash)
      throw new Error(`migration ${name} was changed after it had been applied`);
    if (!known.has(name) && isContract(name))
      throw new SchemaMismatch(
        `this release is too old for the database: ${name} has taken away what it needs. Start the release that brought it, or a newer one`,
      );
  }
}

/** A server lives while it holds its lock, even if it is paused. One from before contracts knows none. */
async function refuseOlderServers(client: pg.Client, contracts: readonly string[]): Promise<void> {
  if (contracts.length === 0) return;
  const { rows } = await client.query<{ server: string; lacks: string }>(
    `select w.name as server, c.name as lacks from worker w, unnest($1::text[]) c(name)
     where not c.name = any(w.contracts) and exists (
       select from pg_locks l where l.locktype = 'advisory' and l.classid = $2 and l.objid = w.id::int::oid
         and l.database = (select oid from pg_database where datname = current_database())) limit 1`,
    [contracts, ALIVE],
  );
  const [older] = rows;
  if (older)
    throw new SchemaMismatch(
      `the server ${older.server} is of an older release, which needs what ${older.lacks} takes away: upgrade or stop it first`,
    );
}

export async function applyOne(client: pg.ClientBase, { name, text, hash }: Migration): Promise<void> {
  await client.query('begin');
  try {
    await client.query(text);
    await client.query('insert into migration(name, hash) values ($1, $2)', [name, hash]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw new Error(`migration ${name} failed: ${(error as Error).message}`, { cause: error });
  }
}
