// Runs one phase: finds its files, sees to what it needs, runs them, prints its line with the time it took.
// A phase that cannot run says why: as skipped when another account could run it, as failed otherwise.
import { glob } from 'node:fs/promises';
import path from 'node:path';
import { checkAll } from '#tools/check/check.ts';
import { printed } from '#tools/check/finding.ts';
import { ensurePackages, PackagesMissing, type DebianPackage } from '#tools/packages.ts';
import { isWanted, type Phase } from './phases.ts';
import { runFiles } from './run-files.ts';
import { inWords, NOTHING, type Tally } from './tally.ts';

export type Setting = {
  root: string;
  filters: readonly string[];
  yes: boolean;
  signal: AbortSignal;
  /** Starts it at the first call. */
  databaseUrl: () => Promise<string>;
};

/** Each part of the check counts as one test. */
export async function runCheck({ root, filters }: Setting): Promise<Tally> {
  const started = performance.now();
  const { findings, parts } = await checkAll(root, filters);
  for (const finding of findings) console.log(printed(finding));
  const failed = parts.filter((part) => part.findings > 0).length;
  const tally = { passed: parts.length - failed, failed, skipped: 0 };
  console.log(`check (${parts.map((part) => part.name).join(', ')}): ${inWords(tally)}, ${took(started)}`);
  return tally;
}

export async function runPhase(phase: Phase, setting: Setting): Promise<Tally> {
  const started = performance.now();
  const files = await filesOf(phase, setting);
  const say = (text: string) => console.log(`${phase.title} (${files.length} files): ${text}`);
  if (files.length === 0) return (say('nothing to run'), NOTHING);
  const reason = await obstacle(phase, setting);
  if (reason !== undefined) return (say(`skipped: ${reason}`), { ...NOTHING, skipped: files.length });
  process.env.NEPHOS_TEST_DATABASE_URL = await setting.databaseUrl();
  const tally = await runFiles(files, { ...setting, ...phase, names: setting.filters.length > 0 });
  say(`${inWords(tally)}, ${took(started)}`);
  return tally;
}

const took = (started: number): string => `${((performance.now() - started) / 1000).toFixed(1)} s`;

async function filesOf(phase: Phase, { root, filters }: Setting): Promise<string[]> {
  const found = await Array.fromAsync(
    glob(phase.files, { cwd: root, exclude: ['**/node_modules', ...(phase.exclude ?? [])] }),
  );
  return found
    .filter((file) => isWanted(file, filters))
    .toSorted()
    .map((file) => path.join(root, file));
}

/** Why a phase cannot run for this account, if another one could; what could be installed is installed. */
async function obstacle(phase: Phase, { root, yes }: Setting): Promise<string | undefined> {
  const isRoot = process.getuid!() === 0;
  if (phase.needsRoot && !isRoot) return `needs root; run: sudo npm test -- ${phase.name}`;
  try {
    await ensurePackages(await packagesOf(phase, root), { ask: !yes });
    return undefined;
  } catch (error) {
    if (isRoot || !(error instanceof PackagesMissing)) throw error;
    return error.message;
  }
}

/** Every list of Debian packages which the phase's modules export. */
async function packagesOf(phase: Phase, root: string): Promise<DebianPackage[]> {
  const modules = await Array.fromAsync(glob(phase.packages, { cwd: root, exclude: ['**/node_modules'] }));
  const exported = modules
    .toSorted()
    .map(async (file) => Object.values((await import(path.join(root, file))) as object));
  const lists = (await Promise.all(exported)).flat().filter((value) => Array.isArray(value)) as unknown[][];
  return lists.flat().filter(isPackage);
}

const isPackage = (value: unknown): value is DebianPackage =>
  typeof value === 'object' && value !== null && 'name' in value && 'why' in value;
