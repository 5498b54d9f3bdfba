// The embedded database comes from an older release with an older PostgreSQL: its start says what to do, the command does it,
// and the old folder stays.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { seed } from '#cloud/seed.ts';
import { openDb } from '#kernel/db.ts';
import { migrate } from '#kernel/migrate.ts';
import { sql } from '#kernel/sql.ts';
import { startPostgres, stopPostgres, WrongMajor } from '#server/postgres.ts';
import { majorOf, packagedPrograms, programsIn } from '#server/postgres-programs.ts';
import { db } from './db-command.ts';

const SCHEMA = fileURLToPath(new URL('../../schema/', import.meta.url));
const OLD = programsIn('/usr/lib/postgresql/15/bin');

let dataDir: string;
let embedded: string;
before(async () => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'nephos-older-'));
  chmodSync(dataDir, 0o755);
  embedded = path.join(dataDir, 'postgres');
  writeFileSync(path.join(dataDir, 'cloud.key'), Buffer.alloc(32, 3));
  const old = await startPostgres({ dataDir: embedded, programs: OLD, durable: false });
  await migrate(old.url, SCHEMA);
  const handle = openDb({ url: old.url, max: 1 });
  await seed(handle, { adminPassword: 'as before', endpoint: 'http://localhost:8080/client/' });
  await handle.close();
  await old.stop();
});
after(async () => {
  await stopPostgres(embedded);
  rmSync(dataDir, { recursive: true, force: true });
});

test('an older data folder is not started, and the command that helps is named', async () => {
  await assert.rejects(startPostgres({ dataDir: embedded }), (error) => {
    assert.ok(error instanceof WrongMajor);
    assert.match(
      error.message,
      /of PostgreSQL 15, and this release brings \d+\. Bring it along once: npm run db -- upgrade/,
    );
    return true;
  });
  const { code, text } = await db(dataDir, ['upgrade', '--programs', dataDir]);
  assert.equal(code, 1);
  assert.match(text, /its programs are needed to read it: there is no .*Install postgresql-15, or name their folder/);
  assert.equal(majorOf(embedded), 15);
});

test('the command brings it along and keeps the old folder', async () => {
  const { code, text } = await db(dataDir, ['upgrade']);
  assert.equal(code, 0, text);
  const { major } = packagedPrograms();
  assert.equal(majorOf(embedded), major);
  assert.equal(majorOf(`${embedded}.15`), 15);
  assert.ok(existsSync(path.join(dataDir, 'upgrade-from-15.backup')));
  const { url } = await startPostgres({ dataDir: embedded });
  const handle = openDb({ url, max: 1 });
  assert.deepEqual(await handle.read.rows(sql`select username from cloud_user where username = 'admin'`), [
    { username: 'admin' },
  ]);
  assert.deepEqual(await migrate(url, SCHEMA), [], 'with the schema it had');
  await handle.close();
  assert.match((await db(dataDir, ['upgrade'])).text, /nothing to do/);
});
