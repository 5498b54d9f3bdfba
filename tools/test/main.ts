// npm test [-- <phase> [part of a file's path …]] [--yes]: everything that shows whether the project works.
// The last line is "N passed, N failed"; the exit code is 0 if nothing failed, 2 for a wrong call.
import path from 'node:path';
import { parseChoice, PHASES, type Choice } from './phases.ts';
import { runCheck, runPhase, type Setting } from './run-phase.ts';
import { inWords, NOTHING, sum, type Tally } from './tally.ts';
import { openTestDatabase, type TestDatabase } from './throw-away-database.ts';

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => interrupted.abort(new Error(`interrupted by ${signal}`)));

async function runAll(choice: Choice): Promise<Tally> {
  let database: Promise<TestDatabase> | undefined;
  const setting: Setting = {
    root: path.resolve(import.meta.dirname, '../..'),
    filters: choice.filters,
    yes: choice.yes,
    signal: interrupted.signal,
    databaseUrl: async () => (await (database ??= openTestDatabase())).url,
  };
  let total = NOTHING;
  try {
    if (choice.phases.includes('check')) total = sum(total, await runCheck(setting));
    for (const phase of PHASES.filter(({ name }) => choice.phases.includes(name))) {
      if (!interrupted.signal.aborted) total = sum(total, await runPhase(phase, setting).catch(failure(phase.title)));
    }
  } finally {
    await database?.then(
      ({ remove }) => remove(),
      () => {},
    ); // what failed to start has been reported
  }
  return total;
}

const failure =
  (title: string) =>
  (error: unknown): Tally => {
    console.log(`\n✖ ${title} could not run\n  ${error instanceof Error ? error.stack : String(error)}`);
    return { ...NOTHING, failed: 1 };
  };

try {
  const total = await runAll(parseChoice(process.argv.slice(2)));
  const broken = interrupted.signal.aborted;
  if (broken) console.log((interrupted.signal.reason as Error).message);
  console.log(inWords(total));
  process.exitCode = total.failed > 0 || broken ? 1 : 0;
} catch (error) {
  console.error(`test: ${(error as Error).message}`);
  process.exitCode = 2;
}
