// `npm run bench:servers`: what one, two and four management servers on one database do: reads through the API, and jobs on
// simulated hosts, a second and per process, and the CPU that each costs. Each server is pinned to a core; where there are more
// processes than cores (PostgreSQL, the hosts and the load need some too) seconds say what the machine has left, and what scales
// is told by CPU: a server that costs as much per read beside three others as alone leaves a core of its own as much to do.
import { execFile } from 'node:child_process';
import { availableParallelism, loadavg } from 'node:os';
import { promisify } from 'node:util';
import { withKeys, type Api } from '#tools/cloud/api.ts';
import { signed, toQuery } from '../../clients/sdk/signature.ts';
import { serverNames } from '../simulate/processes.ts';
import { runningChild } from '../cloud/children.ts';
import { load } from './load.ts';
import { benchOptions } from './options.ts';
import { commitsPerS, percentile, startMeasured, type MeasuredRegion } from './region-world.ts';
import { newTable } from './table.ts';

const values = benchOptions({
  command: 'npm run bench:servers',
  options: {
    servers: {
      kind: 'numbers',
      from: 1,
      to: 16,
      default: '1,2,4',
      means: 'how many servers, one number after the other',
    },
    requests: { kind: 'number', default: 4_000, means: 'requests to each set of servers' },
    jobs: { kind: 'number', default: 200, means: 'jobs for each set of servers' },
    hosts: { kind: 'number', default: 60, means: 'simulated hosts' },
    vms: { kind: 'number', default: 500, means: 'running instances' },
    port: { kind: 'number', default: 18_500, means: 'of the first server; the others follow' },
  },
});
const { requests, jobs } = values;
/** Of each server. */
const CONNECTIONS = 8;
const REST_MS = 5_000;
const cores = availableParallelism();
const run = promisify(execFile);

interface Cost {
  perS: number;
  p99Ms: number;
  nodeMs: number;
  postgresMs: number;
  failed: number;
}
interface Sample {
  servers: number;
  reads: Cost;
  jobs: Cost;
  /** Answers a second that ask nothing of anybody, over as many connections. */
  empty: number;
  commits: number;
}

/** Where there is one core there is nothing to choose. */
async function pin({ options, plan }: MeasuredRegion): Promise<string> {
  if (cores < 2) return 'not pinned: there is one core';
  for (const [index, name] of serverNames(plan).entries()) {
    const pid = runningChild(options.dataDir, name);
    await run('taskset', ['--all-tasks', '--cpu-list', '--pid', String(index % cores), String(pid)]);
  }
  return `server n is pinned to core n modulo ${cores}`;
}

const originOf = ({ cloud }: MeasuredRegion, server: number): URL => {
  const url = new URL(cloud.api);
  url.port = String(Number(url.port) + server);
  return url;
};

type Used = Pick<ReturnType<MeasuredRegion['used']>, 'server' | 'postgres'>;

/** CPU milliseconds in each second while nobody asks anything. */
async function atRest(region: MeasuredRegion): Promise<Used> {
  const before = region.used();
  const began = performance.now();
  await new Promise((resolve) => {
    setTimeout(resolve, REST_MS);
  });
  const seconds = (performance.now() - began) / 1000;
  const after = region.used();
  return {
    server: (after.server - before.server) / seconds,
    postgres: (after.postgres - before.postgres) / seconds,
  };
}

interface Measured {
  region: MeasuredRegion;
  servers: number;
  rest: Used;
}

/** What it did, and the CPU that servers and PostgreSQL took for it, without what they take anyway. */
async function costing(
  { region, rest }: Measured,
  count: number,
  work: () => Promise<Pick<Cost, 'p99Ms' | 'failed'>>,
): Promise<Cost> {
  const before = region.used();
  const began = performance.now();
  const said = await work();
  const seconds = (performance.now() - began) / 1000;
  const after = region.used();
  return {
    ...said,
    perS: count / seconds,
    nodeMs: (after.server - before.server - rest.server * seconds) / count,
    postgresMs: (after.postgres - before.postgres - rest.postgres * seconds) / count,
  };
}

