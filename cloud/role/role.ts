// Roles as other nouns see them: which one an account gets, and whether the caller may hand it out.
import type { RoleType, Shape } from '#api/define.ts';
import type { rolePermissionResponse, roleResponse } from '#api/identity/responses.ts';
import { fail } from '#api/errors.ts';
import type { Cx } from '../context.ts';
import { checkMayGrant } from '../identity/grant.ts';
import { roleById, type RoleRow, type RuleRow } from './role.store.ts';

export type { RoleRow } from './role.store.ts';

/** CloudStack's numbers of the types of accounts, by the type of their role, and the default role of each. */
export const accountTypes = { User: 0, Admin: 1, DomainAdmin: 2, ResourceAdmin: 3 } as const satisfies Record<
  RoleType,
  number
>;
const DEFAULT_ROLES: Readonly<Record<number, number>> = { 0: 4, 1: 1, 2: 3, 3: 2 };

/** The role of an account to be: named by id, or by the number of a type. Refused where it may do more than the caller. */
export async function roleToGive(
  cx: Cx,
  { roleId, accountType }: { roleId?: number; accountType?: number },
): Promise<RoleRow> {
  if (roleId === undefined && accountType === undefined)
    fail('missingParameter', 'Unable to execute API command due to missing parameter roleid (or accounttype)', {
      parameter: 'roleid',
    });
  const byType = accountType === undefined ? undefined : DEFAULT_ROLES[accountType];
  if (roleId === undefined && byType === undefined)
    fail(
      'invalidParameter',
      `accounttype is ${accountType}; accepted: 0 (user), 1 (root administrator), 2 (domain administrator), 3 (resource administrator)`,
      { parameter: 'accounttype' },
    );
  const role = await roleById(cx.tx, roleId ?? byType!);
  if (role.state !== 'enabled')
    fail('invalidParameter', `roleid: the role ${role.name} is disabled`, { parameter: 'roleid' });
  if (!role.isPublic && !cx.caller.isRoot)
    fail('permissionDenied', `roleid: the role ${role.name} is given by root administrators`, { parameter: 'roleid' });
  checkMayGrant(
    cx,
    { roleId: role.id, roleType: role.type },
    { what: `roleid: the role ${role.name}`, parameter: 'roleid' },
  );
  return role;
}

export const roleView = (role: RoleRow): Shape<typeof roleResponse> => ({
  id: role.uuid,
  name: role.name,
  type: role.type,
  description: role.description,
  isdefault: role.isDefault,
  ispublic: role.isPublic,
  state: role.state,
});
export const ruleView = (rule: RuleRow): Shape<typeof rolePermissionResponse> => ({
  id: rule.uuid,
  roleid: rule.roleUuid,
  rolename: rule.roleName,
  rule: rule.rule,
  permission: rule.permission,
  description: rule.description,
});
