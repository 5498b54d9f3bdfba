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

const managed = sql`select h.id as "hostId", h.uuid, h.name, h.cluster_id as "clusterId", o.driver, o.address, o.port, o.username, o.password, o.next_password as "nextPassword", o.enabled,
    case when z.details->>${ENABLED_DETAIL} = 'false' then 'zone' when c.details->>${ENABLED_DETAIL} = 'false' then 'cluster' end as "forbiddenBy", h.power_state as "powerState"
  from out_of_band o join host h on h.id = o.host_id join cluster c on c.id = h.cluster_id join zone z on z.id = h.zone_id`;

/** The host's controller; undefined where none was configured. */
export const managedHost = (tx: Tx, hostId: number): Promise<Managed | undefined> =>
  tx.first(sql`${managed} where o.host_id = ${hostId} and h.removed is null`);

/** Waits for whoever writes it now. */
export const lockPower = async (tx: Tx, hostId: number): Promise<string | undefined> =>
  (
    await tx.first<{ state: string }>(
      sql`select power_state as state from host where id = ${hostId} and removed is null for update`,
    )
  )?.state;
export const movePower = (tx: Tx, hostId: number, event: EventOf<typeof powerMachine>): Promise<string> =>
  move(tx, { entity: 'host', table: 'host', machine: powerMachine, column: 'power_state' }, hostId, event);
export const noteAsked = (tx: Tx, hostId: number): Promise<number> =>
  tx.run(sql`update out_of_band set asked = clock_timestamp() where host_id = ${hostId}`);

/** Whether the job is still the one that was claimed under this epoch. */
export const jobIsOurs = async (tx: Tx, { job, epoch }: { job: string; epoch: number }): Promise<boolean> =>
  (await tx.first(sql`select 1 from job where uuid = ${job} and epoch = ${epoch} and state = 'running'`)) !== undefined;
