// Image stores: a folder that hosts of a zone reach.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '#kernel/sql.ts';
import type { ImageDriver } from '../template/driver.ts';
import { inCloud, type TestCloud } from '#test/cloud.ts';
import { runKeeper } from '#test/keepers.ts';
import { addHost, factsOf, makeZone, testHosts } from '#test/hosts.ts';

const GIB = 2 ** 30;

async function withHost(cloud: TestCloud) {
  const hosts = testHosts();
  cloud.world.drivers.hosts = hosts;
  const room = { totalBytes: 200 * GIB, usedBytes: GIB };
  cloud.world.drivers.image = {
    stat: async (_hostId: number, path: string) => {
      if (path === '/missing') throw new Error('no such folder');
      return { ...room };
    },
  } as unknown as ImageDriver;
  const place = await makeZone(cloud);
  await addHost(cloud, hosts, { place, facts: factsOf('host1') });
  return { place, room };
}

test(
  'a store is tried, recorded, changed, measured and removed',
  inCloud(async (cloud) => {
    const { admin, world } = cloud;
    const { place, room } = await withHost(cloud);
    const { imagestore: made } = await admin.call('addImageStore', {
      name: 'secondary1',
      provider: 'nfs',
      url: 'file:///srv/secondary',
      zoneid: place.zoneid,
    });
    assert.deepEqual(
      [
        made.providername,
        made.protocol,
        made.scope,
        made.readonly,
        made.disksizetotal,
        made.disksizeused,
        made.zonename,
      ],
      ['NFS', 'file', 'ZONE', false, 200 * GIB, GIB, 'zone1'],
    );
    assert.deepEqual(world.poked, ['templates.download']);
    const { imagestore: changed } = await admin.call('updateImageStore', {
      id: made.id,
      name: 's1',
      readonly: true,
      capacitybytes: 100 * GIB,
    });
    assert.deepEqual([changed.name, changed.readonly, changed.disksizetotal], ['s1', true, 100 * GIB]);
    room.usedBytes = 50 * GIB;
    await runKeeper(world, 'storage.capacity');
    const {
      imagestore: [measured],
    } = await admin.call('listImageStores', { readonly: true, provider: 'NFS' });
    assert.deepEqual([measured.disksizeused, measured.disksizetotal], [50 * GIB, 100 * GIB]);
    assert.equal((await admin.call('listCapacity', { type: 6 }))['capacity'][0].percentused, '50');
    assert.deepEqual(await admin.call('deleteImageStore', { id: made.id }), { success: true });
    assert.deepEqual(await admin.call('listImageStores'), {});
  }),
);

test(
  'what is wrong is refused by name',
  inCloud(async (cloud) => {
    const { admin } = cloud;
    const { place } = await withHost(cloud);
    await admin.call('addSecondaryStorage', { url: 'file:///srv/secondary', zoneid: place.zoneid });
    const refused = async (params: object) =>
      (
        await admin.refused('addImageStore', {
          provider: 'NFS',
          url: 'file:///srv/other',
          zoneid: place.zoneid,
          ...params,
        })
      ).errortext;
    assert.match(await refused({ url: 'file:///srv/secondary/' }), /has this folder already/);
    assert.match(
      await refused({ name: 'file:///srv/secondary' }),
      /there is an image store file:\/\/\/srv\/secondary already/,
    );
    assert.match(await refused({ provider: 'S3' }), /provider is 'S3'; accepted: NFS/);
    assert.match(await refused({ url: 'nfs://10.0.0.1/export' }), /do not mount NFS by themselves/);
    assert.match(await refused({ url: 'http://x/y' }), /scheme 'http'/);
    assert.match(await refused({ url: 'file:///missing' }), /no such folder/);
    assert.match(await refused({ zoneid: '' }), /missing parameter zoneid/);
    assert.match(
      (
        await admin.call('addImageStore', {
          provider: 'NFS',
          url: 'nfs://10.0.0.1/export',
          'details[0].mountpoint': '/mnt/images',
          zoneid: place.zoneid,
        })
      )['imagestore'].protocol,
      /nfs/,
    );
  }),
);

test(
  'a store that holds images stays',
  inCloud(async (cloud) => {
    const { admin, db } = cloud;
    const { place } = await withHost(cloud);
    const { secondarystorage: made } = await admin.call('addSecondaryStorage', {
      url: 'file:///srv/secondary',
      zoneid: place.zoneid,
    });
    await db.read
      .run(sql`with t as (insert into template(account_id, domain_id, name, display_text, format, hypervisor) values (2, 1, 't', 't', 'QCOW2', 'KVM') returning id)
    insert into template_store(template_id, image_store_id, state) select t.id, s.id, 'Ready' from t, image_store s`);
    assert.match((await admin.refused('deleteImageStore', { id: made.id })).errortext, /it holds 1 template/);
    await db.read.run(sql`update template set removed = now()`);
    await admin.call('deleteImageStore', { id: made.id });
  }),
);
