// Rows of one-time tokens.
import type { Tx } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';

export const insertToken = (tx: Tx, values: Readonly<Record<string, unknown>>): Promise<number> =>
  tx.run(sql`insert into one_time_token ${sql.row(values)}`);

/** Marks it used and returns it; of two who try, one gets it. */
export const takeToken = (
  tx: Tx,
  hash: string,
  clientAddress?: string,
): Promise<{ uuid: string; body: { vmId: number } } | undefined> =>
  tx.first(
    sql`update one_time_token set used = now(), client_address = ${clientAddress ?? null} where token_hash = ${hash} and purpose = 'console' and used is null and expires > now() returning uuid, body`,
  );

export const endToken = (tx: Tx, uuid: string): Promise<number> =>
  tx.run(sql`update one_time_token set ended = now() where uuid = ${uuid}`);
