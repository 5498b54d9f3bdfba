// `npm run bench:deploy`: from deployVirtualMachine to the guest's page, on real guests, split into what is ours (the job, step by
// step) and the guest's own boot; then what the processes weigh and how long a server takes to start. As root; starts a cloud of
// its own and leaves nothing. Nothing here is a test: absolutes are for this machine in this minute.
import os from 'node:os';
import type { Lab } from '#agent/lab/lab.ts';
import type { Db } from '#kernel/db.ts';
import { deployment, journalOf, type Step } from '#test/e2e/crashes.ts';
import { startTestCloud, type TestCloud } from '#test/e2e/environment.ts';
import { inside, labOf, qemuPid } from '#test/e2e/inside.ts';
import { openRows } from '#test/e2e/stock.ts';
import type { Thing } from '#tools/cloud/api.ts';
import { runningChild } from '#tools/cloud/children.ts';
import { ensureWayIn, waitForPage } from '../cloud/guest.ts';
import { rssMib } from './cpu.ts';
import { benchOptions } from './options.ts';
import { newTable } from './table.ts';

interface Timed {
  guest: Thing;
  jobMs: number;
  bootMs: number;
  /** Milliseconds from the call to the begin and the end of each step. */
  steps: Step[];
}

interface Bench {
  cloud: TestCloud;
  db: Db;
}

const POLL_MS = 10;
/** What is promised for the first guest of a new network. */
const OURS_S = 2;
const ROUTER_S = 1;

async function deploy({ cloud, db }: Bench, name: string): Promise<Timed> {
  const { api } = cloud;
  const sent = Date.now();
  const { jobid, id } = await api.call('deployVirtualMachine', deployment(cloud, name));
  for (;;) {
    const job = await api.call('queryAsyncJobResult', { jobid: String(jobid) });
    if (job['jobstatus'] === 2) throw new Error(`the deploy failed: ${JSON.stringify(job['jobresult'])}`);
    if (job['jobstatus'] === 1) break;
    await new Promise((resolve) => {
      setTimeout(resolve, POLL_MS);
    });
  }
  // The journal's times, so that how often the job was asked for does not count.
  const steps = await journalOf(db, String(jobid), sent);
  const jobMs = steps.at(-1)!.toMs;
  const [guest] = await api.list('listVirtualMachines', { id: String(id) });
  const address = await ensureWayIn(api, guest!);
  await waitForPage(`http://${address}/`, name);
  return { guest: guest!, jobMs, bootMs: Date.now() - sent - jobMs, steps };
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
const mib = (value: number): string => `${value.toFixed(0)} MiB`;

async function deployments(bench: Bench): Promise<Timed[]> {
  const table = newTable(['guest', 'total', 'ours', 'router ready', 'guest’s own boot', 'ours by step (ms)']);
  const timed: Timed[] = [];
  for (const [name, what] of [
    ['one', 'first of a new network'],
    ['two', 'second of the network'],
  ] as const) {
    const one = await deploy(bench, name);
    timed.push(one);
    const networks = one.steps.find((step) => step.name === 'networks');
    table.push([
      what,
      seconds(one.jobMs + one.bootMs),
      seconds(one.jobMs),
      networks ? `${seconds(networks.toMs)} (its step ${seconds(networks.toMs - networks.fromMs)})` : '–',
      seconds(one.bootMs),
      one.steps.map((step) => `${step.name} ${step.toMs - step.fromMs}`).join(' → '),
    ]);
  }
  process.stdout.write(`${table.toString()}\n`);
  const first = timed[0]!;
  const networks = first.steps.find((step) => step.name === 'networks');
  process.stdout.write(
    `target for the first guest of a new network: ours ≤ ${OURS_S} s (${seconds(first.jobMs)}), the router ready ≤ ${ROUTER_S} s of it (${seconds(networks?.toMs ?? 0)}); load ${os.loadavg()[0]!.toFixed(1)} on ${os.cpus().length} CPUs\n`,
  );
  return timed;
}

/** What programs of a router run, by host: everything in its namespace. */
async function routerProcesses(lab: Lab): Promise<Map<string, number>> {
  const weights = new Map<string, number>();
  for (const { index } of lab.hosts) {
    const listed = await inside(lab, index, 'ip', 'netns', 'list');
    for (const [netns] of listed.matchAll(/^nr-\S+/gm))
      for (const pid of (await inside(lab, index, 'ip', 'netns', 'pids', netns)).trim().split('\n').filter(Boolean)) {
        const name = (await inside(lab, index, 'cat', `/proc/${pid}/comm`)).trim();
        weights.set(name, (weights.get(name) ?? 0) + rssMib(Number(pid)));
      }
  }
  return weights;
}

async function memory({ cloud }: Bench, timed: readonly Timed[]): Promise<void> {
  const lab = await labOf(cloud);
  const table = newTable(['process', 'resident memory']);
  for (const name of ['server', 'agent-1']) table.push([name, mib(rssMib(runningChild(cloud.dataDir, name) ?? 0))]);
  const router = await routerProcesses(lab);
  const sum = [...router.values()].reduce((total, weight) => total + weight, 0);
  table.push([`router (${[...router.keys()].join(', ')})`, mib(sum)]);
  for (const { guest } of timed.slice(0, 1)) {
    const pid = await qemuPid({ lab, index: 1, name: String(guest['instancename']) });
    table.push(['QEMU of a guest with 128 MiB', mib(rssMib(pid))]);
  }
  process.stdout.write(`${table.toString()}\n`);
}

benchOptions({ command: 'npm run bench:deploy', options: {} });
const cloud = await startTestCloud({ mode: 'kvm' });
const db = await openRows(cloud);
try {
  const timed = await deployments({ cloud, db });
  await memory({ cloud, db }, timed);
  process.stdout.write(`a management server started cold answers after ${seconds(await cloud.crashServer())}\n`);
} finally {
  await db.close();
  await cloud.stop();
}
process.exit();
