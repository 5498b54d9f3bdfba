// A whole cloud through a real PgBouncer in transaction mode: everything but one connection per process goes through it, many
// clients share few servers, and nobody finds what another one left in a session.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { openDb } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';
import { startPostgres, type Postgres } from '#server/postgres.ts';
import { startTestCloud, until, type TestCloud } from '#test/e2e/environment.ts';
import { startPgBouncer, type PgBouncer } from './pgbouncer.ts';

const SERVERS = 3;
const GUESTS = 3;

let dir: string;
let postgres: Postgres;
let bouncer: PgBouncer;
let cloud: TestCloud | undefined;
before(async () => {
  dir = mkdtempSync(path.join(tmpdir(), 'nephos-pooled-'));
  chmodSync(dir, 0o755);
  postgres = await startPostgres({ dataDir: path.join(dir, 'db'), durable: false });
  bouncer = await startPgBouncer(postgres.url, { servers: SERVERS });
});
after(async () => {
  await cloud?.stop();
  await bouncer?.stop();
  await postgres?.stop();
  if (dir) rmSync(dir, { recursive: true, force: true });
});

test('a transaction brings its limits along and leaves none behind', async () => {
  const db = openDb({ url: bouncer.url, directUrl: postgres.url, max: 2 });
  const limits = sql`select current_setting('statement_timeout') as statement, current_setting('idle_in_transaction_session_timeout') as idle`;
  assert.deepEqual(await db.tx((tx) => tx.rows(limits)), [{ statement: '1min', idle: '2s' }]);
  assert.deepEqual(await db.read.rows(limits), [{ statement: '0', idle: '0' }]);
  await db.close();
});

test('without the direct address a pooler is noticed, and the operator told what to set', async () => {
  const db = openDb({ url: bouncer.url, max: 1 });
  await assert.rejects(db.read.rows(sql`select 1`), /a pooler answered: set DATABASE_DIRECT_URL/);
  await db.close();
});

test('guests are deployed, listed and destroyed, jobs run, and few servers do it all', async () => {
  cloud = await startTestCloud({
    mode: 'simulator',
    env: { DATABASE_URL: bouncer.url, DATABASE_DIRECT_URL: postgres.url },
  });
  const { api, zone, template, offering } = cloud;
  const where = { zoneid: zone.id, templateid: template.id, serviceofferingid: offering.id };
  const guests = await Promise.all(
    Array.from({ length: GUESTS }, (_, n) => api.make('deployVirtualMachine', { ...where, name: `pooled-${n}` })),
  );
  const listed = await api.list('listVirtualMachines');
  assert.deepEqual(
    listed.map(({ name, state }) => `${name} ${state}`).toSorted(),
    guests.map(({ name }) => `${name} Running`).toSorted(),
  );
  await Promise.all(guests.map(({ id }) => api.make('destroyVirtualMachine', { id, expunge: true })));
  assert.deepEqual(await api.list('listVirtualMachines'), []);
  await onlyOneDirect();
});

async function onlyOneDirect(): Promise<void> {
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  try {
    await until('the backends of the pooler and one of the engine', async () => {
      const { rows } = await client.query<{ port: number; name: string }>(
        `select client_port as port, application_name as name from pg_stat_activity
         where backend_type = 'client backend' and pid <> pg_backend_pid()`,
      );
      const pooled = new Set((await bouncer.show('servers')).map((server) => Number(server['local_port'])));
      const direct = rows.filter(({ port }) => !pooled.has(port));
      return pooled.size > 0 && pooled.size <= SERVERS && direct.length === 1 && direct[0]!.name === 'nephos-live';
    });
    const [stats] = (await bouncer.show('stats')).filter((row) => row['database'] === 'nephos');
    assert.ok(Number(stats!['total_xact_count']) > 200, JSON.stringify(stats));
  } finally {
    await client.end();
  }
}
