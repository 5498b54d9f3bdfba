// Rows of instance groups.
import type { Tx } from '#kernel/db.ts';
import { anyOf, inOrder, listIds, type ListOf, type Page, type Scope } from '#kernel/list.ts';
import { sql } from '#kernel/sql.ts';

export interface GroupRow {
  id: number;
  uuid: string;
  name: string;
  accountId: number;
  account: string;
  domainId: number;
  domain: string;
  domainUuid: string;
  domainPath: string;
  created: Date;
  annotated: boolean;
}
const columns = sql`g.id, g.uuid, g.name, g.created, a.id as "accountId", a.name as account, d.id as "domainId", d.name as domain, d.uuid as "domainUuid", d.path as "domainPath",
  exists (select 1 from annotation n where n.entity_uuid = g.uuid and n.removed is null) as annotated`;
export const groupsByIds = async (tx: Tx, ids: readonly number[]): Promise<GroupRow[]> =>
  inOrder(
    ids,
    await tx.rows<GroupRow>(sql`
  select ${columns} from instance_group g join account a on a.id = g.account_id join domain d on d.id = g.domain_id where g.id = ${anyOf(ids)}`),
  );
export const groupNamed = async (
  tx: Tx,
  { accountId, name, except = 0 }: { accountId: number; name: string; except?: number },
): Promise<boolean> =>
  (await tx.first(
    sql`select 1 from instance_group where account_id = ${accountId} and name = ${name} and removed is null and id <> ${except}`,
  )) !== undefined;
export const insertGroup = (tx: Tx, values: Readonly<Record<string, unknown>>): Promise<{ id: number }> =>
  tx.one(sql`insert into instance_group ${sql.row(values)} returning id`);
export const renameGroup = (tx: Tx, id: number, name: string): Promise<number> =>
  tx.run(sql`update instance_group set name = ${name} where id = ${id}`);
export async function removeGroup(tx: Tx, id: number): Promise<void> {
  await tx.run(sql`update vm set group_id = null where group_id = ${id}`);
  await tx.run(sql`update instance_group set removed = now() where id = ${id}`);
}

const list: ListOf = { table: 'instance_group', keyword: ['name'], order: sql`t.name` };
interface GroupQuery {
  scope: Scope;
  page: Page;
  keyword?: string;
  id?: number;
  name?: string;
}
export async function findGroups(tx: Tx, query: GroupQuery): Promise<{ rows: GroupRow[]; count: number }> {
  const { ids, count } = await listIds(tx, list, {
    ...query,
    where: [query.id !== undefined && sql`t.id = ${query.id}`, query.name && sql`t.name = ${query.name}`],
  });
  return { rows: await groupsByIds(tx, ids), count };
}
