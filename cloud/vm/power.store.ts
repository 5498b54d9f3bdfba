// The agents' columns of an instance: power_state, power_host_id, power_at. Nobody else writes them.
import type { Tx } from '#kernel/db.ts';
import { sql, type Sql } from '#kernel/sql.ts';

export interface PowerReport {
  hostId: number;
  guests: readonly { name: string; power: string }[];
}
/** The run of a server over whose links reports came. */
export interface Hearer {
  serverId: number;
  run: number;
}

/** When the last job on it ended: a report from before, of a guest that was only being started, says nothing about it. */
const lastTouched = sql`greatest(v.updated, (select max(j.finished) from job j where j.resource_uuid = v.uuid))`;

/** Writes what changed since these hosts' last reports; returns how many. A server that was paused finds reports from before: of
 * hosts that speak to another one by now nothing is written, and that is looked up in the statement that writes. */
export const noteReports = async (tx: Tx, reports: readonly PowerReport[], by?: Hearer): Promise<number> =>
  (await noteLiving(tx, tellings(reports, by))) + (await noteRemoved(tx, tellings(reports, by, 'Running')));

/** A report's guests one by one, beside their host. */
const tellings = (reports: readonly PowerReport[], by?: Hearer, power?: string): Sql => {
  const told = reports.flatMap(({ hostId, guests }) =>
    guests.filter((guest) => power === undefined || guest.power === power).map((guest) => ({ hostId, ...guest })),
  );
  const ids = reports.map((report) => report.hostId);
  const hosts = by
    ? sql`select host_id as id from host_link where host_id = any(${ids}) and server_id = ${by.serverId} and run = ${by.run}`
    : sql`select unnest(${ids}::bigint[]) as id`;
  return sql`hosts as (${hosts}),
    told as (select t.* from unnest(${told.map((guest) => guest.hostId)}::bigint[], ${told.map((guest) => guest.name)}::text[], ${told.map((guest) => guest.power)}::text[]) as t(host_id, name, power)
      where t.host_id in (select id from hosts))`;
};

/** Guests that appeared, changed, or are gone, also where the report that a running guest is off was made before it ran. Of what
 * two hosts say of one guest, that it is there counts. */
const noteLiving = (tx: Tx, told: Sql): Promise<number> =>
  tx.run(sql`
  with ${told},
    said as (
      select v.id, t.host_id, t.power from told t join vm v on v.instance_name = t.name where v.removed is null
      union all
      select v.id, h.id, 'Missing' from hosts h join vm v on v.host_id = h.id where v.removed is null and not exists (select 1 from told t where t.host_id = h.id and t.name = v.instance_name)
      union all
      select v.id, h.id, 'Missing' from hosts h join vm v on v.power_host_id = h.id where v.removed is null and v.host_id is distinct from h.id
        and not exists (select 1 from told t where t.host_id = h.id and t.name = v.instance_name)),
    concerned as (select distinct on (id) id, host_id, power from said order by id, power = 'Missing', power <> 'Running')
  update vm v set power_state = c.power, power_host_id = case when c.power = 'Missing' then null else c.host_id end, power_at = clock_timestamp()
  from concerned c where v.id = c.id and not (c.power <> 'Running' and v.power_host_id is distinct from c.host_id and v.host_id is distinct from c.host_id)
    and (v.power_state is distinct from c.power or (c.power <> 'Missing' and v.power_host_id is distinct from c.host_id)
      or (v.state = 'Running' and c.power <> 'Running' and v.power_at <= ${lastTouched}))`);

/** Guests of instances that were expunged: those the hosts run all the same, and those that are gone from them by now. */
const noteRemoved = (tx: Tx, told: Sql): Promise<number> =>
  tx.run(sql`
  with ${told},
    said as (
      select v.id, t.host_id from told t join vm v on v.instance_name = t.name where v.removed is not null
      union all
      select v.id, null from hosts h join vm v on v.power_host_id = h.id where v.removed is not null and not exists (select 1 from told t where t.host_id = h.id and t.name = v.instance_name)),
    concerned as (select distinct on (id) id, host_id from said order by id, host_id nulls last)
  update vm v set power_state = case when c.host_id is null then 'Missing' else 'Running' end, power_host_id = c.host_id, power_at = clock_timestamp()
  from concerned c where v.id = c.id and (v.power_host_id is distinct from c.host_id or v.power_state is distinct from case when c.host_id is null then 'Missing' else 'Running' end)`);

const idle = sql`not exists (select 1 from job j where j.resource_uuid = v.uuid and j.finished is null)`;

/** Running by our word, off by the host's, for a while now and said again since, and no job is at it. What was reported before it ran
 * says nothing, and may be written down after: a host is not believed for what it said once. */
export const offButRunning = (tx: Tx, afterS: number): Promise<{ id: number }[]> =>
  tx.rows(sql`
  select v.id from vm v join host h on h.id = v.host_id and h.told > v.power_at where v.removed is null and v.state = 'Running' and v.power_state in ('Stopped', 'Missing') and v.power_at < clock_timestamp() - ${afterS} * interval '1 second'
    and v.power_at > ${lastTouched} and ${idle} and not exists (select 1 from host_fence f where f.host_id = v.host_id)`);

const isElsewhere = sql`(v.state in ('Stopped', 'Destroyed', 'Error') or (v.state = 'Running' and v.host_id is distinct from v.power_host_id))`;

export interface Stray {
  id: number;
  uuid: string;
  hostId: number;
  accountId: number;
  domainId: number;
}

const strayColumns = sql`v.id, v.uuid, v.power_host_id as "hostId", v.account_id as "accountId", v.domain_id as "domainId"`;
const longAgo = (at: Sql, seconds: number): Sql => sql`${at} < clock_timestamp() - ${seconds} * interval '1 second'`;

/** Running by the host's word though it is stopped, destroyed or elsewhere by ours, or was expunged; and no job is or was at it
 * just now. */
export const strays = (
  tx: Tx,
  { afterS, removedAfterS }: { afterS: number; removedAfterS: number },
): Promise<Stray[]> =>
  tx.rows(sql`
  select ${strayColumns} from vm v where v.removed is null and v.power_state = 'Running' and v.power_host_id is not null and ${isElsewhere}
    and ${longAgo(sql`v.power_at`, afterS)} and ${longAgo(lastTouched, afterS)} and ${idle}
  union all
  select ${strayColumns} from vm v join host h on h.id = v.power_host_id where v.removed is not null and v.power_state = 'Running' and v.power_host_id is not null
    and ${longAgo(sql`v.removed`, removedAfterS)} and ${longAgo(lastTouched, afterS)} and ${idle}
    and h.status = 'Up' and h.last_ping > v.removed + ${removedAfterS} * interval '1 second'
  limit 200`);

/** Whether it still runs on this host, and should not. The row must be locked. */
export const isStray = async (tx: Tx, { vmId, hostId }: { vmId: number; hostId: number }): Promise<boolean> =>
  (await tx.first(sql`
  select 1 from vm v where v.id = ${vmId} and v.power_state = 'Running' and v.power_host_id = ${hostId} and (v.removed is not null or ${isElsewhere})`)) !==
  undefined;
