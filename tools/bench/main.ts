// `npm run bench`: what each class of call costs, in CPU milliseconds and as a share of an empty handler of the same server in
// the same run. Absolutes are for this machine in this minute; nothing here is a test.
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { signed, toQuery } from '../../clients/sdk/signature.ts';
import { load, type Sample } from './load.ts';
import { cpuMs, rssMib, startWorld, type BenchWorld } from './world.ts';

const { values } = parseArgs({
  options: {
    vms: { type: 'string', default: '20000' },
    requests: { type: 'string', default: '2000' },
    connections: { type: 'string', default: '16' },
    port: { type: 'string', default: '18180' },
  },
});
const vms = Number(values.vms);
const requests = Number(values.requests);
const connections = Number(values.connections);
const ROUNDS = 3;

interface Case {
  name: string;
  budgetMs?: number;
  count?: number;
  next: (world: BenchWorld, n: number) => { url: string; body?: string };
}
interface Measured extends Sample {
  nodeMs: number;
  postgresMs: number;
}

const call =
  (who: 'keys' | 'userKeys', params: Record<string, string>) =>
  (world: BenchWorld): { url: string } => ({
    url: `${world.url}?${toQuery(signed({ response: 'json', ...params }, world[who]))}`,
  });

const page = { page: '1', pagesize: '20' };
const cases: Case[] = [
  { name: 'empty handler', next: (world) => ({ url: world.url.replace('/client/api', '/healthz') }) },
  { name: 'C0 listCapabilities', budgetMs: 0.2, next: call('userKeys', { command: 'listCapabilities' }) },
  {
    name: 'C1 one instance by id',
    budgetMs: 0.4,
    next: (world) => call('keys', { command: 'listVirtualMachines', id: instance })(world),
  },
  { name: 'C1 listZones', budgetMs: 0.4, next: call('userKeys', { command: 'listZones' }) },
  {
    name: 'C2 20 instances of an account, counted',
    budgetMs: 1.5,
    next: call('userKeys', { command: 'listVirtualMachines', ...page }),
  },
  {
    name: 'C2 20 instances of all, counted',
    budgetMs: 1.5,
    next: call('keys', { command: 'listVirtualMachines', listall: 'true', ...page }),
  },
  {
    name: 'C3 500 instances of all',
    budgetMs: 25,
    count: 60,
    next: call('keys', { command: 'listVirtualMachines', listall: 'true', page: '1', pagesize: '500' }),
  },
  {
    name: 'C4 rename an instance',
    budgetMs: 0.8,
    next: (world, n) => ({
      url: world.url,
      body: toQuery(
        signed(
          { response: 'json', command: 'updateVirtualMachine', id: instance, displayname: `bench ${n}` },
          world.keys,
        ),
      ),
    }),
  },
  {
    name: 'C5 submit a deploy',
    budgetMs: 1,
    count: 300,
    next: (world) => ({
      url: world.url,
      body: toQuery(
        signed(
          {
            response: 'json',
            command: 'deployVirtualMachine',
            startvm: 'false',
            zoneid: world.zone.zoneUuid,
            templateid: world.zone.templateUuid,
            serviceofferingid: world.zone.offeringUuid,
          },
          world.keys,
        ),
      ),
    }),
  },
];
let instance = '';

async function measure(world: BenchWorld, one: Case): Promise<Measured> {
  const count = Math.min(one.count ?? requests, requests);
  const before = cpuMs(world);
  const sample = await load(count, connections, (n) => one.next(world, n));
  const after = cpuMs(world);
  return {
    ...sample,
    nodeMs: (after.node - before.node) / count,
    postgresMs: (after.postgres - before.postgres) / count,
  };
}

const median = (numbers: number[]): number => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!;

process.stderr.write(`a server with ${vms} instances …\n`);
const world = await startWorld({ vms, port: Number(values.port) });
try {
  const rows = await world.db.read.rows<{ uuid: string }>({
    compile: () => ({ text: 'select uuid from vm order by id limit 1', values: [] }),
  } as never);
  instance = rows[0]!.uuid;
  for (const one of cases) await load(50, connections, (n) => one.next(world, n)); // warm
  const rounds: Measured[][] = cases.map(() => []);
  for (let round = 0; round < ROUNDS; round += 1)
    for (const [index, one] of cases.entries()) rounds[index]!.push(await measure(world, one));
  const empty = median(rounds[0]!.map((sample) => sample.perSecond));
  const table = new Table({
    head: ['call', 'req/s', 'of empty', 'p50 / p99 ms', 'CPU ms: node + postgres', 'budget', 'failed'],
  });
  for (const [index, one] of cases.entries()) {
    const of = (pick: (sample: Measured) => number): number => median(rounds[index]!.map(pick));
    const node = of((sample) => sample.nodeMs);
    const postgres = of((sample) => sample.postgresMs);
    table.push([
      one.name,
      of((s) => s.perSecond).toFixed(0),
      `${((100 * of((s) => s.perSecond)) / empty).toFixed(1)} %`,
      `${of((s) => s.p50Ms).toFixed(1)} / ${of((s) => s.p99Ms).toFixed(1)}`,
      `${(node + postgres).toFixed(2)}: ${node.toFixed(2)} + ${postgres.toFixed(2)}`,
      one.budgetMs === undefined ? '' : `${one.budgetMs}`,
      String(rounds[index]!.reduce((sum, s) => sum + s.failures, 0)),
    ]);
  }
  process.stdout.write(
    `${table.toString()}\n${vms} instances, ${connections} connections, median of ${ROUNDS} interleaved rounds. Server: ready ${world.coldStartMs.toFixed(0)} ms after its start, ${rssMib(world.server.pid!)} MiB.\n`,
  );
} finally {
  await world.stop();
}
process.exit();
