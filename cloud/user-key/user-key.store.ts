// Rows of API key pairs and their rules. The secret key is kept sealed.
import type { RoleType } from '#api/define.ts';
import type { Tx } from '#kernel/db.ts';
import { anyOf, inOrder, listIds, type ListOf, type Page, type Scope } from '#kernel/list.ts';
import { sql } from '#kernel/sql.ts';
import type { Rule } from '../identity/permissions.ts';

export interface KeyRow {
  id: number;
  uuid: string;
  name: string;
  description: string | null;
  apiKey: string;
  sealedSecret: string;
  startDate: Date | null;
  endDate: Date | null;
  created: Date;
  userId: number;
  userUuid: string;
  username: string;
  accountId: number;
  accountUuid: string;
  accountName: string;
  accountType: number;
  domainId: number;
  domainUuid: string;
  domainName: string;
  domainPath: string;
  roleUuid: string;
  roleName: string;
  roleType: string;
  annotated: boolean;
}
export interface KeyRule extends Rule {
  keypairId: number;
  uuid: string;
  description: string | null;
}

const columns = sql`k.id, k.uuid, k.name, k.description, k.api_key as "apiKey", k.secret_key as "sealedSecret", k.start_date as "startDate", k.end_date as "endDate", k.created,
  u.id as "userId", u.uuid as "userUuid", u.username, a.id as "accountId", a.uuid as "accountUuid", a.name as "accountName", a.type as "accountType", d.id as "domainId", d.uuid as "domainUuid",
  d.name as "domainName", d.path as "domainPath", r.uuid as "roleUuid", r.name as "roleName", r.type as "roleType",
  exists (select 1 from annotation x where x.entity_uuid = k.uuid and x.removed is null) as annotated`;
const joined = sql`from api_keypair k join cloud_user u on u.id = k.user_id join account a on a.id = u.account_id join domain d on d.id = a.domain_id join role r on r.id = a.role_id`;

export const keysByIds = async (tx: Tx, ids: readonly number[]): Promise<KeyRow[]> =>
  inOrder(ids, await tx.rows<KeyRow>(sql`select ${columns} ${joined} where k.id = ${anyOf(ids)}`));
export const newestKeyOf = (tx: Tx, userId: number): Promise<KeyRow | undefined> =>
  tx.first(
    sql`select ${columns} ${joined} where k.user_id = ${userId} and k.removed is null order by k.id desc limit 1`,
  );
export const keyUser = (
  tx: Tx,
  userId: number,
): Promise<{
  id: number;
  uuid: string;
  username: string;
  state: string;
  accountId: number;
  domainId: number;
  isDefault: boolean;
  roleId: number;
  roleType: RoleType;
  keyAccess: boolean | null;
}> =>
  tx.one(sql`
  select u.id, u.uuid, u.username, u.state, a.id as "accountId", a.domain_id as "domainId", u.is_default as "isDefault", r.id as "roleId", r.type as "roleType", coalesce(u.api_key_access, a.api_key_access) as "keyAccess"
  from cloud_user u join account a on a.id = u.account_id join role r on r.id = a.role_id where u.id = ${userId}`);

export const keyNameTaken = async (tx: Tx, { userId, name }: { userId: number; name: string }): Promise<boolean> =>
  (await tx.first(sql`select 1 from api_keypair where user_id = ${userId} and name = ${name} and removed is null`)) !==
  undefined;
export const apiKeyTaken = async (tx: Tx, apiKey: string): Promise<boolean> =>
  (await tx.first(sql`select 1 from api_keypair where api_key = ${apiKey} and removed is null`)) !== undefined;

export const insertKey = (tx: Tx, values: Readonly<Record<string, unknown>>): Promise<{ id: number; uuid: string }> =>
  tx.one(sql`insert into api_keypair ${sql.row(values)} returning id, uuid`);
export const insertKeyRules = (
  tx: Tx,
  keypairId: number,
  rules: readonly (Rule & { description: string | null })[],
): Promise<number> =>
  tx.run(sql`
  insert into api_keypair_rule(api_keypair_id, rule, permission, description, sort_order)
  select ${keypairId}, * from unnest(${rules.map((one) => one.rule)}::text[], ${rules.map((one) => one.permission)}::text[], ${rules.map((one) => one.description)}::text[]) with ordinality`);
export const rulesOf = (tx: Tx, keypairIds: readonly number[]): Promise<KeyRule[]> =>
  tx.rows(sql`
  select api_keypair_id as "keypairId", uuid, rule, permission, description from api_keypair_rule where api_keypair_id = any(${keypairIds}) order by api_keypair_id, sort_order, id`);
export const removeKey = (tx: Tx, id: number): Promise<number> =>
  tx.run(sql`update api_keypair set removed = now() where id = ${id} and removed is null`);
export const changeKey = (tx: Tx, id: number, values: Readonly<Record<string, unknown>>): Promise<number> =>
  tx.run(sql`update api_keypair set ${sql.set(values)} where id = ${id}`);

const list: ListOf = { table: 'api_keypair', keyword: ['name', 'api_key', 'description'] };
interface KeyQuery {
  scope: Scope;
  page: Page;
  keyword?: string;
  userId?: number;
  keypairId?: number;
  apiKey?: string;
}
export async function findKeys(tx: Tx, query: KeyQuery): Promise<{ rows: KeyRow[]; count: number }> {
  const { ids, count } = await listIds(
    tx,
    { ...list, order: sql`t.id desc` },
    {
      ...query,
      where: [
        query.userId !== undefined && sql`t.user_id = ${query.userId}`,
        query.keypairId !== undefined && sql`t.id = ${query.keypairId}`,
        query.apiKey && sql`t.api_key = ${query.apiKey}`,
      ],
    },
  );
  return { rows: await keysByIds(tx, ids), count };
}
