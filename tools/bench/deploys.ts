// `npm run bench:deploys`: instances deployed on simulated hosts through the HTTP API, 1, 10, 100, 1,000 and (with --full) 10,000 at
// once, each batch until the last one runs; beside the times ZStack publishes for the same numbers on a larger machine, which is
// the same order of claim and no comparison side by side, and beside how much this PostgreSQL commits. Nothing is left.
import type { Api, Thing } from '#tools/cloud/api.ts';
import { NETWORK_OFFERING, OFFERING } from '../simulate/build.ts';
import { postgresDir } from '../simulate/processes.ts';
import { benchOptions } from './options.ts';
import { commitsPerS, percentile, startMeasured, type MeasuredRegion } from './region-world.ts';
import { watchStatements, type Spent } from './statements.ts';
import { newTable } from './table.ts';

const values = benchOptions({
  command: 'npm run bench:deploys',
  options: {
    hosts: { kind: 'number', default: 1_000, means: 'simulated hosts' },
    vms: { kind: 'number', default: 0, means: 'instances that run before' },
    latencies: {
      kind: 'choice',
      of: ['believable', 'none'],
      default: 'believable',
      means: 'how long hosts take for a call',
    },
    port: { kind: 'number', default: 18_300, means: 'of the API; hosts dial in 50 above it' },
    atonce: { kind: 'number', default: 100, means: 'deploys under way at once' },
    largest: { kind: 'number', default: 1_000, means: 'instances of the largest of the sizes 1, 10, 100, 1000, 10000' },
    full: { kind: 'flag', means: 'the same as --largest 10000' },
    statements: { kind: 'flag', means: "tells each size's dearest statements, which costs some time itself" },
  },
});

/** Seconds ZStack publishes for creating so many instances. */
const PUBLISHED_S: Readonly<Record<number, number>> = { 1: 0.51, 10: 1.55, 100: 11.3, 1_000: 103, 10_000: 23 * 60 };
const SIZES = [1, 10, 100, 1_000, 10_000];
/** Statements that are asked for, which are all, and that are shown. */
const [MOST, SHOWN] = [1_000, 40];
const NETWORK_GUESTS = 200;
const LOOK_MS = 50;

interface Sample {
  n: number;
  totalS: number;
  times: number[];
  failed: string[];
  cpuMs: { server: number; simulator: number; postgres: number };
}

/** Networks for so many guests, made before the clock runs. */
async function networksFor(api: Api, n: number, { zone, batch }: { zone: Thing; batch: string }): Promise<Thing[]> {
  const offering = (await api.list('listNetworkOfferings', { name: NETWORK_OFFERING }))[0]!;
  const networks: Thing[] = [];
  for (let index = 0; index * NETWORK_GUESTS < n; index += 1)
    networks.push(
      await api.make('createNetwork', {
        name: `bench-${batch}-${index}`,
        displaytext: `bench-${batch}-${index}`,
        zoneid: zone.id,
        networkofferingid: offering.id,
      }),
    );
  return networks;
}

async function deploy(region: MeasuredRegion, n: number): Promise<Sample> {
  const { api } = region;
  const zone = (await api.list('listZones'))[0]!;
  const template = (await api.list('listTemplates', { templatefilter: 'self', zoneid: zone.id }))[0]!;
  const offering = (await api.list('listServiceOfferings', { name: OFFERING }))[0]!;
  const networks = await networksFor(api, n, { zone, batch: `${n}-${Date.now() % 100_000}` });
  const times: number[] = [];
  const failed: string[] = [];
  const numbers = Array.from({ length: n }, (_, index) => index).values();
  const before = region.used();
  const began = performance.now();
  const client = async (): Promise<void> => {
    for (const number of numbers) {
      const started = performance.now();
      try {
        await ended(
          api,
          await api.call('deployVirtualMachine', {
            zoneid: zone.id,
            templateid: template.id,
            serviceofferingid: offering.id,
            networkids: networks[Math.floor(number / NETWORK_GUESTS)]!.id,
          }),
        );
        times.push(performance.now() - started);
      } catch (error) {
        failed.push((error as Error).message);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(n, values.atonce) }, client));
  const after = region.used();
  return {
    n,
    totalS: (performance.now() - began) / 1000,
    times,
    failed,
    cpuMs: {
      server: after.server - before.server,
      simulator: after.simulator - before.simulator,
      postgres: after.postgres - before.postgres,
    },
  };
}

