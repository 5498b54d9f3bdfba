// Rows that are kept for a while only, deleted a part at a time.
import type { Tx } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';

export const deleteOldChanges = (tx: Tx, minutes: number): Promise<number> =>
  tx.run(
    sql`delete from change where id in (select id from change where at < now() - ${minutes} * interval '1 minute' order by at limit 10000)`,
  );
/** Their steps go with them. */
export const deleteOldJobs = (tx: Tx, minutes: number): Promise<number> =>
  tx.run(
    sql`delete from job where id in (select id from job where finished < now() - ${minutes} * interval '1 minute' order by finished limit 2000)`,
  );
export const deleteOldCallCounts = (tx: Tx): Promise<number> =>
  tx.run(
    sql`delete from call_count where (account_id, ends) in (select account_id, ends from call_count where ends < now() - interval '1 minute' limit 2000)`,
  );
export const deleteOldTokens = (tx: Tx, hours: number): Promise<number> =>
  tx.run(sql`
  delete from one_time_token where token_hash in (select token_hash from one_time_token where expires < now() - ${hours} * interval '1 hour' and (ended < now() - ${hours} * interval '1 hour'
    or (ended is null and coalesce(used, created) < now() - ${hours} * interval '1 hour')) limit 2000)`);
