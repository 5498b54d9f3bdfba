// Regions: a directory of installations.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inCloud } from '#test/cloud.ts';
import { makeAccount } from '#test/tenants.ts';

test(
  'a region is added, found, changed and removed',
  inCloud(async ({ admin }) => {
    const made = (await admin.call('addRegion', { id: 2, name: 'west', endpoint: 'https://west.example/client/api' }))[
      'region'
    ];
    assert.deepEqual([made.id, made.portableipserviceenabled], [2, false]);
    assert.equal((await admin.call('updateRegion', { id: 2, name: 'far-west' }))['region'].name, 'far-west');
    assert.deepEqual(
      (await admin.call('listRegions', { keyword: 'west' }))['region'].map((one: { id: number }) => one.id),
      [2],
    );
    assert.deepEqual(await admin.call('removeRegion', { id: 2 }), { success: true });
    assert.deepEqual(await admin.call('listRegions', { id: 2 }), {});
    await admin.call('addRegion', { id: 2, name: 'west', endpoint: 'https://west.example/client/api' });
  }),
);

test(
  'the local region stays, numbers and names are taken once, users only look',
  inCloud(async (cloud) => {
    const { admin } = cloud;
    assert.match((await admin.refused('removeRegion', { id: 1 })).errortext, /region of this installation/);
    assert.match(
      (await admin.refused('addRegion', { id: 1, name: 'x', endpoint: 'http://x/' })).errortext,
      /there is a region 1 already/,
    );
    assert.match(
      (await admin.refused('addRegion', { id: 3, name: 'local', endpoint: 'http://x/' })).errortext,
      /there is a region local already/,
    );
    assert.match(
      (await admin.refused('addRegion', { id: 3, name: 'x', endpoint: 'ftp://x/' })).errortext,
      /endpoint is 'ftp:/,
    );
    assert.match((await admin.refused('updateRegion', { id: 9, name: 'x' })).errortext, /there is no region 9/);
    const { user } = await makeAccount(cloud, { name: 'user' });
    assert.equal((await user.call('listRegions'))['count'], 1);
    assert.equal((await user.refused('addRegion', { id: 3, name: 'x', endpoint: 'http://x/' })).errorcode, 432);
  }),
);
