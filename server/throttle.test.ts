// Calls are counted per account and interval.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '#kernel/sql.ts';
import { inCloud } from '#test/cloud.ts';
import { runKeeper } from '#test/keepers.ts';
import { makeAccount } from '#test/tenants.ts';
import { Throttle, throttleOf } from './throttle.ts';

test(
  'an account that calls too often is told to wait; others are not',
  inCloud(async (cloud) => {
    const { admin, server } = cloud;
    const [one, other] = [await makeAccount(cloud, { name: 'one' }), await makeAccount(cloud, { name: 'other' })];
    await admin.call('updateConfiguration', { name: 'api.throttling.enabled', value: 'true' });
    await admin.call('updateConfiguration', { name: 'api.throttling.max', value: '3' });
    // Intervals begin at multiples of their length: now is the middle of one.
    const intervalS = Math.floor(Date.now() / 1_500);
    await admin.call('updateConfiguration', { name: 'api.throttling.interval', value: String(intervalS) });
    await one.user.call('listZones');
    assert.deepEqual(
      [
        (await one.user.call('getApiLimit'))['apilimit'].apiIssued,
        (await one.user.call('getApiLimit'))['apilimit'].apiAllowed,
      ],
      [2, 0],
    );
    const refused = await one.user.refused('listZones');
    assert.deepEqual([refused.errorcode, refused.cserrorcode], [429, 4545]);
    await other.user.call('listZones');
    for (let call = 0; call < 5; call += 1) await admin.call('listZones');
    await admin.call('resetApiLimit', { account: one.accountUuid });
    await one.user.call('listZones');
    const throttle = throttleOf(server.settings);
    assert.equal(throttle.of(one.accountId, Date.now() + intervalS * 1_000).issued, 0);
  }),
);

test(
  'several servers count together from where an account comes near: half as much again is the most it gets',
  inCloud(async (cloud) => {
    const { db, server, world } = cloud;
    const at = 1_800_000_000_000; // both see the same interval, whatever the clock does
    await cloud.admin.call('updateConfiguration', { name: 'api.throttling.enabled', value: 'true' });
    await cloud.admin.call('updateConfiguration', { name: 'api.throttling.max', value: '40' });
    await cloud.admin.call('updateConfiguration', { name: 'api.throttling.interval', value: '600' });
    const servers = Array.from({ length: 4 }, () => new Throttle(server.settings, { db, servers: () => 4 }));
    const call = async (on: Throttle, accountId: number): Promise<boolean> => {
      try {
        await on.count({ accountId, isRoot: false }, at);
        return true;
      } catch {
        return false;
      }
    };
    const counted = async (): Promise<number> =>
      (await db.read.one<{ n: number }>(sql`select count(*)::int as n from call_count`)).n;
    for (const on of servers) for (let n = 0; n < 5; n += 1) assert.ok(await call(on, 7));
    assert.equal(await counted(), 0, 'an account that calls seldom is counted in no database');
    let allowed = 20;
    for (let round = 0; round < 40; round += 1) for (const on of servers) if (await call(on, 7)) allowed += 1;
    assert.ok(allowed >= 40 && allowed <= 60, `${allowed} of 40 were allowed`);
    for (const on of servers) assert.equal(await call(on, 7), false);
    assert.ok(await call(servers[0]!, 8), 'another account is not touched');

    let onOne = 0;
    for (let n = 0; n < 60; n += 1) if (await call(servers[0]!, 9)) onOne += 1;
    assert.equal(onOne, 40, 'who calls one server only gets all of it');

    for (const on of servers) await on.reset(7);
    assert.ok(await call(servers[1]!, 7));
    await db.read.run(sql`update call_count set ends = now() - interval '2 minutes'`);
    await runKeeper(world, 'purge');
    assert.equal(await counted(), 0);
  }),
);
