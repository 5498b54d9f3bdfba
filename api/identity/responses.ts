// Users, keys, roles, sessions and invitations as answers show them.
import { f, response } from '../define.ts';
import { resourceIconResponse } from '../tag/responses.ts';

export const loginResponse = response('login', {
  account: f.string(),
  domainid: f.string(),
  firstname: f.string(),
  is2faenabled: f.string({ since: '4.18.0.0' }),
  is2faverified: f.string({ since: '4.18.0.0' }),
  issuerfor2fa: f.string({ since: '4.18.0.0' }),
  lastname: f.string(),
  managementserverid: f.string({ since: '4.21.0.0' }),
  passwordchangerequired: f.boolean({ since: '4.23.0' }),
  providerfor2fa: f.string({ since: '4.18.0.0' }),
  registered: f.string(),
  sessionkey: f.string({ secret: true }),
  timeout: f.integer(),
  timezone: f.string(),
  timezoneoffset: f.string(),
  type: f.string(),
  userid: f.string(),
  username: f.string(),
});

export const logoutResponse = response('logout', {
  description: f.string(),
});

export const userResponse = response('user', {
  id: f.string(),
  account: f.string(),
  accountid: f.string(),
  accounttype: f.integer(),
  apikey: f.string({ secret: true }),
  apikeyaccess: f.string({ apiType: 'apikeyaccess', fullView: true, since: '4.20.1.0' }),
  created: f.date(),
  domain: f.string(),
  domainid: f.string(),
  email: f.string(),
  firstname: f.string(),
  icon: f.object(() => resourceIconResponse, { apiType: 'resourceiconresponse', since: '4.16.0.0' }),
  is2faenabled: f.boolean({ since: '4.18.0.0' }),
  is2famandated: f.boolean({ since: '4.18.0.0' }),
  iscallerchilddomain: f.boolean(),
  isdefault: f.boolean({ since: '4.2.0' }),
  lastname: f.string(),
  roleid: f.string(),
  rolename: f.string(),
  roletype: f.string(),
  secretkey: f.string({ secret: true }),
  state: f.string(),
  timezone: f.string(),
  username: f.string(),
  usersource: f.string(),
});

export const apiKeyPairResponse = response('userapikey', {
  id: f.string(),
  name: f.string(),
  description: f.string(),
  accountid: f.string(),
  accountname: f.string(),
  accounttype: f.string(),
  apikey: f.string({ secret: true }),
  created: f.date(),
  domain: f.string(),
  domainid: f.string(),
  domainpath: f.string(),
  enddate: f.date(),
  hasannotations: f.boolean(),
  permissions: f.objects(() => keyPermissionResponse),
  roleid: f.string(),
  rolename: f.string(),
  roletype: f.string(),
  secretkey: f.string({ secret: true }),
  startdate: f.date(),
  state: f.string({ apiType: 'apikeypairstate' }),
  userid: f.string(),
  username: f.string(),
});

export const keyPermissionResponse = response('keypermission', {
  description: f.string(),
  permission: f.string(),
  rule: f.string(),
});

export const userKeysResponse = response('userkeys', {
  apikey: f.string({ secret: true }),
  apikeyaccess: f.boolean(),
  secretkey: f.string({ secret: true }),
});

export const roleResponse = response('role', {
  id: f.string(),
  name: f.string(),
  description: f.string(),
  isdefault: f.boolean(),
  ispublic: f.boolean(),
  state: f.string(),
  type: f.string(),
});

export const rolePermissionResponse = response('rolepermission', {
  ...keyPermissionResponse.fields,
  id: f.string(),
  roleid: f.string(),
  rolename: f.string(),
});

export const projectInvitationResponse = response('projectinvitation', {
  id: f.string(),
  account: f.string(),
  domain: f.string(),
  domainid: f.string(),
  domainpath: f.string({ since: '4.19.2.0' }),
  email: f.string(),
  project: f.string(),
  projectid: f.string(),
  state: f.string(),
  userid: f.string(),
});
