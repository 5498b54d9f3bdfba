// Rows of roles and their rules.
import type { RoleType } from '#api/define.ts';
import type { Tx } from '#kernel/db.ts';
import { anyOf, inOrder, listIds, type ListOf, type Page } from '#kernel/list.ts';
import { sql } from '#kernel/sql.ts';

export interface RoleRow {
  id: number;
  uuid: string;
  name: string;
  type: RoleType;
  description: string | null;
  isDefault: boolean;
  isPublic: boolean;
  state: string;
}
export interface RuleRow {
  id: number;
  uuid: string;
  roleId: number;
  roleUuid: string;
  roleName: string;
  rule: string;
  permission: string;
  description: string | null;
}

const columns = sql`id, uuid, name, type, description, is_default as "isDefault", public_role as "isPublic", state`;
export const roleById = (tx: Tx, id: number): Promise<RoleRow> =>
  tx.one(sql`select ${columns} from role where id = ${id}`);
export const roleByName = (tx: Tx, name: string): Promise<RoleRow | undefined> =>
  tx.first(sql`select ${columns} from role where lower(name) = ${name.toLowerCase()} and removed is null`);
/** Who changes a role's rules holds its row, so that their order has one writer. */
export const lockRole = (tx: Tx, id: number): Promise<RoleRow> =>
  tx.one(sql`select ${columns} from role where id = ${id} for update`);
export const insertRole = (tx: Tx, values: Readonly<Record<string, unknown>>): Promise<{ id: number }> =>
  tx.one(sql`insert into role ${sql.row(values)} returning id`);
export const changeRole = (tx: Tx, id: number, values: Readonly<Record<string, unknown>>): Promise<number> =>
  Object.values(values).some((value) => value !== undefined)
    ? tx.run(sql`update role set ${sql.set(values)} where id = ${id}`)
    : Promise.resolve(0);
export const accountsWithRole = async (tx: Tx, id: number): Promise<number> =>
  (await tx.one<{ n: number }>(sql`select count(*)::int as n from account where role_id = ${id} and removed is null`))
    .n;

const rule = sql`p.id, p.uuid, p.role_id as "roleId", r.uuid as "roleUuid", r.name as "roleName", p.rule, p.permission, p.description`;
export const rulesOfRole = (tx: Tx, roleId: number | undefined): Promise<RuleRow[]> =>
  tx.rows(sql`select ${rule} from role_permission p join role r on r.id = p.role_id and r.removed is null
  where ${roleId === undefined ? sql`true` : sql`p.role_id = ${roleId}`} order by p.role_id, p.sort_order, p.id`);
export const ruleById = (tx: Tx, id: number): Promise<RuleRow> =>
  tx.one(sql`select ${rule} from role_permission p join role r on r.id = p.role_id where p.id = ${id}`);
export const insertRule = (
  tx: Tx,
  { roleId, ...values }: { roleId: number; rule: string; permission: string; description?: string | null },
): Promise<{ id: number }> =>
  tx.one(sql`
  insert into role_permission(role_id, rule, permission, description, sort_order) select ${roleId}, ${values.rule}, ${values.permission}, ${values.description ?? null}, coalesce(max(sort_order), 0) + 1
  from role_permission where role_id = ${roleId} returning id`);
export const insertRules = (
  tx: Tx,
  roleId: number,
  rules: readonly { rule: string; permission: string; description?: string | null }[],
): Promise<number> =>
  tx.run(sql`
  insert into role_permission(role_id, rule, permission, description, sort_order) select ${roleId}, * from
  unnest(${rules.map((one) => one.rule)}::text[], ${rules.map((one) => one.permission)}::text[], ${rules.map((one) => one.description ?? null)}::text[]) with ordinality`);
export const deleteRule = (tx: Tx, id: number): Promise<number> =>
  tx.run(sql`delete from role_permission where id = ${id}`);
export const deleteRulesOf = (tx: Tx, roleId: number): Promise<number> =>
  tx.run(sql`delete from role_permission where role_id = ${roleId}`);
export const changeRule = (tx: Tx, id: number, permission: string): Promise<number> =>
  tx.run(sql`update role_permission set permission = ${permission} where id = ${id}`);
export const orderRules = (tx: Tx, ids: readonly number[]): Promise<number> =>
  tx.run(
    sql`update role_permission p set sort_order = o.place from unnest(${ids}::bigint[]) with ordinality as o(id, place) where p.id = o.id`,
  );

const list: ListOf = { table: 'role', keyword: ['name', 'description'], owned: false };
interface RoleQuery {
  page: Page;
  keyword?: string;
  id?: number;
  name?: string;
  type?: string;
  state?: string;
  among?: readonly number[];
}
export async function findRoles(tx: Tx, query: RoleQuery): Promise<{ rows: RoleRow[]; count: number }> {
  const { ids, count } = await listIds(tx, list, {
    ...query,
    scope: { kind: 'all' },
    where: [
      query.id !== undefined && sql`t.id = ${query.id}`,
      query.name && sql`t.name = ${query.name}`,
      query.type && sql`t.type = ${query.type}`,
      query.state && sql`t.state = ${query.state.toLowerCase()}`,
      query.among && sql`t.id = any(${query.among}::bigint[])`,
    ],
  });
  return {
    rows: inOrder(ids, await tx.rows<RoleRow>(sql`select ${columns} from role where id = ${anyOf(ids)}`)),
    count,
  };
}
export const allRoles = (tx: Tx): Promise<RoleRow[]> =>
  tx.rows(sql`select ${columns} from role where removed is null order by id limit 10000`);
