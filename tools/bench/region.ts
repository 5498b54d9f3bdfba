// `npm run bench:region`: what a large simulated region costs when it rests, how soon a dead host is noticed, how quick its lists
// are, and whether ten thousand clients at once are served. Numbers are of this machine in this minute; nothing is left.
import { Agent, request } from 'node:http';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { simulator } from '#agent/sim/control-socket.ts';
import { signed, toQuery } from '../../clients/sdk/signature.ts';
import { controlSockets } from '../simulate/knob.ts';
import { commitsPerS, percentile, startMeasured, type MeasuredRegion } from './region-world.ts';

const { values } = parseArgs({
  options: {
    zones: { type: 'string', default: '3' },
    hosts: { type: 'string', default: '30000' },
    vms: { type: 'string', default: '100000' },
    clients: { type: 'string', default: '10000' },
    rest: { type: 'string', default: '60' },
    port: { type: 'string', default: '18400' },
  },
});
const hosts = Number(values.hosts);
const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

const region = await startMeasured({
  zones: Number(values.zones),
  hosts,
  vms: Number(values.vms),
  latencies: 'believable',
  port: Number(values.port),
});
const table = new Table({ head: ['what', 'measured'] });
const row = (what: string, measured: string): void => {
  table.push([what, measured]);
  process.stderr.write(`${what}: ${measured}\n`);
};
let failed = false;
try {
  const memory = region.memory();
  row(
    'memory of the servers',
    `${memory.serverMib.toFixed(0)} MiB, ${((memory.serverMib * 1024) / hosts).toFixed(1)} KiB a host`,
  );
  row(
    'memory of the simulators',
    `${memory.simulatorMib.toFixed(0)} MiB, ${((memory.simulatorMib * 1024) / hosts).toFixed(1)} KiB a host`,
  );
  await idle();
  await lists();
  await clients();
  await detection();
  row(
    'commits of this PostgreSQL',
    `${(await commitsPerS(region.databaseUrl, 1)).toFixed(0)} /s with 1 client, ${(await commitsPerS(region.databaseUrl, 16)).toFixed(0)} /s with 16`,
  );
  process.stdout.write(`${table.toString()}\n${values.zones} zones, ${hosts} hosts, ${values.vms} guests.\n`);
} finally {
  await region.stop();
}
process.exit(failed ? 1 : 0);

async function idle(): Promise<void> {
  await pause(10_000); // what came with the start is over
  const before = region.used();
  const began = performance.now();
  await pause(Number(values.rest) * 1_000);
  const after = region.used();
  const percent = (who: keyof typeof before): string =>
    `${((100 * (after[who] - before[who])) / (performance.now() - began)).toFixed(1)} %`;
  row(
    `CPU at rest, of one core (${values.rest} s)`,
    `servers ${percent('server')}, PostgreSQL ${percent('postgres')}, simulators ${percent('simulator')}`,
  );
}

async function lists(): Promise<void> {
  for (const [command, params] of [
    ['listHosts', { type: 'Routing', page: 1, pagesize: 100 }],
    ['listVirtualMachines', { listall: true, page: 1, pagesize: 100 }],
    ['listCapacity', {}],
  ] as const) {
    const times: number[] = [];
    for (let n = 0; n < 50; n += 1) {
      const began = performance.now();
      await region.api.call(command, params);
      times.push(performance.now() - began);
    }
    row(
      `${command}, one at a time`,
      `p50 ${percentile(times, 0.5).toFixed(0)} ms, p99 ${percentile(times, 0.99).toFixed(0)} ms`,
    );
  }
}

/** As many connections at once as asked for; each sends two requests and waits for both answers. */
async function clients(): Promise<void> {
  const { cloud } = region;
  const agent = new Agent({ keepAlive: true, maxSockets: Infinity });
  const count = Number(values.clients);
  const keys = { apiKey: cloud.apikey, secretKey: cloud.secretkey, version: 'v3' as const };
  const url = `${cloud.api}?${toQuery(signed({ command: 'listZones', response: 'json' }, keys))}`;
  const times: number[] = [];
  const wrong = new Map<string, number>();
  const began = performance.now();
  await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      for (let n = 0; n < 2; n += 1) {
        const started = performance.now();
        const outcome = await once(url, agent, `127.0.${1 + (index % 4)}.2`);
        times.push(performance.now() - started);
        if (outcome !== '200') wrong.set(outcome, (wrong.get(outcome) ?? 0) + 1);
      }
    }),
  );
  agent.destroy();
  const errors = [...wrong].map(([what, n]) => `${n} × ${what}`).join(', ');
  failed ||= wrong.size > 0;
  row(
    `${count} clients at once, 2 requests each`,
    `${(((2 * count) / (performance.now() - began)) * 1000).toFixed(0)} /s, p99 ${(percentile(times, 0.99) / 1000).toFixed(1)} s, errors: ${errors || 'none'}`,
  );
}

const once = (url: string, agent: Agent, localAddress: string): Promise<string> =>
  new Promise((resolve) => {
    const sent = request(url, { agent, localAddress }, (answer) => {
      answer.resume();
      answer.once('end', () => resolve(String(answer.statusCode)));
    });
    sent.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    sent.end();
  });

/** From the moment a host stops answering until the API says so. */
async function detection(): Promise<void> {
  const name = 'h-000001';
  const [socket] = controlSockets(region.options.dataDir);
  await simulator(socket!).knob({ host: name }, { dead: true });
  const began = performance.now();
  while ((await region.api.list('listHosts', { name }))[0]?.state === 'Up') await pause(250);
  row(
    'a dead host is noticed',
    `after ${((performance.now() - began) / 1000).toFixed(1)} s (declared: ${declaredS(region)} s at most)`,
  );
}

/** Three missed pings and a look every three seconds; hosts of a full server are asked to ping less often. */
const declaredS = ({ plan }: MeasuredRegion): number =>
  Math.ceil(Math.max(16, 4.3 * Math.max(5, Math.ceil(hosts / plan.servers / 400))) + 3);
