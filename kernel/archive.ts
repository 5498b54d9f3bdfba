// A backup of a cloud's database: one gzip stream of its rows as text, taken from one moment while servers go on. It holds no
// schema: the head names the migrations that make it, so it can be loaded by any version of PostgreSQL, and by this release
// or a newer one. Lines: the head, then for each table its name and columns, its rows as COPY writes them and a line `\.`,
// then the sequences, then an end with counts. Invariant: what has no end is no backup.
import { createReadStream, type WriteStream } from 'node:fs';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { z } from 'zod';
import { databaseServers } from './database-servers.ts';
import { appliedOf, makeJournal, SCHEMA_LOCK, type Migration } from './migrate.ts';

const head = z.object({
  nephos: z.literal('backup'),
  form: z.literal(1),
  /** Of the product, and of the PostgreSQL it was in. */
  version: z.string(),
  postgres: z.string(),
  made: z.string(),
  /** Fingerprint of the key that its secrets are sealed with. */
  key: z.string(),
  migrations: z.array(z.object({ name: z.string(), hash: z.string() })),
});
export type ArchiveHead = z.infer<typeof head>;
const section = z.union([
  z.object({ table: z.string(), columns: z.array(z.string()) }),
  z.object({ sequences: z.array(z.object({ name: z.string(), last: z.string(), called: z.boolean() })) }),
  z.object({ end: z.object({ tables: z.number(), rows: z.number() }) }),
]);

export interface Counts {
  tables: number;
  rows: number;
}

/** The backup cannot be loaded here; nothing was changed. */
export class Unfit extends Error {}

/** Living processes, and what the head says. */
const LEFT_OUT = ['worker', 'migration'];

/** Connected, without the limits of ordinary work. */
export async function onDatabase<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const { url: connectionString, Client } = databaseServers(url);
  const client = new Client({ connectionString, application_name: 'nephos-archive' });
  client.on('error', () => {}); // the statement under way reports it
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Writes the rows of one moment. Servers go on; a change of the schema waits. */
export async function writeArchive(
  url: string,
  file: WriteStream,
  about: Pick<ArchiveHead, 'version' | 'key'>,
): Promise<Counts> {
  return onDatabase(url, async (client) => {
    await client.query('select pg_advisory_lock_shared($1)', [SCHEMA_LOCK]);
    await client.query('begin transaction isolation level repeatable read, read only');
    const zip = createGzip({ level: 4 });
    const written = pipeline(zip, file);
    const [counts] = await Promise.all([writeAll(client, zip, about).finally(() => zip.end()), written]);
    return counts;
  });
}

async function writeAll(
  client: pg.Client,
  out: Writable,
  about: Pick<ArchiveHead, 'version' | 'key'>,
): Promise<Counts> {
  const line = (value: unknown): void => void out.write(`${JSON.stringify(value)}\n`);
  const { rows: version } = await client.query<{ server_version: string }>('show server_version');
  const begin: ArchiveHead = {
    nephos: 'backup',
    form: 1,
    ...about,
    postgres: version[0]!.server_version,
    made: new Date().toISOString(),
    migrations: await appliedOf(client),
  };
  line(begin);
  const counts = { tables: 0, rows: 0 };
  for (const { name, columns } of await tablesOf(client)) {
    line({ table: name, columns });
    const rows = client.query(copyTo(`copy ${quoted(name)} (${columns.map(quoted).join(', ')}) to stdout`));
    await pipeline(rows, out, { end: false });
    out.write('\\.\n');
    counts.tables += 1;
    counts.rows += rows.rowCount;
  }
  line({ sequences: await sequencesOf(client) });
  line({ end: counts });
  return counts;
}

const quoted = (name: string): string => pg.escapeIdentifier(name);

const tablesOf = async (client: pg.Client): Promise<{ name: string; columns: string[] }[]> =>
  (
    await client.query<{ name: string; columns: string[] }>(
      `select c.relname as name, array_agg(a.attname::text order by a.attnum) as columns
       from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
       where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and not c.relname = any($1) group by c.relname order by c.relname`,
      [LEFT_OUT],
    )
  ).rows;

const sequencesOf = async (client: pg.Client): Promise<{ name: string; last: string; called: boolean }[]> =>
  (
    await client.query<{ name: string; last: string; called: boolean }>(
      `select sequencename as name, coalesce(last_value, start_value)::text as last, last_value is not null as called
       from pg_sequences where schemaname = 'public' order by sequencename`,
    )
  ).rows;

/** What a file says of itself; throws Unfit where it is no backup. */
export async function readHead(file: string): Promise<ArchiveHead> {
  const lines = open(file);
  try {
    return await headOf(lines);
  } finally {
    lines.close();
  }
}

export interface Loading {
  url: string;
  file: string;
  /** This release's. */
  migrations: readonly Migration[];
  /** A cloud that is there is lost. */
  overwrite: boolean;
  /** In the same transaction, once everything is there. */
  after?: (client: pg.Client, head: ArchiveHead) => Promise<void>;
}

/** Makes the backup's schema and fills it, all or nothing. */
export async function loadArchive(loading: Loading): Promise<Counts> {
  const lines = open(loading.file);
  try {
    const about = await headOf(lines);
    const migrations = theirs(about, loading.migrations);
    return await onDatabase(loading.url, async (client) => {
      await client.query('select pg_advisory_lock($1)', [SCHEMA_LOCK]);
      await client.query('begin');
      await makeRoom(client, loading.overwrite);
      await makeSchema(client, migrations);
      const counts = await fill(client, lines);
      await loading.after?.(client, about);
      await client.query('commit');
      await client.query('analyze');
      return counts;
    });
  } finally {
    lines.close();
  }
}

