// Accounts and users: made, changed, locked out, deleted; never with more rights than whoever does it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '#kernel/sql.ts';
import { checkPassword } from '../identity/password.ts';
import { inCloud, type Params, type TestCloud } from '#test/cloud.ts';
import { makeGuest, makePlace } from '#test/guests.ts';
import { settle } from '#test/jobs.ts';
import { makeAccount, makeDomain } from '#test/tenants.ts';

const wanted = (more: Params = {}): Params => ({
  username: 'jane',
  password: 'correct',
  firstname: 'Jane',
  lastname: 'Doe',
  email: 'jane@example.org',
  accounttype: 0,
  ...more,
});
const hashOf = async ({ db }: TestCloud, username: string): Promise<string> =>
  (await db.read.one<{ password: string }>(sql`select password from cloud_user where username = ${username}`)).password;
const keyOf = async ({ db }: TestCloud, id: number): Promise<string> =>
  (await db.read.one<{ uuid: string }>(sql`select uuid from cloud_user where id = ${id}`)).uuid;

test(
  'an account is made with its user, listed with limits, changed',
  inCloud(async (cloud) => {
    const { admin } = cloud;
    const { account } = await admin.call(
      'createAccount',
      wanted({
        account: 'acme',
        networkdomain: 'acme.example',
        'accountdetails[0].plan': 'gold',
        timezone: 'Europe/Berlin',
      }),
    );
    assert.deepEqual(
      [
        account.name,
        account.accounttype,
        account.rolename,
        account.state,
        account.domainpath,
        account.accountdetails.plan,
      ],
      ['acme', 0, 'User', 'enabled', 'ROOT', 'gold'],
    );
    assert.deepEqual(
      [account.user[0].username, account.user[0].timezone, account.user[0].secretkey],
      ['jane', 'Europe/Berlin', undefined],
    );
    assert.deepEqual(
      [account.vmlimit, account.vmavailable, account.vmtotal, account.primarystoragelimit],
      ['20', '20', 0, '200'],
    );
    assert.ok(await checkPassword('correct', await hashOf(cloud, 'jane')));
    assert.equal((await admin.call('listAccounts', { name: 'admin' }))['account'][0].vmlimit, 'Unlimited');
    const changed = (
      await admin.call('updateAccount', {
        id: account.id,
        newname: 'acme2',
        'accountdetails[0].plan': 'tin',
        apikeyaccess: 'Disabled',
      })
    )['account'];
    assert.deepEqual([changed.name, changed.accountdetails.plan, changed.apikeyaccess], ['acme2', 'tin', 'Disabled']);
    assert.equal((await admin.call('listAccounts', { apikeyaccess: 'disabled' }))['count'], 1);
    assert.equal((await admin.call('listAccounts'))['count'], 2);
  }),
);

test(
  'what is wrong with a new account is named',
  inCloud(async ({ admin }) => {
    const refused = async (more: Params): Promise<string> =>
      (await admin.refused('createAccount', wanted(more))).errortext;
    await admin.call('createAccount', wanted());
    assert.match(await refused({ account: 'other' }), /user jane in this domain/);
    assert.match(await refused({ username: 'joe', account: 'JANE' }), /account JANE in this domain/);
    assert.match(await refused({ username: 'joe', accounttype: 9 }), /accepted: 0 \(user\)/);
    assert.match(await refused({ username: 'joe', accounttype: '' }), /missing parameter roleid/);
    assert.match(await refused({ username: 'joe', timezone: 'Mars/Crater' }), /timezone is 'Mars\/Crater'/);
    assert.match(await refused({ username: 'joe', email: 'nowhere' }), /email is 'nowhere'/);
    assert.match(await refused({ username: 'joe', networkdomain: 'a..b' }), /networkdomain/);
    await admin.call('updateConfiguration', { name: 'password.policy.minimum.length', value: 10 });
    await admin.call('updateConfiguration', { name: 'password.policy.minimum.digits', value: 1 });
    assert.match(await refused({ username: 'joe' }), /at least 10 characters, at least 1 digits/);
  }),
);

