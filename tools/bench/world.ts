// A cloud to measure: a server process of its own on a database filled with instances. Made in a folder that is removed
// afterwards, or kept in one that is given, to be measured again.
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { connect } from '../../clients/sdk/client.ts';
import { openDb } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';
import { startPostgres, type Postgres } from '#server/postgres.ts';
import { makeZoneRows, type ZoneRows } from '#test/zone-rows.ts';
import { DEPLOY_NETWORK, fill } from './fill.ts';

const SERVER = fileURLToPath(new URL('../../server/main.ts', import.meta.url));
const PASSWORD = 'measured';
const TENANT = {
  username: 'tenant',
  password: 'tenant-1',
  email: 'a@b.example',
  firstname: 'a',
  lastname: 'b',
} as const;

interface Keys {
  apiKey: string;
  secretKey: string;
  version: 'v3';
}
/** Who calls, and about what. */
export interface Known {
  vms: number;
  keys: Keys;
  userKeys: Keys;
  zone: ZoneRows;
  /** An instance of the tenant's. */
  instance: string;
  /** All of the tenant's. */
  instances: string[];
  /** A network of the administrator's with room for whatever is deployed. */
  network: string;
}

export interface BenchWorld extends Known {
  url: string;
  server: ChildProcess;
  postgres: Postgres;
  coldStartMs: number;
  stop(): Promise<void>;
}

export interface WorldOptions {
  vms: number;
  port: number;
  /** Kept there, with what is in it. */
  dataDir?: string | undefined;
}

export async function startWorld({ vms, port, dataDir }: WorldOptions): Promise<BenchWorld> {
  const dir = dataDir ?? mkdtempSync(path.join(tmpdir(), 'nephos-bench-'));
  mkdirSync(dir, { recursive: true, mode: 0o755 });
  const postgres = await startPostgres({ dataDir: path.join(dir, 'postgres') });
  const config = path.join(dir, 'server.json');
  writeFileSync(
    config,
    JSON.stringify({
      keyFile: path.join(dir, 'key'),
      listen: `127.0.0.1:${port}`,
      agentPort: port + 1,
      logFile: path.join(dir, 'log'),
      tellStatements: true,
    }),
  );
  const file = path.join(dir, 'world.json');
  const url = `http://127.0.0.1:${port}/client/api`;
  const remove = async (): Promise<void> => {
    await postgres.stop();
    if (dataDir === undefined) rmSync(dir, { recursive: true, force: true });
  };
  try {
    if (!existsSync(file)) writeFileSync(file, JSON.stringify(await makeWorld({ config, postgres, url, vms })));
  } catch (error) {
    await remove();
    throw error;
  }
  const known = JSON.parse(readFileSync(file, 'utf8')) as Known;
  const { child, ms } = await launch(config, postgres.url);
  return {
    ...known,
    url,
    server: child,
    postgres,
    coldStartMs: ms,
    stop: async () => {
      await ended(child);
      await remove();
    },
  };
}

interface Making {
  config: string;
  postgres: Postgres;
  url: string;
  vms: number;
}

async function makeWorld({ config, postgres, url, vms }: Making): Promise<Known> {
  const { child } = await launch(config, postgres.url);
  const db = openDb({ url: postgres.url, max: 2 });
  try {
    const zone = await makeZoneRows(db);
    const admin = connect({ url, username: 'admin', password: PASSWORD });
    const keys = await keysOf(admin, 'admin');
    await admin.request('createAccount', { ...TENANT, accounttype: '0' }, 'POST');
    const userKeys = await keysOf(admin, TENANT.username);
    await fill(db, { vms, zone });
    const { instances, network } = await db.read.one<Pick<Known, 'instances' | 'network'>>(
      sql`select array(select v.uuid::text from vm v join account a on a.id = v.account_id where a.name = ${TENANT.username} order by v.id) as instances,
        (select uuid from network where name = ${DEPLOY_NETWORK}) as network`,
    );
    return { vms, keys, userKeys, zone, instance: instances[0]!, instances, network };
  } finally {
    await db.close();
    await ended(child);
  }
}

async function keysOf(admin: ReturnType<typeof connect>, username: string): Promise<Keys> {
  const { user } = (await admin.request('listUsers', { username, listall: 'true' })) as { user: { id: string }[] };
  const { jobid } = (await admin.request('registerUserKeys', { id: user[0]!.id, name: 'bench' }, 'POST')) as {
    jobid: string;
  };
  const { userkeys } = (await admin.waitFor(jobid)) as { userkeys: { apikey: string; secretkey: string } };
  return { apiKey: userkeys.apikey, secretKey: userkeys.secretkey, version: 'v3' };
}

function launch(config: string, databaseUrl: string): Promise<{ child: ChildProcess; ms: number }> {
  const started = performance.now();
  const child = spawn(process.execPath, [SERVER, config], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, DATABASE_URL: databaseUrl, NEPHOS_ADMIN_PASSWORD: PASSWORD },
  });
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the server ended (${code})`)));
    child.stdout.once('data', () => {
      child.removeAllListeners('exit');
      resolve({ child, ms: performance.now() - started });
    });
  });
}

const ended = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
