// npm run chaos -- --seed S --kills N --servers 3: the cloud under torture. The last lines say what was done and what is wrong;
// the exit code is 0 when nothing is. The same seed plans the same faults and the same wishes.
import { benchOptions } from '#tools/bench/options.ts';
import { MUTANTS, type MutantName } from './mutants.ts';
import { makePlan } from './plan.ts';
import { runChaos, type Report } from './run.ts';

const values = benchOptions({
  command: 'npm run chaos',
  options: {
    seed: {
      kind: 'number',
      default: Date.now() % 1_000_000,
      means: 'what is done, and in which order; of the clock where it is not given',
    },
    kills: {
      kind: 'number',
      default: 20,
      means: 'servers killed; pauses, crashes of the database, cut links and misbehaving hosts come beside',
    },
    servers: { kind: 'number', default: 3, means: 'management servers' },
    tenants: { kind: 'number', default: 5, means: 'tenants who ask for things all the time, one after the other' },
    pace: { kind: 'number', default: 900, means: 'average time from one fault to the next, in milliseconds' },
    without: {
      kind: 'some',
      of: ['kill', 'pause', 'database', 'cut', 'fail', 'slow', 'lose'],
      default: '',
      means: 'no faults of these kinds',
    },
    'no-fsync': {
      kind: 'flag',
      means: 'PostgreSQL does not wait for the disk: faster, and still safe from the death of processes',
    },
    port: { kind: 'number', default: 0, means: 'the first of the ports; 0: free ones' },
    settle: { kind: 'number', default: 120, means: 'seconds the cloud has to come to rest afterwards' },
    keep: { kind: 'flag', means: 'leaves data and logs in place when something is wrong' },
    mutant: {
      kind: 'choice',
      of: ['none', ...Object.keys(MUTANTS)],
      default: 'none',
      means: 'servers are broken on purpose, and something must be found wrong',
    },
  },
});

const say = (text: string): void => void process.stdout.write(`${text}\n`);

function tell({ violations, faults, told, jobs, settledMs, tookMs, kept }: Report): void {
  say(`faults: ${inWords(faults)}`);
  say(`changes as told to clients: ${inWords(told)}`);
  say(`jobs: ${inWords(jobs)}`);
  say(`at rest after ${(settledMs / 1000).toFixed(1)} s; all in all ${(tookMs / 1000).toFixed(0)} s`);
  for (const violation of violations) say(`VIOLATION ${violation}`);
  if (kept !== undefined) say(`data and logs are in ${kept}`);
  say(`${violations.length} violations`);
}
const inWords = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, n]) => `${n} ${name}`)
    .join(', ');

const { seed, kills, tenants, without, mutant, port } = values;
const plan = makePlan({ seed, kills, tenants, without, paceMs: values.pace });
say(`seed ${plan.seed}, plan ${plan.fingerprint}`);
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => interrupted.abort(new Error(`interrupted by ${signal}`)));
const report = await runChaos({
  plan,
  servers: values.servers,
  fsync: !values['no-fsync'],
  settleMs: values.settle * 1000,
  keep: values.keep,
  signal: interrupted.signal,
  ...(mutant === 'none' ? {} : { mutant: mutant as MutantName }),
  say,
  ...(port === 0 ? {} : { port }),
});
tell(report);
process.exit(report.violations.length > 0 ? 1 : 0);
