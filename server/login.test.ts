// Logging in: counted, locked out, written down, and only from where the account may call.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '#kernel/sql.ts';
import { inCloud, type TestCloud } from '#test/cloud.ts';
import { ADMIN_PASSWORD } from '#test/database.ts';
import { answer, type Reply } from './dispatch.ts';
import { login, logout } from './login.ts';

const JANE = { username: 'jane', password: 'correct', firstname: 'Jane', lastname: 'Doe', email: 'j@example.org' };

async function tryLogin({ server }: TestCloud, username: string, password: string): Promise<Reply> {
  const withLogin = { ...server, anonymous: new Map([['login', login]]) };
  const sent = new Map(Object.entries({ command: 'login', response: 'json', username, password }));
  return answer(withLogin, { method: 'POST', sent, cookies: new Map(), sourceIp: '127.0.0.1' });
}

test(
  'who fails too often is locked out, until an administrator lets them in again',
  inCloud(async (cloud) => {
    const { admin } = cloud;
    const { account } = await admin.call('createAccount', { ...JANE, accounttype: 0 });
    await admin.call('updateConfiguration', { name: 'incorrect.login.attempts.allowed', value: 3 });
    const texts = new Set<string>();
    for (let failed = 0; failed < 3; failed += 1) texts.add((await tryLogin(cloud, 'jane', 'wrong')).text);
    texts.add((await tryLogin(cloud, 'jane', 'correct')).text);
    texts.add((await tryLogin(cloud, 'nobody', 'wrong')).text);
    assert.equal(texts.size, 1, 'all refusals read the same');
    assert.equal((await admin.call('listUsers', { username: 'jane' }))['user'][0].state, 'disabled');
    await admin.call('enableUser', { id: account.user[0].id });
    assert.equal((await tryLogin(cloud, 'jane', 'wrong')).status, 531);
    assert.equal((await tryLogin(cloud, 'jane', 'correct')).status, 200);
    assert.equal((await tryLogin(cloud, 'jane', 'wrong')).status, 531);
    assert.equal((await tryLogin(cloud, 'jane', 'wrong')).status, 531);
    assert.equal((await tryLogin(cloud, 'jane', 'correct')).status, 200);
  }),
);

test(
  'the administrator of the installation cannot be locked out',
  inCloud(async (cloud) => {
    for (let failed = 0; failed < 6; failed += 1) await tryLogin(cloud, 'admin', 'wrong');
    assert.equal((await tryLogin(cloud, 'admin', ADMIN_PASSWORD)).status, 200);
  }),
);

test(
  'logging in and out is written down; cookies follow the settings',
  inCloud(async (cloud) => {
    await cloud.admin.call('updateConfiguration', { name: 'enable.secure.session.cookie', value: true });
    const { cookies } = await tryLogin(cloud, 'admin', ADMIN_PASSWORD);
    assert.ok(cookies.length === 2 && cookies.every((cookie) => /; HttpOnly;.*; Secure/.test(cookie)));
    const id = /^JSESSIONID=(\w+)/.exec(cookies[0]!)![1]!;
    await logout(
      cloud.server,
      { method: 'POST', sent: new Map(), cookies: new Map([['JSESSIONID', id]]), sourceIp: '127.0.0.1' },
      { plain: new Map(), maps: new Map() },
    );
    const events = await cloud.db.read.rows<{ type: string }>(
      sql`select type from event where type like 'USER.LOG%' order by id`,
    );
    assert.deepEqual(
      events.map(({ type }) => type),
      ['USER.LOGIN', 'USER.LOGOUT'],
    );
  }),
);

test(
  'an account calls from its networks only',
  inCloud(async (cloud) => {
    const { admin } = cloud;
    const { account } = await admin.call('createAccount', { ...JANE, accounttype: 0 });
    await admin.call('updateUser', { id: account.user[0].id, userapikey: 'k', usersecretkey: 's' });
    const jane = cloud.signing('k', 's');
    await jane.call('listZones');
    const allow = (value: string) =>
      admin.call('updateConfiguration', { name: 'api.allowed.source.cidr.list', value, accountid: account.id });
    await allow('10.0.0.0/8,::1');
    assert.equal((await jane.refused('listZones')).errorcode, 401);
    await allow('10.0.0.0/8, 127.0.0.0/8');
    await jane.call('listZones');
    const refused = await admin.refused('updateConfiguration', {
      name: 'api.allowed.source.cidr.list',
      value: '10.0.0.0/99',
    });
    assert.match(refused.errortext, /networks like 10\.0\.0\.0\/8/);
  }),
);

test(
  'answers are encoded and typed as the settings say',
  inCloud(async ({ admin }) => {
    await admin.call('updateConfiguration', { name: 'json.content.type', value: 'text/javascript' });
    await admin.call('updateConfiguration', { name: 'encode.api.response', value: true });
    const reply = await admin.raw('listConfigurations', { name: 'api.allowed.source.cidr.list' });
    assert.equal(reply.contentType, 'text/javascript');
    assert.match(reply.text, /"value":"0\.0\.0\.0%2F0%2C%3A%3A%2F0"/);
  }),
);

test(
  'who logged in with a lent password chooses a new one before anything else; keys go on working',
  inCloud(async (cloud) => {
    const { admin, server } = cloud;
    const { account } = await admin.call('createAccount', { ...JANE, accounttype: 0 });
    const { id } = account.user[0];
    await admin.call('updateUser', { id, userapikey: 'k', usersecretkey: 's' });
    await admin.call('updateUser', { id, password: 'lent', passwordchangerequired: true });
    const { text, cookies } = await tryLogin(cloud, 'jane', 'lent');
    const { sessionkey, passwordchangerequired } = JSON.parse(text).loginresponse;
    assert.equal(passwordchangerequired, true);
    const jar = new Map(cookies.map((cookie) => cookie.split(';')[0]!.split('=') as [string, string]));
    const call = async (command: string, params: Record<string, string> = {}): Promise<Reply> =>
      answer(server, {
        method: 'POST',
        sent: new Map(Object.entries({ command, response: 'json', sessionkey, ...params })),
        cookies: jar,
        sourceIp: '127.0.0.1',
      });
    const refused = await call('listVirtualMachines');
    assert.equal(refused.status, 531);
    assert.match(refused.text, /Choose a new password first: updateUser/);
    const apis = JSON.parse((await call('listApis')).text).listapisresponse.api;
    assert.deepEqual(apis.map(({ name }: { name: string }) => name).toSorted(), ['listApis', 'updateUser']);
    await cloud.signing('k', 's').call('listZones');
    assert.equal((await call('updateUser', { id, password: 'my own one', currentpassword: 'lent' })).status, 200);
    assert.equal((await call('listVirtualMachines')).status, 200);
    assert.equal(
      JSON.parse((await tryLogin(cloud, 'jane', 'my own one')).text).loginresponse.passwordchangerequired,
      undefined,
    );
  }),
);
