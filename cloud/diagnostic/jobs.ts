// Jobs that take longer than they may, each with its walk so far and what it waits for; jobs that nobody takes; undos given up.
import type { Check, Finding } from './finding.ts';
import { deadlineS, duration, MOST } from './finding.ts';
import { jobWalks } from '../job/job.ts';
import {
  aheadOf,
  givenUpUndos,
  lateJobs,
  unclaimed,
  unknownJobs,
  workerCount,
  type Ahead,
  type LateJob,
} from './work.store.ts';
import type { Tx } from '#kernel/db.ts';

const UNCLAIMED_S = 60;

export const stuckJobs: Check = {
  area: 'jobs',
  fine: 'no job is past its deadline, and none waits for a server',
  look: async ({ tx, settings }) => [
    ...(await lateFindings(tx, deadlineS(settings))),
    ...(await unknownFindings(tx)),
    ...(await unclaimedFindings(tx)),
  ],
};

async function lateFindings(tx: Tx, afterS: number): Promise<Finding[]> {
  const jobs = await lateJobs(tx, afterS, MOST);
  const ids = jobs.map(({ id }) => id);
  const [walks, ahead] = [await jobWalks(tx, ids), await aheadOf(tx, ids)];
  return jobs.map((job) => {
    const before = ahead.filter(({ jobId }) => jobId === job.id);
    return {
      severity: 'critical',
      summary: `${lateText(job, before)} since ${duration(job.ageS)}; at most ${duration(afterS)} are usual`,
      advice: adviceFor(job, before),
      since: job.since,
      about: { type: 'AsyncJob', id: job.uuid, name: job.command ?? job.kind },
      details: {
        state: job.undoing ? 'undoing' : job.state,
        kind: job.kind,
        attempts: job.attempts,
        server: job.worker,
        account: job.account,
        steps: walks.get(job.id) ?? [],
        ...(before.length === 0
          ? {}
          : { waitsfor: before.map(({ lane, aheadUuid, aheadCommand }) => `${lane}: ${aheadCommand} ${aheadUuid}`) }),
      },
    };
  });
}

/** What it does now, or who is ahead of it. */
export function lateText({ command, kind, state, undoing, doing, blocked }: LateJob, ahead: readonly Ahead[]): string {
  const name = command ?? kind;
  if (state === 'queued' && blocked > 0) return `${name} waits behind ${ahead[0]?.aheadCommand ?? 'another job'}`;
  if (state === 'queued') return `${name} waits to be taken up`;
  return `${name} ${undoing ? 'is being undone' : 'runs'}${doing ? `, in step «${doing}»,` : ''}`;
}

function adviceFor({ state, blocked, attempts, worker }: LateJob, ahead: readonly Ahead[]): string {
  if (state === 'queued' && blocked > 0)
    return `Look at the job ahead of it first: ${ahead[0]?.aheadUuid ?? 'see job_lane'}`;
  if (attempts > 3)
    return `It was taken up ${attempts} times: read the log lines of its id, a server may die in this step`;
  if (state === 'queued') return 'Look whether servers run and are ready (/readyz)';
  return `Read the log lines of its id on ${worker ?? 'its server'} and on the host that the step calls; restarting that server hands it to another`;
}

/** What a rollback leaves behind: jobs of the newer release wait for a server of it. */
async function unknownFindings(tx: Tx): Promise<Finding[]> {
  return (await unknownJobs(tx)).map(({ kind, version, known, n, since, ageS }) => ({
    severity: 'critical',
    summary: `${n} ${n === 1 ? 'job' : 'jobs'} of kind ${kind}, version ${version}, cannot be run by any server: they know ${known === null ? 'no such kind' : `version ${known} at most`}; the first has waited for ${duration(ageS)}`,
    advice:
      'They were put in line by a newer release and wait for it, and what they lock waits with them: start a server of that release until they are done',
    since,
    details: { kind, version, known, jobs: n },
  }));
}

async function unclaimedFindings(tx: Tx): Promise<Finding[]> {
  const workers = await workerCount(tx);
  const told = new Set((await unknownJobs(tx)).map(({ kind }) => kind));
  return (await unclaimed(tx, UNCLAIMED_S))
    .filter(({ kind }) => !told.has(kind))
    .map(({ kind, n, since, ageS }) => ({
      severity: 'critical',
      summary: `${n} ${n === 1 ? 'job' : 'jobs'} of kind ${kind} could run, and no server takes ${n === 1 ? 'it' : 'them'} since ${duration(ageS)}`,
      advice:
        workers === 0
          ? 'No server runs jobs: start one'
          : 'All servers may be at their limit of jobs at once, or none of this version knows the kind: finish the upgrade, or add a server',
      since,
      details: { kind, jobs: n, servers: workers },
    }));
}

export const undosGivenUp: Check = {
  area: 'undos',
  fine: 'every undo of a failed job went through',
  look: async ({ tx }) =>
    (await givenUpUndos(tx, MOST)).map(({ uuid, command, step, error, at }) => ({
      severity: 'warning',
      summary: `${command} failed, and its step «${step}» could not be undone: ${error}`,
      advice:
        'What it left on the host or storage is removed by the keepers when they see it; look that nothing is left, then wait for the job to expire or archive it',
      since: at,
      about: { type: 'AsyncJob', id: uuid, name: command },
      details: { step, error },
    })),
};
