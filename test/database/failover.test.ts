// The database's primary is killed under load, its synchronous standby is promoted: the API is back by itself, nothing that
// was acknowledged is lost, no job fails by it, and the dead primary that comes back is not believed.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as pass } from 'node:timers/promises';
import type { Api } from '#tools/cloud/api.ts';
import { startTestCloud, until, type TestCloud } from '#test/e2e/environment.ts';
import { ApiFailure } from '../../clients/sdk/failure.ts';
import { startPair, type Pair } from './pair.ts';

const BACK_WITHIN_MS = 30_000;
const DEPLOYERS = 3;
const CREATORS = 3;

let pair: Pair;
let cloud: TestCloud;
let work: Load | undefined;
before(async () => {
  pair = await startPair();
  cloud = await startTestCloud({ mode: 'simulator', env: { DATABASE_URL: pair.url } });
});
after(async () => {
  await work?.end();
  await cloud?.stop();
  await pair?.stop();
});

interface Load {
  /** Names of what was created and acknowledged, with the time. */
  readonly created: Map<string, number>;
  /** Jobs that were acknowledged. */
  readonly jobs: string[];
  readonly refusals: string[];
  end(): Promise<void>;
}

/** Clients that go on whatever happens, and note what they were promised. */
function load(api: Api): Load {
  const created = new Map<string, number>();
  const jobs: string[] = [];
  const refusals: string[] = [];
  let ended = false;
  const forever = async (who: string, once: (name: string) => Promise<void>): Promise<void> => {
    for (let n = 1; !ended; n += 1)
      await once(`${who}-${n}`).catch(async (error: unknown) => {
        refusals.push(why(error));
        await pass(20);
      });
  };
  const create = async (name: string): Promise<void> => {
    await api.call('createServiceOffering', { name, displaytext: name, cpunumber: 1, cpuspeed: 100, memory: 64 });
    created.set(name, Date.now());
  };
  const deploy = async (name: string): Promise<void> => {
    const { zone, template, offering } = cloud;
    const where = { zoneid: zone.id, templateid: template.id, serviceofferingid: offering.id };
    const { jobid, id } = await api.call('deployVirtualMachine', { ...where, name });
    jobs.push(jobid as string);
    await settled(api, jobid as string);
    const destroyed = await api.call('destroyVirtualMachine', { id: id as string, expunge: true });
    jobs.push(destroyed['jobid'] as string);
    await settled(api, destroyed['jobid'] as string);
  };
  const clients = [
    ...Array.from({ length: CREATORS }, (_, n) => forever(`offering-${n}`, create)),
    ...Array.from({ length: DEPLOYERS }, (_, n) => forever(`guest-${n}`, deploy)),
  ];
  return {
    created,
    jobs,
    refusals,
    end: async () => {
      ended = true;
      await Promise.all(clients);
    },
  };
}

/** Polls through an outage; what the job came to. */
const settled = (api: Api, jobid: string): Promise<Readonly<Record<string, unknown>>> =>
  until(`job ${jobid} to end`, async () => {
    const job = await api.call('queryAsyncJobResult', { jobid });
    return job['jobstatus'] !== 0 && job;
  });

const why = (error: unknown): string =>
  error instanceof ApiFailure ? `${error.status}: ${error.text}` : (error as Error).message;

test('the primary dies under load: back within 30 s, nothing acknowledged is lost, no job fails', async () => {
  const { api } = cloud;
  work = load(api);
  const { created, jobs, refusals } = work;
  await until('work under way', async () => created.size >= 25 && jobs.length >= 4);
  await pair.killPrimary();
  const killed = Date.now();
  const before = created.size;
  const jobsBefore = jobs.length;
  const ready = new URL('/readyz', cloud.file.api);
  await until('the outage to be felt', async () => (await fetch(ready)).status === 503);
  await pair.promoteStandby();
  const promoted = Date.now();
  await until('creates after the failover', async () => created.size >= before + 25, BACK_WITHIN_MS);
  const back = [...created.values()].find((at) => at > promoted)!;
  await until('jobs after the failover', async () => jobs.length >= jobsBefore + DEPLOYERS);
  await work.end();
  console.log(
    `failover: API back ${back - killed} ms after the kill, ${back - promoted} ms after the promotion; ${created.size} creates and ${jobs.length} jobs acknowledged, ${refusals.length} calls refused meanwhile`,
  );
  assert.ok(back - killed < BACK_WITHIN_MS, `the API was away for ${back - killed} ms`);
  await nothingLost(api, work);
  const business = refusals.filter((text) => !text.startsWith('503'));
  assert.deepEqual(business, [], 'an outage is answered by 503 and nothing else');
});

async function nothingLost(api: Api, work: Load): Promise<void> {
  const there = new Set<string>();
  for (let page = 1; ; page += 1) {
    const found = await api.list('listServiceOfferings', { page, pagesize: 500 });
    for (const { name } of found) there.add(name!);
    if (found.length < 500) break;
  }
  assert.deepEqual(
    [...work.created.keys()].filter((name) => !there.has(name)),
    [],
    'acknowledged creates that are gone',
  );
  for (const jobid of work.jobs) {
    const job = await settled(api, jobid);
    assert.equal(job['jobstatus'], 1, `job ${jobid}: ${JSON.stringify(job['jobresult'])}`);
  }
}

test('the old primary comes back with its old history, and nobody follows it', async () => {
  const { api } = cloud;
  await pair.resurrectPrimary();
  await cloud.crashServer(); // a new process knows nothing of what was before
  await until('the API to answer', async () => api.list('listZones'));
  await api.call('createServiceOffering', {
    name: 'later',
    displaytext: 'later',
    cpunumber: 1,
    cpuspeed: 100,
    memory: 64,
  });
  const client = pair.standby();
  await client.connect();
  try {
    const { rows } = await client.query(`select from service_offering where name = 'later'`);
    assert.equal(rows.length, 1, 'it was written to the server that was promoted last');
  } finally {
    await client.end();
  }
});
