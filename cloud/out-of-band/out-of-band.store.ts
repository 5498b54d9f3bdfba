// Rows of hosts' controllers, and the power state of hosts. Nobody else writes them.
import { powerMachine } from '#api/states/power.ts';
import type { EventOf } from '#api/machine.ts';
import type { Tx } from '#kernel/db.ts';
import { move } from '#kernel/move.ts';
import { sql } from '#kernel/sql.ts';

/** Name of the detail by which a cluster or a zone forbids it for all of its hosts; CloudStack's, and shown to clients. */
export const ENABLED_DETAIL = 'outOfBandManagementEnabled';

export interface Managed {
  hostId: number;
  uuid: string;
  name: string;
  zoneId: number;
  podId: number;
  clusterId: number;
  driver: string;
  address: string;
  port: number;
  username: string;
  /** Sealed. */
  password: string;
  /** Sealed: what it may be by now. */
  nextPassword: string | null;
  /** For the host itself. */
  enabled: boolean;
  /** Of what is above the host, what forbids it. */
  forbiddenBy: 'cluster' | 'zone' | null;
  powerState: string;
}

const forbidden = sql`case when z.details->>${ENABLED_DETAIL} = 'false' then 'zone' when c.details->>${ENABLED_DETAIL} = 'false' then 'cluster' end`;
const columns = sql`h.id as "hostId", h.uuid, h.name, h.zone_id as "zoneId", h.pod_id as "podId", h.cluster_id as "clusterId", o.driver, o.address, o.port, o.username, o.password,
  o.next_password as "nextPassword", o.enabled, ${forbidden} as "forbiddenBy", h.power_state as "powerState"`;
const managed = sql`host h join cluster c on c.id = h.cluster_id join zone z on z.id = h.zone_id`;

/** The host's controller; undefined where none was configured. */
export const managedHost = (tx: Tx, hostId: number): Promise<Managed | undefined> =>
  tx.first(
    sql`select ${columns} from ${managed} join out_of_band o on o.host_id = h.id where h.id = ${hostId} and h.removed is null`,
  );

/** Waits for whoever changes the host now. */
export const lockNamed = (tx: Tx, hostId: number): Promise<{ uuid: string; name: string }> =>
  tx.one(sql`select uuid, name from host where id = ${hostId} for update`);

export interface Configured {
  hostId: number;
  driver: string;
  address: string;
  port: number;
  username: string;
  password: string;
}
/** Whether it is enabled stays as it was. */
export const keepController = (tx: Tx, { hostId, ...values }: Configured): Promise<number> =>
  tx.run(
    sql`insert into out_of_band ${sql.row({ host_id: hostId, ...values })} on conflict (host_id) do update set ${sql.set({ ...values, next_password: null, next_password_job: null, asked: null })}`,
  );
export const dropController = (tx: Tx, hostId: number): Promise<number> =>
  tx.run(sql`delete from out_of_band where host_id = ${hostId}`);
export const enableController = (tx: Tx, hostId: number, enabled: boolean): Promise<number> =>
  tx.run(sql`update out_of_band set enabled = ${enabled}, asked = null where host_id = ${hostId}`);
/** For all hosts of it. */
export const allowWithin = (tx: Tx, table: 'cluster' | 'zone', { id, allowed }: { id: number; allowed: boolean }) =>
  tx.one<{ uuid: string; name: string }>(
    sql`update ${sql.raw(table)} set details = details || ${JSON.stringify({ [ENABLED_DETAIL]: String(allowed) })}::jsonb where id = ${id} returning uuid, name`,
  );

/** Waits for whoever writes it now. */
export const lockPower = async (tx: Tx, hostId: number): Promise<string | undefined> =>
  (
    await tx.first<{ state: string }>(
      sql`select power_state as state from host where id = ${hostId} and removed is null for update`,
    )
  )?.state;
export const movePower = (tx: Tx, hostId: number, event: EventOf<typeof powerMachine>): Promise<string> =>
  move(
    tx,
    { entity: 'host', table: 'host', ownerless: true, machine: powerMachine, column: 'power_state' },
    hostId,
    event,
  );
