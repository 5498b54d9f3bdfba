// `npm run bench:region`: what a large simulated region costs when it rests, how soon a dead host is noticed, how quick its lists
// are, and whether ten thousand clients at once are served. Numbers are of this machine in this minute; nothing is left. Ends with
// 1 where a client met an error.
import { availableParallelism, loadavg } from 'node:os';
import { simulator } from '#agent/sim/control-socket.ts';
import { openDb, type Db } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';
import { signed, toQuery } from '../../clients/sdk/signature.ts';
import { controlSockets } from '../simulate/knob.ts';
import { LINKS_PER_PROCESS } from '../simulate/plan.ts';
import { postgresDir } from '../simulate/processes.ts';
import { crowd } from './clients.ts';
import { load } from './load.ts';
import { benchOptions } from './options.ts';
import { commitsPerS, percentile, startMeasured } from './region-world.ts';
import { watchStatements, type Spent } from './statements.ts';
import { newTable } from './table.ts';

const values = benchOptions({
  command: 'npm run bench:region',
  options: {
    zones: { kind: 'number', default: 3, means: 'zones, each with a simulator of its own' },
    hosts: { kind: 'number', default: 30_000, means: 'simulated hosts in all' },
    vms: { kind: 'number', default: 100_000, means: 'running instances in all' },
    clients: { kind: 'number', default: 10_000, means: 'clients at once' },
    servers: { kind: 'number', default: 0, means: 'servers; 0 is as many as hosts and clients need' },
    rest: { kind: 'number', default: 60, means: 'seconds for which the region is watched at rest' },
    statements: { kind: 'number', default: 12, means: 'the dearest statements at rest that are shown' },
    port: { kind: 'number', default: 18_400, means: 'of the API; hosts dial in 50 above it' },
  },
});
const { hosts, clients: count } = values;
/** A client's connection is an open file as a host's link is. */
const servers = values.servers || Math.ceil((hosts + count) / LINKS_PER_PROCESS);
const SETTLE_MS = 10_000;
const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

const began = performance.now();
const region = await startMeasured({
  zones: values.zones,
  hosts,
  vms: values.vms,
  servers,
  watched: true,
  latencies: 'believable',
  port: values.port,
});
const table = newTable(['what', 'measured']);
const row = (what: string, measured: string): void => {
  table.push([what, measured]);
  process.stderr.write(`${what}: ${measured}\n`);
};
let failed = false;
const db = openDb({ url: region.databaseUrl, max: 1 });
try {
  row('from nothing to all hosts and guests', `${((performance.now() - began) / 1000).toFixed(0)} s`);
  const dearest = await idle();
  memory();
  await lists();
  await clients();
  await detection(db);
  await limits();
  process.stdout.write(`${table.toString()}\n${dearest}\n`);
  process.stdout.write(
    `${values.zones} zones, ${hosts} hosts, ${values.vms} guests, ${region.plan.servers} servers; ${availableParallelism()} cores for everything, load ${loadavg()[0]!.toFixed(1)} at the end.\n`,
  );
} finally {
  await db.close();
  await region.stop();
}
process.exit(failed ? 1 : 0);

function memory(): void {
  const { serverMib, simulatorMib, postgresMib } = region.memory();
  const aHost = (mib: number): string => `${mib.toFixed(0)} MiB, ${((mib * 1024) / hosts).toFixed(1)} KiB a host`;
  row('memory of the servers', aHost(serverMib));
  row('memory of the simulators', aHost(simulatorMib));
  row('memory of PostgreSQL', `${postgresMib.toFixed(0)} MiB, what its processes share counted once`);
}

/** Returns the table of what statements cost meanwhile. */
async function idle(): Promise<string> {
  await pause(SETTLE_MS); // what came with the start is over
  const statements = await watchStatements(postgresDir(region.options), region.databaseUrl);
  try {
    const before = region.used();
    await statements.begin();
    const from = performance.now();
    await pause(values.rest * 1_000);
    const after = region.used();
    const percent = (who: keyof typeof before): string =>
      `${((100 * (after[who] - before[who])) / (performance.now() - from)).toFixed(1)} %`;
    row(
      `CPU at rest, of one core (${values.rest} s)`,
      `servers ${percent('server')}, PostgreSQL ${percent('postgres')}, simulators ${percent('simulator')}`,
    );
    const { all, dearest } = await statements.dearest(values.statements);
    row('statements at rest', `${all.callsPerS.toFixed(0)} /s, ${(all.msPerS / 10).toFixed(1)} % of the time`);
    return tableOf(dearest);
  } finally {
    await statements.end();
  }
}

