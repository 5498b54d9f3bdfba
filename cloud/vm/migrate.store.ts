// What a move reads of hosts.
import type { Tx } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';

export const hostPlace = (tx: Tx, id: number): Promise<{ guid: string; clusterId: number; status: string }> =>
  tx.one(sql`select guid, cluster_id as "clusterId", status from host where id = ${id}`);
