// Rows of comments.
import type { Tx } from '#kernel/db.ts';
import { anyOf, inOrder, listIds, type ListOf, type Page } from '#kernel/list.ts';
import { sql, type Sql } from '#kernel/sql.ts';

export interface AnnotationRow {
  id: number;
  uuid: string;
  entityType: string;
  entityUuid: string;
  text: string;
  userId: number;
  userUuid: string | null;
  username: string | null;
  adminsOnly: boolean;
  created: Date;
  removed: Date | null;
}

const columns = sql`n.id, n.uuid, n.entity_type as "entityType", n.entity_uuid as "entityUuid", n.text, n.user_id as "userId", u.uuid as "userUuid", u.username, n.admins_only as "adminsOnly", n.created, n.removed`;
const byIds = (tx: Tx, ids: readonly number[]): Promise<AnnotationRow[]> =>
  tx.rows(
    sql`select ${columns} from annotation n left join cloud_user u on u.id = n.user_id where n.id = ${anyOf(ids)}`,
  );

export const annotationByUuid = async (tx: Tx, uuid: string): Promise<AnnotationRow | undefined> =>
  tx.first(sql`
  select ${columns} from annotation n left join cloud_user u on u.id = n.user_id where n.uuid::text = ${uuid.toLowerCase()} and n.removed is null`);
export const insertAnnotation = async (tx: Tx, values: Readonly<Record<string, unknown>>): Promise<AnnotationRow> =>
  (
    await byIds(tx, [(await tx.one<{ id: number }>(sql`insert into annotation ${sql.row(values)} returning id`)).id])
  )[0]!;
export const removeAnnotation = async (tx: Tx, id: number): Promise<AnnotationRow> => {
  await tx.run(sql`update annotation set removed = now() where id = ${id}`);
  return (await byIds(tx, [id]))[0]!;
};

const list: ListOf = { table: 'annotation', keyword: ['text'], owned: false, order: sql`t.id desc` };
interface AnnotationQuery {
  page: Page;
  keyword?: string;
  uuid?: string;
  entityType?: string;
  entityUuid?: string;
  userId?: number;
  userUuid?: string;
  forAdmins: boolean;
}
export async function findAnnotations(
  tx: Tx,
  query: AnnotationQuery,
): Promise<{ rows: AnnotationRow[]; count: number }> {
  const where: (Sql | undefined | false | '')[] = [
    query.uuid && sql`t.uuid::text = ${query.uuid.toLowerCase()}`,
    query.entityType && sql`t.entity_type = ${query.entityType}`,
    query.entityUuid && sql`t.entity_uuid = ${query.entityUuid}`,
    query.userId !== undefined && sql`t.user_id = ${query.userId}`,
    query.userUuid &&
      sql`exists (select 1 from cloud_user u where u.id = t.user_id and u.uuid::text = ${query.userUuid.toLowerCase()})`,
    !query.forAdmins && sql`not t.admins_only`,
  ];
  const { ids, count } = await listIds(tx, list, { ...query, scope: { kind: 'all' }, where });
  return { rows: inOrder(ids, await byIds(tx, ids)), count };
}
