// What a pushed job event does: the job is asked for again; one that nobody here knows may be new in the list.
import { cache } from '../api/queries.ts';

export const jobsKey = ['jobs'] as const;
export const jobKey = (id: string) => ['job', id] as const;

export function noteJob(id: string): void {
  const known = cache.getQueryState(jobKey(id)) !== undefined;
  if (known) void cache.invalidateQueries({ queryKey: jobKey(id), exact: true });
  else void cache.invalidateQueries({ queryKey: jobsKey });
}
