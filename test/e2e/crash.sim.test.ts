// The management server is killed in the middle of a deploy, again and again, at moments spread over the whole of it. After each
// restart the job is done or undone, and what the API counts is what the hosts hold. Hosts are simulated: the server is the subject.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as pass } from 'node:timers/promises';
import type { Thing } from '#tools/cloud/api.ts';
import { startTestCloud, until, type TestCloud } from './environment.ts';

const CRASHES = 20;
const SETTLED_WITHIN_MS = 60_000;

let cloud: TestCloud;
let deployMs = 0;
before(async () => {
  cloud = await startTestCloud({ mode: 'simulator' });
});
after(async () => {
  await cloud?.stop();
});

const deployment = (name: string): Record<string, string> => ({
  zoneid: cloud.zone.id,
  templateid: cloud.template.id,
  serviceofferingid: cloud.offering.id,
  name,
});

interface SimulatorState {
  hosts: Record<string, { guests: { name: string; nics: { mac: string }[] }[] }>;
  storage: { pools: Record<string, { volumes: Record<string, number> }> };
}
interface World {
  guests: string[];
  macs: string[];
  volumes: string[];
}
const sorted = (world: World): World => ({
  guests: world.guests.toSorted(),
  macs: world.macs.toSorted(),
  volumes: world.volumes.toSorted(),
});

/** What the hosts hold, as they wrote it down. */
function held(): World {
  const state = JSON.parse(readFileSync(path.join(cloud.dataDir, 'hosts', 'state.json'), 'utf8')) as SimulatorState;
  const guests = Object.entries(state.hosts).flatMap(([host, of]) => of.guests.map((guest) => ({ host, ...guest })));
  return sorted({
    guests: guests.map((guest) => `${guest.name} on ${guest.host}`),
    macs: guests.flatMap((guest) => guest.nics.map((nic) => nic.mac)),
    volumes: Object.values(state.storage.pools).flatMap((pool) => Object.keys(pool.volumes)),
  });
}

/** The same as the API tells it. */
async function told(): Promise<World> {
  const running = await cloud.api.list('listVirtualMachines', { listall: true, state: 'Running' });
  const volumes = await cloud.api.list('listVolumes', { listall: true });
  return sorted({
    guests: running.map((guest) => `${String(guest['instancename'])} on ${String(guest['hostname'])}`),
    macs: running.flatMap((guest) => (guest['nic'] as Thing[]).map((nic) => String(nic['macaddress']))),
    volumes: volumes.filter((volume) => volume.state === 'Ready').map((volume) => volume.id),
  });
}

/** What is reserved and counted somewhere, and must be given back with the last instance. */
async function reserved(): Promise<unknown> {
  const hosts = await cloud.api.list('listHosts', { type: 'Routing' });
  const [account] = await cloud.api.list('listAccounts', { name: 'admin' });
  const capacity = await cloud.api.list('listCapacity', { zoneid: cloud.zone.id });
  const used = (type: number): unknown => capacity.find((one) => one['type'] === type)?.['capacityused'];
  return {
    memory: hosts.map((host) => Number(host['memoryallocated'] ?? 0)).reduce((sum, bytes) => sum + bytes, 0),
    memoryCapacity: used(0),
    cpuCapacity: used(1),
    storageCapacity: used(3),
    totals: ['vmtotal', 'volumetotal', 'cputotal', 'memorytotal', 'primarystoragetotal'].map((name) => account![name]),
  };
}

const agree = (): Promise<unknown> =>
  until(
    'the API and the hosts agree',
    async () => {
      assert.deepEqual(held(), await told());
      return true;
    },
    SETTLED_WITHIN_MS,
  );
const jobsEnd = (): Promise<Thing[]> =>
  until(
    'every job has ended',
    async () => {
      const jobs = await cloud.api.list('listAsyncJobs', { listall: true });
      const open = jobs.filter((job) => job['jobstatus'] === 0);
      assert.deepEqual(
        open.map((job) => `${String(job['cmd'])} ${job.id}`),
        [],
      );
      return jobs;
    },
    SETTLED_WITHIN_MS,
  );

let empty: unknown;
test('a deploy that nobody disturbs', async () => {
  await cloud.api.make('deployVirtualMachine', deployment('keeps')); // brings the network, which stays
  empty = await reserved();
  const since = Date.now();
  await cloud.api.make('deployVirtualMachine', deployment('calm'));
  deployMs = Date.now() - since;
  await agree();
});

test(`killed at ${CRASHES} moments of a deploy, it is done or undone each time`, async (t) => {
  const ends = { Running: 0, Error: 0, never: 0 };
  for (let round = 0; round < CRASHES; round++) {
    const name = `crash-${round}`;
    const asked = cloud.api.call('deployVirtualMachine', deployment(name)).catch(() => undefined);
    // Spread over the whole deploy, and a little by chance within each part.
    await pass(((round + Math.random()) / CRASHES) * deployMs);
    await cloud.crashServer();
    const answer = await asked;
    await jobsEnd();
    const [guest] = await cloud.api.list('listVirtualMachines', { listall: true, name });
    if (answer !== undefined) {
      const job = await cloud.api.call('queryAsyncJobResult', { jobid: String(answer['jobid']) });
      assert.equal(job['jobstatus'] === 1, guest?.state === 'Running', `${name}: ${JSON.stringify(job)}`);
      assert.ok(guest, `${name} was accepted and is not listed`);
    }
    assert.ok(
      guest === undefined || guest.state === 'Running' || guest.state === 'Error',
      `${name} is ${guest?.state}`,
    );
    ends[(guest?.state ?? 'never') as keyof typeof ends]++;
    if (guest?.state === 'Error') assert.deepEqual(guest['nic'], [], `${name} failed and kept its addresses`);
    await agree();
  }
  t.diagnostic(`a deploy takes ${deployMs} ms; after ${CRASHES} crashes: ${JSON.stringify(ends)}`);
});

test('with the last of them everything that was reserved is given back', async () => {
  const guests = await cloud.api.list('listVirtualMachines', { listall: true });
  for (const guest of guests.filter((one) => one.name !== 'keeps'))
    await cloud.api.make('destroyVirtualMachine', { id: guest.id, expunge: true });
  await agree();
  await until(
    'nothing is reserved for them',
    async () => {
      assert.deepEqual(await reserved(), empty);
      return true;
    },
    30_000,
  );
});
