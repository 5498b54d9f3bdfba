// Things in a state that somebody works to leave, for longer than that may take. Since when is told by the keeper that watches
// them; what it has not seen yet is too young.
import type { Check } from './finding.ts';
import { deadlineS, duration, MOST, ORPHAN_S } from './finding.ts';
import { jobWalks } from '../job/job.ts';
import { overdueNow } from './watch.store.ts';

export const overdueStates: Check = {
  area: 'states',
  fine: 'nothing is in a state between two for longer than it may be',
  look: async ({ tx, settings }) => {
    const limits = { deadlineS: deadlineS(settings), orphanS: ORPHAN_S, limit: MOST };
    const found = (await overdueNow(tx, limits)).filter(({ entity }) => entity !== 'asyncjob');
    const walks = await jobWalks(
      tx,
      found.flatMap(({ jobId }) => jobId ?? []),
    );
    return found.map(({ entity, uuid, name, state, since, ageS, jobId, jobUuid }) => ({
      severity: 'critical',
      summary: `${entity} ${name} is ${state} since ${duration(ageS)}${jobUuid ? `, job ${jobUuid} works on it` : ', and no job works on it'}`,
      advice: jobUuid
        ? 'Look at that job: it says where it is'
        : `Read the log lines with ${uuid}; the verb of the API that leads out of ${state} (for an instance: stop by force, or destroy) may be called again`,
      since,
      about: { type: entity, id: uuid, name },
      details: { state, ...(jobId === null ? {} : { job: jobUuid, steps: walks.get(jobId) ?? [] }) },
    }));
  },
};
