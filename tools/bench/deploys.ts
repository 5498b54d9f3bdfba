// `npm run bench:deploys`: instances deployed on simulated hosts through the HTTP API, 1, 10, 100, 1,000 and (with --full) 10,000 at
// once, each batch until the last one runs; beside the times ZStack publishes for the same numbers on a larger machine, which is
// the same order of claim and no comparison side by side, and beside how much this PostgreSQL commits. Nothing is left.
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import type { Api, Thing } from '#tools/cloud/api.ts';
import { NETWORK_OFFERING, OFFERING } from '../simulate/build.ts';
import { commitsPerS, percentile, startMeasured, type MeasuredRegion } from './region-world.ts';

const { values } = parseArgs({
  options: {
    hosts: { type: 'string', default: '1000' },
    vms: { type: 'string', default: '0' },
    latencies: { type: 'string', default: 'believable' },
    port: { type: 'string', default: '18300' },
    full: { type: 'boolean', default: false },
    atonce: { type: 'string', default: '100' },
    largest: { type: 'string' },
  },
});

/** Seconds ZStack publishes for creating so many instances. */
const PUBLISHED_S: Readonly<Record<number, number>> = { 1: 0.51, 10: 1.55, 100: 11.3, 1_000: 103, 10_000: 23 * 60 };
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
  await Promise.all(Array.from({ length: Math.min(n, Number(values.atonce)) }, client));
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

const region = await startMeasured({
  zones: 1,
  hosts: Number(values.hosts),
  vms: Number(values.vms),
  latencies: values.latencies === 'none' ? 'none' : 'believable',
  port: Number(values.port),
});
let missed = false;
try {
  await deploy(region, 3); // warm
  const table = new Table({
    head: [
      'instances',
      'total s',
      'per s',
      'p50 / p99 s',
      'CPU ms each: server + postgres + hosts',
      'published s',
      'of published',
      'failed',
    ],
  });
  const largest = Number(values.largest ?? (values.full ? 10_000 : 1_000));
  for (const n of [1, 10, 100, 1_000, 10_000].filter((count) => count <= largest)) {
    const { totalS, times, failed, cpuMs } = await deploy(region, n);
    const published = PUBLISHED_S[n]!;
    missed ||= totalS >= published || failed.length > 0;
    table.push([
      String(n),
      totalS.toFixed(2),
      (n / totalS).toFixed(1),
      `${(percentile(times, 0.5) / 1000).toFixed(2)} / ${(percentile(times, 0.99) / 1000).toFixed(2)}`,
      `${(cpuMs.server / n).toFixed(1)} + ${(cpuMs.postgres / n).toFixed(1)} + ${(cpuMs.simulator / n).toFixed(1)}`,
      String(published),
      `${((100 * totalS) / published).toFixed(0)} %`,
      failed.length > 0 ? `${failed.length}: ${failed[0]}` : '0',
    ]);
    process.stderr.write(`${table.toString()}\n`);
  }
  const [one, sixteen] = [await commitsPerS(region.databaseUrl, 1), await commitsPerS(region.databaseUrl, 16)];
  process.stdout.write(
    `${table.toString()}\n${values.hosts} simulated hosts (${values.latencies} latencies), ${values.atonce} deploys at once; this PostgreSQL commits ${one.toFixed(0)} /s with 1 client, ${sixteen.toFixed(0)} /s with 16.\n`,
  );
} finally {
  await region.stop();
}
process.exit(missed ? 1 : 0);
