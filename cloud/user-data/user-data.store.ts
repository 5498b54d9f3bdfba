// Rows of stored user data.
import type { Tx } from '#kernel/db.ts';
import { anyOf, inOrder, listIds, type ListOf, type Page, type Scope } from '#kernel/list.ts';
import { sql } from '#kernel/sql.ts';

export interface UserDataRow {
  id: number;
  uuid: string;
  name: string;
  data: string;
  params: string | null;
  accountId: number;
  accountUuid: string;
  account: string;
  domainId: number;
  domain: string;
  domainUuid: string;
  domainPath: string;
  annotated: boolean;
}
const columns = sql`x.id, x.uuid, x.name, x.data, x.params, a.id as "accountId", a.uuid as "accountUuid", a.name as account, d.id as "domainId", d.name as domain, d.uuid as "domainUuid", d.path as "domainPath",
  exists (select 1 from annotation n where n.entity_uuid = x.uuid and n.removed is null) as annotated`;
export const userDataByIds = async (tx: Tx, ids: readonly number[]): Promise<UserDataRow[]> =>
  inOrder(
    ids,
    await tx.rows<UserDataRow>(sql`
  select ${columns} from user_data x join account a on a.id = x.account_id join domain d on d.id = x.domain_id where x.id = ${anyOf(ids)}`),
  );
export const userDataNamed = async (
  tx: Tx,
  { accountId, name }: { accountId: number; name: string },
): Promise<boolean> =>
  (await tx.first(
    sql`select 1 from user_data where account_id = ${accountId} and name = ${name} and removed is null`,
  )) !== undefined;
export const insertUserData = (tx: Tx, values: Readonly<Record<string, unknown>>): Promise<{ id: number }> =>
  tx.one(sql`insert into user_data ${sql.row(values)} returning id`);
export const removeUserData = (tx: Tx, id: number): Promise<number> =>
  tx.run(sql`update user_data set removed = now() where id = ${id}`);
/** What would miss it: names of instances and templates. */
export const usersOfData = (tx: Tx, id: number): Promise<{ name: string }[]> =>
  tx.rows(sql`
  select name from vm where user_data_id = ${id} and removed is null union all select name from template where user_data_id = ${id} and removed is null limit 6`);

const list: ListOf = { table: 'user_data', keyword: ['name'], order: sql`t.name` };
interface DataQuery {
  scope: Scope;
  page: Page;
  keyword?: string;
  id?: number;
  name?: string;
}
export async function findUserData(tx: Tx, query: DataQuery): Promise<{ rows: UserDataRow[]; count: number }> {
  const { ids, count } = await listIds(tx, list, {
    ...query,
    where: [query.id !== undefined && sql`t.id = ${query.id}`, query.name && sql`t.name = ${query.name}`],
  });
  return { rows: await userDataByIds(tx, ids), count };
}
