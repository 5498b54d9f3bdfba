// Tables of a region in a form that can be compared with another one's: what follows from chance, from the clock or from the order
// of things (ids, times, counters of changes, addresses of cards, which of the equal hosts was taken) is left out; what is
// history (events, jobs, sessions) is not looked at.
import type { Db } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';

const COMPARED = [
  'account',
  'cluster',
  'cloud_user',
  'disk_offering',
  'domain',
  'host',
  'host_network',
  'image_store',
  'network',
  'network_offering',
  'network_rule',
  'nic',
  'physical_network',
  'pod',
  'pod_ip_range',
  'provider',
  'public_ip',
  'resource_count',
  'resource_limit',
  'router',
  'service_offering',
  'setting',
  'storage_pool',
  'template',
  'template_pool',
  'template_store',
  'template_zone',
  'traffic_type',
  'vlan_range',
  'vm',
  'vni',
  'volume',
  'zone',
] as const;

/** Columns by chance, by the clock or by order, in any table. */
const LEFT_OUT =
  /^(id|uuid|guid|.*_id|.*_generation|generation|row_version|created|updated|attached|allocated|taken|measured|told|since|removed|power_at|last_.*|ping_.*|disconnected|mac|guest_mac|instance_name|placement|password|console_password|password_hash|changed|cpu_used_percent|memory_used_mib|used_bytes|peers|certificate_.*|link_worker)$/;
/** What hosts have been given, which of them is chance. */
const BY_CHANCE: Readonly<Record<string, readonly string[]>> = {
  host: ['cpu_reserved_mhz', 'memory_reserved_mib'],
  vm: ['name', 'display_name'],
  volume: ['name'],
  setting: ['value'],
  template_pool: ['used'],
  template_store: ['sha256'], // of a simulated image it follows from its id
};
/** What has one sum although its parts are by chance; a guest's name is one of its network whichever of them it is. */
const SUMS = sql`select sum(cpu_reserved_mhz)::text || ' MHz, ' || sum(memory_reserved_mib)::text || ' MiB' as line from host
  union all select string_agg(name, ' ' order by name) from vm
  union all select 'applied: ' || bool_and(r.applied_generation = w.generation) from router r join network w on w.id = r.network_id
  union all select 'told: ' || bool_and(n.generation = w.peers_generation and n.told like n.generation || ':%') from host_network n join network w on w.id = n.network_id
  union all select 'disks named after guests: ' || bool_and(d.name = 'ROOT-' || v.id) from volume d join vm v on v.id = d.vm_id
  union all select 'guests named after themselves: ' || bool_and(instance_name = 'i-' || account_id || '-' || id || '-VM') from vm
  union all select 'passwords: ' || count(password) || ' ' || count(console_password) || ' ' || count(password_id) from vm
  union all select 'reported where they are: ' || bool_and(host_id = power_host_id) from vm`;

export async function tablesOf(db: Db): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {
    sums: (await db.read.rows<{ line: string | null }>(SUMS)).map(({ line }) => line ?? 'none'),
  };
  for (const table of COMPARED) {
    const rows = await db.read.rows<{ row: Record<string, unknown> }>(
      sql`select to_jsonb(t) as row from ${sql.raw(table)} t`,
    );
    found[table] = rows.map(({ row }) => JSON.stringify(comparable(table, row))).toSorted();
  }
  // How many hosts a network has is chance as well.
  found['host_network'] = [...new Set(found['host_network'])];
  return found;
}

function comparable(table: string, row: Record<string, unknown>): Record<string, unknown> {
  const chance = BY_CHANCE[table] ?? [];
  return Object.fromEntries(
    Object.entries(row).filter(([column]) => !LEFT_OUT.test(column) && !chance.includes(column)),
  );
}
