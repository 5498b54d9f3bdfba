// The tree of domains: made, renamed, moved, deleted; who may see and change which part.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '#kernel/sql.ts';
import { inCloud } from '#test/cloud.ts';
import { makeAccount, makeDomain } from '#test/tenants.ts';
import { reserve } from '../limit/limit.ts';

test(
  'a domain is made, found, renamed with all below it, and deleted',
  inCloud(async ({ admin, db }) => {
    const { domain: a } = await admin.call('createDomain', { name: 'a', networkdomain: 'a.example' });
    assert.deepEqual(
      [a.path, a.level, a.parentdomainname, a.haschild, a.networkdomain, a.state],
      ['ROOT/a', 1, 'ROOT', false, 'a.example', 'Active'],
    );
    const { domain: b } = await admin.call('createDomain', { name: 'b', parentdomainid: a.id });
    assert.equal((await admin.call('updateDomain', { id: a.id, name: 'alpha' }))['domain'].path, 'ROOT/alpha');
    assert.equal((await admin.call('listDomains', { id: b.id }))['domain'][0].path, 'ROOT/alpha/b');
    assert.equal((await admin.call('listDomains'))['count'], 3);
    assert.equal((await admin.call('listDomainChildren', { isrecursive: true }))['count'], 2);
    assert.deepEqual(
      (await admin.call('listDomainChildren'))['domain'].map(({ name }: { name: string }) => name),
      ['alpha'],
    );
    assert.match(
      (await admin.refused('deleteDomain', { id: a.id })).errortext,
      /0 accounts and 1 domains.*cleanup=true/,
    );
    await admin.job('deleteDomain', { id: b.id });
    await admin.job('deleteDomain', { id: a.id });
    assert.equal((await admin.call('listDomains'))['count'], 1);
    for (const command of ['listDomains', 'listAccounts', 'listUsers'])
      assert.deepEqual(await admin.call(command, { domainid: b.id }), {}, command);
    assert.equal(
      (await db.read.rows(sql`select 1 from domain where removed is not null and state = 'Removed'`)).length,
      2,
    );
  }),
);

test(
  'names are unique among siblings, and wrong ones are refused',
  inCloud(async ({ admin }) => {
    await admin.call('createDomain', { name: 'a' });
    assert.match(
      (await admin.refused('createDomain', { name: 'A' })).errortext,
      /^name: there is a domain A below ROOT already/,
    );
    assert.match((await admin.refused('createDomain', { name: 'a/b' })).errortext, /without slashes/);
    assert.match(
      (await admin.refused('createDomain', { name: 'x', networkdomain: '-x' })).errortext,
      /^networkdomain is '-x'/,
    );
    assert.match((await admin.refused('createDomain', { name: 'x', domainid: 'nonsense' })).errortext, /UUID/);
    const id = '0e9dfd4b-2d8c-4c3a-8a43-7f3e0f6f6a01';
    assert.equal((await admin.call('createDomain', { name: 'mine', domainid: id }))['domain'].id, id);
    assert.match((await admin.refused('createDomain', { name: 'other', domainid: id })).errortext, /already/);
  }),
);