export const noteAsked = (tx: Tx, hostId: number): Promise<number> =>
  tx.run(sql`update out_of_band set asked = clock_timestamp() where host_id = ${hostId}`);

/** Whose power is to be asked for; those first that were not asked for longest. Silent controllers, and those that refuse us, are
 * asked less often: they count the tries. */
export const dueHosts = (
  tx: Tx,
  { everyS, silentS, limit }: { everyS: number; silentS: number; limit: number },
): Promise<Managed[]> =>
  tx.rows(sql`
  select ${columns} from out_of_band o join ${managed} on h.id = o.host_id where o.enabled and h.removed is null and ${forbidden} is null
    and coalesce(o.asked < clock_timestamp() - case when h.power_state = 'Unknown' then greatest(${silentS}::float8, ${everyS}::float8) else ${everyS}::float8 end * interval '1 second', true)
  order by o.asked nulls first limit ${limit}`);
/** Whose state is told although their power may not be asked for. */
export const forbiddenHosts = (tx: Tx, limit: number): Promise<Pick<Managed, 'hostId' | 'uuid' | 'name'>[]> =>
  tx.rows(sql`
  select h.id as "hostId", h.uuid, h.name from ${managed} left join out_of_band o on o.host_id = h.id
  where h.removed is null and h.power_state <> 'Disabled' and not (coalesce(o.enabled, false) and ${forbidden} is null) order by h.id limit ${limit}`);

/** Whether the job is still the one that was claimed under this epoch. */
export const jobIsOurs = async (tx: Tx, { job, epoch }: { job: string; epoch: number }): Promise<boolean> =>
  (await tx.first(sql`select 1 from job where uuid = ${job} and epoch = ${epoch} and state = 'running'`)) !== undefined;
export const jobsAt = async (tx: Tx, { uuid, kind }: { uuid: string; kind: string }): Promise<boolean> =>
  (await tx.first(sql`select 1 from job where resource_uuid = ${uuid} and kind = ${kind} and finished is null`)) !==
  undefined;
/** True once for each job. */
export const claimReset = async (tx: Tx, hostId: number, job: string): Promise<boolean> =>
  (await tx.run(
    sql`update out_of_band set reset_job = ${job} where host_id = ${hostId} and reset_job is distinct from ${job}::uuid`,
  )) > 0;

/** From now on the controller may know either. Returns the one it knows for certain. */
export const rememberPassword = async (
  tx: Tx,
  { hostId, next, job }: { hostId: number; next: string; job: string },
): Promise<string> =>
  (
    await tx.one<{ password: string }>(
      sql`update out_of_band set next_password = ${next}, next_password_job = ${job} where host_id = ${hostId} returning password`,
    )
  ).password;
/** The controller knows the next one. False where somebody else has said another meanwhile. */
export const takePassword = async (tx: Tx, hostId: number, next: string): Promise<boolean> =>
  (await tx.run(
    sql`update out_of_band set password = next_password, next_password = null, next_password_job = null where host_id = ${hostId} and next_password = ${next}`,
  )) > 0;
/** So long a change that was sent by a server that then stood still may yet arrive. */
const LATE_S = 600;
const unfinished = sql`select 1 from job j where j.uuid = o.next_password_job and j.finished is null`;
const justFinished = sql`select 1 from job j where j.uuid = o.next_password_job and coalesce(j.finished > clock_timestamp() - ${LATE_S} * interval '1 second', true)`;
/** What a change left open whose end nobody saw: the controller was just heard to know `known`, the next one or the present one. */
export async function settlePassword(tx: Tx, hostId: number, known: string): Promise<void> {
  await tx.run(
    sql`update out_of_band o set password = next_password, next_password = null, next_password_job = null where host_id = ${hostId} and next_password = ${known} and not exists (${unfinished})`,
  );
  await tx.run(
    sql`update out_of_band o set next_password = null, next_password_job = null where host_id = ${hostId} and next_password is not null and password = ${known} and not exists (${justFinished})`,
  );
}