function tableOf(dearest: readonly Spent[]): string {
  const shown = newTable(['dearest statements at rest', 'calls/s', 'ms/s', 'ms a call', 'pages a call']);
  for (const { text, callsPerS, msPerS, meanMs, pages } of dearest)
    shown.push([text.slice(0, 100), callsPerS.toFixed(2), msPerS.toFixed(2), meanMs.toFixed(2), pages]);
  return shown.toString();
}

async function lists(): Promise<void> {
  for (const [command, params] of [
    ['listHosts', { type: 'Routing', page: 1, pagesize: 100 }],
    ['listVirtualMachines', { listall: true, page: 1, pagesize: 100 }],
    ['listCapacity', {}],
  ] as const) {
    const times: number[] = [];
    for (let n = 0; n < 100; n += 1) {
      const from = performance.now();
      await region.api.call(command, params);
      times.push(performance.now() - from);
    }
    row(
      `${command}, one at a time`,
      `p50 ${percentile(times, 0.5).toFixed(0)} ms, p99 ${percentile(times, 0.99).toFixed(0)} ms`,
    );
  }
}

/** As many connections at once as asked for, over all servers as a balancer would spread them; each client asks twice. */
async function clients(): Promise<void> {
  const { cloud, plan } = region;
  const keys = { apiKey: cloud.apikey, secretKey: cloud.secretkey, version: 'v3' as const };
  const query = toQuery(signed({ command: 'listZones', response: 'json' }, keys));
  const urls = Array.from({ length: plan.servers }, (_, index) => {
    const url = new URL(cloud.api);
    url.port = String(Number(url.port) + index);
    return `${url.toString()}?${query}`;
  });
  const { perSecond, p50Ms, p99Ms, wrong, open } = await crowd({ urls, clients: count, requests: 2 });
  const errors = Object.entries(wrong).map(([what, n]) => `${n} × ${what}`);
  failed ||= errors.length > 0;
  row(
    `${count} clients at once, listZones twice each`,
    `${open} connections open, ${perSecond.toFixed(0)} /s, p50 ${(p50Ms / 1000).toFixed(1)} s, p99 ${(p99Ms / 1000).toFixed(1)} s, errors: ${errors.join(', ') || 'none'}`,
  );
}

/** From the moment a host stops answering until the API says so. */
async function detection(at: Db): Promise<void> {
  const name = 'h-000001';
  const [socket] = controlSockets(region.options.dataDir);
  const { everyS } = await at.read.one<{ everyS: number }>(
    sql`select ping_every_s as "everyS" from host where name = ${name}`,
  );
  await simulator(socket!).knob({ host: name }, { dead: true });
  const from = performance.now();
  while ((await region.api.list('listHosts', { name }))[0]?.state === 'Up') await pause(250);
  const [setting] = await region.api.list('listConfigurations', { name: 'host.ping.timeout' });
  // So many pings from the last one that was heard, and a look every three seconds.
  const declaredS = Number(setting!['value']) * everyS + 3;
  row(
    'a dead host is noticed',
    `after ${((performance.now() - from) / 1000).toFixed(1)} s (declared: ${declaredS.toFixed(0)} s at most, asked to ping every ${everyS} s)`,
  );
}

/** What this machine can do at most: commits of this PostgreSQL, and an answer of one server that asks nothing of anybody. */
async function limits(): Promise<void> {
  const commits = [await commitsPerS(region.databaseUrl, 1), await commitsPerS(region.databaseUrl, 16)];
  row('commits of this PostgreSQL', `${commits[0]!.toFixed(0)} /s with 1 client, ${commits[1]!.toFixed(0)} /s with 16`);
  const health = new URL('/healthz', region.cloud.api).toString();
  const empty = await load(3_000, 16, () => ({ url: health }));
  row('an empty answer of one server', `${empty.perSecond.toFixed(0)} /s over 16 connections`);
}
