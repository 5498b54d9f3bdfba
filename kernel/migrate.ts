// Brings a database to the newest schema: numbered .sql files, each once, in order, in one transaction each.
// Any number of servers may start at the same time: one migrates, the others wait for it.
import { readdir, readFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import pg from 'pg';

const LOCK = 7_700;
const FILE = /^(\d{4})_[a-z0-9_]+\.sql$/;

/** Returns the names of the migrations it applied. Throws when an applied migration was changed afterwards. */
export async function migrate(url: string, folder: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: url, application_name: 'nephos-migrate' });
  client.on('error', () => {});
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [LOCK]);
    await client.query(
      'create table if not exists migration (name text primary key, hash text not null, applied timestamptz not null default now())',
    );
    return await applyMissing(client, folder);
  } finally {
    await client.end();
  }
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