test(
  'a domain administrator makes accounts below, of no more rights',
  inCloud(async (cloud) => {
    const [a, b] = [await makeDomain(cloud.db, 'a'), await makeDomain(cloud.db, 'b')];
    const boss = await makeAccount(cloud, { name: 'boss', domainId: a.id, role: 'DomainAdmin' });
    assert.equal((await boss.user.call('createAccount', wanted()))['account'].domain, 'a');
    assert.equal(
      (await boss.user.refused('createAccount', wanted({ username: 'x', domainid: b.uuid }))).errorcode,
      531,
    );
    assert.match(
      (await boss.user.refused('createAccount', wanted({ username: 'x', accounttype: 1 }))).errortext,
      /root administrator/,
    );
    const { id: rootRole } = (await cloud.admin.call('listRoles', { name: 'Root Admin' }))['role'][0];
    assert.equal(
      (await boss.user.refused('createAccount', wanted({ username: 'x', roleid: rootRole }))).errorcode,
      531,
    );
    assert.equal(
      (await boss.user.refused('updateAccount', { account: 'jane', domainid: a.uuid, roleid: rootRole })).errorcode,
      531,
    );
    assert.match(
      (await cloud.admin.refused('createAccount', wanted({ username: 'x', accounttype: 1, domainid: a.uuid })))
        .errortext,
      /ROOT domain/,
    );
    const outside = await makeAccount(cloud, { name: 'outside', domainId: b.id });
    assert.equal((await boss.user.refused('disableAccount', { id: outside.accountUuid, lock: true })).errorcode, 531);
    const plain = await makeAccount(cloud, { name: 'plain', domainId: a.id });
    assert.deepEqual(
      (await plain.user.call('listAccounts', { listall: true }))['account'].map(({ name }: { name: string }) => name),
      ['plain'],
    );
    assert.deepEqual(
      (await boss.user.call('listAccounts'))['account'].map(({ name }: { name: string }) => name),
      ['boss', 'jane', 'plain'],
    );
    assert.deepEqual(
      (await plain.user.call('listUsers'))['user'].map(({ username }: { username: string }) => username),
      ['plain'],
    );
    assert.equal((await plain.user.refused('createAccount', wanted({ username: 'y' }))).errorcode, 432);
  }),
);

test(
  'a domain administrator in ROOT has no power over root',
  inCloud(async (cloud) => {
    const boss = await makeAccount(cloud, { name: 'boss', role: 'DomainAdmin' });
    const id = await keyOf(cloud, 2);
    for (const [command, params] of [
      ['updateUser', { id, password: 'mine' }],
      ['disableUser', { id }],
      ['lockUser', { id }],
      ['createUser', { ...wanted({ account: 'admin' }) }],
    ] as const) {
      assert.equal((await boss.user.refused(command, params)).errorcode, 531, command);
    }
  }),
);

test(
  'locked and disabled accounts and users are out with the next call',
  inCloud(async (cloud) => {
    const { admin } = cloud;
    const { account } = await admin.call('createAccount', wanted());
    const { jobid } = await admin.call('registerUserKeys', { id: account.user[0].id });
    await settle(cloud.server);
    const keys = (await admin.call('queryAsyncJobResult', { jobid }))['jobresult'].userkeys;
    const jane = cloud.signing(keys.apikey, keys.secretkey);
    await jane.call('listZones');
    assert.equal((await admin.job('disableAccount', { id: account.id, lock: true }))['account'].state, 'locked');
    assert.equal((await jane.refused('listZones')).errorcode, 401);
    assert.equal(
      (await admin.call('enableAccount', { account: 'jane', domainid: account.domainid }))['account'].state,
      'enabled',
    );
    await jane.call('listZones');
    assert.equal((await admin.job('disableUser', { id: account.user[0].id }))['user'].state, 'disabled');
    assert.equal((await jane.refused('listZones')).errorcode, 401);
    await admin.call('enableUser', { id: account.user[0].id });
    assert.equal((await admin.call('lockUser', { id: account.user[0].id }))['user'].state, 'locked');
    assert.equal((await jane.refused('listZones')).errorcode, 401);
    await admin.call('enableUser', { id: account.user[0].id });
    await jane.call('listZones');
    await admin.call('updateUser', { id: account.user[0].id, apikeyaccess: 'DISABLED' });
    assert.equal((await jane.refused('listZones')).errorcode, 401);
    await admin.call('updateUser', { id: account.user[0].id, apikeyaccess: 'INHERIT' });
    await jane.call('listZones');
    assert.match(
      (await admin.refused('disableUser', { id: await keyOf(cloud, 2) })).errortext,
      /belongs to the installation/,
    );
  }),
);

