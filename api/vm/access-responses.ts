// Keys, passwords, consoles and user data of instances as answers show them.
import { f, response } from '../define.ts';

export const sshKeyPairResponse = response('keypair', {
  id: f.string(),
  name: f.string(),
  account: f.string(),
  domain: f.string(),
  domainid: f.string(),
  fingerprint: f.string(),
  hasannotations: f.boolean(),
  project: f.string(),
  projectid: f.string(),
});

export const createdSshKeyPairResponse = response('keypair', {
  ...sshKeyPairResponse.fields,
  privatekey: f.string({ secret: true }),
});

export const vmPasswordResponse = response('password', {
  encryptedpassword: f.string({ secret: true }),
});

export const consoleWebsocketResponse = response('websocket', {
  extra: f.string(),
  host: f.string(),
  path: f.string(),
  port: f.string(),
  token: f.string(),
});

export const consoleEndpointResponse = response('consoleendpoint', {
  details: f.string(),
  success: f.boolean(),
  url: f.string({ secret: true }),
  websocket: f.object(() => consoleWebsocketResponse, { apiType: 'consoleendpointwebsocketresponse' }),
});

export const consoleSessionResponse = response('consolesession', {
  id: f.string(),
  account: f.string(),
  accountid: f.string(),
  acquired: f.date(),
  clientaddress: f.string(),
  consoleendpointcreatoraddress: f.string(),
  created: f.date(),
  domain: f.string(),
  domainid: f.string(),
  domainpath: f.string(),
  hostid: f.string(),
  hostname: f.string(),
  removed: f.date(),
  user: f.string(),
  userid: f.string(),
  virtualmachineid: f.string(),
  virtualmachinename: f.string(),
});

export const userDataResponse = response('userdata', {
  id: f.string(),
  name: f.string(),
  account: f.string(),
  accountid: f.string(),
  domain: f.string(),
  domainid: f.string(),
  domainpath: f.string({ since: '4.19.2.0' }),
  hasannotations: f.boolean(),
  params: f.string(),
  project: f.string({ since: '4.19.1' }),
  projectid: f.string({ since: '4.19.1' }),
  userdata: f.string(),
});

export const vmUserDataResponse = response('virtualmachineuserdata', {
  userdata: f.string(),
  virtualmachineid: f.string(),
});