function theirs(about: ArchiveHead, ours: readonly Migration[]): Migration[] {
  const known = new Map(ours.map((migration) => [migration.name, migration]));
  return about.migrations.map(({ name, hash }) => {
    const migration = known.get(name);
    if (migration?.hash !== hash)
      throw new Unfit(
        `the backup was made by release ${about.version}, whose ${name} this one does not know: use that one`,
      );
    return migration;
  });
}

async function makeRoom(client: pg.Client, overwrite: boolean): Promise<void> {
  const { rows } = await client.query<{ tables: number; live: number }>(
    `select (select count(*)::int from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')) as tables,
      (select count(*)::int from pg_stat_activity where datname = current_database() and application_name in ('nephos', 'nephos-live')) as live`,
  );
  const { tables, live } = rows[0]!;
  if (live > 0) throw new Unfit('servers are connected to this database; stop them first');
  if (tables === 0) return;
  if (!overwrite) throw new Unfit('there is a cloud in this database; say --overwrite to lose it');
  await client.query('drop schema public cascade');
  await client.query('create schema public');
}

async function makeSchema(client: pg.Client, migrations: readonly Migration[]): Promise<void> {
  await makeJournal(client);
  for (const { name, hash, text } of migrations) {
    await client.query(text);
    await client.query('insert into migration(name, hash) values ($1, $2)', [name, hash]);
  }
}

/** References and triggers are taken off meanwhile: rows come in any order, and what triggers did is in them. */
async function fill(client: pg.Client, lines: Lines): Promise<Counts> {
  const { rows: references } = await client.query<{ table: string; name: string; definition: string }>(
    `select conrelid::regclass::text as table, quote_ident(conname) as name, pg_get_constraintdef(oid) as definition
     from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace`,
  );
  const { rows: triggered } = await client.query<{ table: string }>(
    `select distinct tgrelid::regclass::text as table from pg_trigger t join pg_class c on c.oid = t.tgrelid
     where not tgisinternal and c.relnamespace = 'public'::regnamespace`,
  );
  for (const { table, name } of references) await client.query(`alter table ${table} drop constraint ${name}`);
  for (const { table } of triggered) await client.query(`alter table ${table} disable trigger user`);
  const made = (await tablesOf(client)).map(({ name }) => quoted(name));
  await client.query(`truncate ${made.join(', ')}`);
  const counts = await copyAll(client, lines);
  for (const { table, name, definition } of references)
    await client.query(`alter table ${table} add constraint ${name} ${definition}`);
  for (const { table } of triggered) await client.query(`alter table ${table} enable trigger user`);
  return counts;
}

async function copyAll(client: pg.Client, lines: Lines): Promise<Counts> {
  const counts = { tables: 0, rows: 0 };
  for (;;) {
    const next = section.parse(json(await lines.next()));
    if ('end' in next) {
      if (next.end.tables !== counts.tables || next.end.rows !== counts.rows) throw broken();
      return counts;
    }
    if ('sequences' in next) {
      for (const { name, last, called } of next.sequences)
        await client.query('select setval($1::regclass, $2::bigint, $3)', [quoted(name), last, called]);
      continue;
    }
    const into = client.query(
      copyFrom(`copy ${quoted(next.table)} (${next.columns.map(quoted).join(', ')}) from stdin`),
    );
    await pipeline(Readable.from(lines.rows(), { objectMode: false }), into);
    counts.tables += 1;
    counts.rows += into.rowCount;
  }
}

const broken = (cause?: unknown): Unfit => new Unfit('the file is no whole backup', { cause });
const json = (line: string): unknown => {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw broken(error);
  }
};

async function headOf(lines: Lines): Promise<ArchiveHead> {
  const parsed = head.safeParse(json(await lines.next()));
  if (!parsed.success) throw broken(parsed.error);
  return parsed.data;
}

const END_OF_ROWS = Buffer.from('\\.\n');
const END_AFTER_ROW = Buffer.from('\n\\.\n');

interface Lines {
  next(): Promise<string>;
  /** Rows up to the line that ends them, in large pieces. */
  rows(): AsyncGenerator<Buffer>;
  close(): void;
}

function open(file: string): Lines {
  const raw = createReadStream(file);
  const unzipped = raw.pipe(createGunzip());
  raw.on('error', (error) => unzipped.destroy(error));
  const chunks = unzipped[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let held = Buffer.alloc(0);
  const more = async (): Promise<void> => {
    const { value, done } = await chunks.next().catch((error: unknown) => {
      throw (error as { code?: string }).code === 'ENOENT' ? error : broken(error);
    });
    if (done) throw broken();
    held = Buffer.concat([held, value]);
  };
  return {
    next: async () => {
      while (!held.includes('\n')) await more();
      const end = held.indexOf('\n');
      const line = held.toString('utf8', 0, end);
      held = held.subarray(end + 1);
      return line;
    },
    async *rows() {
      for (;;) {
        const none = held.subarray(0, 3).equals(END_OF_ROWS);
        const end = none ? -1 : held.indexOf(END_AFTER_ROW);
        if (none || end >= 0) {
          if (end >= 0) yield held.subarray(0, end + 1);
          held = held.subarray(none ? 3 : end + 4);
          return;
        }
        const whole = held.lastIndexOf('\n') + 1;
        if (whole > 0) yield held.subarray(0, whole);
        held = held.subarray(whole);
        await more();
      }
    },
    close: () => unzipped.destroy(),
  };
}