const reads = (measured: Measured): Promise<Cost> => {
  const { region, servers } = measured;
  const { apikey: apiKey, secretkey: secretKey } = region.cloud;
  const list = { command: 'listVirtualMachines', response: 'json', listall: 'true', page: '1', pagesize: '20' };
  const query = toQuery(signed(list, { apiKey, secretKey, version: 'v3' }));
  const urls = Array.from({ length: servers }, (_, n) => `${originOf(region, n).toString()}?${query}`);
  const ask = (count: number) =>
    load(count, CONNECTIONS * servers, (n) => ({ url: urls[n % servers]! })).then(({ p99Ms, failures }) => ({
      p99Ms,
      failed: failures,
    }));
  return ask(CONNECTIONS * servers * 20).then(() => costing(measured, requests, () => ask(requests))); // warm first
};

/** Each client reboots instances of its own, one after the other, and asks its server until each job has ended. */
async function reboots(measured: Measured): Promise<Cost> {
  const { region, servers } = measured;
  const guests = await region.api.list('listVirtualMachines', { listall: true, page: 1, pagesize: 500 });
  const apis: Api[] = Array.from({ length: servers }, (_, n) =>
    withKeys({ ...region.cloud, api: originOf(region, n).toString() }),
  );
  const lanes = CONNECTIONS * servers;
  const numbers = Array.from({ length: jobs }, (_, n) => n).values();
  const times: number[] = [];
  let failed = 0;
  return costing(measured, jobs, async () => {
    await Promise.all(
      Array.from({ length: lanes }, async (_, lane) => {
        for (const n of numbers) {
          const from = performance.now();
          await apis[lane % servers]!.make('rebootVirtualMachine', { id: guests[n % guests.length]!.id }).catch(
            (error: Error) => {
              failed += 1;
              process.stderr.write(`a reboot failed: ${error.message}\n`);
            },
          );
          times.push(performance.now() - from);
        }
      }),
    );
    return { p99Ms: percentile(times, 0.99), failed };
  });
}

async function measure(servers: number): Promise<Sample & { pinned: string }> {
  const region = await startMeasured({
    zones: 1,
    hosts: values.hosts,
    vms: values.vms,
    servers,
    latencies: 'none',
    port: values.port,
  });
  try {
    const pinned = await pin(region);
    const measured = { region, servers, rest: await atRest(region) };
    const sample = { servers, reads: await reads(measured), jobs: await reboots(measured) };
    const health = Array.from({ length: servers }, (_, n) => new URL('/healthz', originOf(region, n)).toString());
    const { perSecond } = await load(requests, CONNECTIONS * servers, (n) => ({ url: health[n % servers]! }));
    return { ...sample, pinned, empty: perSecond, commits: await commitsPerS(region.databaseUrl, 16) };
  } finally {
    await region.stop();
  }
}

const samples: Awaited<ReturnType<typeof measure>>[] = [];
for (const servers of values.servers) {
  samples.push(await measure(servers));
}
const [base] = samples;
const times = (now: number, first: number): string => `× ${(now / first).toFixed(2)}`;
function show(what: 'reads' | 'jobs', limit: string, of: (sample: Sample) => number): string {
  const head = ['servers', `${what}/s`, '', 'per process', 'p99 ms', 'CPU ms each: server', 'PostgreSQL', 'failed'];
  const table = newTable([...head, limit, 'of that']);
  for (const sample of samples) {
    const { perS, p99Ms, nodeMs, postgresMs, failed } = sample[what];
    table.push([
      sample.servers,
      perS.toFixed(0),
      times(perS, base![what].perS),
      (perS / sample.servers).toFixed(1),
      p99Ms.toFixed(0),
      `${nodeMs.toFixed(2)} ${times(nodeMs, base![what].nodeMs)}`,
      `${postgresMs.toFixed(2)} ${times(postgresMs, base![what].postgresMs)}`,
      failed,
      of(sample).toFixed(0),
      `${((100 * perS) / of(sample)).toFixed(1)} %`,
    ]);
  }
  return table.toString();
}
process.stdout.write(
  `${show('reads', 'empty answers/s', ({ empty }) => empty)}
${show('jobs', 'commits/s', ({ commits }) => commits)}
A read is listVirtualMachines of 20; a job is rebootVirtualMachine with its client's asking; ${CONNECTIONS} connections to each server; × is beside the first row; CPU is without what the servers take at rest.
${cores} cores for servers, PostgreSQL, simulated hosts and the load; ${base!.pinned}; load ${loadavg()[0]!.toFixed(1)} at the end.
`,
);
process.exit(samples.some((sample) => sample.reads.failed + sample.jobs.failed > 0) ? 1 : 0);
