// Writing alerts down.
import type { Tx } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';

export interface NewAlert { type: number; name: string; subject: string; content: string; zoneId: number | null; podId: number | null; clusterId: number | null }

export const insertAlert = (tx: Tx, alert: NewAlert): Promise<number> => tx.run(sql`insert into alert ${sql.row({
  type: alert.type, name: alert.name, subject: alert.subject.slice(0, 999), content: alert.content.slice(0, 5_000), zone_id: alert.zoneId ?? undefined, pod_id: alert.podId ?? undefined, cluster_id: alert.clusterId ?? undefined,
})}`);

/** Counts up an alert that still stands for the same place; 0: there is none. */
export const countAgain = (tx: Tx, alert: NewAlert): Promise<number> => tx.run(sql`
  update alert set sent_count = sent_count + 1, last_sent = now(), subject = ${alert.subject.slice(0, 999)}, content = ${alert.content.slice(0, 5_000)}
  where id = (select id from alert where type = ${alert.type} and name = ${alert.name} and resolved is null and not archived and zone_id is not distinct from ${alert.zoneId}
    and pod_id is not distinct from ${alert.podId} and cluster_id is not distinct from ${alert.clusterId} order by id desc limit 1)`);
