// Which alerts have not been mailed.
import type { Tx } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';

export interface Unmailed {
  id: number;
  name: string;
  subject: string;
  content: string | null;
  zone: string | null;
  created: Date;
  over: boolean;
}
export const unmailed = (tx: Tx, limit: number): Promise<Unmailed[]> =>
  tx.rows(sql`
  select a.id, a.name, a.subject, a.content, z.name as zone, a.created, a.resolved is not null or a.archived as over
  from alert a left join zone z on z.id = a.zone_id where a.mailed is null order by a.id limit ${limit}`);
export const markMailed = (tx: Tx, id: number): Promise<number> =>
  tx.run(sql`update alert set mailed = now() where id = ${id}`);
