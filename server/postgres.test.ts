// The embedded PostgreSQL on real data folders: first start, adoption, crashes, lost passwords, taken ports, and the
// account it runs as. Not the SQL that we run on it. Every server and folder made here is gone at the end.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { chooseAccount, startedAs } from './postgres-account.ts';
import { startPostgres, stopPostgres } from './postgres.ts';

const folder = fs.mkdtempSync(path.join(tmpdir(), 'nephos-postgres-test-'));
fs.chmodSync(folder, 0o755); // the server may run as another account
const dataDir = path.join(folder, 'a folder', 'db');
const start = (dir = dataDir) => startPostgres({ dataDir: dir, durable: false });

after(async () => {
  for (const name of ['db', 'twin', 'taken']) await stopPostgres(path.join(folder, 'a folder', name));
  fs.rmSync(folder, { recursive: true });
});

async function ask(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(url);
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(sql)).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
}

async function until(condition: () => boolean, timeoutS = 20): Promise<void> {
  const deadline = Date.now() + timeoutS * 1000;
  while (!condition()) {
    assert.ok(Date.now() < deadline, `waited ${timeoutS} s for ${condition.toString()}`);
    await sleep(10);
  }
}

test('the first start creates role and database, of which the role is owner but not superuser', async () => {
  const { url } = await start();
  const [row] = await ask(
    url,
    `select current_user::text as "user", current_database()::text as db, rolsuper, rolcreatedb, datcollate,
      current_setting('server_encoding') as encoding, pg_get_userbyid(datdba)::text as owner
      from pg_roles, pg_database where rolname = current_user and datname = current_database()`,
  );
  const expected = { user: 'nephos', db: 'nephos', rolsuper: false, rolcreatedb: true, datcollate: 'C.UTF-8' };
  assert.deepEqual(row, { ...expected, encoding: 'UTF8', owner: 'nephos' });
  await ask(url, 'create table kept as select 1 as one');
});

test('the password is needed, and nobody else can read it', async () => {
  const { url } = await start();
  const secrets = fs.statSync(`${dataDir}.secrets.json`);
  assert.equal(secrets.mode & 0o777, 0o600);
  await assert.rejects(ask(url.replace(/:[^:@]+@/, ':guess@'), 'select 1'), { code: '28P01' });
  const listening = fs.readFileSync('/proc/net/tcp', 'utf8') + fs.readFileSync('/proc/net/tcp6', 'utf8');
  const port = Number(new URL(url).port).toString(16).toUpperCase().padStart(4, '0');
  const sockets = [...listening.matchAll(new RegExp(`([0-9A-F]+):${port} 0+:0000 0A`, 'g'))].map((match) => match[1]);
  assert.deepEqual(sockets, ['0100007F']);
});

test('a running server is adopted', async () => {
  const one = await start();
  const two = await start();
  assert.equal(one.pid, two.pid);
  assert.equal(one.url, two.url);
});

test('the server outlives the process that started it, and the next one adopts it', async () => {
  await stopPostgres(dataDir);
  const script = `import { startPostgres } from ${JSON.stringify(new URL('./postgres.ts', import.meta.url).href)};
    console.log((await startPostgres({ dataDir: ${JSON.stringify(dataDir)}, durable: false })).pid); process.kill(process.pid, 'SIGKILL');`;
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  assert.equal(child.signal, 'SIGKILL', child.stderr);
  assert.equal((await start()).pid, Number(child.stdout));
});

test('stop ends it, the next start keeps port and data', async () => {
  const before = await start();
  await before.stop();
  await until(() => !fs.existsSync(`/proc/${before.pid}`)); // whoever inherited it has to read its exit code
  await before.stop(); // twice is once
  const again = await start();
  assert.equal(again.url, before.url);
  assert.deepEqual(await ask(again.url, 'select one from kept'), [{ one: 1 }]);
});

test('a killed server is started again at once', async () => {
  const before = await start();
  process.kill(before.pid, 'SIGKILL');
  await until(() => !fs.existsSync(`/proc/${before.pid}`));
  const again = await start();
  assert.notEqual(again.pid, before.pid);
  assert.deepEqual(await ask(again.url, 'select one from kept'), [{ one: 1 }]);
});

test("a pid file whose number another process has got does not block the start and is not that process's end", async () => {
  await stopPostgres(dataDir);
  const lines = [process.pid, dataDir, 1, 1, '', '127.0.0.1', '  1 1', 'ready   '];
  fs.writeFileSync(path.join(dataDir, 'postmaster.pid'), lines.join('\n') + '\n');
  assert.equal(await stopPostgres(dataDir), false);
  const { pid } = await start();
  assert.notEqual(pid, process.pid);
});

test('two first starts at once are one server', async () => {
  const twin = path.join(folder, 'a folder', 'twin');
  const [one, two] = await Promise.all([start(twin), start(twin)]);
  assert.equal(one.pid, two.pid);
  assert.deepEqual(await ask(two.url, 'select 1 as one'), [{ one: 1 }]);
  await one.stop();
});

test('a data folder without its passwords gets new ones', async () => {
  const before = await start();
  fs.rmSync(`${dataDir}.secrets.json`);
  await assert.rejects(start(), /secrets\.json is missing/);
  await stopPostgres(dataDir);
  const again = await start();
  assert.notEqual(new URL(again.url).password, new URL(before.url).password);
  assert.deepEqual(await ask(again.url, 'select one from kept'), [{ one: 1 }]);
});

test('a given port that is taken is refused by name', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.on('listening', resolve));
  const { port } = server.address() as { port: number };
  const taken = path.join(folder, 'a folder', 'taken');
  await assert.rejects(startPostgres({ dataDir: taken, port, durable: false }), /Address already in use/);
  server.close();
  await stopPostgres(dataDir);
});

test(
  'root hands the server to the owner of the folder, else it is root in a user namespace',
  { skip: process.getuid!() !== 0 && 'needs root' },
  async () => {
    const owned = path.join(folder, 'owned');
    fs.mkdirSync(owned);
    fs.chownSync(owned, 1, 1);
    const account = await chooseAccount(path.join(owned, 'db'), '/bin/true', process.env);
    assert.deepEqual([account.uid, account.mapped], [1, undefined]);
    assert.deepEqual(fs.readdirSync(owned), []);
    const rootly = await chooseAccount(path.join(folder, 'rootly', 'db'), '/bin/true', process.env);
    const { file, args } = startedAs(rootly, 'id', ['-u']);
    assert.notEqual(spawnSync(file, args, { encoding: 'utf8' }).stdout.trim(), '0');
  },
);

test(
  'when no account can be used, the error says why for each',
  { skip: process.getuid!() !== 0 && 'needs root' },
  async () => {
    const attempt = chooseAccount(path.join(folder, 'none', 'db'), '/bin/false', process.env);
    await assert.rejects(attempt, /does not run as root[^]*user namespace: [^]*nobody: [^]*DATABASE_URL/);
    assert.equal(fs.existsSync(path.join(folder, 'none', 'db')), false);
  },
);
