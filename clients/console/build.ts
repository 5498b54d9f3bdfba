// Builds the console when that is needed: installs its npm packages when the lockfile has changed, bundles when a source has.
// Used by whatever starts a cloud and by the tests; it needs npm in PATH only for the first install.
// Invariant: `dist` is either the old complete bundle or the new complete bundle; its stamp says of which sources.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { inWords, tooHeavy, weigh } from './budget.ts';

const room = import.meta.dirname;
const project = path.resolve(room, '../..');
const dist = path.join(room, 'dist');
const modules = path.join(room, 'node_modules');

/** What the bundle is made of: all files of these folders and these files. */
const SOURCES = [
  'src',
  'public',
  'index.html',
  'vite.config.ts',
  'budget.ts',
  'build.ts',
  'package-lock.json',
  '../../api',
  '../../base',
];
const STAMP = '.nephos-sources-sha256';

export interface BuildOptions {
  /** Takes one line of progress. */
  readonly log: (line: string) => void;
}

/** Resolves with the folder of the built console. Rejects with what npm or the bundler said, or when a budget is exceeded. */
export async function buildConsole({ log }: BuildOptions): Promise<{ dist: string }> {
  const wanted = hashOf(SOURCES);
  if (read(path.join(dist, STAMP)) === wanted) return { dist };
  await withLock(async () => {
    if (read(path.join(dist, STAMP)) === wanted) return; // somebody else has built it while we waited
    const started = performance.now();
    const installed = await installWhenNeeded();
    const fresh = await bundle(wanted);
    const weights = weigh(fresh);
    const heavy = weights.find(tooHeavy);
    if (heavy) throw new Error(`the console is too heavy: ${inWords(heavy)}`);
    swapIn(fresh);
    log(
      `console built in ${seconds(performance.now() - started)}${installed > 0 ? `, ${seconds(installed)} of it npm ci` : ''}: ${weights.map(inWords).join(', ')}`,
    );
  });
  return { dist };
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

function read(file: string): string | undefined {
  try {
    return fs.readFileSync(file, 'utf8').trim();
  } catch {
    return undefined;
  }
}

function hashOf(names: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of names.flatMap((name) => filesOf(path.resolve(room, name)))) {
    hash
      .update(`${path.relative(project, file)}\0`)
      .update(fs.readFileSync(file))
      .update('\0');
  }
  return hash.digest('hex');
}

function filesOf(place: string): string[] {
  if (!fs.statSync(place).isDirectory()) return [place];
  const entries = fs.readdirSync(place, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}

/** Gives the milliseconds it took, 0 when everything was there. */
async function installWhenNeeded(): Promise<number> {
  const wanted = hashOf(['package-lock.json']);
  const stamp = path.join(modules, '.nephos-lockfile-sha256');
  if (read(stamp) === wanted) return 0;
  const started = performance.now();
  await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']);
  fs.writeFileSync(stamp, `${wanted}\n`);
  return performance.now() - started;
}

/** Bundles into a folder aside. */
async function bundle(stamp: string): Promise<string> {
  const fresh = path.join(room, `dist.${process.pid}`);
  fs.rmSync(fresh, { recursive: true, force: true });
  await run(process.execPath, [path.join(modules, 'vite/bin/vite.js'), 'build', '--logLevel', 'warn'], {
    NEPHOS_CONSOLE_OUT: fresh,
  });
  fs.writeFileSync(path.join(fresh, STAMP), `${stamp}\n`);
  return fresh;
}

function swapIn(fresh: string): void {
  const old = `${fresh}.old`;
  if (fs.existsSync(dist)) fs.renameSync(dist, old);
  fs.renameSync(fresh, dist);
  fs.rmSync(old, { recursive: true, force: true });
}

function run(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    const said: Buffer[] = [];
    const child = spawn(program, args, {
      cwd: room,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NODE_ENV: 'production', npm_config_include: 'dev', ...env },
    });
    child.stdout.on('data', (data: Buffer) => said.push(data));
    child.stderr.on('data', (data: Buffer) => said.push(data));
    child.on('error', (error) =>
      reject(new Error(`the console cannot be built: ${program} does not start: ${error.message}`, { cause: error })),
    );
    child.on('close', (code) =>
      code === 0
        ? resolve()
        : reject(
            new Error(
              `the console cannot be built: ${program} ${args[0] ?? ''} failed\n${Buffer.concat(said).toString()}`,
            ),
          ),
    );
  });
}

const LOCK_OLD_AFTER_MS = 300_000;
const LOCK_LOOK_MS = 200;

/** Of two builds at once, one builds and the other waits. A lock whose owner is gone is broken. */
async function withLock(work: () => Promise<void>): Promise<void> {
  const lock = path.join(room, '.build.lock');
  while (!take(lock)) {
    if (isStale(lock)) fs.rmSync(lock, { force: true });
    else await new Promise((resolve) => setTimeout(resolve, LOCK_LOOK_MS));
  }
  try {
    await work();
  } finally {
    fs.rmSync(lock, { force: true });
  }
}

function take(lock: string): boolean {
  try {
    fs.writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function isStale(lock: string): boolean {
  const owner = Number(read(lock));
  const age = Date.now() - (fs.statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
  return age > LOCK_OLD_AFTER_MS || (owner > 0 && !isAlive(owner));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
