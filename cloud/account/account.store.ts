// Rows of accounts.
import type { RoleType } from '#api/define.ts';
import type { Tx } from '#kernel/db.ts';
import { anyOf, inOrder, listIds, type ListOf, type Page } from '#kernel/list.ts';
import { sql, type Sql } from '#kernel/sql.ts';

export interface AccountRow {
  id: number;
  uuid: string;
  name: string;
  type: number;
  roleId: number;
  roleUuid: string;
  roleName: string;
  roleType: RoleType;
  domainId: number;
  domainUuid: string;
  domainName: string;
  domainPath: string;
  state: string;
  networkDomain: string | null;
  defaultZoneUuid: string | null;
  apiKeyAccess: boolean | null;
  details: Record<string, string>;
  created: Date;
  isDefault: boolean;
  running: number;
  stopped: number;
  removed: Date | null;
}

const columns = sql`a.id, a.uuid, a.name, a.type, a.role_id as "roleId", r.uuid as "roleUuid", r.name as "roleName", r.type as "roleType", a.domain_id as "domainId", d.uuid as "domainUuid", d.name as "domainName", d.path as "domainPath",
  a.state, a.network_domain as "networkDomain", z.uuid as "defaultZoneUuid", a.api_key_access as "apiKeyAccess", a.details, a.created, a.id <= 2 as "isDefault", a.removed,
  coalesce((select sum(n) from vm_count c where c.account_id = a.id and c.state = 'Running'), 0)::int as running,
  coalesce((select sum(n) from vm_count c where c.account_id = a.id and c.state = 'Stopped'), 0)::int as stopped`;
const joined = sql`from account a join domain d on d.id = a.domain_id join role r on r.id = a.role_id left join zone z on z.id = a.default_zone_id`;

export const accountsByIds = async (tx: Tx, ids: readonly number[]): Promise<AccountRow[]> =>
  inOrder(ids, await tx.rows<AccountRow>(sql`select ${columns} ${joined} where a.id = ${anyOf(ids)}`));
export const accountRow = (tx: Tx, id: number): Promise<AccountRow> =>
  tx.one(sql`select ${columns} ${joined} where a.id = ${id}`);
/** Waits for whoever changes it now. */
export const lockAccountRow = (tx: Tx, id: number): Promise<unknown> =>
  tx.one(sql`select id from account where id = ${id} for no key update`);
export const accountNamed = (
  tx: Tx,
  { domainId, name, except = 0 }: { domainId: number; name: string; except?: number },
): Promise<{ id: number } | undefined> =>
  tx.first(
    sql`select id from account where domain_id = ${domainId} and lower(name) = ${name.toLowerCase()} and removed is null and id <> ${except}`,
  );
export const accountUuidTaken = async (tx: Tx, uuid: string): Promise<boolean> =>
  (await tx.first(sql`select 1 from account where uuid = ${uuid}`)) !== undefined;
export const insertAccount = (
  tx: Tx,
  values: Readonly<Record<string, unknown>>,
): Promise<{ id: number; uuid: string }> => tx.one(sql`insert into account ${sql.row(values)} returning id, uuid`);
export const changeAccount = (tx: Tx, id: number, values: Readonly<Record<string, unknown>>): Promise<number> =>
  Object.values(values).some((value) => value !== undefined)
    ? tx.run(sql`update account set ${sql.set(values)} where id = ${id}`)
    : Promise.resolve(0);

/** Things that live in the database only and go with the account. */
export async function dropBelongings(tx: Tx, accountId: number): Promise<void> {
  await tx.run(sql`delete from ssh_keypair where account_id = ${accountId}`);
  await tx.run(sql`update user_data set removed = now() where account_id = ${accountId} and removed is null`);
  await tx.run(sql`update instance_group set removed = now() where account_id = ${accountId} and removed is null`);
  await tx.run(sql`update affinity_group set removed = now() where account_id = ${accountId} and removed is null`);
  await tx.run(sql`delete from template_permission where account_id = ${accountId}`);
  await tx.run(sql`update vlan_range set account_id = null where account_id = ${accountId}`);
  await tx.run(sql`delete from setting where scope = 'Account' and scope_id = ${accountId}`);
  await tx.run(sql`delete from resource_tag where account_id = ${accountId}`);
}

export const runningGuests = (tx: Tx, accountId: number): Promise<{ id: number; uuid: string }[]> =>
  tx.rows(
    sql`select id, uuid from vm where account_id = ${accountId} and state = 'Running' and removed is null order by id`,
  );
/** Accounts of a domain and all below it. */
export const accountsBelow = (tx: Tx, path: string): Promise<{ id: number; uuid: string; name: string }[]> =>
  tx.rows(sql`
  select a.id, a.uuid, a.name from account a join domain d on d.id = a.domain_id where starts_with(d.path, ${path}) and a.removed is null order by a.id`);

const list: ListOf = { table: 'account', keyword: ['name'], owned: false, order: sql`lower(t.name)` };
interface AccountQuery {
  page: Page;
  keyword?: string;
  where: readonly (Sql | undefined | false | null | '')[];
}
export async function findAccounts(tx: Tx, query: AccountQuery): Promise<{ rows: AccountRow[]; count: number }> {
  const { ids, count } = await listIds(tx, list, { ...query, scope: { kind: 'all' } });
  return { rows: await accountsByIds(tx, ids), count };
}
/** Conditions on the account `t` for lists. */
export const having = {
  real: sql`t.id <> 1`,
  id: (id: number) => sql`t.id = ${id}`,
  domain: (domainId: number) => sql`t.domain_id = ${domainId}`,
  tree: (path: string) =>
    sql`exists (select 1 from domain d where d.id = t.domain_id and starts_with(d.path, ${path}))`,
  name: (name: string) => sql`lower(t.name) = ${name.toLowerCase()}`,
  type: (type: number) => sql`t.type = ${type}`,
  state: (state: string) => sql`t.state = ${state.toLowerCase()}`,
  keyAccess: (access: boolean | null) => sql`t.api_key_access is not distinct from ${access}`,
  none: sql`false`,
};
