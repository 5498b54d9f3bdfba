// `npm run cloud`: from a clean machine to a guest that answers, and back. Each step looks at what is there first, so that
// starting again reuses everything and a start that broke off goes on.
import { BadUsage, readOptions, USAGE } from './options.ts';
import { PackagesMissing } from '../packages.ts';
import { PortTaken } from './ports.ts';
import { openProgress } from './progress.ts';
import { startCloud } from './start.ts';
import { showStatus, stopCloud } from './stop.ts';

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2), process.env);
  const progress = openProgress();
  if (options.verb === 'status') return showStatus(options);
  if (options.verb === 'stop') {
    await stopCloud(options, progress);
    return 0;
  }
  return startCloud(options, progress);
}

/** What the user can mend is said in a sentence; the rest with where it happened. */
function explain(error: unknown): string {
  if (error instanceof BadUsage) return `${error.message}\n\n${USAGE}`;
  if (error instanceof PackagesMissing)
    return `${error.message}\n\nWithout root: npm run cloud -- --simulator starts a zone with simulated hosts; everything else is the same.`;
  if (error instanceof PortTaken) return error.message;
  return process.env['NEPHOS_DEBUG']
    ? String((error as Error).stack)
    : `${(error as Error).message}\n(NEPHOS_DEBUG=1 says where; logs are in the data folder)`;
}

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`\n${explain(error)}\n`);
  return error instanceof BadUsage ? 2 : 1;
});
process.exit();
