// What instances use: the last sample of each, and those before it for as long as the setting says.
import type { Tx } from '#kernel/db.ts';
import { anyOf } from '#kernel/list.ts';
import { sql, type Sql } from '#kernel/sql.ts';

export interface UsageSample {
  hostId: number;
  name: string;
  seconds: number;
  cpuSeconds: number;
  memoryKib: number;
  networkRead: number;
  networkWrite: number;
  diskRead: number;
  diskWrite: number;
  diskReads: number;
  diskWrites: number;
  networkReadTotal: number;
  networkWriteTotal: number;
  diskReadTotal: number;
  diskWriteTotal: number;
  diskReadsTotal: number;
  diskWritesTotal: number;
}

const numbers = (samples: readonly UsageSample[], of: Exclude<keyof UsageSample, 'name'>): number[] =>
  samples.map((sample) => Math.round(sample[of]));
const amounts = sql.raw('network_read, network_write, disk_read, disk_write, disk_reads, disk_writes');
const totals = sql.raw(
  'network_read_total, network_write_total, disk_read_total, disk_write_total, disk_reads_total, disk_writes_total',
);

/** A host tells only of instances that are on it. Returns how many were written. */
export function writeUsage(tx: Tx, samples: readonly UsageSample[], keepsPast: boolean): Promise<number> {
  const past = sql`, past as (insert into vm_usage_past (vm_id, at, cpu_percent, memory_kib, ${amounts})
      select id, clock_timestamp(), cpu_percent, memory_kib, ${amounts} from known on conflict do nothing)`;
  return tx.run(sql`
  with told as (select * from unnest(${numbers(samples, 'hostId')}::bigint[], ${samples.map(({ name }) => name)}::text[],
      ${samples.map(({ seconds }) => seconds)}::float8[], ${samples.map(({ cpuSeconds }) => cpuSeconds)}::float8[], ${numbers(samples, 'memoryKib')}::bigint[],
      ${numbers(samples, 'networkRead')}::bigint[], ${numbers(samples, 'networkWrite')}::bigint[], ${numbers(samples, 'diskRead')}::bigint[], ${numbers(samples, 'diskWrite')}::bigint[],
      ${numbers(samples, 'diskReads')}::bigint[], ${numbers(samples, 'diskWrites')}::bigint[],
      ${numbers(samples, 'networkReadTotal')}::bigint[], ${numbers(samples, 'networkWriteTotal')}::bigint[], ${numbers(samples, 'diskReadTotal')}::bigint[], ${numbers(samples, 'diskWriteTotal')}::bigint[],
      ${numbers(samples, 'diskReadsTotal')}::bigint[], ${numbers(samples, 'diskWritesTotal')}::bigint[])
      as t(host_id, name, seconds, cpu_seconds, memory_kib, ${amounts}, ${totals})),
    known as (select v.id, greatest(0, least(100, 100 * t.cpu_seconds / t.seconds / v.cpus))::real as cpu_percent, t.*
      from told t join vm v on v.instance_name = t.name and v.host_id = t.host_id and v.removed is null)
    ${keepsPast ? past : sql.empty}
  insert into vm_usage (vm_id, at, seconds, cpu_percent, memory_kib, ${amounts}, ${totals})
    select id, clock_timestamp(), seconds, cpu_percent, memory_kib, ${amounts}, ${totals} from known order by id
  on conflict (vm_id) do update set at = excluded.at, seconds = excluded.seconds, cpu_percent = excluded.cpu_percent, memory_kib = excluded.memory_kib,
    network_read = excluded.network_read, network_write = excluded.network_write, disk_read = excluded.disk_read, disk_write = excluded.disk_write,
    disk_reads = excluded.disk_reads, disk_writes = excluded.disk_writes, network_read_total = excluded.network_read_total, network_write_total = excluded.network_write_total,
    disk_read_total = excluded.disk_read_total, disk_write_total = excluded.disk_write_total, disk_reads_total = excluded.disk_reads_total, disk_writes_total = excluded.disk_writes_total`);
}

export interface Usage {
  vmId: number;
  at: Date;
  cpuPercent: number;
  memoryKib: number;
  networkRead: number;
  networkWrite: number;
  diskRead: number;
  diskWrite: number;
  diskReads: number;
  diskWrites: number;
}
const shown = (suffix: '' | '_total'): Sql =>
  sql.raw(
    `u.vm_id as "vmId", u.at, u.cpu_percent as "cpuPercent", u.memory_kib as "memoryKib", u.network_read${suffix} as "networkRead", u.network_write${suffix} as "networkWrite",
     u.disk_read${suffix} as "diskRead", u.disk_write${suffix} as "diskWrite", u.disk_reads${suffix} as "diskReads", u.disk_writes${suffix} as "diskWrites"`,
  );

/** Of those that run and were measured lately. `sinceStart`: the counters in place of the last interval. */
export const usageNow = (
  tx: Tx,
  vmIds: readonly number[],
  { sinceStart, freshS }: { sinceStart: boolean; freshS: number },
): Promise<Usage[]> =>
  tx.rows(sql`
  select ${shown(sinceStart ? '_total' : '')} from vm_usage u join vm v on v.id = u.vm_id
  where u.vm_id = ${anyOf(vmIds)} and v.state = 'Running' and u.at > clock_timestamp() - ${freshS} * interval '1 second'`);

/** Oldest first. */
export const usagePast = (
  tx: Tx,
  vmIds: readonly number[],
  { from, to }: { from?: Date; to?: Date },
): Promise<Usage[]> =>
  tx.rows(sql`
  select ${shown('')} from vm_usage_past u where u.vm_id = any(${vmIds})
    ${from ? sql`and u.at >= ${from}` : sql.empty} ${to ? sql`and u.at <= ${to}` : sql.empty} order by u.vm_id, u.at`);

export const deleteOldUsage = (tx: Tx, minutes: number): Promise<number> =>
  tx.run(
    sql`delete from vm_usage_past where at < clock_timestamp() - ${minutes} * interval '1 minute' and ctid in (select ctid from vm_usage_past where at < clock_timestamp() - ${minutes} * interval '1 minute' limit 20000)`,
  );
/** Of instances that do not run any more. */
export const deleteStaleUsage = (tx: Tx): Promise<number> =>
  tx.run(
    sql`delete from vm_usage where vm_id in (select u.vm_id from vm_usage u left join vm v on v.id = u.vm_id and v.removed is null and v.state = 'Running' where v.id is null and u.at < now() - interval '1 hour' limit 10000)`,
  );

export const namesOf = (
  tx: Tx,
  ids: readonly number[],
): Promise<{ id: number; uuid: string; name: string; displayName: string }[]> =>
  tx.rows(sql`select id, uuid, name, display_name as "displayName" from vm where id = ${anyOf(ids)}`);
