// Sessions: log in and out.
import { command, everyone, p } from '../define.ts';
import { loginResponse, logoutResponse } from './responses.ts';

export const login = command('login', {
  summary: 'Log in and start a session',
  roles: everyone,
  mode: 'sync',
  event: 'USER.LOGIN',
  params: {
    password: p.string({ required: true, secret: true }),
    username: p.string({ required: true }),
    domain: p.string(),
    domainId: p.string({ apiType: 'long' }),
  },
  returns: loginResponse,
  shape: 'flat',
  anonymous: true,
});

export const logout = command('logout', {
  summary: 'End the session',
  roles: everyone,
  mode: 'sync',
  event: 'USER.LOGOUT',
  params: {},
  returns: logoutResponse,
  shape: 'flat',
});
