// The embedded PostgreSQL: the server that comes as an npm package, started on a folder, adopted if it runs already.
// Not a connection pool, and not used when DATABASE_URL names an external server. It outlives this process on purpose.
// Invariant: one server per data folder, reachable on the loopback address only and with a generated password only.
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { aside, chooseAccount, give, makeFolder, startedAs, type Account } from './postgres-account.ts';
import { finishExchange } from './postgres-exchange.ts';
import { environment, majorOf, packagedPrograms, type Programs } from './postgres-programs.ts';

const run = promisify(execFile);

export type Postgres = { url: string; pid: number; stop(): Promise<void> };

export type PostgresOptions = {
  dataDir: string;
  /** A free one, the same at every start, unless given. */
  port?: number;
  /** `false` is for tests: a crash may lose the data. */
  durable?: boolean;
  /** On top of ours. */
  settings?: Readonly<Record<string, string>>;
  /** The package's, unless given. */
  programs?: Programs;
};
type Start = PostgresOptions & { programs: Programs };

const READY_WITHIN_S = 120; // a restart after a crash replays the log first
const STOPPED_WITHIN_S = 60;
const RETRY_WITHIN_S = 10;
const BUILTIN_LOCALE_SINCE = 17;
const LOG_LIMIT_BYTES = 16 * 1024 * 1024;

/** Beside the data, not in it: a restored or moved data folder brings no passwords along. */
type Secrets = { port?: number; nephos: string; postgres: string };

const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '256MB',
  // After a crash everything is made durable before the log is replayed: by one call to the kernel instead of one for each of
  // thousands of files, which takes six seconds of the eight that the database is away otherwise.
  recovery_init_sync_method: 'syncfs',
  random_page_cost: '1.1', // no disk that turns; and plans made while tables are small are good ones when they have grown
  jit: 'off', // our statements are short; compiling them costs more than it saves
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_min_messages: 'log', // a refused statement is its client's to report …
  log_min_error_statement: 'panic', // … and its text may hold secrets
};
const DURABLE = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' };
const THROW_AWAY = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

/** Starts the server of `dataDir` or adopts the running one; the first start creates role and database `nephos`. */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const dataDir = path.resolve(options.dataDir);
  if (dataDir.includes(':'))
    throw new Error(`the data folder's path must not contain ':' (the library path is ${dataDir})`);
  const programs = options.programs ?? packagedPrograms();
  const running = await adopt(dataDir);
  const server = running ?? (await start({ ...options, dataDir, programs }));
  const secrets = readSecrets(dataDir);
  await ensureDatabase(server.port, secrets);
  return { url: urlOf(server.port, 'nephos', secrets.nephos), pid: server.pid, stop: () => stop(dataDir, server.pid) };
}

/** Stops the server of `dataDir`; false if none runs. */
export async function stopPostgres(dataDir: string): Promise<boolean> {
  const running = findPostmaster(path.resolve(dataDir));
  if (running) await stop(path.resolve(dataDir), running.pid);
  return running !== undefined;
}

type Running = { pid: number; port: number };

async function adopt(dataDir: string): Promise<Running | undefined> {
  const found = findPostmaster(dataDir);
  if (!found) return undefined;
  const state = await until(READY_WITHIN_S, `PostgreSQL (process ${found.pid}) to be ready`, () => {
    const now = findPostmaster(dataDir);
    return now?.pid !== found.pid ? 'gone' : now.ready && 'ready';
  });
  return state === 'ready' ? found : adopt(dataDir);
}

/** What `postmaster.pid` says, if that process is alive and is the server of this folder. */
function findPostmaster(dataDir: string): (Running & { ready: boolean }) | undefined {
  const file = path.join(dataDir, 'postmaster.pid');
  const lines = readIfThere(file)?.split('\n');
  const pid = Number(lines?.[0]);
  if (!lines || !pid) return undefined;
  const { alive, folder } = processOf(pid);
  if (!alive) return undefined;
  if (folder !== undefined && folder !== fs.realpathSync(dataDir)) {
    fs.rmSync(file, { force: true }); // left by a crash; the number belongs to another process now, and would block a start
    return undefined;
  }
  return { pid, port: Number(lines[3]), ready: /^(ready|standby)/.test(lines[7] ?? '') };
}

/** A server's current folder is its data folder; undefined when we may not know. */
function processOf(pid: number): { alive: boolean; folder?: string } {
  try {
    return { alive: true, folder: fs.readlinkSync(`/proc/${pid}/cwd`) };
  } catch (error) {
    return { alive: (error as NodeJS.ErrnoException).code === 'EACCES' };
  }
}

/** What a data folder of another major version needs before this release can start it. */
export class WrongMajor extends Error {}

