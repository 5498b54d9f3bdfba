// How far a running job is, for people who watch it: not the journal. Short steps leave no trace here.
import type { Db } from './db.ts';
import type { JobRow } from './job.ts';
import { sql } from './sql.ts';

const WRITE_EVERY_MS = 300;

/** Keeps what people see up to date without a write per step; `tell` is called when there is something to see. */
export function showProgress(
  db: Pick<Db, 'read'>,
  row: JobRow,
  tell: () => void,
): (doing: string, percent: number, text: string) => void {
  let written = -Infinity;
  return (doing, percent, text) => {
    const now = performance.now();
    if (percent === 100) {
      tell();
      return;
    }
    if (percent !== 0 && now - written < WRITE_EVERY_MS) return;
    written = now;
    const label = text ? `${doing}: ${text}` : doing;
    db.read
      .run(sql`update job set doing = ${label.slice(0, 200)}, percent = ${Math.round(percent)}, doing_since = case when percent = 0 then clock_timestamp() else doing_since end
        where id = ${row.id} and owner = ${row.owner} and epoch = ${row.epoch} and state = 'running'`)
      .then(tell, () => {});
  };
}
