// Roles and their ordered rules.
import { admins, command, p, paging, rootOnly, success } from '../define.ts';
import { rolePermissionResponse, roleResponse } from './responses.ts';

export const createRole = command('createRole', {
  summary: 'Create a role from a type or as a copy of another role',
  roles: rootOnly,
  mode: 'sync',
  since: '4.9.0',
  event: 'ROLE.CREATE',
  resource: 'Role',
  params: {
    name: p.string({ required: true }),
    description: p.string(),
    isPublic: p.boolean(),
    roleId: p.uuid('role'),
    type: p.string({ oneOf: ['Admin', 'ResourceAdmin', 'DomainAdmin', 'User'] }),
  },
  returns: roleResponse,
});

export const importRole = command('importRole', {
  summary: 'Create or replace a role with a given list of rules',
  roles: rootOnly,
  mode: 'sync',
  since: '4.15.0',
  event: 'ROLE.IMPORT',
  params: {
    name: p.string({ required: true }),
    rules: p.map({ required: true, mapKeys: ['description', 'permission', 'rule'] }),
    description: p.string(),
    forced: p.boolean(),
    isPublic: p.boolean(),
    type: p.string({ oneOf: ['Admin', 'ResourceAdmin', 'DomainAdmin', 'User'] }),
  },
  returns: roleResponse,
});

export const listRoles = command('listRoles', {
  summary: 'List roles',
  roles: admins,
  mode: 'list',
  since: '4.9.0',
  params: {
    id: p.uuid('role'),
    name: p.string(),
    state: p.string(),
    type: p.string({ oneOf: ['Admin', 'ResourceAdmin', 'DomainAdmin', 'User'] }),
    ...paging,
  },
  returns: roleResponse,
});

export const updateRole = command('updateRole', {
  summary: "Change a role's name, description, type or visibility",
  roles: rootOnly,
  mode: 'sync',
  since: '4.9.0',
  event: 'ROLE.UPDATE',
  resource: 'Role',
  params: {
    id: p.uuid('role', { required: true }),
    name: p.string(),
    description: p.string(),
    isPublic: p.boolean(),
    type: p.string({ oneOf: ['Admin', 'ResourceAdmin', 'DomainAdmin', 'User'] }),
  },
  returns: roleResponse,
});

export const deleteRole = command('deleteRole', {
  summary: 'Delete a role that no account has',
  roles: rootOnly,
  mode: 'sync',
  since: '4.9.0',
  event: 'ROLE.DELETE',
  resource: 'Role',
  params: {
    id: p.uuid('role', { required: true }),
  },
  returns: success,
});

export const enableRole = command('enableRole', {
  summary: 'Enable a role',
  roles: rootOnly,
  mode: 'sync',
  since: '4.20.0',
  event: 'ROLE.ENABLE',
  params: {
    id: p.uuid('role', { required: true }),
  },
  returns: success,
});

export const disableRole = command('disableRole', {
  summary: 'Disable a role so that its accounts can do nothing',
  roles: rootOnly,
  mode: 'sync',
  since: '4.20.0',
  event: 'ROLE.DISABLE',
  params: {
    id: p.uuid('role', { required: true }),
  },
  returns: success,
});

export const createRolePermission = command('createRolePermission', {
  summary: "Add a rule to the end of a role's rules",
  roles: rootOnly,
  mode: 'sync',
  since: '4.9.0',
  event: 'ROLE.PERMISSION.CREATE',
  params: {
    permission: p.string({ required: true, oneOf: ['allow', 'deny'] }),
    roleId: p.uuid('role', { required: true }),
    rule: p.string({ required: true }),
    description: p.string(),
  },
  returns: rolePermissionResponse,
});

export const listRolePermissions = command('listRolePermissions', {
  summary: "List a role's rules in the order they apply",
  roles: rootOnly,
  mode: 'list',
  since: '4.9.0',
  params: {
    roleId: p.uuid('role'),
  },
  returns: rolePermissionResponse,
});

export const updateRolePermission = command('updateRolePermission', {
  summary: "Change a rule's permission or the order of a role's rules",
  roles: rootOnly,
  mode: 'sync',
  since: '4.9.0',
  event: 'ROLE.PERMISSION.UPDATE',
  params: {
    roleId: p.uuid('role', { required: true }),
    permission: p.string({ oneOf: ['allow', 'deny'], since: '4.11' }),
    ruleId: p.uuid('rolepermission', { since: '4.11' }),
    ruleOrder: p.uuids('rolepermission'),
  },
  returns: success,
});

export const deleteRolePermission = command('deleteRolePermission', {
  summary: 'Remove a rule from a role',
  roles: rootOnly,
  mode: 'sync',
  since: '4.9.0',
  event: 'ROLE.PERMISSION.DELETE',
  params: {
    id: p.uuid('rolepermission', { required: true }),
  },
  returns: success,
});
