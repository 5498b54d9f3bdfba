// The PostgreSQL that a test run uses: DATABASE_URL's, in databases of this run's own, or a server of its own that does not care
// about a crash. Both are gone afterwards; what a run that was killed has left, the next one removes.
import { chmod, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { createHash } from 'node:crypto';
import pg from 'pg';
import { startPostgres, stopPostgres } from '#server/postgres.ts';
import { dropDatabase } from './drop-database.ts';

export type TestDatabase = { url: string; remove: () => Promise<void> };

const PREFIX = 'nephos-test-';

export async function openTestDatabase(): Promise<TestDatabase> {
  const given = process.env.DATABASE_URL;
  if (given) return openForeign(given);
  await removeLeftovers();
  const folder = await mkdtemp(path.join(tmpdir(), `${PREFIX}${process.pid}-`));
  await chmod(folder, 0o755); // as root the server runs as somebody else
  const remove = () => removeServer(folder);
  try {
    const { url } = await startPostgres({ dataDir: path.join(folder, 'db'), durable: false });
    return { url, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

const HERE = `nephos_test_${createHash('sha256').update(hostname()).digest('hex').slice(0, 6)}_`;

/** Somebody else's server: databases whose names begin with this run's. */
async function openForeign(url: string): Promise<TestDatabase> {
  const prefix = `${HERE}${process.pid}_`;
  process.env.NEPHOS_TEST_DATABASE_PREFIX = prefix;
  await dropDatabases(url, (name) => !existsSync(`/proc/${/^\d+/.exec(name.slice(HERE.length))?.[0] ?? 'self'}`));
  return { url, remove: () => dropDatabases(url, (name) => name.startsWith(prefix)) };
}

/** Of this machine's runs, those that are asked for. */
async function dropDatabases(url: string, which: (name: string) => boolean): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(
      'select datname as name from pg_database where starts_with(datname, $1)',
      [HERE],
    );
    for (const { name } of rows.filter((row) => which(row.name))) await dropDatabase(client, name);
  } finally {
    await client.end();
  }
}

async function removeServer(folder: string): Promise<void> {
  await stopPostgres(path.join(folder, 'db'));
  await rm(folder, { recursive: true, force: true });
}

async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = name.startsWith(PREFIX) ? /^\d+(?=-)/.exec(name.slice(PREFIX.length))?.[0] : undefined;
    if (!pid || existsSync(`/proc/${pid}`)) continue;
    const folder = path.join(tmpdir(), name);
    if ((await stat(folder)).uid === process.getuid!()) await removeServer(folder);
  }
}
