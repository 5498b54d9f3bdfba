// Verbs of tenants, their users, keys and roles, by command.
import { create as createAccount } from '#cloud/account/create.ts';
import { remove as deleteAccount } from '#cloud/account/delete.ts';
import { list as listAccounts } from '#cloud/account/list.ts';
import { disable as disableAccount, enable as enableAccount } from '#cloud/account/state.ts';
import { update as updateAccount } from '#cloud/account/update.ts';
import { create as createDomain, moveIt as moveDomain, update as updateDomain } from '#cloud/domain/change.ts';
import { remove as deleteDomain } from '#cloud/domain/delete.ts';
import { list as listDomains, listChildren as listDomainChildren } from '#cloud/domain/list.ts';
import { list as listResourceLimits } from '#cloud/limit/list.ts';
import { recount as updateResourceCount, update as updateResourceLimit } from '#cloud/limit/update.ts';
import { listInvitations as listProjectInvitations, listProjects } from '#cloud/project/list.ts';
import { create as createRole, importOne as importRole } from '#cloud/role/create.ts';
import { list as listRoles, listRules as listRolePermissions } from '#cloud/role/list.ts';
import {
  create as createRolePermission,
  remove as deleteRolePermission,
  update as updateRolePermission,
} from '#cloud/role/rule.ts';
import {
  disable as disableRole,
  enable as enableRole,
  remove as deleteRole,
  update as updateRole,
} from '#cloud/role/update.ts';
import { create as createUser, moveIt as moveUser, remove as deleteUser } from '#cloud/user/create.ts';
import { byKey as getUser, list as listUsers } from '#cloud/user/list.ts';
import { disable as disableUser, enable as enableUser, lock as lockUser } from '#cloud/user/state.ts';
import { update as updateUser } from '#cloud/user/update.ts';
import { latest as getUserKeys, list as listUserKeys, listRules as listUserKeyRules } from '#cloud/user-key/list.ts';
import { register as registerUserKeys } from '#cloud/user-key/register.ts';
import { remove as deleteUserKeys } from '#cloud/user-key/delete.ts';

export const identity = {
  listProjects,
  listProjectInvitations,
  listResourceLimits,
  updateResourceLimit,
  updateResourceCount,
  createDomain,
  listDomains,
  listDomainChildren,
  updateDomain,
  moveDomain,
  deleteDomain,
  createAccount,
  listAccounts,
  updateAccount,
  deleteAccount,
  disableAccount,
  enableAccount,
  createUser,
  listUsers,
  getUser,
  updateUser,
  moveUser,
  deleteUser,
  lockUser,
  disableUser,
  enableUser,
  registerUserKeys,
  listUserKeys,
  listUserKeyRules,
  getUserKeys,
  deleteUserKeys,
  createRole,
  importRole,
  listRoles,
  updateRole,
  deleteRole,
  enableRole,
  disableRole,
  createRolePermission,
  listRolePermissions,
  updateRolePermission,
  deleteRolePermission,
};
