// Rows of users.
import type { RoleType } from '#api/define.ts';
import type { Tx } from '#kernel/db.ts';
import { anyOf, inOrder, listIds, type ListOf, type Page } from '#kernel/list.ts';
import { sql, type Sql } from '#kernel/sql.ts';

export interface UserRow {
  id: number;
  uuid: string;
  username: string;
  password: string;
  firstName: string;
  lastName: string;
  email: string | null;
  timezone: string | null;
  source: string;
  state: string;
  isDefault: boolean;
  apiKeyAccess: boolean | null;
  passwordChangeRequired: boolean;
  created: Date;
  accountId: number;
  accountUuid: string;
  accountName: string;
  accountType: number;
  domainId: number;
  domainUuid: string;
  domainName: string;
  domainPath: string;
  roleId: number;
  roleUuid: string;
  roleName: string;
  roleType: RoleType;
  apiKey: string | null;
  sealedSecret: string | null;
}

const columns = sql`u.id, u.uuid, u.username, u.password, u.first_name as "firstName", u.last_name as "lastName", u.email, u.timezone, u.source, u.state, u.is_default as "isDefault", u.api_key_access as "apiKeyAccess",
  u.password_change_required as "passwordChangeRequired", u.created, a.id as "accountId", a.uuid as "accountUuid", a.name as "accountName", a.type as "accountType", d.id as "domainId", d.uuid as "domainUuid", d.name as "domainName",
  d.path as "domainPath", r.id as "roleId", r.uuid as "roleUuid", r.name as "roleName", r.type as "roleType", k.api_key as "apiKey", k.secret_key as "sealedSecret"`;
const joined = sql`from cloud_user u join account a on a.id = u.account_id join domain d on d.id = a.domain_id join role r on r.id = a.role_id
  left join lateral (select api_key, secret_key from api_keypair k where k.user_id = u.id and k.removed is null order by k.id desc limit 1) k on true`;

export const usersByIds = async (tx: Tx, ids: readonly number[]): Promise<UserRow[]> =>
  inOrder(ids, await tx.rows<UserRow>(sql`select ${columns} ${joined} where u.id = ${anyOf(ids)}`));
export const userById = (tx: Tx, id: number): Promise<UserRow> =>
  tx.one(sql`select ${columns} ${joined} where u.id = ${id}`);
export const usersOfAccounts = (tx: Tx, accountIds: readonly number[]): Promise<UserRow[]> =>
  tx.rows(sql`select ${columns} ${joined} where u.account_id = any(${accountIds}) and u.removed is null order by u.id`);
export const userByApiKey = (tx: Tx, apiKey: string): Promise<UserRow | undefined> =>
  tx.first(
    sql`select ${columns} ${joined} where u.removed is null and u.id = (select user_id from api_keypair where api_key = ${apiKey} and removed is null)`,
  );
/** One user of a name in a domain: names are how people log in. */
export const usernameTaken = async (
  tx: Tx,
  { domainId, username, except = 0 }: { domainId: number; username: string; except?: number },
): Promise<boolean> =>
  (await tx.first(sql`
  select 1 from cloud_user u join account a on a.id = u.account_id where a.domain_id = ${domainId} and lower(u.username) = ${username.toLowerCase()} and u.removed is null and u.id <> ${except}`)) !==
  undefined;
/** Two who take a name at once come one after another. */
export const lockNames = (tx: Tx, domainId: number): Promise<unknown> =>
  tx.rows(sql`select id from domain where id = ${domainId} for no key update`);
export const userUuidTaken = async (tx: Tx, uuid: string): Promise<boolean> =>
  (await tx.first(sql`select 1 from cloud_user where uuid = ${uuid}`)) !== undefined;

export const insertUser = (tx: Tx, values: Readonly<Record<string, unknown>>): Promise<{ id: number; uuid: string }> =>
  tx.one(sql`insert into cloud_user ${sql.row(values)} returning id, uuid`);
export const changeUser = (tx: Tx, id: number, values: Readonly<Record<string, unknown>>): Promise<number> =>
  Object.values(values).some((value) => value !== undefined)
    ? tx.run(sql`update cloud_user set ${sql.set(values)} where id = ${id}`)
    : Promise.resolve(0);
export const endKeysOf = (tx: Tx, userIds: readonly number[]): Promise<number> =>
  tx.run(sql`update api_keypair set removed = now() where user_id = any(${userIds}) and removed is null`);
export const endSessionsOf = (tx: Tx, userIds: readonly number[], except = ''): Promise<number> =>
  tx.run(sql`delete from session where user_id = any(${userIds}) and id_hash <> ${except}`);
export const moveKeys = (
  tx: Tx,
  userId: number,
  { accountId, domainId }: { accountId: number; domainId: number },
): Promise<number> =>
  tx.run(sql`update api_keypair set account_id = ${accountId}, domain_id = ${domainId} where user_id = ${userId}`);

const list: ListOf = {
  table: 'cloud_user',
  keyword: ['username', 'first_name', 'last_name', 'email'],
  owned: false,
  order: sql`lower(t.username)`,
};
interface UserQuery {
  page: Page;
  keyword?: string;
  where: readonly (Sql | undefined | false | null | '')[];
}
export async function findUsers(tx: Tx, query: UserQuery): Promise<{ rows: UserRow[]; count: number }> {
  const { ids, count } = await listIds(tx, list, { ...query, scope: { kind: 'all' } });
  return { rows: await usersByIds(tx, ids), count };
}

/** Conditions on the user `t` for lists. */
export const having = {
  id: (id: number) => sql`t.id = ${id}`,
  account: (accountId: number) => sql`t.account_id = ${accountId}`,
  accountName: (name: string) =>
    sql`exists (select 1 from account a where a.id = t.account_id and lower(a.name) = ${name.toLowerCase()})`,
  accountType: (type: number) => sql`exists (select 1 from account a where a.id = t.account_id and a.type = ${type})`,
  domain: (domainId: number) =>
    sql`exists (select 1 from account a where a.id = t.account_id and a.domain_id = ${domainId})`,
  tree: (path: string) =>
    sql`exists (select 1 from account a join domain d on d.id = a.domain_id where a.id = t.account_id and starts_with(d.path, ${path}))`,
  state: (state: string) => sql`t.state = ${state.toLowerCase()}`,
  username: (name: string) => sql`lower(t.username) = ${name.toLowerCase()}`,
  source: (source: string) => sql`t.source = ${source.toUpperCase()}`,
  keyAccess: (access: boolean | null) => sql`t.api_key_access is not distinct from ${access}`,
  /** The system's own user is nobody's to see. */
  real: sql`t.id <> 1`,
};
