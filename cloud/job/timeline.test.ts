// The walk of a job as its owner reads it after its end: what was done, the step that failed, what was undone, what would not be.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maskedText, fail } from '#api/errors.ts';
import { workflow } from '#kernel/job.ts';
import { enqueue } from '#kernel/queue.ts';
import { sql } from '#kernel/sql.ts';
import type { World } from '../context.ts';
import { inCloud, type TestCloud, type User } from '#test/cloud.ts';
import { settle } from '#test/jobs.ts';
import { makeAccount } from '#test/tenants.ts';

const walk = workflow<{ code: 'invalidParameter' | 'hostUnavailable' }, unknown, World>(
  'test.walk',
  async (job, { code }) => {
    job.undoTx('what was recorded', async () => {});
    await job.tx('choose', async () => 1, { undo: async () => {} });
    await job.call('prepare', async () => 2, { undo: async () => {} });
    await job.call('boot', async () => fail(code, 'host 7 said no'), { undo: async () => {} });
  },
);

interface Step {
  name: string;
  state: string;
  started: string;
  ended?: string;
  text?: string;
}

async function failedJob(
  { db, server }: TestCloud,
  code: 'invalidParameter' | 'hostUnavailable',
  accountId: number,
  domainId = 1,
): Promise<string> {
  const { uuid } = await enqueue(
    db.read,
    walk,
    { code },
    { lanes: [], command: 'startVirtualMachine', userId: 2, accountId, domainId },
  );
  await settle(server, [walk]);
  return uuid;
}
const stepsOf = async (user: User, jobid: string): Promise<Step[]> =>
  (await user.call('queryAsyncJobResult', { jobid }))['steps'];

test(
  'steps, the one that failed, and the undos, newest first, are told after the end',
  inCloud(async (cloud) => {
    const jobid = await failedJob(cloud, 'invalidParameter', 2);
    const steps = await stepsOf(cloud.admin, jobid);
    assert.deepEqual(
      steps.map(({ name, state }) => [name, state]),
      [
        ['choose', 'undone'],
        ['prepare', 'undone'],
        ['boot', 'failed'],
        ['undo boot', 'done'],
        ['undo prepare', 'done'],
        ['undo choose', 'done'],
        ['undo what was recorded', 'done'],
      ],
    );
    assert.equal(steps[2]!.text, 'host 7 said no');
    for (const step of steps) assert.ok(step.started && step.ended, step.name);
    const { asyncjobs } = await cloud.admin.call('listAsyncJobs', { listall: true });
    assert.deepEqual(
      asyncjobs.find((job: { jobid: string }) => job.jobid === jobid).steps.map(({ name }: Step) => name),
      steps.map(({ name }) => name),
    );
  }),
);

test(
  'an undo that was given up is told, and inside reasons to root alone; other tenants are told nothing',
  inCloud(async (cloud) => {
    const owner = await makeAccount(cloud, { name: 'owner' });
    const other = await makeAccount(cloud, { name: 'other' });
    const jobid = await failedJob(cloud, 'hostUnavailable', owner.accountId, owner.domainId);
    await cloud.db.read.run(
      sql`update job_step set undo_error = 'rack 3 is dark' where name = 'prepare' and job_id = (select id from job where uuid = ${jobid})`,
    );
    const texts = async (user: User): Promise<unknown[]> =>
      (await stepsOf(user, jobid)).filter(({ state }) => state === 'failed').map(({ name, text }) => [name, text]);
    assert.deepEqual(await texts(cloud.admin), [
      ['boot', 'host 7 said no'],
      ['undo prepare', 'rack 3 is dark'],
    ]);
    assert.deepEqual(await texts(owner.user), [
      ['boot', maskedText],
      ['undo prepare', maskedText],
    ]);
    assert.equal((await other.user.refused('queryAsyncJobResult', { jobid })).errorcode, 531);
  }),
);