/** As a client waits: it asks, seldom at first. */
async function ended(api: Api, { jobid }: Readonly<Record<string, unknown>>): Promise<void> {
  for (let pauseMs = LOOK_MS; ; pauseMs = Math.min(1_000, pauseMs * 1.4)) {
    const job = (await api.call('queryAsyncJobResult', { jobid: String(jobid) })) as {
      jobstatus: number;
      jobresult?: { errortext?: string };
    };
    if (job.jobstatus === 1) return;
    if (job.jobstatus !== 0) throw new Error(job.jobresult?.errortext ?? 'the deploy failed');
    await new Promise((resolve) => {
      setTimeout(resolve, pauseMs);
    });
  }
}

const table = newTable([
  'instances',
  'total s',
  'per s',
  'p50 / p99 s',
  'CPU ms each: server + postgres + hosts',
  'published s',
  'of published',
  'failed',
]);

/** One row, said at once in a line of its own; false where it missed what is published. */
function note({ n, totalS, times, failed, cpuMs }: Sample): boolean {
  const published = PUBLISHED_S[n]!;
  const cpu = [cpuMs.server, cpuMs.postgres, cpuMs.simulator].map((ms) => (ms / n).toFixed(1)).join(' + ');
  const perS = (n / totalS).toFixed(1);
  table.push([
    String(n),
    totalS.toFixed(2),
    perS,
    `${(percentile(times, 0.5) / 1000).toFixed(2)} / ${(percentile(times, 0.99) / 1000).toFixed(2)}`,
    cpu,
    String(published),
    `${((100 * totalS) / published).toFixed(0)} %`,
    failed.length > 0 ? `${failed.length}: ${failed[0]}` : '0',
  ]);
  process.stderr.write(
    `${n} in ${totalS.toFixed(2)} s (published: ${published}), ${perS} /s, CPU ms each ${cpu}${failed.length > 0 ? `, ${failed.length} FAILED: ${failed[0]}` : ''}\n`,
  );
  return totalS < published && failed.length === 0;
}

/** All of them in the last row, though not all are shown. */
function spent(n: number, dearest: readonly Spent[]): string {
  const shown = newTable(['calls', 'ms', 'pages', 'statement']);
  const row = (of: readonly Spent[], text: string): void => {
    const sum = (pick: (one: Spent) => number): number => of.reduce((total, one) => total + pick(one), 0) / n;
    shown.push([
      sum(({ calls }) => calls).toFixed(2),
      sum(({ calls, meanMs }) => calls * meanMs).toFixed(2),
      sum(({ calls, pages }) => calls * pages).toFixed(0),
      text,
    ]);
  };
  for (const one of dearest.slice(0, SHOWN)) row([one], one.text.slice(0, 150));
  row(dearest, 'all');
  return shown.toString();
}

const region = await startMeasured({
  zones: 1,
  hosts: values.hosts,
  vms: values.vms,
  latencies: values.latencies,
  port: values.port,
  watched: values.statements,
});
let met = true;
const statements = values.statements
  ? await watchStatements(postgresDir(region.options), region.databaseUrl)
  : undefined;
try {
  await deploy(region, 3); // warm
  const largest = values.full ? SIZES.at(-1)! : values.largest;
  for (const n of SIZES.filter((size) => size <= largest)) {
    await statements?.begin();
    met = note(await deploy(region, n)) && met;
    if (statements)
      process.stdout.write(`${n} deploys, for each:\n${spent(n, (await statements.dearest(MOST)).dearest)}\n`);
  }
  const [one, sixteen] = [await commitsPerS(region.databaseUrl, 1), await commitsPerS(region.databaseUrl, 16)];
  process.stdout.write(
    `${table.toString()}\n${values.hosts} simulated hosts (${values.latencies} latencies), ${values.atonce} deploys at once; this PostgreSQL commits ${one.toFixed(0)} /s with 1 client, ${sixteen.toFixed(0)} /s with 16.\n`,
  );
} finally {
  await statements?.end();
  await region.stop();
}
process.exit(met ? 0 : 1);
