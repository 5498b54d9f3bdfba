// Key pairs of users: made, shown once, restricted, deleted.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '#kernel/sql.ts';
import { inCloud } from '#test/cloud.ts';
import { settle } from '#test/jobs.ts';
import { makeAccount, makeDomain } from '#test/tenants.ts';

const adminId = async (cloud: Parameters<Parameters<typeof inCloud>[0]>[0]): Promise<string> =>
  (await cloud.db.read.one<{ uuid: string }>(sql`select uuid from cloud_user where id = 2`)).uuid;

test(
  'a pair is made, opens the door, and its secret is kept sealed',
  inCloud(async (cloud) => {
    const id = await adminId(cloud);
    const { jobid } = await cloud.admin.call('registerUserKeys', { id });
    await settle(cloud.server);
    const { userkeys } = (await cloud.admin.call('queryAsyncJobResult', { jobid }))['jobresult'];
    assert.match(userkeys.apikey, /^[\w-]{86}$/);
    const mine = cloud.signing(userkeys.apikey, userkeys.secretkey);
    assert.equal((await mine.call('listCapabilities'))['capability'].cloudstackversion, '4.23.0.0');
    assert.equal((await cloud.signing(userkeys.apikey, 'wrong').refused('listCapabilities')).errorcode, 401);
    const jobs = JSON.stringify([
      await cloud.db.read.rows(sql`select result, input from job`),
      await cloud.db.read.rows(sql`select secret_key from api_keypair`),
    ]);
    assert.match(jobs, /sealed:/);
    const asked = await cloud.admin.call('getUserKeys', { id });
    assert.equal(asked['userkeys'].apikey, userkeys.apikey);
    assert.equal(asked['userkeys'].secretkey, userkeys.secretkey);
    assert.equal(jobs.includes(asked['userkeys'].secretkey), false);
    const listed = await cloud.admin.call('listUserKeys');
    assert.equal(listed['userapikey'][0].secretkey, undefined);
    assert.equal(listed['userapikey'][0].state, 'ENABLED');
    assert.deepEqual(await cloud.admin.job('deleteUserKeys', { keypairid: userkeys.id }), { success: true });
    assert.equal((await mine.refused('listCapabilities')).errorcode, 401);
  }),
);

test(
  'users make keys for themselves only, administrators for those below',
  inCloud(async (cloud) => {
    const [a, b] = [await makeDomain(cloud.db, 'a'), await makeDomain(cloud.db, 'b')];
    const one = await makeAccount(cloud, { name: 'one', domainId: a.id });
    const boss = await makeAccount(cloud, { name: 'boss', domainId: a.id, role: 'DomainAdmin' });
    const other = await makeAccount(cloud, { name: 'other', domainId: b.id });
    const idOf = async (userId: number): Promise<string> =>
      (await cloud.db.read.one<{ uuid: string }>(sql`select uuid from cloud_user where id = ${userId}`)).uuid;
    await one.user.job('registerUserKeys', { id: await idOf(one.userId) });
    await boss.user.job('registerUserKeys', { id: await idOf(one.userId) });
    assert.equal((await other.user.refused('registerUserKeys', { id: await idOf(one.userId) })).errorcode, 531);
    assert.equal((await boss.user.refused('registerUserKeys', { id: await idOf(other.userId) })).errorcode, 531);
    assert.equal((await one.user.refused('getUserKeys', { id: await idOf(boss.userId) })).errorcode, 531);
    assert.equal((await one.user.call('listUserKeys', {}))['count'], 2);
    assert.deepEqual(await other.user.call('listUserKeys', {}), {});
    assert.deepEqual(await other.user.call('listUserKeys', { listall: true }), {});
    assert.equal((await cloud.admin.call('listUserKeys', { listall: true }))['count'], 2);
  }),
);

test(
  'a domain administrator of ROOT gets no keys of the root administrator',
  inCloud(async (cloud) => {
    const boss = await makeAccount(cloud, { name: 'boss', role: 'DomainAdmin' });
    assert.match(
      (await boss.user.refused('registerUserKeys', { id: await adminId(cloud) })).errortext,
      /root administrator/,
    );
  }),
);

test(
  'rules are a part of what the user may do',
  inCloud(async (cloud) => {
    const one = await makeAccount(cloud, { name: 'one' });
    const { uuid: id } = await cloud.db.read.one<{ uuid: string }>(
      sql`select uuid from cloud_user where id = ${one.userId}`,
    );
    const rule = (index: number, rule: string, permission = 'allow') => ({
      [`rules[${index}].rule`]: rule,
      [`rules[${index}].permission`]: permission,
    });
    assert.match(
      (await one.user.refused('registerUserKeys', { id, ...rule(0, 'updateConfiguration') })).errortext,
      /does not allow/,
    );
    assert.match(
      (await one.user.refused('registerUserKeys', { id, ...rule(0, 'list*') })).errortext,
      /'list\*' allows list\w+/,
    );
    assert.match(
      (await one.user.refused('registerUserKeys', { id, ...rule(0, 'list-zones') })).errortext,
      /rules\[0\]\.rule/,
    );
    assert.match(
      (await one.user.refused('registerUserKeys', { id, ...rule(0, 'listApis', 'maybe') })).errortext,
      /accepted: allow, deny/,
    );
    const { userkeys } = await one.user.job('registerUserKeys', {
      id,
      name: 'narrow',
      ...rule(0, 'listApis'),
      ...rule(1, 'registerUserKeys'),
      ...rule(2, '*', 'deny'),
    });
    assert.deepEqual(
      userkeys.permissions.map(
        ({ rule: name, permission }: { rule: string; permission: string }) => `${permission} ${name}`,
      ),
      ['allow listApis', 'allow registerUserKeys', 'deny *'],
    );
    assert.match((await one.user.refused('registerUserKeys', { id, name: 'narrow' })).errortext, /narrow already/);
    assert.equal((await one.user.call('listUserKeyRules', { keypairid: userkeys.id }))['count'], 3);
    const narrow = await cloud.as(one.userId, [
      { rule: 'listApis', permission: 'allow' },
      { rule: 'registerUserKeys', permission: 'allow' },
    ]);
    assert.deepEqual((await narrow.call('listApis'))['api'].map(({ name }: { name: string }) => name).sort(), [
      'listApis',
      'registerUserKeys',
    ]);
    assert.equal((await narrow.refused('listZones')).errorcode, 432);
    assert.match((await narrow.refused('registerUserKeys', { id })).errortext, /may not call yourself/);
    assert.match(
      (await narrow.refused('registerUserKeys', { id, ...rule(0, 'listUsers') })).errortext,
      /you may not call|does not allow/,
    );
  }),
);

test(
  'a key that is over, or has not begun, opens nothing',
  inCloud(async (cloud) => {
    const id = await adminId(cloud);
    assert.match(
      (await cloud.admin.refused('registerUserKeys', { id, enddate: '2020-01-01' })).errortext,
      /^enddate lies in the past/,
    );
    const { jobid } = await cloud.admin.call('registerUserKeys', {
      id,
      startdate: '2999-01-01',
      enddate: '2999-02-01',
    });
    await settle(cloud.server);
    const { userkeys } = (await cloud.admin.call('queryAsyncJobResult', { jobid }))['jobresult'];
    assert.equal(userkeys.state, 'DISABLED');
    assert.equal((await cloud.signing(userkeys.apikey, userkeys.secretkey).refused('listCapabilities')).errorcode, 401);
  }),
);
