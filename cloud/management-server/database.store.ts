// What PostgreSQL tells of itself.
import type { Tx } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';

interface DatabaseMetrics {
  now: Date;
  connections: number;
  /** Null: over a socket of the same machine. */
  host: string | null;
  replicas: string[];
  /** Null: it does not encrypt. */
  tls: string | null;
  upS: number;
  version: string;
  comment: string;
}
export const databaseMetrics = (tx: Tx): Promise<DatabaseMetrics> =>
  tx.one(sql`
  select clock_timestamp() as now, (select count(*)::int from pg_stat_activity where backend_type = 'client backend') as connections, host(inet_server_addr()) as host,
    array(select coalesce(host(client_addr), application_name) from pg_stat_replication order by 1) as replicas,
    case when current_setting('ssl') = 'on' then 'from ' || current_setting('ssl_min_protocol_version') || coalesce(' to ' || nullif(current_setting('ssl_max_protocol_version'), ''), '') end as tls,
    floor(extract(epoch from clock_timestamp() - pg_postmaster_start_time()))::bigint as "upS", current_setting('server_version') as version, version() as comment`);
