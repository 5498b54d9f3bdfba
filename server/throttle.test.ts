// Calls are counted per account and interval.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inCloud } from '#test/cloud.ts';
import { makeAccount } from '#test/tenants.ts';
import { throttleOf } from './throttle.ts';

test(
  'an account that calls too often is told to wait; others are not',
  inCloud(async (cloud) => {
    const { admin, server } = cloud;
    const [one, other] = [await makeAccount(cloud, { name: 'one' }), await makeAccount(cloud, { name: 'other' })];
    await admin.call('updateConfiguration', { name: 'api.throttling.enabled', value: 'true' });
    await admin.call('updateConfiguration', { name: 'api.throttling.max', value: '3' });
    await admin.call('updateConfiguration', { name: 'api.throttling.interval', value: '600' });
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
    assert.equal(throttle.of(one.accountId, Date.now() + 601_000).issued, 0);
  }),
);
