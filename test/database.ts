// PostgreSQL for tests: one migrated and seeded template database per schema and seed, one clone of it per process, one
// transaction per test that is always rolled back.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import pg from 'pg';
import { insideTransaction, openDb, type Db } from '#kernel/db.ts';
import { migrate } from '#kernel/migrate.ts';
import { seed } from '#cloud/seed.ts';
import { dropDatabase } from '#tools/test/drop-database.ts';

const SCHEMA = new URL('../schema/', import.meta.url).pathname;
const SEEDS = new URL('../cloud/', import.meta.url).pathname;
const DEFAULTS = new URL('../api/defaults.data.ts', import.meta.url).pathname;
/** What the names of a run's databases begin with on a server that is not its own. */
const PREFIX = process.env['NEPHOS_TEST_DATABASE_PREFIX'] ?? 'nephos_';
export const ADMIN_PASSWORD = 'correct horse';

function serverUrl(): string {
  const url = process.env['NEPHOS_TEST_DATABASE_URL'] ?? process.env['DATABASE_URL'];
  if (!url) throw new Error('set NEPHOS_TEST_DATABASE_URL to a PostgreSQL server in which databases may be created');
  return url;
}
const urlOf = (database: string): string =>
  Object.assign(new URL(serverUrl()), { pathname: `/${database}` }).toString();

function fingerprint(): string {
  const hash = createHash('sha256');
  for (const file of readdirSync(SCHEMA)
    .filter((name) => name.endsWith('.sql'))
    .sort())
    hash.update(readFileSync(SCHEMA + file));
  for (const file of readdirSync(SEEDS, { recursive: true })
    .map(String)
    .filter((name) => name.includes('seed'))
    .sort())
    hash.update(readFileSync(SEEDS + file));
  hash.update(readFileSync(DEFAULTS));
  return hash.digest('hex').slice(0, 12);
}

/** The connection string of a fresh copy of the seeded template; `drop` removes it. */
export async function cloneDatabase(): Promise<{ url: string; drop: () => Promise<void> }> {
  const admin = new pg.Client({ connectionString: serverUrl() });
  await admin.connect();
  const template = `${PREFIX}template_${fingerprint()}`;
  const name = `${PREFIX}test_${process.pid}_${Date.now().toString(36)}${Math.random().toString(36).slice(2, 6)}`;
  try {
    await admin.query('select pg_advisory_lock(7799)');
    await ensureTemplate(admin, template);
    await admin.query(`create database ${name} template ${template}`);
  } finally {
    await admin.query('select pg_advisory_unlock(7799)').catch(() => {});
    await admin.end();
  }
  return { url: urlOf(name), drop: () => remove(name) };
}

async function ensureTemplate(admin: pg.Client, template: string): Promise<void> {
  const { rows } = await admin.query('select 1 from pg_database where datname = $1', [template]);
  if (rows.length > 0) return;
  const building = `${template}_building`;
  await admin.query(`drop database if exists ${building}`);
  await admin.query(`create database ${building}`);
  await migrate(urlOf(building), SCHEMA);
  const db = openDb({ url: urlOf(building), max: 2 });
  await seed(db, { adminPassword: ADMIN_PASSWORD, endpoint: 'http://localhost:8080/client/' });
  await db.close();
  await admin.query(`alter database ${building} rename to ${template}`);
}

async function remove(name: string): Promise<void> {
  const admin = new pg.Client({ connectionString: serverUrl() });
  await admin.connect();
  await dropDatabase(admin, name);
  await admin.end();
}

let shared: Promise<{ db: Db; drop: () => Promise<void> }> | undefined;
/** One database per process, for tests that roll back. */
export function sharedDatabase(): Promise<{ db: Db; drop: () => Promise<void> }> {
  shared ??= (async () => {
    const { url, drop } = await cloneDatabase();
    const db = openDb({ url, max: 4 });
    return {
      db,
      drop: async () => {
        await db.close();
        await drop();
      },
    };
  })();
  return shared;
}

/** Runs `work` in a transaction that is rolled back, whatever happens. */
export async function rolledBack<T>(work: (db: Db) => Promise<T>): Promise<T> {
  const { db } = await sharedDatabase();
  const client = await db.pool.connect();
  try {
    await client.query('begin');
    await client.query("set local idle_in_transaction_session_timeout = '60s'");
    return await work(insideTransaction(client, db));
  } finally {
    await client.query('rollback').catch(() => {});
    client.release();
  }
}
