// The agents' columns of an instance: power_state, power_host_id, power_at. Nobody else writes them.
import type { Tx } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';

export interface PowerReport {
  sequence: number;
  guests: readonly { name: string; power: string }[];
}

/** When the last job on it ended: a report from before, of a guest that was only being started, says nothing about it. */
const lastTouched = sql`greatest(v.updated, (select max(j.finished) from job j where j.resource_uuid = v.uuid))`;

/** Writes what changed since the host's last report: guests that appeared, changed, or are gone, also where the report that a
 * running guest is off was made before it ran. Returns how many. */
export const noteReport = (tx: Tx, hostId: number, { guests }: PowerReport): Promise<number> =>
  tx.run(sql`
  with told as (select * from unnest(${guests.map((guest) => guest.name)}::text[], ${guests.map((guest) => guest.power)}::text[]) as t(name, power)),
    concerned as (
      select v.id, coalesce(t.power, 'Missing') as power from vm v left join told t on t.name = v.instance_name
      where v.removed is null and (t.name is not null or v.host_id = ${hostId} or v.power_host_id = ${hostId}))
  update vm v set power_state = c.power, power_host_id = case when c.power = 'Missing' then null else ${hostId}::bigint end, power_at = clock_timestamp()
  from concerned c where v.id = c.id and not (c.power <> 'Running' and v.power_host_id is distinct from ${hostId} and v.host_id is distinct from ${hostId})
    and (v.power_state is distinct from c.power or (c.power <> 'Missing' and v.power_host_id is distinct from ${hostId})
      or (v.state = 'Running' and c.power <> 'Running' and v.power_at <= ${lastTouched}))`);

const idle = sql`not exists (select 1 from job j where j.resource_uuid = v.uuid and j.finished is null)`;

/** Running by our word, off by the host's, for a while now, and no job is at it. What was reported before it ran says nothing. */
export const offButRunning = (tx: Tx, afterS: number): Promise<{ id: number }[]> =>
  tx.rows(sql`
  select v.id from vm v where v.removed is null and v.state = 'Running' and v.power_state in ('Stopped', 'Missing') and v.power_at < clock_timestamp() - ${afterS} * interval '1 second'
    and v.power_at > ${lastTouched} and ${idle}`);

/** Running by the host's word though it is stopped, destroyed or elsewhere by ours. */
export const strays = (tx: Tx, afterS: number): Promise<{ id: number; name: string; hostId: number }[]> =>
  tx.rows(sql`
  select v.id, v.instance_name as name, v.power_host_id as "hostId" from vm v where v.power_state = 'Running' and v.power_host_id is not null
    and (v.state in ('Stopped', 'Destroyed', 'Error') or (v.state = 'Running' and v.host_id is distinct from v.power_host_id))
    and v.power_at < clock_timestamp() - ${afterS * 2} * interval '1 second' and v.updated < now() - ${afterS * 2} * interval '1 second' and ${idle}`);
