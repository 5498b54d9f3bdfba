// Verbs of tenants, their users, keys and roles, by command.
import { create as createRole, importOne as importRole } from '#cloud/role/create.ts';
import { list as listRoles, listRules as listRolePermissions } from '#cloud/role/list.ts';
import { create as createRolePermission, remove as deleteRolePermission, update as updateRolePermission } from '#cloud/role/rule.ts';
import { disable as disableRole, enable as enableRole, remove as deleteRole, update as updateRole } from '#cloud/role/update.ts';
import { latest as getUserKeys, list as listUserKeys, listRules as listUserKeyRules } from '#cloud/user-key/list.ts';
import { register as registerUserKeys } from '#cloud/user-key/register.ts';
import { remove as deleteUserKeys } from '#cloud/user-key/delete.ts';

export const identity = {
  registerUserKeys, listUserKeys, listUserKeyRules, getUserKeys, deleteUserKeys,
  createRole, importRole, listRoles, updateRole, deleteRole, enableRole, disableRole, createRolePermission, listRolePermissions, updateRolePermission, deleteRolePermission,
};
