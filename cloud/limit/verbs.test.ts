// Limits as they are listed, set and counted again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '#kernel/sql.ts';
import { inCloud, type User } from '#test/cloud.ts';
import { makeAccount, makeDomain } from '#test/tenants.ts';
import { reserve } from './limit.ts';

const GIB = 2 ** 30;
const maxOf = async (user: User, params: Record<string, string | number>): Promise<number> =>
  (await user.call('listResourceLimits', params))['resourcelimit'][0].max;

test(
  'limits are listed by owner and kind, in GiB for storage',
  inCloud(async (cloud) => {
    const { admin, db, server } = cloud;
    const a = await makeDomain(db, 'a');
    const one = await makeAccount(cloud, { name: 'one', domainId: a.id });
    const all = (await one.user.call('listResourceLimits'))['resourcelimit'];
    assert.equal(all.length, 12);
    assert.deepEqual(
      [all[0].resourcetype, all[0].resourcetypename, all[0].max, all[0].account, all[0].domainpath],
      ['0', 'user_vm', 20, 'one', 'ROOT/a'],
    );
    assert.equal(await maxOf(one.user, { resourcetypename: 'primary_storage' }), 200);
    const set = (
      await admin.call('updateResourceLimit', { account: 'one', domainid: a.uuid, resourcetype: 10, max: 7 })
    )['resourcelimit'];
    assert.deepEqual([set.max, set.resourcetypename], [7, 'primary_storage']);
    await reserve(db.read, server.settings, one, { primaryBytes: 7 * GIB });
    await assert.rejects(reserve(db.read, server.settings, one, { primaryBytes: 1 }), /limit 7 GiB, used 7 GiB/);
    assert.equal(await maxOf(admin, { domainid: a.uuid, resourcetype: 0 }), 40);
    assert.equal(await maxOf(admin, { resourcetype: 0 }), -1);
    await admin.call('updateResourceLimit', { account: 'one', domainid: a.uuid, resourcetype: 10 });
    assert.equal(await maxOf(one.user, { resourcetype: 10 }), -1);
  }),
);

test(
  'nobody sets their own, nor above their domain; wrong ones are named',
  inCloud(async (cloud) => {
    const { admin, db } = cloud;
    const [a, b] = [await makeDomain(db, 'a'), await makeDomain(db, 'b')];
    const c = await makeDomain(db, 'c', a);
    const boss = await makeAccount(cloud, { name: 'boss', domainId: a.id, role: 'DomainAdmin' });
    const one = await makeAccount(cloud, { name: 'one', domainId: c.id });
    await admin.call('updateResourceLimit', { domainid: a.uuid, resourcetype: 0, max: 10 });
    await admin.call('updateResourceLimit', { domainid: c.uuid, resourcetype: 0, max: 8 });
    await boss.user.call('updateResourceLimit', { account: 'one', domainid: c.uuid, resourcetype: 0, max: 8 });
    assert.match(
      (await boss.user.refused('updateResourceLimit', { account: 'one', domainid: c.uuid, resourcetype: 0, max: 9 }))
        .errortext,
      /the domain c may have 8/,
    );
    assert.match(
      (await boss.user.refused('updateResourceLimit', { account: 'one', domainid: c.uuid, resourcetype: 0, max: -1 }))
        .errortext,
      /without limit/,
    );
    assert.match(
      (await boss.user.refused('updateResourceLimit', { domainid: c.uuid, resourcetype: 0, max: 11 })).errortext,
      /the domain a may have 10/,
    );
    assert.equal(
      (await boss.user.refused('updateResourceLimit', { domainid: a.uuid, resourcetype: 0, max: 1 })).errorcode,
      531,
    );
    assert.equal(
      (await boss.user.refused('updateResourceLimit', { account: 'boss', domainid: a.uuid, resourcetype: 0, max: 1 }))
        .errorcode,
      531,
    );
    assert.equal(
      (await boss.user.refused('updateResourceLimit', { domainid: b.uuid, resourcetype: 0, max: 1 })).errorcode,
      531,
    );
    assert.equal((await one.user.refused('listResourceLimits', { domainid: a.uuid })).errorcode, 531);
    assert.match(
      (await admin.refused('updateResourceLimit', { account: 'admin', resourcetype: 0, max: 1 })).errortext,
      /has no limits/,
    );
    assert.match(
      (await admin.refused('updateResourceLimit', { domainid: b.uuid, resourcetype: 99, max: 1 })).errortext,
      /accepted: 0 \(user_vm\)/,
    );
    assert.match(
      (await admin.refused('updateResourceLimit', { domainid: b.uuid, resourcetype: 0, max: -7 })).errortext,
      /^max is -7/,
    );
  }),
);

test(
  'counts are taken from the things themselves',
  inCloud(async (cloud) => {
    const { admin, db, server } = cloud;
    const a = await makeDomain(db, 'a');
    const one = await makeAccount(cloud, { name: 'one', domainId: a.id });
    await reserve(db.read, server.settings, one, { instances: 5, volumes: 2, primaryBytes: 3 * GIB });
    await db.read.run(sql`insert into zone(name, dns1, internal_dns1) values ('z', '1.1.1.1', '1.1.1.1')`);
    await db.read.run(
      sql`insert into volume(account_id, domain_id, zone_id, name, type, size_bytes, state) select ${one.accountId}, ${a.id}, id, 'v', 'DATADISK', ${GIB}, 'Ready' from zone`,
    );
    const counted = (await admin.call('updateResourceCount', { account: 'one', domainid: a.uuid }))['resourcecount'];
    const of = (name: string): number =>
      counted.find(({ resourcetypename }: { resourcetypename: string }) => resourcetypename === name).resourcecount;
    assert.deepEqual([of('user_vm'), of('volume'), of('primary_storage')], [0, 1, GIB]);
    const ofDomain = (await admin.call('updateResourceCount', { domainid: a.uuid, resourcetype: 2 }))['resourcecount'];
    assert.deepEqual(
      ofDomain.map(({ resourcecount }: { resourcecount: number }) => resourcecount),
      [1],
    );
    assert.equal(
      (
        await db.read.one<{ used: number }>(
          sql`select used from resource_count where owner_type = 'd' and owner_id = 1 and type = 2`,
        )
      ).used,
      1,
    );
  }),
);

test(
  'there are no projects',
  inCloud(async ({ admin }) => {
    assert.deepEqual(await admin.call('listProjects', { listall: true }), {});
    assert.deepEqual(await admin.call('listProjectInvitations'), {});
  }),
);
