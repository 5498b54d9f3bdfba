// Accounts: who owns things.
import { admins, command, domainScoping, everyone, p, paging, rootOnly, success } from '../define.ts';
import { accountResponse } from './owner-responses.ts';

export const createAccount = command('createAccount', {
  summary: 'Create an account and its first user',
  roles: admins,
  mode: 'sync',
  event: 'ACCOUNT.CREATE',
  resource: 'Account',
  params: {
    email: p.string({ required: true }),
    firstName: p.string({ required: true }),
    lastName: p.string({ required: true }),
    password: p.string({ required: true, secret: true }),
    username: p.string({ required: true }),
    account: p.string(),
    accountDetails: p.map(),
    accountId: p.string(),
    accountType: p.integer(),
    domainId: p.uuid('domain'),
    networkDomain: p.string(),
    roleId: p.uuid('role'),
    timezone: p.string(),
    userId: p.string(),
  },
  returns: accountResponse,
});

export const listAccounts = command('listAccounts', {
  summary: 'List accounts with what they use and may use',
  roles: everyone,
  mode: 'list',
  resource: 'Account',
  params: {
    id: p.uuid('account'),
    name: p.string(),
    accountType: p.integer(),
    apiKeyAccess: p.string({ roles: rootOnly, since: '4.20.1.0' }),
    details: p.strings(),
    isCleanupRequired: p.boolean(),
    showIcon: p.boolean(),
    state: p.string(),
    tag: p.string({ since: '4.20.0' }),
    ...domainScoping,
    ...paging,
  },
  returns: accountResponse,
});

export const updateAccount = command('updateAccount', {
  summary: "Change an account's name, role, network domain or details",
  roles: admins,
  mode: 'sync',
  event: 'ACCOUNT.UPDATE',
  resource: 'Account',
  params: {
    id: p.uuid('account', { access: 'operate' }),
    account: p.string(),
    accountDetails: p.map(),
    apiKeyAccess: p.string({ oneOf: ['ENABLED', 'DISABLED', 'INHERIT'], roles: rootOnly, since: '4.20.1.0' }),
    domainId: p.uuid('domain'),
    networkDomain: p.string(),
    newName: p.string(),
    roleId: p.uuid('role'),
  },
  returns: accountResponse,
});

export const deleteAccount = command('deleteAccount', {
  summary: 'Delete an account and everything it owns',
  roles: admins,
  mode: 'async',
  event: 'ACCOUNT.DELETE',
  resource: 'Account',
  javaClass: 'admin.account.DeleteAccountCmd',
  params: {
    id: p.uuid('account', { required: true, access: 'operate' }),
  },
  returns: success,
});

export const disableAccount = command('disableAccount', {
  summary: 'Disable or lock an account',
  roles: admins,
  mode: 'async',
  event: 'ACCOUNT.DISABLE',
  resource: 'Account',
  javaClass: 'admin.account.DisableAccountCmd',
  params: {
    lock: p.boolean({ required: true }),
    id: p.uuid('account', { access: 'operate' }),
    account: p.string(),
    domainId: p.uuid('domain'),
  },
  returns: accountResponse,
});

export const enableAccount = command('enableAccount', {
  summary: 'Enable a disabled or locked account',
  roles: admins,
  mode: 'sync',
  event: 'ACCOUNT.ENABLE',
  resource: 'Account',
  params: {
    id: p.uuid('account', { access: 'operate' }),
    account: p.string(),
    domainId: p.uuid('domain'),
  },
  returns: accountResponse,
});

export const lockAccount = command('lockAccount', {
  summary: 'Lock an account so that its users can look but not change',
  roles: admins,
  mode: 'sync',
  event: 'ACCOUNT.DISABLE',
  params: {
    account: p.string({ required: true }),
    domainId: p.uuid('domain', { required: true }),
  },
  returns: accountResponse,
});
