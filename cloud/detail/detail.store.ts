// Details: kept in the thing's own row where its table has a column for them, else in a table of their own.
import type { Tx } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';

export interface DetailRow {
  uuid: string;
  key: string;
  value: string;
  display: boolean;
}

/** Tables whose rows carry their details; answers show them from there. */
const CARRIED = new Set([
  'vm',
  'volume',
  'network',
  'template',
  'zone',
  'service_offering',
  'disk_offering',
  'network_offering',
  'storage_pool',
  'image_store',
  'host',
  'cluster',
  'account',
]);
export const carriesDetails = (table: string): boolean => CARRIED.has(table);

interface Where {
  table: string;
  id: number;
  uuid: string;
  kind: string;
}

export async function setDetails(
  tx: Tx,
  { table, id, uuid, kind }: Where,
  details: Readonly<Record<string, string>>,
  display: boolean,
): Promise<void> {
  if (carriesDetails(table)) {
    await tx.run(
      sql`update ${sql.raw(table)} set details = details || ${JSON.stringify(details)}::jsonb where id = ${id}`,
    );
    return;
  }
  for (const [key, value] of Object.entries(details)) {
    await tx.run(sql`insert into resource_detail(resource_type, resource_uuid, key, value, display) values (${kind}, ${uuid}, ${key}, ${value}, ${display})
      on conflict (resource_uuid, key) do update set value = excluded.value, display = excluded.display`);
  }
}

/** One key, or all. */
export async function dropDetails(tx: Tx, { table, id, uuid }: Where, key: string | undefined): Promise<void> {
  if (carriesDetails(table))
    await tx.run(
      sql`update ${sql.raw(table)} set details = ${key === undefined ? sql`'{}'::jsonb` : sql`details - ${key}::text`} where id = ${id}`,
    );
  else
    await tx.run(
      sql`delete from resource_detail where resource_uuid = ${uuid} ${key === undefined ? sql.empty : sql`and key = ${key}`}`,
    );
}

export const detailsOf = (tx: Tx, { table, id, uuid }: Where): Promise<DetailRow[]> =>
  tx.rows(
    carriesDetails(table)
      ? sql`select t.uuid, e.key, e.value, true as display from ${sql.raw(table)} t, jsonb_each_text(t.details) e where t.id = ${id} order by e.key`
      : sql`select resource_uuid as uuid, key, value, display from resource_detail where resource_uuid = ${uuid} order by key`,
  );

/** Of all things of a kind, for operators. */
export const detailsOfKind = (
  tx: Tx,
  { table, kind, key, value }: { table: string; kind: string; key?: string; value?: string },
): Promise<DetailRow[]> => {
  const narrowed = sql`${key === undefined ? sql.empty : sql`and key = ${key}`} ${value === undefined ? sql.empty : sql`and value = ${value}`} order by uuid, key limit 10000`;
  return tx.rows(
    carriesDetails(table)
      ? sql`select uuid, key, value, true as display from (select t.uuid, e.key, e.value from ${sql.raw(table)} t, jsonb_each_text(t.details) e where t.removed is null) x where true ${narrowed}`
      : sql`select uuid, key, value, display from (select resource_uuid as uuid, key, value, display from resource_detail where resource_type = ${kind}) x where true ${narrowed}`,
  );
};
