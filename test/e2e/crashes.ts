// The management server killed in the middle of a deploy, again and again, at moments drawn from a seed: spread over all steps, short
// ones and long ones alike. After each restart the job is done or undone, and what the API tells is what the hosts hold.
import assert from 'node:assert/strict';
import { setTimeout as pass } from 'node:timers/promises';
import type { Db } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';
import type { Thing } from '#tools/cloud/api.ts';
import { until, type TestCloud } from './environment.ts';

const SETTLED_WITHIN_MS = 90_000;
const POLL_MS = 10;

/** What there is of guests, told by the API or held by hosts. */
export interface World {
  guests: string[];
  macs: string[];
  volumes: string[];
}
export const sorted = (world: World): World => ({
  guests: world.guests.toSorted(),
  macs: world.macs.toSorted(),
  volumes: world.volumes.toSorted(),
});

export async function told(cloud: TestCloud): Promise<World> {
  const running = await cloud.api.list('listVirtualMachines', { listall: true, state: 'Running' });
  const volumes = await cloud.api.list('listVolumes', { listall: true });
  return sorted({
    guests: running.map((guest) => `${String(guest['instancename'])} on ${String(guest['hostname'])}`),
    macs: running.flatMap((guest) => (guest['nic'] as Thing[]).map((nic) => String(nic['macaddress']))),
    volumes: volumes.filter((volume) => volume.state === 'Ready').map((volume) => volume.id),
  });
}

export interface Crashing {
  cloud: TestCloud;
  db: Db;
  /** What the hosts hold, looked up on them and not asked of the cloud. */
  held: () => Promise<World>;
}

export const agree = ({ cloud, held }: Pick<Crashing, 'cloud' | 'held'>): Promise<unknown> =>
  until(
    'the API and the hosts agree',
    async () => {
      assert.deepEqual(await held(), await told(cloud));
      return true;
    },
    SETTLED_WITHIN_MS,
  );

export const jobsEnd = (cloud: TestCloud): Promise<unknown> =>
  until(
    'every job has ended',
    async () => {
      const jobs = await cloud.api.list('listAsyncJobs', { listall: true });
      const open = jobs.filter((job) => job['jobstatus'] === 0).map((job) => `${String(job['cmd'])} ${job.id}`);
      assert.deepEqual(open, []);
      return true;
    },
    SETTLED_WITHIN_MS,
  );

export const deployment = (cloud: TestCloud, name: string): Record<string, string> => ({
  zoneid: cloud.zone.id,
  templateid: cloud.template.id,
  serviceofferingid: cloud.offering.id,
  name,
});

export interface Step {
  name: string;
  /** Since the call was sent. */
  fromMs: number;
  toMs: number;
}

/** A deploy that nobody disturbs, step by step, as the journal has it to the millisecond. The first is the call itself, up to its
 * answer. */
export async function calmDeploy({ cloud, db }: Pick<Crashing, 'cloud' | 'db'>, name: string): Promise<Step[]> {
  const sent = Date.now();
  const { jobid } = await cloud.api.call('deployVirtualMachine', deployment(cloud, name));
  const steps: Step[] = [{ name: 'the call', fromMs: 0, toMs: Date.now() - sent }];
  const job = await until('the deploy ended', async () => {
    const now = await cloud.api.call('queryAsyncJobResult', { jobid: String(jobid) });
    return now['jobstatus'] !== 0 && now;
  });
  assert.equal(job['jobstatus'], 1, JSON.stringify(job['jobresult']));
  return [...steps, ...(await journalOf(db, String(jobid), sent))];
}

/** The steps of a job in milliseconds since then. */
export async function journalOf(db: Db, jobUuid: string, since: number): Promise<Step[]> {
  const steps = await db.read.rows<{ name: string; started: Date; ended: Date }>(sql`
    select s.name, s.started, s.ended from job_step s join job j on j.id = s.job_id where j.uuid = ${jobUuid} order by s.ended`);
  return steps.map(({ name, started, ended }) => ({
    name,
    fromMs: Math.max(0, started.getTime() - since),
    toMs: Math.max(0, ended.getTime() - since),
  }));
}

/** The same numbers for the same seed, each from 0 to 1 (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const seed = Number(process.env['NEPHOS_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

export interface Moment {
  step: string;
  atMs: number;
}

/** Each step as often as the others, at a moment within it. */
export function momentsIn(steps: readonly Step[], count: number, random: () => number): Moment[] {
  return Array.from({ length: count }, (_, round) => {
    const step = steps[round % steps.length]!;
    return { step: step.name, atMs: step.fromMs + random() * Math.max(1, step.toMs - step.fromMs) };
  }).toSorted(() => random() - 0.5);
}

export interface Ends {
  Running: number;
  Error: number;
  never: number;
}

/** One deploy per moment, the server killed at it. `ended` is told how each ended, when API and hosts agree again. */
export async function crashAt(
  crashing: Crashing,
  moments: readonly Moment[],
  ended: (guest: Thing | undefined) => Promise<void>,
): Promise<Ends> {
  const { cloud } = crashing;
  const ends: Ends = { Running: 0, Error: 0, never: 0 };
  for (const [round, moment] of moments.entries()) {
    const name = `crash-${round}`;
    const what = `${name}, killed in «${moment.step}» after ${moment.atMs.toFixed(0)} ms (seed ${seed})`;
    const asked = cloud.api.call('deployVirtualMachine', deployment(cloud, name)).catch(() => undefined);
    await pass(Math.max(POLL_MS, moment.atMs));
    await cloud.crashServer();
    const answer = await asked;
    await jobsEnd(cloud);
    const [guest] = await cloud.api.list('listVirtualMachines', { listall: true, name });
    if (answer !== undefined) {
      const job = await cloud.api.call('queryAsyncJobResult', { jobid: String(answer['jobid']) });
      assert.ok(guest, `${what}: it was accepted and is not listed`);
      assert.equal(job['jobstatus'] === 1, guest.state === 'Running', `${what}: ${JSON.stringify(job)}`);
    }
    const state = guest?.state ?? 'never';
    assert.ok(state in ends, `${what}: it is ${state}`);
    ends[state as keyof Ends]++;
    if (state === 'Error') assert.deepEqual(guest!['nic'], [], `${what}: it failed and kept its addresses`);
    await agree(crashing);
    await ended(guest);
  }
  return ends;
}
