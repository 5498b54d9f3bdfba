// `npm run bench`: what each class of call costs: CPU milliseconds of server and PostgreSQL against its budget, statements, and
// requests per second as a share of an empty handler of the same server in the same run, in interleaved rounds. Absolutes are
// for this machine in this minute; nothing here is a test.
import { cases, type Case } from './cases.ts';
import { processMs, rssMib, treeMs } from './cpu.ts';
import { load, statementsOf, type Sample } from './load.ts';
import { benchOptions } from './options.ts';
import { newTable } from './table.ts';
import { startWorld, type BenchWorld } from './world.ts';

const values = benchOptions({
  command: 'npm run bench',
  options: {
    vms: { kind: 'number', default: 10_000, means: 'instances of the cloud' },
    requests: { kind: 'number', default: 2_000, means: 'requests of a call in a round, at most' },
    connections: { kind: 'number', default: 16, means: 'requests at once' },
    rounds: { kind: 'number', default: 3, means: 'of all calls in turn; the median counts' },
    port: { kind: 'number', default: 18_180, means: 'of the API; the one after it is taken too' },
    only: { kind: 'text', default: '', means: 'only calls whose name contains it' },
    gate: { kind: 'flag', means: 'ends with 1 where a budget is exceeded; where a request failed it does so always' },
    data: { kind: 'text', means: 'a folder in which the cloud is kept for the next time' },
  },
});
const { vms, requests, connections, rounds } = values;

interface Measured extends Sample {
  nodeMs: number;
  postgresMs: number;
}
const totalMs = ({ nodeMs, postgresMs }: Measured): number => nodeMs + postgresMs;

async function measure(world: BenchWorld, one: Case): Promise<Measured> {
  const count = Math.min(one.count ?? requests, requests);
  const before = [processMs(world.server.pid!), treeMs(world.postgres.pid)] as const;
  const sample = await load(count, one.connections ?? connections, (n) => one.next(world, n));
  return {
    ...sample,
    nodeMs: (processMs(world.server.pid!) - before[0]) / count,
    postgresMs: (treeMs(world.postgres.pid) - before[1]) / count,
  };
}

/** Requests before any is measured: a server that has just started runs code that is not compiled yet. */
const WARMING = 1_000;

const median = (numbers: number[]): number => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!;

interface Row {
  one: Case;
  statements: number | undefined;
  samples: Measured[];
}

async function run(world: BenchWorld): Promise<Row[]> {
  const wanted = cases.filter(({ name, budget }) => !budget || name.includes(values.only));
  const rows = wanted.map((one): Row => ({ one, statements: undefined, samples: [] }));
  for (const row of rows) {
    await load(Math.min(WARMING, row.one.count ?? WARMING), connections, (n) => row.one.next(world, n));
    row.statements = await statementsOf(row.one.next(world, 0));
  }
  for (let round = 0; round < rounds; round += 1)
    for (const { one, samples } of rows) samples.push(await measure(world, one));
  return rows;
}

const isOver = ({ one, samples }: Pick<Row, 'one' | 'samples'>): boolean =>
  one.budget !== undefined && median(samples.map(totalMs)) > one.budget.ms;
const hasFailures = ({ samples }: Row): boolean => samples.some(({ failures }) => failures > 0);

function show(rows: Row[]): string {
  const table = newTable([
    'call',
    'req/s',
    'of empty',
    'p50 / p99 ms',
    'CPU ms: node + postgres',
    'budget',
    'statements',
    'budget',
    'failed',
  ]);
  const [empty] = rows;
  for (const { one, statements, samples } of rows) {
    const of = (pick: (sample: Measured) => number): number => median(samples.map(pick));
    // A share is taken within its round: neighbours come and go between rounds.
    const share = median(samples.map((sample, round) => sample.perSecond / empty!.samples[round]!.perSecond));
    const over = isOver({ one, samples }) ? ' !' : '';
    table.push([
      one.name,
      of((sample) => sample.perSecond).toFixed(0),
      `${(100 * share).toFixed(1)} %`,
      `${of((sample) => sample.p50Ms).toFixed(1)} / ${of((sample) => sample.p99Ms).toFixed(1)}`,
      `${of(totalMs).toFixed(2)}: ${of((s) => s.nodeMs).toFixed(2)} + ${of((s) => s.postgresMs).toFixed(2)}${over}`,
      one.budget ? String(one.budget.ms) : '',
      String(statements ?? ''),
      one.budget ? String(one.budget.statements) : '',
      String(samples.reduce((sum, { failures }) => sum + failures, 0)),
    ]);
  }
  return table.toString();
}

let failed = false;
process.stderr.write(`a server with ${vms} instances …\n`);
const world = await startWorld({ vms, port: values.port, dataDir: values.data });
try {
  const rows = await run(world);
  failed = rows.some(hasFailures) || (values.gate && rows.some(isOver));
  process.stdout.write(
    `${show(rows)}\n${world.vms} instances, ${connections} connections, median of ${rounds} interleaved rounds; ! is over the budget.\nServer: ready ${world.coldStartMs.toFixed(0)} ms after its start, ${rssMib(world.server.pid!)} MiB.\n`,
  );
} finally {
  await world.stop();
}
process.exit(failed ? 1 : 0);
