// The management server is killed in the middle of a deploy, again and again, at moments spread over the whole of it. After each
// restart the job is done or undone, and what the API counts is what the hosts hold. Hosts are simulated: the server is the subject.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Db } from '#kernel/db.ts';
import { readSimulated } from '#test/simulated.ts';
import { agree, calmDeploy, crashAt, momentsIn, randomFrom, seed, sorted, type Step, type World } from './crashes.ts';
import { startTestCloud, until, type TestCloud } from './environment.ts';
import { openRows } from './stock.ts';

const CRASHES = 20;

let cloud: TestCloud;
let db: Db;
let steps: Step[];
before(async () => {
  cloud = await startTestCloud({ mode: 'simulator' });
  db = await openRows(cloud);
});
after(async () => {
  await db?.close();
  await cloud?.stop();
});

/** What the hosts hold, as they wrote it down. */
async function held(): Promise<World> {
  const { hosts, volumes } = await readSimulated(cloud.dataDir);
  const guests = [...hosts].flatMap(([host, of]) => of.guests.map((guest) => ({ host, ...guest })));
  return sorted({
    guests: guests.map((guest) => `${guest.name} on ${guest.host}`),
    macs: guests.flatMap((guest) => guest.nics.map((nic) => nic.mac)),
    volumes: [...volumes],
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

let empty: unknown;
test('a deploy that nobody disturbs', async () => {
  await calmDeploy({ cloud, db }, 'keeps'); // brings the network, which stays
  empty = await reserved();
  steps = await calmDeploy({ cloud, db }, 'calm');
  await agree({ cloud, held });
});

test(`killed at ${CRASHES} moments of a deploy, it is done or undone each time`, async (t) => {
  t.diagnostic(`seed ${seed}`);
  const ends = await crashAt({ cloud, db, held }, momentsIn(steps, CRASHES, randomFrom(seed)), async () => {});
  t.diagnostic(`a deploy takes ${steps.at(-1)!.toMs} ms; after ${CRASHES} crashes: ${JSON.stringify(ends)}`);
});

test('with the last of them everything that was reserved is given back', async () => {
  const guests = await cloud.api.list('listVirtualMachines', { listall: true });
  for (const guest of guests.filter((one) => one.name !== 'keeps'))
    await cloud.api.make('destroyVirtualMachine', { id: guest.id, expunge: true });
  await agree({ cloud, held });
  await until(
    'nothing is reserved for them',
    async () => {
      assert.deepEqual(await reserved(), empty);
      return true;
    },
    30_000,
  );
});
