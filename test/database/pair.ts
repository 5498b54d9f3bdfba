// A primary and a synchronous standby of PostgreSQL on the loopback address, from the embedded programs: the standby begins
// as a copy of the stopped primary's folder. A commit is acknowledged when both have it on disk.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, chownSync, writeFileSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { startPostgres, stopPostgres, type Postgres } from '#server/postgres.ts';

const run = promisify(execFile);

export interface Pair {
  /** Names both servers; the standby comes first, so that the order is of no help. */
  readonly url: string;
  /** One after the other, the way an operator or a cluster manager does it. */
  killPrimary(): Promise<void>;
  promoteStandby(): Promise<void>;
  /** The dead primary comes back as if nothing had happened: a primary with the older history. */
  resurrectPrimary(): Promise<void>;
  /** As the database's owner, on the promoted standby. */
  standby(): pg.Client;
  stop(): Promise<void>;
}

const PRIMARY = { wal_level: 'replica', wal_keep_size: '256MB' };

export async function startPair(): Promise<Pair> {
  const dir = mkdtempSync(path.join(tmpdir(), 'nephos-pair-'));
  chmodSync(dir, 0o755); // as root the servers run as somebody else
  const [a, b] = [path.join(dir, 'a'), path.join(dir, 'b')];
  const first = await startPostgres({ dataDir: a });
  await first.stop();
  await copyAsStandby(a, b);
  let primary = await startPostgres({
    dataDir: a,
    settings: { ...PRIMARY, synchronous_standby_names: '*', synchronous_commit: 'on' },
  });
  const standby = await startPostgres({ dataDir: b, settings: { ...PRIMARY, primary_conninfo: conninfo(a, primary) } });
  await untilSynchronous(superuser(a, primary));
  return {
    url: inOne(standby.url, primary.url),
    killPrimary: async () => process.kill(primary.pid, 'SIGKILL') && undefined,
    promoteStandby: () => asked(superuser(b, standby), 'select pg_promote(true, 20)'),
    resurrectPrimary: async () => {
      const port = portOf(primary);
      primary = await startPostgres({ dataDir: a, port, settings: { ...PRIMARY, synchronous_standby_names: '' } });
    },
    standby: () => new pg.Client({ connectionString: standby.url }),
    stop: async () => {
      for (const dataDir of [a, b]) await stopPostgres(dataDir);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function copyAsStandby(from: string, to: string): Promise<void> {
  await run('cp', ['-a', from, to]);
  await run('cp', ['-a', `${from}.secrets.json`, `${to}.secrets.json`]);
  const signal = path.join(to, 'standby.signal');
  writeFileSync(signal, '');
  const { uid, gid } = statSync(to);
  chownSync(signal, uid, gid);
}

const portOf = ({ url }: Postgres): number => Number(new URL(url).port);
const passwordOf = (dataDir: string): string =>
  (JSON.parse(readFileSync(`${dataDir}.secrets.json`, 'utf8')) as { postgres: string }).postgres;
const conninfo = (dataDir: string, server: Postgres): string =>
  `host=127.0.0.1 port=${portOf(server)} user=postgres password=${passwordOf(dataDir)} application_name=standby`;
const superuser = (dataDir: string, server: Postgres): pg.Client =>
  new pg.Client({ host: '127.0.0.1', port: portOf(server), user: 'postgres', password: passwordOf(dataDir) });

/** Two connection strings that differ in the host only, as one. */
function inOne(first: string, second: string): string {
  const hosts = [first, second].map((url) => new URL(url).host);
  return `${first.replace(hosts[0]!, hosts.join(','))}?target_session_attrs=read-write`;
}

async function asked(client: pg.Client, text: string): Promise<void> {
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}

async function untilSynchronous(client: pg.Client): Promise<void> {
  await client.connect();
  try {
    for (const until = Date.now() + 60_000; ;) {
      const { rows } = await client.query(`select from pg_stat_replication where sync_state = 'sync'`);
      if (rows.length > 0) return;
      if (Date.now() > until) throw new Error('the standby does not follow its primary');
      await new Promise((resolve) => {
        setTimeout(resolve, 50);
      });
    }
  } finally {
    await client.end();
  }
}
