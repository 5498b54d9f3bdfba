// Users: who acts for an account.
import { admins, command, domainScoping, everyone, p, paging, rootOnly, success } from '../define.ts';
import { userResponse } from './responses.ts';

export const createUser = command('createUser', {
  summary: 'Add a user to an account',
  roles: admins,
  mode: 'sync',
  event: 'USER.CREATE',
  resource: 'User',
  params: {
    account: p.string({ required: true }),
    email: p.string({ required: true }),
    firstName: p.string({ required: true }),
    lastName: p.string({ required: true }),
    password: p.string({ required: true, secret: true }),
    username: p.string({ required: true }),
    domainId: p.uuid('domain'),
    passwordChangeRequired: p.boolean({ since: '4.23.0' }),
    timezone: p.string(),
    userId: p.string(),
  },
  returns: userResponse,
});

export const listUsers = command('listUsers', {
  summary: 'List users',
  roles: everyone,
  mode: 'list',
  params: {
    id: p.uuid('user'),
    account: p.string(),
    accountType: p.integer(),
    apiKeyAccess: p.string({ roles: rootOnly, since: '4.20.1.0' }),
    showIcon: p.boolean(),
    state: p.string(),
    username: p.string(),
    userSource: p.string({ since: '4.21.0.0' }),
    ...domainScoping,
    ...paging,
  },
  returns: userResponse,
});

export const getUser = command('getUser', {
  summary: 'Find a user by an API key',
  roles: rootOnly,
  mode: 'sync',
  params: {
    userApiKey: p.string({ required: true }),
  },
  returns: userResponse,
});

export const updateUser = command('updateUser', {
  summary: "Change a user's name, password, time zone, or API key access",
  roles: everyone,
  mode: 'sync',
  event: 'USER.UPDATE',
  resource: 'User',
  params: {
    id: p.uuid('user', { access: 'operate', required: true }),
    apiKeyAccess: p.string({ oneOf: ['ENABLED', 'DISABLED', 'INHERIT'], roles: rootOnly, since: '4.20.1.0' }),
    currentPassword: p.string({ secret: true }),
    email: p.string(),
    firstName: p.string(),
    lastName: p.string(),
    mandate2fa: p.boolean({ since: '4.18.0.0' }),
    password: p.string({ secret: true }),
    passwordChangeRequired: p.boolean({ since: '4.23.0' }),
    timezone: p.string(),
    userApiKey: p.string(),
    username: p.string(),
    userSecretKey: p.string({ secret: true }),
  },
  returns: userResponse,
});

export const moveUser = command('moveUser', {
  summary: 'Move a user to another account of the same domain',
  roles: rootOnly,
  mode: 'sync',
  since: '4.11',
  event: 'USER.MOVE',
  resource: 'User',
  params: {
    id: p.uuid('user', { access: 'operate', required: true }),
    account: p.string(),
    accountId: p.uuid('account', { access: 'operate' }),
  },
  returns: success,
});

export const lockUser = command('lockUser', {
  summary: 'Lock a user so that it cannot log in',
  roles: admins,
  mode: 'sync',
  event: 'USER.LOCK',
  params: {
    id: p.uuid('user', { access: 'operate', required: true }),
  },
  returns: userResponse,
});

export const disableUser = command('disableUser', {
  summary: 'Disable a user so that it can neither log in nor use its keys',
  roles: admins,
  mode: 'async',
  event: 'USER.DISABLE',
  resource: 'User',
  javaClass: 'admin.user.DisableUserCmd',
  params: {
    id: p.uuid('user', { access: 'operate', required: true }),
  },
  returns: userResponse,
});

export const enableUser = command('enableUser', {
  summary: 'Enable a disabled or locked user',
  roles: admins,
  mode: 'sync',
  event: 'USER.ENABLE',
  params: {
    id: p.uuid('user', { access: 'operate', required: true }),
  },
  returns: userResponse,
});

export const deleteUser = command('deleteUser', {
  summary: 'Delete a user',
  roles: admins,
  mode: 'sync',
  event: 'USER.DELETE',
  resource: 'User',
  params: {
    id: p.uuid('user', { access: 'operate', required: true }),
  },
  returns: success,
});
