// A data folder takes another one's place, whatever moment the process dies at: the next start finishes it, and never begins a
// new, empty database where one was on its way.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import pg from 'pg';
import { startPostgres } from './postgres.ts';
import { exchange, finishExchange, type Exchange } from './postgres-exchange.ts';

function folderOf(t: TestContext): string {
  const dir = fs.mkdtempSync(path.join(tmpdir(), 'nephos-exchange-'));
  fs.chmodSync(dir, 0o755);
  t.after(() => fs.rmSync(dir, { recursive: true, force: true }));
  return dir;
}
const wishIn = (dir: string): Exchange => {
  const embedded = path.join(dir, 'postgres');
  return { embedded, next: `${embedded}.18`, kept: `${embedded}.15` };
};
/** Each file says whose it is. */
function fill(folder: string, whose: string): void {
  fs.mkdirSync(folder);
  for (const file of [path.join(folder, 'data'), `${folder}.secrets.json`, `${folder}.log`])
    fs.writeFileSync(file, whose);
}
const contentOf = (folder: string): string[] =>
  [path.join(folder, 'data'), `${folder}.secrets.json`, `${folder}.log`].map((file) => fs.readFileSync(file, 'utf8'));

/** The process dies instead of doing the nth rename. */
function dyingAt(t: TestContext, nth: number, work: () => void): boolean {
  const rename = fs.renameSync;
  let n = 0;
  const mocked = t.mock.method(fs, 'renameSync', (from: string, to: string) => {
    if ((n += 1) === nth) throw new Error('died');
    rename(from, to);
  });
  syncBuiltinESMExports();
  try {
    work();
    return false;
  } catch (error) {
    assert.equal((error as Error).message, 'died');
    return true;
  } finally {
    mocked.mock.restore();
    syncBuiltinESMExports();
  }
}

test('wherever it dies, the next start has the new folder at its place and the old one kept', (t) => {
  let deaths = 0;
  for (let nth = 2; ; nth += 1) {
    const wish = wishIn(folderOf(t));
    fill(wish.embedded, 'old');
    fill(wish.next, 'new');
    const died = dyingAt(t, nth, () => exchange(wish));
    if (died) deaths += 1;
    assert.equal(finishExchange(wish.embedded), died, `at rename ${nth}`);
    assert.deepEqual(contentOf(wish.embedded), ['new', 'new', 'new'], `at rename ${nth}`);
    assert.deepEqual(contentOf(wish.kept), ['old', 'old', 'old'], `at rename ${nth}`);
    assert.equal(finishExchange(wish.embedded), false);
    assert.equal(fs.existsSync(wish.next), false);
    if (!died) break;
  }
  assert.equal(deaths, 6, 'every rename after the note was died at');
});

test('a start between the two renames serves the database that was on its way', async (t) => {
  const wish = wishIn(folderOf(t));
  const fresh = await startPostgres({ dataDir: wish.next, durable: false });
  await query(fresh.url, 'create table brought(along int)');
  await fresh.stop();
  fill(wish.embedded, 'old');
  assert.ok(
    dyingAt(t, 7, () => exchange(wish)),
    'the old one has gone and the new one not come',
  );
  assert.equal(fs.existsSync(wish.embedded), false);
  const started = await startPostgres({ dataDir: wish.embedded, durable: false });
  t.after(() => started.stop());
  assert.equal(await query(started.url, `select 1 from pg_tables where tablename = 'brought'`), 1);
});

async function query(url: string, text: string): Promise<number | null> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rowCount;
  } finally {
    await client.end();
  }
}
