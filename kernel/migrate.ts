// Brings a database to the newest schema: numbered .sql files, each once, in order, in one transaction each.
// Any number of servers may start at the same time: one migrates, the others wait for it.
import { readdir, readFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import type pg from 'pg';
import { databaseServers } from './database-servers.ts';

const LOCK = 7_700;
const FILE = /^(\d{4})_[a-z0-9_]+\.sql$/;

/** Returns the names of the migrations it applied. Throws when an applied migration was changed afterwards. */
export async function migrate(url: string, folder: string): Promise<string[]> {
  const { url: connectionString, Client } = databaseServers(url);
  const client = new Client({ connectionString, application_name: 'nephos-migrate' });
  client.on('error', () => {});
  await client.connect();
  try {
    await refuseOld(client);
    await client.query('select pg_advisory_lock($1)', [LOCK]);
    await client.query(
      'create table if not exists migration (name text primary key, hash text not null, applied timestamptz not null default now())',
    );
    return await applyMissing(client, folder);
  } finally {
    await client.end();
  }
}

/** What the schema and our statements were tried with. */
const OLDEST_SUPPORTED = 15;

async function refuseOld(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ version: string; encoding: string }>(
    `select current_setting('server_version') as version, current_setting('server_encoding') as encoding`,
  );
  const { version, encoding } = rows[0]!;
  if (parseInt(version, 10) < OLDEST_SUPPORTED)
    throw new Error(`the database is PostgreSQL ${version}; ${OLDEST_SUPPORTED} or newer is needed`);
  if (encoding !== 'UTF8')
    throw new Error(`the database's encoding is ${encoding}; UTF8 is needed: create it with encoding 'UTF8'`);
}

async function applyMissing(client: pg.Client, folder: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string; hash: string }>('select name, hash from migration');
  const applied = new Map(rows.map((row) => [row.name, row.hash]));
  const done: string[] = [];
  for (const name of (await readdir(folder)).filter((file) => FILE.test(file)).sort()) {
    const text = await readFile(`${folder}/${name}`, 'utf8');
    const hash = createHash('sha256').update(text).digest('hex');
    if (applied.has(name)) {
      if (applied.get(name) !== hash) throw new Error(`migration ${name} was changed after it had been applied`);
      continue;
    }
    await applyOne(client, { name, text, hash });
    done.push(name);
  }
  return done;
}

async function applyOne(
  client: pg.Client,
  { name, text, hash }: { name: string; text: string; hash: string },
): Promise<void> {
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