function refuseOther(dataDir: string, { major }: Programs): void {
  const found = majorOf(dataDir);
  if (found === undefined || found === major) return;
  throw new WrongMajor(
    found < major
      ? `The database in ${dataDir} is of PostgreSQL ${found}, and this release brings ${major}. Bring it along once: npm run db -- upgrade`
      : `The database in ${dataDir} is of PostgreSQL ${found}, which is newer than the ${major} of this release: start it with the release it was made by`,
  );
}

async function start(options: Start): Promise<Running> {
  const { dataDir, programs } = options;
  finishExchange(dataDir);
  refuseOther(dataDir, programs);
  const env = environment(programs, dataDir);
  const account = await chooseAccount(dataDir, programs.postgres, env);
  const isNew = majorOf(dataDir) === undefined;
  const passwordsLost = !isNew && !fs.existsSync(secretsFile(dataDir));
  const secrets = ensureSecrets(dataDir, account);
  if (isNew) await initialise(options, account, secrets, env);
  if (passwordsLost) await resetPassword(options, account, secrets, env);
  for (const deadline = Date.now() + RETRY_WITHIN_S * 1000; ;) {
    const port = options.port ?? (await freePort(secrets.port));
    try {
      const running = await launch({ ...options, port }, account, env);
      if (running.port !== secrets.port) writeSecrets(dataDir, account, { ...secrets, port: running.port });
      return running;
    } catch (error) {
      if (!passes(error, options.port !== undefined) || Date.now() > deadline) throw error;
      await sleep(100);
    }
  }
}

/** Whether the next attempt may succeed: a port taken since we looked, or the last processes of a killed server. */
function passes(error: unknown, portIsFixed: boolean): boolean {
  const text = String(error);
  return /pre-existing shared memory block/.test(text) || (!portIsFixed && /Address already in use/.test(text));
}

async function launch(options: Start, account: Account, env: NodeJS.ProcessEnv): Promise<Running> {
  const { dataDir, port = 0, durable = true, programs } = options;
  const settings = { port: String(port), ...SETTINGS, ...(durable ? DURABLE : THROW_AWAY), ...options.settings };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const { file, args, ...ids } = startedAs(account, programs.postgres, ['-D', dataDir, ...flags]);
  const log = openLog(dataDir, account);
  const child = spawn(file, args, { stdio: ['ignore', log.fd, log.fd], detached: true, cwd: '/', env, ...ids });
  fs.closeSync(log.fd);
  let ended: string | undefined;
  child.on('error', (error) => (ended = error.message));
  child.on('exit', (code, signal) => (ended = `exit ${code ?? signal}`));
  child.unref();
  const outcome = await until(READY_WITHIN_S, 'PostgreSQL to be ready', () => {
    const found = findPostmaster(dataDir);
    return (found?.ready && found) || (ended && { ended });
  });
  if ('pid' in outcome) return outcome;
  const other = await adopt(dataDir); // another process may have started it at the same time
  if (other) return other;
  throw new Error(
    `PostgreSQL did not start in ${dataDir} (${outcome.ended}):\n${fs.readFileSync(log.file, 'utf8').slice(log.from)}`,
  );
}

