// Which account the embedded PostgreSQL runs as, and how a program is started as that account. PostgreSQL refuses to run
// as root, so root hands it to the folder's owner, to a user namespace in which root has another number, or to a service
// account. Invariant: an account is chosen only after a program of the package has really run as it, with its data folder.
import { execFile } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** `uid`/`gid`: whom the files belong to. `mapped`: the number which that account has inside a user namespace of its own. */
export type Account = { name: string; uid: number; gid: number; mapped?: number };

type Owner = { uid: number; gid: number };
type Started = { file: string; args: string[]; uid?: number; gid?: number };

/** What to spawn so that `program` runs as `account`. */
export function startedAs(account: Account, program: string, args: readonly string[]): Started {
  const ids = account.uid === process.getuid?.() ? {} : { uid: account.uid, gid: account.gid };
  if (account.mapped === undefined) return { file: program, args: [...args], ...ids };
  const mapping = ['--user', `--map-user=${account.mapped}`, `--map-group=${account.mapped}`];
  return { file: 'unshare', args: [...mapping, '--', program, ...args], ...ids };
}

/**
 * The account that owns `dataDir` or, if there is none yet, one that can. `program` is a harmless program which must run
 * as that account, with `env`. Throws with the reason of every refused account.
 */
export async function chooseAccount(dataDir: string, program: string, env: NodeJS.ProcessEnv): Promise<Account> {
  const known = new Map(accounts().map((account) => [account.uid, account]));
  if (process.getuid!() !== 0) return mapUnknown({ name: 'us', uid: process.getuid!(), gid: process.getgid!() }, known);
  const refusals: string[] = [];
  for (const account of candidates(dataDir, program, known)) {
    const refusal = await refusalOf(account, dataDir, program, env);
    if (refusal === undefined) return account;
    refusals.push(`  ${account.name}: ${refusal}`);
  }
  throw new Error(
    `PostgreSQL does not run as root, and no other account can use ${dataDir} and ${program}:\n${refusals.join('\n')}\n` +
      'Allow one of these accounts to enter the folders, allow user namespaces, start as an ordinary user, or set DATABASE_URL.',
  );
}

/** Creates a folder, by default owned like the folder above it; so is everything else that is missing above it. */
export function makeFolder(folder: string, owner?: Owner, mode = 0o755): void {
  if (existsSync(folder)) return;
  makeFolder(path.dirname(folder));
  const inherited = statSync(path.dirname(folder));
  mkdirSync(folder, { mode });
  chmodSync(folder, mode); // whatever the umask is, the account must be able to pass
  if (owner) give(folder, owner);
  else if (process.getuid!() === 0) give(folder, inherited);
}

/** Makes `account` the owner, when root acts for another one. */
export function give(file: string, account: Owner): void {
  if (process.getuid!() !== account.uid) chownSync(file, account.uid, account.gid);
}

let asides = 0;

/** A name next to `file` which no other start uses, in this process or in another one. */
export const aside = (file: string, what: string): string => `${file}.${what}-${process.pid}-${++asides}`;

function* candidates(dataDir: string, program: string, known: Map<number, Account>): Generator<Account> {
  const inNamespace: Account = { name: 'root in a user namespace', uid: 0, gid: 0, mapped: someUid(known) };
  for (const file of existsSync(dataDir) ? [dataDir] : [nearestExisting(dataDir), program]) {
    const { uid, gid } = statSync(file);
    if (uid !== 0) yield mapUnknown({ name: `the owner of ${file}`, uid, gid }, known);
  }
  if (existsSync(dataDir) && statSync(dataDir).uid !== 0) return;
  yield inNamespace;
  if (existsSync(dataDir)) return;
  for (const name of ['postgres', 'nobody']) {
    for (const account of known.values()) if (account.name === name) yield account;
  }
}

// initdb insists on a name for its uid. In a container there may be none: then a namespace gives it a number that has one.
function mapUnknown(account: Account, known: Map<number, Account>): Account {
  return known.has(account.uid) ? account : { ...account, mapped: someUid(known) };
}

// Not 65534: a namespace shows every unmapped owner under that number.
const someUid = (known: Map<number, Account>): number =>
  [...known.keys()].find((uid) => uid !== 0 && uid !== 65534) ?? 65534;

function accounts(): Account[] {
  return readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .filter((fields) => fields.length >= 4)
    .map(([name, , uid, gid]) => ({ name: name!, uid: Number(uid), gid: Number(gid) }));
}

const nearestExisting = (file: string): string => (existsSync(file) ? file : nearestExisting(path.dirname(file)));

/** undefined, or why `account` cannot run `program` and write to or next to `dataDir`. */
async function refusalOf(account: Account, dataDir: string, program: string, env: NodeJS.ProcessEnv) {
  const probe = existsSync(dataDir) ? dataDir : aside(dataDir, 'probe');
  try {
    makeFolder(probe, account, 0o700);
    await runAs(account, program, ['--version'], env);
    await runAs(account, 'test', ['-w', probe], env);
    return undefined;
  } catch (error) {
    return reasonOf(error, probe);
  } finally {
    if (probe !== dataDir) rmSync(probe, { recursive: true, force: true });
  }
}

async function runAs(account: Account, program: string, args: string[], env: NodeJS.ProcessEnv) {
  const { file, args: all, ...ids } = startedAs(account, program, args);
  await run(file, all, { env, cwd: '/', ...ids });
}

function reasonOf(error: unknown, probe: string): string {
  const { stderr, message } = error as { stderr?: string; message: string };
  return stderr?.trim() || (/test -w/.test(message) ? `cannot write to ${probe}` : message.split('\n')[0]!);
}
