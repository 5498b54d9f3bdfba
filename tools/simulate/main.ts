// `nephos simulate` and `npm run simulate`: a simulated region, started, played with and stopped.
import { turnKnobs } from './knob.ts';
import { BadUsage, readSimulateOptions, SIMULATE_USAGE } from './options.ts';

async function main(): Promise<number> {
  const options = readSimulateOptions(process.argv.slice(2), process.env);
  process.stdout.write(`${await turnKnobs(options)}\n`);
  return 0;
}

process.exitCode = await main().catch((error: unknown) => {
  const { message, stack } = error as Error;
  const more = error instanceof BadUsage ? `\n\n${SIMULATE_USAGE}` : '';
  process.stderr.write(`${process.env['NEPHOS_DEBUG'] ? stack : message}${more}\n`);
  return error instanceof BadUsage ? 2 : 1;
});
process.exit();