test(
  'a moved domain takes its counts along, and must fit',
  inCloud(async ({ admin, db, server }) => {
    const [a, b] = [await makeDomain(db, 'a'), await makeDomain(db, 'b')];
    const c = await makeDomain(db, 'c', a);
    const { account } = await admin.call('createAccount', {
      username: 'u',
      password: 'secret',
      firstname: 'u',
      lastname: 'u',
      email: 'u@example.org',
      accounttype: 0,
      domainid: c.uuid,
    });
    const owner = await db.read.one<{ accountId: number; domainId: number }>(
      sql`select id as "accountId", domain_id as "domainId" from account where uuid = ${account.id}`,
    );
    await db.read.run(sql`insert into network_offering(name, display_text, traffic_type) values ('o', 'o', 'GUEST')`);
    await db.read.run(sql`insert into zone(name, dns1, internal_dns1) values ('z', '1.1.1.1', '1.1.1.1')`);
    await db.read.run(
      sql`insert into network(account_id, domain_id, zone_id, offering_id, name, display_text, guest_type) select ${owner.accountId}, ${owner.domainId}, z.id, o.id, 'n', 'n', 'Isolated' from zone z, network_offering o where o.name = 'o'`,
    );
    await reserve(db.read, server.settings, owner, { networks: 1 });
    const totals = async (uuid: string): Promise<number> =>
      (await admin.call('listDomains', { id: uuid }))['domain'][0].networktotal;
    assert.deepEqual([await totals(a.uuid), await totals(b.uuid)], [1, 0]);
    await admin.call('updateResourceLimit', { domainid: b.uuid, resourcetype: 6, max: 0 });
    assert.equal((await admin.refused('moveDomain', { domainid: c.uuid, parentdomainid: b.uuid })).errorcode, 535);
    assert.deepEqual([await totals(a.uuid), await totals(b.uuid)], [1, 0]);
    await admin.call('updateResourceLimit', { domainid: b.uuid, resourcetype: 6, max: 5 });
    assert.equal(
      (await admin.call('moveDomain', { domainid: c.uuid, parentdomainid: b.uuid }))['domain'].path,
      'ROOT/b/c',
    );
    assert.deepEqual([await totals(a.uuid), await totals(b.uuid), await totals(c.uuid)], [0, 1, 1]);
    assert.match(
      (await admin.refused('moveDomain', { domainid: b.uuid, parentdomainid: c.uuid })).errortext,
      /lies in b/,
    );
  }),
);

test(
  'administrators see and change their own part of the tree',
  inCloud(async (cloud) => {
    const { db } = cloud;
    const [a, b] = [await makeDomain(db, 'a'), await makeDomain(db, 'b')];
    const c = await makeDomain(db, 'c', a);
    const boss = await makeAccount(cloud, { name: 'boss', domainId: a.id, role: 'DomainAdmin' });
    assert.deepEqual(
      (await boss.user.call('listDomains'))['domain'].map(({ name }: { name: string }) => name),
      ['a'],
    );
    assert.deepEqual(
      (await boss.user.call('listDomains', { listall: true }))['domain'].map(({ name }: { name: string }) => name),
      ['a', 'c'],
    );
    assert.equal((await boss.user.refused('listDomains', { id: b.uuid })).errorcode, 531);
    assert.equal((await boss.user.refused('createDomain', { name: 'x', parentdomainid: b.uuid })).errorcode, 531);
    assert.equal((await boss.user.call('createDomain', { name: 'x' }))['domain'].path, 'ROOT/a/x');
    assert.match((await boss.user.refused('deleteDomain', { id: a.uuid })).errortext, /the domain they are in/);
    assert.equal((await boss.user.refused('deleteDomain', { id: b.uuid })).errorcode, 531);
    await boss.user.job('deleteDomain', { id: c.uuid });
  }),
);

test(
  'cleanup deletes accounts and domains from the bottom up',
  inCloud(async ({ admin, db }) => {
    const a = await makeDomain(db, 'a');
    const c = await makeDomain(db, 'c', a);
    for (const domainid of [a.uuid, c.uuid])
      await admin.call('createAccount', {
        username: 'u',
        password: 'secret',
        firstname: 'u',
        lastname: 'u',
        email: 'u@example.org',
        accounttype: 0,
        domainid,
      });
    await admin.job('deleteDomain', { id: a.uuid, cleanup: true });
    assert.deepEqual(
      await db.read
        .one(sql`select (select count(*)::int from domain where removed is null) as domains, (select count(*)::int from account where removed is null) as accounts,
    (select count(*)::int from cloud_user where removed is null) as users, (select count(*)::int from account where state = 'disabled') as disabled`),
      { domains: 1, accounts: 2, users: 2, disabled: 0 },
    );
  }),
);
