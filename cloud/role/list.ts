// listRoles and listRolePermissions. Administrators below root see the roles they may hand out.
import { listRolePermissions, listRoles } from '#api/identity/role.ts';
import { implement, type Cx } from '../context.ts';
import { beyond } from '../identity/grant.ts';
import { allRoles, findRoles, rulesOfRole } from './role.store.ts';
import { roleView, ruleView } from './role.ts';

export const list = implement(listRoles, async (cx, params) => {
  const { rows, count } = await findRoles(cx.tx, {
    ...params,
    page: cx.page,
    keyword: cx.keyword,
    among: cx.caller.isRoot ? undefined : await rolesToGive(cx),
  });
  return { items: rows.map(roleView), count };
});

async function rolesToGive(cx: Cx): Promise<number[]> {
  const roles = await allRoles(cx.tx);
  return roles
    .filter((role) => role.isPublic && role.type !== 'Admin' && !beyond(cx, { roleId: role.id, roleType: role.type }))
    .map(({ id }) => id);
}

export const listRules = implement(listRolePermissions, async (cx, { roleId }) => {
  const rules = await rulesOfRole(cx.tx, roleId);
  return { items: rules.map(ruleView), count: rules.length };
});
