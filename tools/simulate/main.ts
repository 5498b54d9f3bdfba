// `nephos simulate` and `npm run simulate`: a simulated region, started, played with and stopped.
import { openProgress } from '../cloud/progress.ts';
import { PortTaken } from '../cloud/ports.ts';
import { runningChild } from '../cloud/children.ts';
import { turnKnobs } from './knob.ts';
import { BadUsage, readSimulateOptions, SIMULATE_USAGE, type SimulateOptions } from './options.ts';
import { serverNames } from './processes.ts';
import { startRegion, stopRegion, type Region } from './start.ts';

const WATCH_MS = 1_000;

async function main(): Promise<number> {
  if (['help', '-h', '--help'].includes(process.argv[2] ?? '')) {
    process.stdout.write(`${SIMULATE_USAGE}\n`);
    return 0;
  }
  const options = readSimulateOptions(process.argv.slice(2), process.env);
  const progress = openProgress();
  if (options.verb === 'stop') await stopRegion(options, progress);
  else if (options.verb === 'start') return run(options, progress);
  else process.stdout.write(`${await turnKnobs(options)}\n`);
  return 0;
}

/** Until Ctrl-C, or until a server ends. */
async function run(options: SimulateOptions, progress: ReturnType<typeof openProgress>): Promise<number> {
  const stopped = new Promise<'signal'>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve('signal'));
  });
  try {
    const region = await Promise.race([
      startRegion(options, progress, { console: process.env['NEPHOS_NO_CONSOLE'] === undefined }),
      stopped,
    ]);
    if (region === 'signal') return 0;
    progress.note(ending(region, options));
    process.stdout.write(`ready ${region.cloud.api}\n`);
    const why = await Promise.race([stopped, died(options, region)]);
    if (why !== 'signal') progress.note(`${why} ended; its log is in ${options.dataDir}/logs`);
    return why === 'signal' ? 0 : 1;
  } finally {
    await stopRegion(options, progress);
  }
}

const died = ({ dataDir }: SimulateOptions, { plan }: Region): Promise<string> =>
  new Promise((resolve) => {
    const timer = setInterval(() => {
      const gone = serverNames(plan).find((name) => runningChild(dataDir, name) === undefined);
      if (gone === undefined) return;
      clearInterval(timer);
      resolve(gone);
    }, WATCH_MS);
  });

const ending = ({ cloud, plan }: Region, options: SimulateOptions): string => `
  The region is simulated, and runs: ${plan.zones.length} zones, ${options.hosts} hosts, ${options.vms} guests.

  Console      ${new URL(cloud.api).origin}/client/
  Login        ${cloud.username} / ${cloud.password}
  API          ${cloud.api}   (keys are in ${options.dataDir}/cloud.json)

  Try
    nephos list hosts page=1 pagesize=20 filter=name,state
    nephos simulate knob host=h-000001 dead=true
    nephos simulate status
  Ctrl-C stops it; starting it again takes up what is there, --fresh begins anew.
`;

process.exitCode = await main().catch((error: unknown) => {
  const { message, stack } = error as Error;
  const usage = error instanceof BadUsage ? `\n\n${SIMULATE_USAGE}` : '';
  const text = process.env['NEPHOS_DEBUG'] && !(error instanceof PortTaken) ? stack : message;
  process.stderr.write(`${text}${usage}\n`);
  return error instanceof BadUsage ? 2 : 1;
});
process.exit();
