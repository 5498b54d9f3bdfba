// What is configured of the high availability of hosts, and the one state in which each host stands: that of its way while it is
// lost (host_fence), otherwise what follows from the configuration.
import type { Tx } from '#kernel/db.ts';
import { anyOf, inOrder, type Page } from '#kernel/list.ts';
import { sql, type Sql } from '#kernel/sql.ts';
import { ENABLED_DETAIL } from '../out-of-band/power.ts';

/** Name of the detail by which a cluster or a zone forbids it for all of its hosts; CloudStack's, and shown to clients. */
const HA_DETAIL = 'resourceHAEnabled';
const notForbidden = sql`z.details->>${HA_DETAIL} is distinct from 'false' and c.details->>${HA_DETAIL} is distinct from 'false'`;
/** Somebody may switch its power: its controller is configured, enabled, and not forbidden for its cluster or zone. */
const powerManaged = sql`exists (select 1 from out_of_band o where o.host_id = h.id and o.enabled
  and z.details->>${ENABLED_DETAIL} is distinct from 'false' and c.details->>${ENABLED_DETAIL} is distinct from 'false')`;
const enabled = sql`(coalesce(a.enabled, false) and ${notForbidden})`;
const eligible = sql`(h.resource_state in ('Enabled', 'Disabled') and ${powerManaged})`;

/** All below speak of a host `h` with its cluster `c` and zone `z`, and need these joins. */
export const haJoins = sql`left join host_ha a on a.host_id = h.id left join host_fence f on f.host_id = h.id`;
export const haState = sql`coalesce(f.state, case when not ${enabled} then 'Disabled' when ${eligible} then 'Available' else 'Ineligible' end)`;
/** When it is lost its power may be taken: unless high availability was disabled for it. */
export const maySwitchOff = sql`(coalesce(a.enabled, true) and ${notForbidden} and ${powerManaged})`;
/** And given back: where high availability is enabled for it. */
export const mayRecover = sql`(${enabled} and ${eligible})`;

export interface HostHa {
  uuid: string;
  provider: string | null;
  enabled: boolean;
  state: string;
}
const of = (where: Sql): Sql =>
  sql`select h.id, h.uuid, a.provider, coalesce(a.enabled, false) as enabled, ${haState} as state
    from host h join cluster c on c.id = h.cluster_id join zone z on z.id = h.zone_id ${haJoins} where ${where}`;

export const hostHa = (tx: Tx, hostId: number): Promise<HostHa> => tx.one(of(sql`h.id = ${hostId}`));

/** Hosts with a provider. */
export async function findConfigured(
  tx: Tx,
  { hostId, page }: { hostId?: number; page: Page },
): Promise<{ rows: HostHa[]; count: number }> {
  const wanted = sql`from host_ha a join host h on h.id = a.host_id where h.removed is null ${hostId === undefined ? sql.empty : sql`and h.id = ${hostId}`}`;
  const { count } = await tx.one<{ count: number }>(sql`select count(*)::int as count ${wanted}`);
  const ids = (
    await tx.rows<{ id: number }>(
      sql`select h.id ${wanted} order by h.name, h.id limit ${page.limit} offset ${page.offset}`,
    )
  ).map(({ id }) => id);
  return { rows: inOrder(ids, await tx.rows<HostHa & { id: number }>(of(sql`h.id = ${anyOf(ids)}`))), count };
}

/** Another provider is another decision: it begins disabled. */
export const configureHa = (tx: Tx, hostId: number, provider: string): Promise<number> =>
  tx.run(sql`insert into host_ha(host_id, provider) values (${hostId}, ${provider})
    on conflict (host_id) do update set provider = excluded.provider, enabled = host_ha.enabled and host_ha.provider = excluded.provider`);
export const enableHa = (tx: Tx, hostId: number, enabled: boolean): Promise<number> =>
  tx.run(sql`update host_ha set enabled = ${enabled} where host_id = ${hostId}`);
export const allowHa = (tx: Tx, table: 'zone' | 'cluster', id: number, allow: boolean): Promise<{ uuid: string }> =>
  tx.one(
    sql`update ${sql.raw(table)} set details = details || jsonb_build_object(${HA_DETAIL}::text, ${String(allow)}::text) where id = ${id} returning uuid`,
  );
