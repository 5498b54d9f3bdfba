// `npm run bench:deploy`: from deployVirtualMachine to the guest's page, on real guests, split into what is ours (the job, step by
// step) and the guest's own boot. As root; starts a cloud of its own and leaves nothing.
import Table from 'cli-table3';
import { startTestCloud } from '#test/e2e/environment.ts';
import type { Api, Thing } from '#tools/cloud/api.ts';
import { ensureWayIn, waitForPage } from '../cloud/guest.ts';

interface Step {
  name: string;
  started: string;
  ended?: string;
}
interface Timed {
  guest: Thing;
  jobMs: number;
  steps: Step[];
}

const POLL_MS = 25;

async function deploy(api: Api, params: Record<string, string>): Promise<Timed> {
  const began = performance.now();
  const { jobid, id } = (await api.call('deployVirtualMachine', params)) as { jobid: string; id: string };
  for (;;) {
    const job = (await api.call('queryAsyncJobResult', { jobid })) as {
      jobstatus: number;
      steps?: Step[];
      jobresult?: { errortext?: string };
    };
    if (job.jobstatus === 2) throw new Error(job.jobresult?.errortext ?? 'the deploy failed');
    if (job.jobstatus === 1) {
      const jobMs = performance.now() - began;
      const [guest] = await api.list('listVirtualMachines', { id });
      return { guest: guest!, jobMs, steps: job.steps ?? [] };
    }
    await new Promise((resolve) => {
      setTimeout(resolve, POLL_MS);
    });
  }
}

const cloud = await startTestCloud({ mode: 'kvm' });
try {
  const { api, zone, template, offering } = cloud;
  const table = new Table({
    head: ['guest', 'ours: the job', 'of it by step (s of the clock)', 'boot to HTTP answer'],
  });
  for (const [name, what] of [
    ['one', 'first of a new network'],
    ['two', 'second of the network'],
  ] as const) {
    const began = performance.now();
    const { guest, jobMs, steps } = await deploy(api, {
      zoneid: zone.id,
      templateid: template.id,
      serviceofferingid: offering.id,
      name,
    });
    const address = await ensureWayIn(api, guest);
    await waitForPage(`http://${address}/`, name);
    const bootMs = performance.now() - began - jobMs;
    table.push([
      what,
      `${(jobMs / 1000).toFixed(2)} s`,
      steps.map((step) => step.name).join(' → '),
      `${(bootMs / 1000).toFixed(2)} s`,
    ]);
  }
  process.stdout.write(`${table.toString()}\n`);
} finally {
  await cloud.stop();
}
process.exit();
