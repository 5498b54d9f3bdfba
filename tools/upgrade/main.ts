// `npm run upgrade`: brings the management servers of a data folder to another release, one after the other, while the others
// answer. Where a new one does not get ready, it is put back and nothing else is touched; `rollback` puts all back.
import path from 'node:path';
import { existsSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { migrate, waitingContracts } from '#kernel/migrate.ts';
import { noteSelf, runningChild, UPGRADING } from '../cloud/children.ts';
import { BadUsage, readOptions } from '../cloud/options.ts';
import { openProgress, type Progress } from '../cloud/progress.ts';
import { withDatabase } from '../db/place.ts';
import { jobsBeyond } from './jobs.ts';
import { install, readReleases, releaseIn, releaseOf, writeReleases } from './releases.ts';
import { gate, keep, replace, runningServers, type ServerPlace } from './servers.ts';

const USAGE = `npm run upgrade -- [FOLDER]    to the release in FOLDER; default: the one this command is of
npm run upgrade -- rollback   back to the release before
npm run upgrade -- finish     apply what takes away from the schema; there is no way back afterwards
npm run upgrade -- status

  --steady S    a new server must be ready for so long; default 10
  --patience S  and get ready within; default 60
  --leave-jobs  roll back although jobs are there that the release before cannot run

Environment: NEPHOS_DATA (data folder), DATABASE_URL (an external PostgreSQL)`;

const THIS = fileURLToPath(new URL('../../', import.meta.url));

interface Way {
  dataDir: string;
  progress: Progress;
  patienceS: number;
  steadyS: number;
  leaveJobs: boolean;
}

async function upgradeTo(way: Way, folder: string): Promise<string> {
  const release = releaseIn(folder);
  const servers = serversOf(way);
  const before = [...new Set(servers.map(releaseRunBy))].find((one) => one !== release);
  if (before === undefined) return `nothing to do: ${names(servers)} run ${release}`;
  await install(release);
  // Known before the first step, so that a rollback finds its way whatever ends this process.
  writeReleases(way.dataDir, { current: release, previous: before });
  for (const server of servers) await bring(way, server, release);
  return `${names(servers)} run ${release}. Back: npm run upgrade -- rollback. Once you are content: npm run upgrade -- finish`;
}

async function rollBack(way: Way): Promise<string> {
  const { current, previous } = readReleases(way.dataDir) ?? {};
  if (!current || !previous) throw new Error('no release is known to go back to');
  const servers = serversOf(way);
  await refuseToLeaveJobs(way, previous);
  for (const server of servers) await bring(way, server, previous);
  writeReleases(way.dataDir, { current: previous });
  return `${names(servers)} run ${previous} again`;
}

/** What the release in place has put in line and the one before does not know would wait for ever, unless that is accepted. */
async function refuseToLeaveJobs({ dataDir, leaveJobs }: Way, previous: string): Promise<void> {
  const left = await onDatabase(dataDir, (url) => jobsBeyond(previous, url));
  if (left.length === 0) return;
  const told = `jobs that ${previous} cannot run: ${left.join('; ')}`;
  if (leaveJobs) process.stderr.write(`left behind are ${told}\n`);
  else
    throw new Error(
      `nothing was changed: there are ${told}. They would wait, and what they lock with them, until a server of the newer release is back. Wait until they have ended, or roll back all the same with --leave-jobs`,
    );
}

/** One server to a release; where that does not get ready, back to what it ran. */
async function bring(way: Way, server: ServerPlace, release: string): Promise<void> {
  const old = releaseRunBy(server);
  if (old === release) return;
  const kept = keep(server);
  const why = await way.progress.step(`${server.name} to ${release}`, async () => {
    try {
      await replace(server, kept, release);
      return await gate(server, kept, way);
    } catch (error) {
      return (error as Error).message;
    }
  });
  if (why === undefined) return;
  await way.progress.step(`${server.name} back to ${old}`, () => replace(server, kept, old));
  throw new Error(
    `${server.name} of ${release} did not get ready and was put back; servers before it run the new release: npm run upgrade -- rollback. It said: ${why}`,
  );
}

async function finish({ dataDir }: Way): Promise<string> {
  const release = readReleases(dataDir)?.current ?? THIS;
  return onDatabase(dataDir, async (url) => {
    const done = await migrate(url, path.join(release, 'schema/'), { finish: true });
    if (done.length > 0 && existsSync(dataDir)) writeReleases(dataDir, { current: release });
    return done.length > 0 ? `applied ${done.join(', ')}` : 'nothing to do';
  });
}

async function status(way: Way): Promise<string> {
  const servers = runningServers(way.dataDir).map((server) => `${server.name}: ${releaseRunBy(server)}`);
  const release = readReleases(way.dataDir)?.current ?? THIS;
  const waiting = await onDatabase(way.dataDir, (url) => waitingContracts(url, path.join(release, 'schema/')));
  return [...servers, `waiting for finish: ${waiting.join(', ') || 'nothing'}`].join('\n');
}

const onDatabase = <T>(dataDir: string, work: (url: string) => Promise<T>): Promise<T> => {
  const { databaseUrl } = readOptions([], process.env);
  const externalUrl = process.env['DATABASE_DIRECT_URL'] ?? databaseUrl;
  return withDatabase({ dataDir, embedded: path.join(dataDir, 'postgres'), keyFile: '', externalUrl }, work);
};

function serversOf({ dataDir }: Way): ServerPlace[] {
  const servers = runningServers(dataDir);
  if (servers.length === 0) throw new Error(`no management server of ${dataDir} runs`);
  return servers;
}
const names = (servers: readonly ServerPlace[]): string => servers.map(({ name }) => name).join(', ');
const releaseRunBy = ({ dataDir, name }: ServerPlace): string => releaseOf(runningChild(dataDir, name)!);

/** One upgrade at a time; `npm run cloud` does not take a server that is being replaced for a dead one. */
async function alone(dataDir: string, work: () => Promise<string>): Promise<string> {
  if (runningChild(dataDir, UPGRADING) !== undefined) throw new Error('an upgrade is under way already');
  const file = noteSelf(dataDir, UPGRADING);
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

async function main(argv: readonly string[]): Promise<string> {
  const { values, positionals } = parse(argv);
  if (positionals.length > 1) throw new BadUsage(`'${positionals.join(' ')}' is not understood`);
  const { dataDir } = readOptions([], process.env);
  const way: Way = {
    dataDir,
    progress: openProgress(),
    patienceS: seconds('--patience', values.patience ?? '60'),
    steadyS: seconds('--steady', values.steady ?? '10'),
    leaveJobs: values['leave-jobs'] ?? false,
  };
  const [what = THIS] = positionals;
  if (what === 'status') return status(way);
  const VERBS: Readonly<Record<string, (on: Way) => Promise<string>>> = { rollback: rollBack, finish };
  return alone(dataDir, () => (VERBS[what] ? VERBS[what](way) : upgradeTo(way, path.resolve(what))));
}

function seconds(name: string, text: string): number {
  const value = Number(text);
  if (!(value >= 0 && value <= 3_600)) throw new BadUsage(`${name} is '${text}'; seconds from 0 to 3600 are accepted`);
  return value;
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: { steady: { type: 'string' }, patience: { type: 'string' }, 'leave-jobs': { type: 'boolean' } },
    });
  } catch (error) {
    throw new BadUsage((error as Error).message);
  }
}

try {
  process.stdout.write(`${await main(process.argv.slice(2))}\n`);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n${error instanceof BadUsage ? `\n${USAGE}\n` : ''}`);
  process.exitCode = error instanceof BadUsage ? 2 : 1;
}
