// Rows of affinity groups and who is in them.
import type { Tx } from '#kernel/db.ts';
import { anyOf, inOrder, listIds, type ListOf, type Page, type Scope } from '#kernel/list.ts';
import { sql } from '#kernel/sql.ts';

export interface AffinityRow {
  id: number;
  uuid: string;
  name: string;
  type: string;
  description: string | null;
  accountId: number;
  account: string;
  domainId: number;
  domain: string;
  domainUuid: string;
  domainPath: string;
  vmUuids: string[];
}
const columns = sql`g.id, g.uuid, g.name, g.type, g.description, a.id as "accountId", a.name as account, d.id as "domainId", d.name as domain, d.uuid as "domainUuid", d.path as "domainPath",
  array(select v.uuid from vm v where v.account_id = g.account_id and g.id = any(v.affinity_group_ids) and v.removed is null order by v.id) as "vmUuids"`;
export const groupsByIds = async (tx: Tx, ids: readonly number[]): Promise<AffinityRow[]> =>
  inOrder(
    ids,
    await tx.rows<AffinityRow>(sql`
  select ${columns} from affinity_group g join account a on a.id = g.account_id join domain d on d.id = g.domain_id where g.id = ${anyOf(ids)}`),
  );
export const groupsNamed = (
  tx: Tx,
  { accountId, names }: { accountId: number; names: readonly string[] },
): Promise<{ id: number; name: string }[]> =>
  tx.rows(
    sql`select id, name from affinity_group where account_id = ${accountId} and name = any(${names}) and removed is null`,
  );
export const insertGroup = (tx: Tx, values: Readonly<Record<string, unknown>>): Promise<{ id: number; uuid: string }> =>
  tx.one(sql`insert into affinity_group ${sql.row(values)} returning id, uuid`);
export async function removeGroup(tx: Tx, id: number, accountId: number): Promise<void> {
  await tx.run(
    sql`update vm set affinity_group_ids = array_remove(affinity_group_ids, ${id}::bigint) where account_id = ${accountId} and ${id}::bigint = any(affinity_group_ids)`,
  );
  await tx.run(sql`update affinity_group set removed = now() where id = ${id}`);
}
export const setGroups = (tx: Tx, vmId: number, groupIds: readonly number[]): Promise<number> =>
  tx.run(sql`update vm set affinity_group_ids = ${groupIds}, updated = now() where id = ${vmId}`);

const list: ListOf = { table: 'affinity_group', keyword: ['name', 'description', 'type'], order: sql`t.name` };
interface GroupQuery {
  scope: Scope;
  page: Page;
  keyword?: string;
  id?: number;
  name?: string;
  type?: string;
  vmId?: number;
}
export async function findGroups(tx: Tx, query: GroupQuery): Promise<{ rows: AffinityRow[]; count: number }> {
  const { ids, count } = await listIds(tx, list, {
    ...query,
    where: [
      query.id !== undefined && sql`t.id = ${query.id}`,
      query.name && sql`t.name = ${query.name}`,
      query.type && sql`lower(t.type) = ${query.type.toLowerCase()}`,
      query.vmId !== undefined &&
        sql`t.id = any((select v.affinity_group_ids from vm v where v.id = ${query.vmId})::bigint[])`,
    ],
  });
  return { rows: await groupsByIds(tx, ids), count };
}
