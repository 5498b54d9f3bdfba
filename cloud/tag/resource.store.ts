// The uuid of any thing by its table and number. Tables come from the code, never from a caller.
import type { Tx } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';

export const uuidOf = async (tx: Tx, table: string, id: number): Promise<string> =>
  (await tx.one<{ uuid: string }>(sql`select uuid from ${sql.raw(table)} where id = ${id}`)).uuid;
