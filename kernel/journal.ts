// A job's journal: one row for each step that came to its end, written in the statement that proves that the job is still the
// worker's own.
import { sql, type Sql } from './sql.ts';

/** A step, and what came of it. */
export interface Remembered {
  name: string;
  out: unknown;
  started: Date;
}
/** Guarded by owner and epoch: no row comes back to a worker that lost the job, and nothing was written. */
export const remembering = (
  { id, owner, epoch }: { id: number; owner: number; epoch: number },
  { name, out, started }: Remembered,
): Sql => sql`
  with held as (update job set doing = ${name}, percent = 0, broken = 0, doing_since = clock_timestamp()
                where id = ${id} and owner = ${owner} and epoch = ${epoch} and state = 'running' returning cancel),
       kept as (insert into job_step(job_id, name, out, started)
                select ${id}, ${name}, ${JSON.stringify(out ?? null)}::jsonb, ${started} from held)
  select cancel from held`;
