// Rows of tags.
import type { Tx } from '#kernel/db.ts';
import { anyOf, inOrder, listIds, type ListOf, type Page, type Scope } from '#kernel/list.ts';
import { sql } from '#kernel/sql.ts';

export interface TagRow {
  id: number;
  resourceType: string;
  resourceUuid: string;
  key: string;
  value: string;
  customer: string | null;
  account: string;
  domain: string;
  domainUuid: string;
  domainPath: string;
}
interface NewTag {
  resourceType: string;
  resourceUuid: string;
  key: string;
  value: string;
  accountId: number;
  domainId: number;
  customer: string | undefined;
}

/** False: the thing has a tag of that key. */
export const insertTag = async (tx: Tx, tag: NewTag): Promise<boolean> =>
  (await tx.run(
    sql`insert into resource_tag ${sql.row({
      resource_type: tag.resourceType,
      resource_uuid: tag.resourceUuid,
      key: tag.key,
      value: tag.value,
      account_id: tag.accountId,
      domain_id: tag.domainId,
      customer: tag.customer,
    })} on conflict (resource_uuid, key) do nothing`,
  )) === 1;
/** One key of a thing, or all; with a value only where it has that. */
export const deleteTag = (
  tx: Tx,
  { resourceUuid, key, value }: { resourceUuid: string; key?: string; value?: string },
): Promise<number> =>
  tx.run(sql`
  delete from resource_tag where resource_uuid = ${resourceUuid} ${key === undefined ? sql.empty : sql`and key = ${key}`} ${value === undefined ? sql.empty : sql`and value = ${value}`}`);

const list: ListOf = { table: 'resource_tag', keyword: ['key', 'value'], removable: false };
interface TagQuery {
  scope: Scope;
  page: Page;
  keyword?: string;
  resourceType?: string;
  resourceUuid?: string;
  key?: string;
  value?: string;
  customer?: string;
}
export async function findTags(tx: Tx, query: TagQuery): Promise<{ rows: TagRow[]; count: number }> {
  const { ids, count } = await listIds(tx, list, {
    ...query,
    where: [
      query.resourceType && sql`t.resource_type = ${query.resourceType}`,
      query.resourceUuid && sql`t.resource_uuid::text = ${query.resourceUuid.toLowerCase()}`,
      query.key && sql`t.key = ${query.key}`,
      query.value && sql`t.value = ${query.value}`,
      query.customer && sql`t.customer = ${query.customer}`,
    ],
  });
  const rows =
    await tx.rows<TagRow>(sql`select g.id, g.resource_type as "resourceType", g.resource_uuid as "resourceUuid", g.key, g.value, g.customer, a.name as account, d.name as domain, d.uuid as "domainUuid", d.path as "domainPath"
    from resource_tag g join account a on a.id = g.account_id join domain d on d.id = g.domain_id where g.id = ${anyOf(ids)}`);
  return { rows: inOrder(ids, rows), count };
}
