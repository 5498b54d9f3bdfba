// Calls of accounts that come near to their limit, counted on all servers together.
import type { Tx } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';

export interface Calls {
  accountId: number;
  endsMs: number;
}

/** Adds to what all servers have counted in the interval, and says how many it is then. */
export const addCalls = async (tx: Tx, { accountId, endsMs }: Calls, issued: number): Promise<number> =>
  (
    await tx.one<{ issued: number }>(sql`insert into call_count(account_id, ends, issued)
      values (${accountId}, to_timestamp(${endsMs / 1000}::float8), ${issued})
      on conflict (account_id, ends) do update set issued = call_count.issued + excluded.issued returning issued`)
  ).issued;

export const forgetCalls = (tx: Tx, accountId: number | undefined): Promise<number> =>
  tx.run(sql`delete from call_count ${accountId === undefined ? sql.empty : sql`where account_id = ${accountId}`}`);