test(
  'who is no administrator says the current password to get a new one; other sessions end',
  inCloud(async (cloud) => {
    const { account } = await cloud.admin.call('createAccount', wanted());
    const { id } = account.user[0];
    const { userId } = await cloud.db.read.one<{ userId: number }>(
      sql`select id as "userId" from cloud_user where uuid = ${id}`,
    );
    const jane = await cloud.as(userId);
    const session = (hash: string) =>
      cloud.db.read.run(
        sql`insert into session(id_hash, key_hash, user_id, expires) values (${hash}, 'k', ${userId}, now() + interval '1 hour')`,
      );
    await session('a');
    assert.match(
      (await jane.refused('updateUser', { id, password: 'new' })).errortext,
      /currentpassword must be given/,
    );
    assert.match(
      (await jane.refused('updateUser', { id, password: 'new', currentpassword: 'wrong' })).errortext,
      /not the current/,
    );
    await jane.call('updateUser', { id, password: 'new', currentpassword: 'correct' });
    assert.ok(await checkPassword('new', await hashOf(cloud, 'jane')));
    assert.equal((await cloud.db.read.rows(sql`select 1 from session where user_id = ${userId}`)).length, 0);
    await cloud.admin.call('updateUser', { id, password: 'reset', passwordchangerequired: true });
    assert.ok(await checkPassword('reset', await hashOf(cloud, 'jane')));
    const other = await makeAccount(cloud, { name: 'other' });
    assert.equal((await other.user.refused('updateUser', { id, firstname: 'x' })).errorcode, 531);
    assert.equal(
      (await jane.call('updateUser', { id, firstname: 'Janet', email: 'j@example.org' }))['user'].firstname,
      'Janet',
    );
    await jane.call('updateUser', { id, apikeyaccess: 'DISABLED' });
    assert.equal(
      (
        await cloud.db.read.one<{ access: boolean | null }>(
          sql`select api_key_access as access from cloud_user where id = ${userId}`,
        )
      ).access,
      null,
    );
  }),
);

test(
  'users are added, found by key, moved and deleted',
  inCloud(async (cloud) => {
    const { admin } = cloud;
    await admin.call('createAccount', wanted());
    const { account: two } = await admin.call('createAccount', wanted({ username: 'two' }));
    const { user } = await admin.call('createUser', { ...wanted({ username: 'second' }), account: 'jane' });
    await admin.call('updateUser', { id: user.id, userapikey: 'my-own-key', usersecretkey: 'my-own-secret' });
    assert.equal((await admin.call('getUser', { userapikey: 'my-own-key' }))['user'].username, 'second');
    await cloud.signing('my-own-key', 'my-own-secret').call('listZones');
    assert.deepEqual(await admin.call('moveUser', { id: user.id, accountid: two.id }), { success: true });
    assert.equal((await admin.call('listUsers', { username: 'second' }))['user'][0].account, 'two');
    assert.match((await admin.refused('moveUser', { id: user.id, accountid: two.id })).errortext, /already/);
    const elsewhere = await makeAccount(cloud, { name: 'far', domainId: (await makeDomain(cloud.db, 'd')).id });
    assert.match(
      (await admin.refused('moveUser', { id: user.id, accountid: elsewhere.accountUuid })).errortext,
      /another domain/,
    );
    await admin.call('deleteUser', { id: user.id });
    assert.equal((await cloud.signing('my-own-key', 'my-own-secret').refused('listZones')).errorcode, 401);
    assert.match(
      (await admin.refused('deleteUser', { id: await keyOf(cloud, 2) })).errortext,
      /belongs to the installation/,
    );
  }),
);

test(
  'a deleted account is gone with its users, keys and limits; one whose image others run from is kept',
  inCloud(async (cloud) => {
    const { admin, db } = cloud;
    const { account } = await admin.call('createAccount', wanted());
    await admin.call('updateResourceLimit', { account: 'jane', domainid: account.domainid, resourcetype: 0, max: 3 });
    const jane = await db.read.one<{ id: number }>(sql`select id from account where uuid = ${account.id}`);
    const other = await makeAccount(cloud, { name: 'other' });
    const place = await makePlace(db, { accountId: jane.id, domainId: 1 });
    const guest = await makeGuest(db, place, { ...other, name: 'theirs' });
    assert.match(
      (await admin.refused('deleteAccount', { id: account.id })).errortext,
      /instances of others use img of jane/,
    );
    await db.read.run(sql`update vm set removed = now() where id = ${guest.id}`);
    await db.read.run(sql`update template set removed = now()`);
    await db.read.run(sql`update network set removed = now()`);
    assert.deepEqual(await admin.job('deleteAccount', { id: account.id }), { success: true });
    assert.deepEqual(await admin.call('listAccounts', { name: 'jane' }), {});
    assert.equal((await db.read.rows(sql`select 1 from resource_limit`)).length, 0);
    assert.equal(
      (await db.read.rows(sql`select 1 from cloud_user where username = 'jane' and removed is null`)).length,
      0,
    );
    await admin.call('createAccount', wanted());
    const own = await db.read.one<{ uuid: string }>(sql`select uuid from account where id = 2`);
    assert.match((await admin.refused('deleteAccount', { id: own.uuid })).errortext, /belongs to the installation/);
  }),
);
