// npm run chaos -- --seed S --kills N --servers 3: the cloud under torture. The last lines say what was done and what is wrong;
// the exit code is 0 when nothing is. The same seed plans the same faults and the same wishes.
import { parseArgs } from 'node:util';
import { MUTANTS, type MutantName } from './mutants.ts';
import { makePlan, type FaultKind } from './plan.ts';
import { runChaos, type Report } from './run.ts';

const USAGE = `npm run chaos -- [--seed S] [--kills N] [--servers N] [--tenants N] [--pace MS] [--without kind,…] [--no-fsync] [--port P] [--settle S] [--keep] [--mutant M]

  --seed S      what is done, and in which order (default: of the clock; it is printed)
  --kills N     servers killed; pauses, crashes of the database, cut links and misbehaving hosts come beside (default 20)
  --servers N   management servers (default 3)
  --tenants N   tenants who ask for things all the time, one after the other (default 5)
  --pace MS     average time from one fault to the next (default 900)
  --without K   no faults of these kinds: kill, pause, database, cut, fail, slow, lose
  --no-fsync    PostgreSQL does not wait for the disk: faster, and still safe from the death of processes
  --settle S    how long the cloud has to come to rest afterwards (default 120)
  --keep        leaves data and logs in place when something is wrong
  --mutant M    servers are broken on purpose, and something must be found wrong: ${Object.keys(MUTANTS).join(', ')}`;

function readArguments(argv: readonly string[]) {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      seed: { type: 'string' },
      kills: { type: 'string', default: '20' },
      servers: { type: 'string', default: '3' },
      tenants: { type: 'string', default: '5' },
      pace: { type: 'string', default: '900' },
      without: { type: 'string', default: '' },
      'no-fsync': { type: 'boolean', default: false },
      port: { type: 'string' },
      settle: { type: 'string', default: '120' },
      keep: { type: 'boolean', default: false },
      mutant: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  return values;
}

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

const values = readArguments(process.argv.slice(2));
if (values.mutant !== undefined && !(values.mutant in MUTANTS))
  throw new Error(`--mutant is ${values.mutant}; there are ${Object.keys(MUTANTS).join(', ')}`);
if (values.help) {
  say(USAGE);
  process.exit(0);
}
const plan = makePlan({
  seed: values.seed === undefined ? Date.now() % 1_000_000 : Number(values.seed),
  kills: Number(values.kills),
  tenants: Number(values.tenants),
  without: values.without.split(',').filter(Boolean) as FaultKind[],
  paceMs: Number(values.pace),
});
say(`seed ${plan.seed}, plan ${plan.fingerprint}`);
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => interrupted.abort(new Error(`interrupted by ${signal}`)));
const report = await runChaos({
  plan,
  servers: Number(values.servers),
  fsync: !values['no-fsync'],
  settleMs: Number(values.settle) * 1000,
  keep: values.keep,
  signal: interrupted.signal,
  ...(values.mutant === undefined ? {} : { mutant: values.mutant as MutantName }),
  say,
  ...(values.port === undefined ? {} : { port: Number(values.port) }),
});
tell(report);
process.exit(report.violations.length > 0 ? 1 : 0);
