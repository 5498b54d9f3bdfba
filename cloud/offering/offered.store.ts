// What all kinds of offerings have in common in the database: the domains and zones they are for.
import { isUuid } from '#base/id.ts';
import type { Tx } from '#kernel/db.ts';
import { ANY } from '#kernel/fresh.ts';
import { anyOf } from '#kernel/list.ts';
import { sql, type Sql } from '#kernel/sql.ts';
import type { MadeOf } from '../context.ts';

export const domainPaths = (tx: Tx, ids: readonly number[]): Promise<{ id: number; path: string }[]> =>
  tx.rows(sql`select id, path from domain where id = ${anyOf(ids)} and removed is null order by id`);

export async function idsOfUuids(
  tx: Tx,
  { table, uuids }: { table: 'domain' | 'zone'; uuids: readonly string[] },
): Promise<Map<string, number>> {
  const rows = await tx.rows<{ id: number; uuid: string }>(
    sql`select id, uuid from ${sql.raw(table)} where uuid = any(${uuids.filter(isUuid)}::uuid[]) and removed is null`,
  );
  return new Map(rows.map(({ uuid, id }) => [uuid, id]));
}

export interface OfferedTo {
  domainUuids: string | null;
  domainNames: string | null;
  zoneUuids: string | null;
  zoneNames: string | null;
  annotated: boolean;
}

/** Columns that say for whom the offering `o` is, ready to be shown. */
export const offeredTo = sql`
  (select string_agg(d.uuid::text, ',' order by d.id) from domain d where d.id = any(o.domain_ids)) as "domainUuids",
  (select string_agg('ROOT' || rtrim(d.path, '/'), ',' order by d.id) from domain d where d.id = any(o.domain_ids)) as "domainNames",
  (select string_agg(z.uuid::text, ',' order by z.id) from zone z where z.id = any(o.zone_ids)) as "zoneUuids",
  (select string_agg(z.name, ',' order by z.id) from zone z where z.id = any(o.zone_ids)) as "zoneNames",
  exists (select 1 from annotation a where a.entity_uuid = o.uuid and a.removed is null) as annotated`;

/** What offerings of any kind are found in and shown from. */
export const OFFERINGS_MADE_OF: MadeOf = (
  ['service_offering', 'disk_offering', 'network_offering', 'domain', 'zone', 'annotation'] as const
).map((kind) => [kind, ANY]);

export interface Audience {
  /** Offered to this domain: everybody's, its own and those of the domains it lies in; with `below` also those of domains in it. */
  domainId: number;
  below?: boolean;
}

/** Offerings `t` a domain may know of. */
export const visibleTo = ({ domainId, below = false }: Audience): Sql => sql`(cardinality(t.domain_ids) = 0 or exists (
  select 1 from domain mine join domain d on d.id = any(t.domain_ids)
  where mine.id = ${domainId} and (starts_with(mine.path, d.path) or ${below} and starts_with(d.path, mine.path))))`;

/** Offerings `t` for a zone: those of all zones and its own. */
export const inZone = (zoneId: number): Sql => sql`(cardinality(t.zone_ids) = 0 or ${zoneId} = any(t.zone_ids))`;

export const isRootAccount = async (tx: Tx, accountId: number): Promise<boolean> =>
  (await tx.first(
    sql`select 1 from account a join role r on r.id = a.role_id where a.id = ${accountId} and r.type = 'Admin'`,
  )) !== undefined;
