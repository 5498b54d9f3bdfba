// Rows of alerts.
import type { Tx } from '#kernel/db.ts';
import { anyOf, inOrder, listIds, type ListOf, type Page } from '#kernel/list.ts';
import { sql, type Sql } from '#kernel/sql.ts';

export interface AlertRow {
  id: number;
  uuid: string;
  type: number;
  name: string;
  subject: string;
  content: string | null;
  lastSent: Date;
}
export interface Place {
  zoneId?: number | null;
  podId?: number | null;
  clusterId?: number | null;
}

const at = ({ zoneId, podId, clusterId }: Place): Sql =>
  sql`zone_id is not distinct from ${zoneId ?? null}::bigint and pod_id is not distinct from ${podId ?? null}::bigint and cluster_id is not distinct from ${clusterId ?? null}::bigint`;

/** Those who raise the same at the same time come one after another. */
export const lockKind = (tx: Tx, type: number): Promise<unknown> =>
  tx.rows(sql`select pg_advisory_xact_lock(7705, ${type}::int)`);
/** The standing alert of the kind at the place; with a subject only one that says the same and was raised since. */
export const standing = (
  tx: Tx,
  { type, place, subject, withinS }: { type: number; place: Place; subject?: string; withinS?: number },
): Promise<{ id: number; uuid: string } | undefined> =>
  tx.first(sql`
  select id, uuid from alert where type = ${type} and ${at(place)} and resolved is null and not archived
    ${subject === undefined ? sql.empty : sql`and subject = ${subject}`} ${withinS === undefined ? sql.empty : sql`and last_sent > now() - ${withinS} * interval '1 second'`} order by id desc limit 1`);
export const raiseAgain = (
  tx: Tx,
  id: number,
  { subject, content }: { subject: string; content: string | null },
): Promise<number> =>
  tx.run(
    sql`update alert set subject = ${subject}, content = ${content}, sent_count = sent_count + 1, last_sent = now() where id = ${id}`,
  );
export const insertAlert = (tx: Tx, values: Readonly<Record<string, unknown>>): Promise<{ id: number; uuid: string }> =>
  tx.one(sql`insert into alert ${sql.row(values)} returning id, uuid`);
export const resolve = (tx: Tx, type: number, place: Place): Promise<number> =>
  tx.run(sql`update alert set resolved = now() where type = ${type} and ${at(place)} and resolved is null`);

/** Where alerts of the kind stand. */
export const standingPlaces = (tx: Tx, type: number): Promise<Required<Place>[]> =>
  tx.rows(
    sql`select distinct zone_id as "zoneId", pod_id as "podId", cluster_id as "clusterId" from alert where type = ${type} and resolved is null`,
  );

/** These ones are over. */
export const resolveAlerts = (tx: Tx, uuids: readonly string[]): Promise<number> =>
  tx.run(sql`update alert set resolved = now() where uuid = any(${uuids}::uuid[]) and resolved is null`);

const list: ListOf = {
  table: 'alert',
  keyword: ['subject', 'name'],
  owned: false,
  removable: false,
  order: sql`t.last_sent desc`,
};
interface AlertQuery {
  page: Page;
  keyword?: string;
  id?: number;
  types?: readonly number[];
  name?: string;
}
export async function findAlerts(tx: Tx, query: AlertQuery): Promise<{ rows: AlertRow[]; count: number }> {
  const { ids, count } = await listIds(tx, list, {
    ...query,
    scope: { kind: 'all' },
    where: [
      sql`not t.archived`,
      query.id !== undefined && sql`t.id = ${query.id}`,
      query.types && sql`t.type = any(${query.types}::int[])`,
      query.name && sql`t.name = ${query.name}`,
    ],
  });
  return {
    rows: inOrder(
      ids,
      await tx.rows<AlertRow>(
        sql`select id, uuid, type, name, subject, content, last_sent as "lastSent" from alert where id = ${anyOf(ids)}`,
      ),
    ),
    count,
  };
}

export interface Chosen {
  ids?: readonly number[];
  types?: readonly number[];
  from?: Date;
  to?: Date;
}
const chosen = ({ ids, types, from, to }: Chosen): Sql =>
  sql.join(
    [
      sql`true`,
      ...(ids ? [sql`id = ${anyOf(ids)}`] : []),
      ...(types ? [sql`type = any(${types}::int[])`] : []),
      ...(from ? [sql`last_sent >= ${from}`] : []),
      ...(to ? [sql`last_sent <= ${to}`] : []),
    ],
    ' and ',
  );
export const archiveChosen = (tx: Tx, which: Chosen): Promise<number> =>
  tx.run(sql`update alert set archived = true where not archived and ${chosen(which)}`);
export const deleteChosen = (tx: Tx, which: Chosen): Promise<number> =>
  tx.run(sql`delete from alert where ${chosen(which)}`);
export const deleteOlderAlerts = (tx: Tx, days: number): Promise<number> =>
  tx.run(
    sql`delete from alert where id in (select id from alert where created < now() - ${days} * interval '1 day' order by id limit 10000)`,
  );
