// A PgBouncer in transaction mode before a PostgreSQL: the least it takes, and nothing it would have to be told of ours.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { freePort, until } from '#test/e2e/environment.ts';

const PROGRAM = '/usr/sbin/pgbouncer';

export interface PgBouncer {
  /** As `url`, through the pooler. */
  readonly url: string;
  /** Rows of a SHOW command of its console. */
  show(what: 'pools' | 'servers' | 'stats'): Promise<Record<string, unknown>[]>;
  stop(): Promise<void>;
}

/** `servers`: connections to PostgreSQL at most. */
export async function startPgBouncer(url: string, { servers }: { servers: number }): Promise<PgBouncer> {
  const dir = mkdtempSync(path.join(tmpdir(), 'nephos-pgbouncer-'));
  chmodSync(dir, 0o755);
  const port = await freePort();
  const { username, password, port: behind, pathname } = new URL(url);
  const users = path.join(dir, 'users.txt');
  writeFileSync(users, `"${username}" "${decodeURIComponent(password)}"\n`);
  const config = path.join(dir, 'pgbouncer.ini');
  writeFileSync(
    config,
    [
      '[databases]',
      `${pathname.slice(1)} = host=127.0.0.1 port=${behind}`,
      '[pgbouncer]',
      'listen_addr = 127.0.0.1',
      `listen_port = ${port}`,
      'unix_socket_dir =',
      'auth_type = scram-sha-256',
      `auth_file = ${users}`,
      `admin_users = ${username}`,
      'pool_mode = transaction',
      `default_pool_size = ${servers}`,
      'server_idle_timeout = 0',
      ...(process.getuid!() === 0 ? ['user = postgres'] : []),
    ].join('\n'),
  );
  const child = spawn(PROGRAM, ['-q', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const pooled = url.replace(`:${behind}/`, `:${port}/`);
  const show: PgBouncer['show'] = async (what) => {
    const console_ = new pg.Client({ connectionString: pooled.replace(/\/[^/]*$/, '/pgbouncer') });
    await console_.connect();
    try {
      return (await console_.query<Record<string, unknown>>(`show ${what}`)).rows;
    } finally {
      await console_.end();
    }
  };
  await until('PgBouncer to answer', async () => {
    assert.equal(child.exitCode, null, `${said}\n${readFileSync(config, 'utf8')}`);
    return show('pools');
  });
  return {
    url: pooled,
    show,
    stop: async () => {
      child.kill('SIGTERM');
      if (child.exitCode === null && child.signalCode === null)
        await new Promise((resolve) => {
          child.once('exit', resolve);
        });
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
