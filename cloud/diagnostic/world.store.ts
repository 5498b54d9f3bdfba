// What the checks of hosts, capacity, storage, servers and the database read. The sums over instances and volumes read all that
// are placed: an operator asks for them by hand, nothing asks by itself.
import type { Tx } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';

export interface SilentHost {
  uuid: string;
  name: string;
  zone: string;
  status: string;
  since: Date | null;
  silentS: number;
  vms: number;
}
/** Away, or up by our word and not heard. */
export const silentHosts = (tx: Tx, afterS: number): Promise<SilentHost[]> =>
  tx.rows(sql`
  select h.uuid, h.name, z.name as zone, h.status, coalesce(h.disconnected, h.last_ping) as since, coalesce(extract(epoch from clock_timestamp() - h.last_ping), 0)::float8 as "silentS",
    (select count(*)::int from vm v where v.host_id = h.id and v.removed is null) as vms
  from host h join zone z on z.id = h.zone_id
  where h.removed is null and h.type = 'Routing' and (h.status <> 'Up' or h.last_ping < clock_timestamp() - ${afterS} * interval '1 second') order by h.id`);

export interface Mismatch {
  uuid: string;
  name: string;
  recorded: number;
  summed: number;
}
/** No instance on the host is being started or stopped, and none of its zone moved (which holds room on two hosts), so what is
 * held must be what the instances on it were given. */
const settled = sql`not exists (select 1 from vm v join job j on j.resource_uuid = v.uuid and j.finished is null where v.host_id = h.id)
    and not exists (select 1 from vm m where m.state = 'Migrating' and m.removed is null and m.zone_id = h.zone_id)`;
export const cpuMismatches = (tx: Tx): Promise<Mismatch[]> =>
  tx.rows(sql`
  select h.uuid, h.name, h.cpu_reserved_mhz as recorded, coalesce(v.mhz, 0) as summed from host h
    left join lateral (select sum(cpus::bigint * cpu_mhz)::bigint as mhz from vm where host_id = h.id and removed is null) v on true
  where h.removed is null and h.cpu_reserved_mhz <> coalesce(v.mhz, 0) and ${settled} order by h.id`);
export const memoryMismatches = (tx: Tx): Promise<Mismatch[]> =>
  tx.rows(sql`
  select h.uuid, h.name, h.memory_reserved_mib as recorded, coalesce(v.mib, 0) as summed from host h
    left join lateral (select sum(memory_mib)::bigint as mib from vm where host_id = h.id and removed is null) v on true
  where h.removed is null and h.memory_reserved_mib <> coalesce(v.mib, 0) and ${settled} order by h.id`);

export interface FullPool {
  uuid: string;
  name: string;
  zone: string;
  type: 'StoragePool' | 'ImageStore';
  totalBytes: number;
  usedBytes: number;
}
export const fullStorage = (tx: Tx, share: number): Promise<FullPool[]> =>
  tx.rows(sql`
  select p.uuid, p.name, z.name as zone, 'StoragePool' as type, p.total_bytes as "totalBytes", p.used_bytes as "usedBytes" from storage_pool p join zone z on z.id = p.zone_id
  where p.removed is null and p.total_bytes > 0 and p.used_bytes >= ${share}::float8 * p.total_bytes
  union all
  select s.uuid, s.name, z.name, 'ImageStore', s.total_bytes, s.used_bytes from image_store s join zone z on z.id = s.zone_id
  where s.removed is null and s.total_bytes > 0 and s.used_bytes >= ${share}::float8 * s.total_bytes order by name`);

export interface ServerFacts {
  uuid: string;
  name: string;
  version: string;
  state: string;
  seen: Date;
  silentS: number;
  facts: {
    disk?: { path: string; totalBytes: number; freeBytes: number };
    certificateExpires?: string;
    databaseIsLocal?: boolean;
  };
}
export const serversNow = (tx: Tx): Promise<ServerFacts[]> =>
  tx.rows(sql`
  select uuid, name, version, state, seen, extract(epoch from now() - seen)::float8 as "silentS", facts from management_server order by name`);

export const expiringHosts = (
  tx: Tx,
  days: number,
): Promise<{ uuid: string; name: string; expires: Date; leftS: number }[]> =>
  tx.rows(sql`
  select uuid, name, certificate_expires as expires, extract(epoch from certificate_expires - now())::float8 as "leftS" from host
  where removed is null and certificate_expires < now() + ${days} * interval '1 day' order by certificate_expires`);

export interface DatabaseFacts {
  version: string;
  major: number;
  writable: boolean;
  connections: number;
  maxConnections: number;
  oldestTransactionS: number;
  schema: string;
}
export const databaseNow = (tx: Tx): Promise<DatabaseFacts> =>
  tx.one(sql`
  select current_setting('server_version') as version, current_setting('server_version_num')::int / 10000 as major,
    not pg_is_in_recovery() and current_setting('transaction_read_only') = 'off' as writable,
    (select count(*)::int from pg_stat_activity where backend_type = 'client backend') as connections, current_setting('max_connections')::int as "maxConnections",
    (select coalesce(max(extract(epoch from clock_timestamp() - xact_start)), 0)::float8 from pg_stat_activity
      where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()) as "oldestTransactionS",
    (select max(name) from migration) as schema`);
/** Standbys and how far they are behind; a role without the right to see that sees null. */
export const standbys = (tx: Tx): Promise<{ name: string; state: string | null; lagS: number | null }[]> =>
  tx.rows(sql`
  select application_name as name, state, extract(epoch from replay_lag)::float8 as "lagS" from pg_stat_replication order by application_name`);
