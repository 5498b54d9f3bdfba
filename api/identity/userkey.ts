// API keys of users and what each pair may do.
import { admins, command, everyone, p, paging, success } from '../define.ts';
import { apiKeyPairResponse, keyPermissionResponse, userKeysResponse } from './responses.ts';

export const registerUserKeys = command('registerUserKeys', {
  summary: 'Make a new pair of API key and secret key for a user',
  roles: everyone,
  mode: 'async',
  event: 'REGISTER.USER.KEY',
  resource: 'User',
  javaClass: 'admin.user.RegisterUserKeysCmd',
  params: {
    id: p.uuid('user', { access: 'operate', required: true }),
    name: p.string(),
    description: p.string({ maxLength: 1024 }),
    endDate: p.date({ endOfDay: true }),
    rules: p.map({ mapKeys: ['description', 'permission', 'rule'] }),
    startDate: p.date(),
  },
  returns: apiKeyPairResponse,
  objectName: 'userkeys',
});

export const getUserKeys = command('getUserKeys', {
  summary: "Show a user's latest key pair",
  roles: everyone,
  mode: 'sync',
  since: '4.10.0',
  params: {
    id: p.uuid('user', { access: 'operate', required: true }),
  },
  returns: userKeysResponse,
});

export const listUserKeys = command('listUserKeys', {
  summary: 'List key pairs',
  roles: everyone,
  mode: 'list',
  since: '4.23.0',
  params: {
    apiKeyFilter: p.string(),
    keyPairId: p.uuid('apikeypair', { access: 'use' }),
    listAll: p.boolean({ roles: admins }),
    showPermissions: p.boolean(),
    userId: p.uuid('user', { access: 'use' }),
    ...paging,
  },
  returns: apiKeyPairResponse,
});

export const listUserKeyRules = command('listUserKeyRules', {
  summary: 'List what a key pair may and may not do',
  roles: everyone,
  mode: 'list',
  since: '4.23.0',
  params: {
    keyPairId: p.uuid('apikeypair', { required: true, access: 'use' }),
  },
  returns: keyPermissionResponse,
});

export const deleteUserKeys = command('deleteUserKeys', {
  summary: 'Delete a key pair',
  roles: everyone,
  mode: 'async',
  since: '4.23.0',
  event: 'DELETE.USER.KEY',
  resource: 'User',
  javaClass: 'admin.user.DeleteUserKeysCmd',
  params: {
    keyPairId: p.uuid('apikeypair', { required: true, access: 'use' }),
  },
  returns: success,
});
