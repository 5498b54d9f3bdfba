// Installs the Debian packages that a part of the project needs and this machine lacks. The parts say what they need in
// a packages.ts of their own: a list of names, each with its reason. Nothing is ever removed or upgraded on purpose.
// Invariant: while packages are installed no service of theirs starts, and afterwards the machine's policy is as before.
import { execFile } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { run } from '#agent/process.ts';
import { keepServicesStopped } from './service-policy.ts';

export type DebianPackage = { name: string; why: string };

const APT_LISTS = '/var/lib/apt/lists';
const LISTS_OLD_AFTER_MS = 24 * 3600 * 1000;
/** A mirror that is out of reach for a moment is asked again, with growing pauses, for some three minutes. */
export const ASK_AGAIN = ['-o', 'Acquire::Retries=10'];
const WAIT_FOR_OTHERS = ['-o', 'DPkg::Lock::Timeout=900', '-o', 'Dpkg::Use-Pty=0', ...ASK_AGAIN];
const INSTALL_WITHIN_S = 3600;

/** Packages are missing and cannot be installed from here; `command` is what root would have to type. */
export class PackagesMissing extends Error {
  readonly missing: readonly DebianPackage[];
  readonly command: string;
  constructor(missing: readonly DebianPackage[], reason: string) {
    const command = installCommand(missing);
    super(`missing ${described(missing)}. ${reason}\n  ${command}`);
    this.name = 'PackagesMissing';
    this.missing = missing;
    this.command = command;
  }
}

/**
 * Resolves when every package of `list` is installed. With `ask` it asks before it installs, if there is a terminal.
 * Throws PackagesMissing without root rights, without dpkg, or after a "no".
 */
export async function ensurePackages(list: readonly DebianPackage[], { ask }: { ask: boolean }): Promise<void> {
  const missing = await missingPackages(list);
  if (missing.length === 0) return;
  if (process.getuid!() !== 0) throw new PackagesMissing(missing, 'Only root can install them:');
  console.log(`This needs Debian packages that are not installed: ${described(missing)}.`);
  if (ask && !(await agreed())) throw new PackagesMissing(missing, 'Install them with:');
  const started = performance.now();
  const release = await keepServicesStopped();
  try {
    if (listsAreOld()) await aptGet(['update']);
    await install(missing);
  } finally {
    await release();
  }
  console.log(`Installed ${missing.length} Debian packages in ${((performance.now() - started) / 1000).toFixed(0)} s.`);
}

/** Those of `list` that are not installed, each once. */
export async function missingPackages(list: readonly DebianPackage[]): Promise<DebianPackage[]> {
  const wanted = [...new Map(list.map((item) => [item.name, item])).values()];
  if (wanted.length === 0) return [];
  const format = '${Package} ${db:Status-Status}\n';
  const stdout = await dpkgQuery(['--show', `--showformat=${format}`, ...wanted.map((item) => item.name)]);
  if (stdout === undefined) {
    throw new PackagesMissing(wanted, 'This machine has no dpkg to look for them. On Debian or Ubuntu that would be:');
  }
  const installed = new Set(stdout.split('\n').filter((line) => line.endsWith(' installed')));
  return wanted.filter((item) => !installed.has(`${item.name} installed`));
}

/** Its output, which is of use even when it fails because it does not know one of the names; undefined without dpkg. */
function dpkgQuery(args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    execFile('dpkg-query', args, (error, stdout) => {
      if (error?.code === 'ENOENT') resolve(undefined);
      else if (error && error.code !== 1) reject(new Error(error.message));
      else resolve(stdout);
    });
  });
}

export const installCommand = (missing: readonly DebianPackage[]): string =>
  `apt-get install -y --no-install-recommends ${missing.map((item) => item.name).join(' ')}`;

const described = (missing: readonly DebianPackage[]): string =>
  missing.map(({ name, why }) => `${name} (${why})`).join(', ');

async function agreed(): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) return true;
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question('Install them now? [Y/n] ');
  terminal.close();
  return /^(y(es)?)?$/i.test(answer.trim());
}

function listsAreOld(): boolean {
  const times = readdirSync(APT_LISTS)
    .filter((name) => name.includes('_Packages'))
    .map((name) => statSync(`${APT_LISTS}/${name}`).ctimeMs);
  return times.length === 0 || Math.max(...times) < Date.now() - LISTS_OLD_AFTER_MS;
}

async function install(missing: readonly DebianPackage[]): Promise<void> {
  const names = missing.map((item) => item.name);
  const attempt = () => aptGet(['install', '-y', '--no-install-recommends', '--no-upgrade', ...names]);
  await attempt().catch(async (error: unknown) => {
    // A package that is not found, or no longer where an old list says.
    if (!/Unable to (locate|fetch)|no installation candidate|404 /.test(String(error))) throw error;
    await aptGet(['update']);
    await attempt();
  });
  const still = await missingPackages(missing);
  if (still.length > 0) throw new PackagesMissing(still, 'apt-get has not installed them; try yourself:');
}

async function aptGet(args: readonly string[]): Promise<void> {
  const env = { DEBIAN_FRONTEND: 'noninteractive', NEEDRESTART_MODE: 'l' };
  await run(['apt-get', '-q', ...WAIT_FOR_OTHERS, ...args], { env, timeoutS: INSTALL_WITHIN_S });
}