/** Creates the data folder aside and moves it in place, so that a killed start leaves none or a whole one. */
async function initialise(options: Start, account: Account, secrets: Secrets, env: NodeJS.ProcessEnv): Promise<void> {
  const { dataDir, durable = true, programs } = options;
  const fresh = aside(dataDir, 'new');
  const passwordFile = `${fresh}.password`;
  removeLeftovers(dataDir);
  try {
    makeFolder(fresh, account, 0o700);
    fs.writeFileSync(passwordFile, secrets.postgres, { mode: 0o600 });
    give(passwordFile, account);
    const locale = ['--locale=C.UTF-8', '--encoding=UTF8'];
    if (programs.major >= BUILTIN_LOCALE_SINCE) locale.push('--locale-provider=builtin'); // no libc update reorders an index
    const access = ['--username=postgres', `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
    const flags = ['-D', fresh, '--no-instructions', ...(durable ? [] : ['--no-sync']), ...locale, ...access];
    const { file, args, ...ids } = startedAs(account, programs.initdb, flags);
    await run(file, args, { env, cwd: '/', ...ids });
    if (majorOf(dataDir) === undefined) fs.renameSync(fresh, dataDir);
  } finally {
    fs.rmSync(fresh, { recursive: true, force: true });
    fs.rmSync(passwordFile, { force: true });
  }
}

/** What starts that were killed have left. */
function removeLeftovers(dataDir: string): void {
  for (const name of fs.readdirSync(path.dirname(dataDir))) {
    const pid = name.startsWith(`${path.basename(dataDir)}.`) && /\.new-(\d+)-\d+(\.password)?$/.exec(name)?.[1];
    if (pid && !fs.existsSync(`/proc/${pid}`))
      fs.rmSync(path.join(path.dirname(dataDir), name), { recursive: true, force: true });
  }
}

/** For a data folder that came without its passwords (from a backup): whoever owns the files may set them. */
async function resetPassword(
  { dataDir, programs }: Start,
  account: Account,
  secrets: Secrets,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const { file, args, ...ids } = startedAs(account, programs.postgres, ['--single', '-D', dataDir, 'postgres']);
  const ended = run(file, args, { env, cwd: '/', ...ids });
  ended.child.stdin!.end(`alter role postgres password ${pg.escapeLiteral(secrets.postgres)}\n`);
  await ended;
}

async function stop(dataDir: string, pid: number): Promise<void> {
  if (findPostmaster(dataDir)?.pid !== pid) return;
  process.kill(pid, 'SIGINT'); // "fast": open transactions are rolled back, what is committed is written
  await until(STOPPED_WITHIN_S, `PostgreSQL (process ${pid}) to stop`, () => !processOf(pid).alive);
}

// The role owns its database and may create others (tests clone theirs), but is no superuser: what an attacker could make
// our server say to PostgreSQL reads no files and runs no programs.
async function ensureDatabase(port: number, secrets: Secrets): Promise<void> {
  const isThere = await connected(urlOf(port, 'nephos', secrets.nephos), () => true).catch(
    (error: Error & { code?: string }) => {
      if (error.code !== '28P01' && error.code !== '3D000') throw error;
      return false;
    },
  );
  if (isThere) return;
  await connected(urlOf(port, 'postgres', secrets.postgres), async (admin) => {
    await admin.query('select pg_advisory_lock(1)'); // two first starts at once; held until the connection ends
    const role = await admin.query("select from pg_roles where rolname = 'nephos'");
    const password = pg.escapeLiteral(secrets.nephos);
    await admin.query(`${role.rowCount ? 'alter' : 'create'} role nephos login createdb password ${password}`);
    const database = await admin.query("select from pg_database where datname = 'nephos'");
    if (!database.rowCount) await admin.query('create database nephos owner nephos');
  });
}

async function connected<T>(url: string, use: (client: pg.Client) => T | Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {}); // reported by the statement that is under way
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

const urlOf = (port: number, user: 'nephos' | 'postgres', password: string): string =>
  `postgres://${user}:${password}@127.0.0.1:${port}/${user}`;

function ensureSecrets(dataDir: string, account: Account): Secrets {
  if (!readIfThere(secretsFile(dataDir))) {
    writeSecrets(dataDir, account, { nephos: newPassword(), postgres: newPassword() }, 'first');
  }
  return readSecrets(dataDir);
}

const newPassword = (): string => randomBytes(24).toString('base64url');
const secretsFile = (dataDir: string): string => `${dataDir}.secrets.json`;

function readSecrets(dataDir: string): Secrets {
  const text = readIfThere(secretsFile(dataDir));
  if (text) return JSON.parse(text) as Secrets;
  throw new Error(
    `${secretsFile(dataDir)} is missing. Stop PostgreSQL (${dataDir}); the next start sets new passwords.`,
  );
}

/** Whole or not at all; of two first writers one wins. */
function writeSecrets(dataDir: string, account: Account, secrets: Secrets, first?: 'first'): void {
  const fresh = aside(secretsFile(dataDir), 'new');
  fs.writeFileSync(fresh, JSON.stringify(secrets), { mode: 0o600 });
  give(fresh, account);
  try {
    if (first) fs.linkSync(fresh, secretsFile(dataDir));
    else fs.renameSync(fresh, secretsFile(dataDir));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    fs.rmSync(fresh, { force: true });
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return undefined;
  }
}

function openLog(dataDir: string, account: Account): { file: string; fd: number; from: number } {
  const file = `${dataDir}.log`;
  const size = fs.existsSync(file) ? fs.statSync(file).size : 0;
  const keep = size < LOG_LIMIT_BYTES;
  const fd = fs.openSync(file, keep ? 'a' : 'w', 0o600);
  give(file, account);
  return { file, fd, from: keep ? size : 0 };
}

/** `preferred` if nobody listens there, else any. */
function freePort(preferred = 0): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' && preferred !== 0 ? resolve(freePort()) : reject(error),
    );
    server.listen(preferred, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

async function until<T>(
  timeoutS: number,
  what: string,
  condition: () => T,
): Promise<Exclude<T, false | undefined | '' | null>> {
  const deadline = Date.now() + timeoutS * 1000;
  for (let pauseMs = 5; ; pauseMs = Math.min(100, pauseMs * 1.3)) {
    const value = condition();
    if (value) return value as Exclude<T, false | undefined | '' | null>;
    if (Date.now() > deadline) throw new Error(`waited ${timeoutS} s for ${what}`);
    await sleep(pauseMs);
  }
}
